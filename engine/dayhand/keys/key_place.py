"""One place where a database's key lies, with its variants: the next key, and those before it.

    file       KEY.key, KEY.key.next, KEY.key.previous-1, …
    keyring    USER, USER.next, USER.previous-1, …

A systemd credential and an environment variable can only be read.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dayhand.errors import SecretMissing, UserError
from dayhand.keys.places import from_keyring, keyring, read_secret, write_private

__all__ = ["KEY_BYTES", "KeyPlace", "as_text", "fingerprint", "read_key"]

KEY_BYTES = 32
_MOST = 1000  # keys before this one


def as_text(key: bytes) -> str:
    """The key as it is kept: base64."""
    return base64.b64encode(key).decode()


def fingerprint(key: bytes) -> str:
    """Sixteen hex digits by which a key is known; they tell nothing about it."""
    return hashlib.sha256(b"dayhand database key\0" + key).hexdigest()[:16]


def read_key(text: str, place: str) -> bytes:
    """The key written as base64 or as 64 hex digits.

    Raises:
        UserError: it is not one; what was read is not shown.
    """
    told = text.strip()
    with suppress(ValueError):
        if len(told) == 2 * KEY_BYTES:
            return bytes.fromhex(told)
    with suppress(binascii.Error, ValueError):
        key = base64.b64decode(told, validate=True)
        if len(key) == KEY_BYTES:
            return key
    # no `from`: the cause would quote what was read
    raise UserError(f"{place} does not hold a key: 32 bytes, as base64 or 64 hex digits") from None


@dataclass(frozen=True, slots=True)
class KeyPlace:
    """`file` for files and credentials; `service` and `user` for the keyring; `user` for a variable.

    A key file inside `apart_from`, the practice folder, is refused.
    """

    kind: Literal["file", "credential", "keyring", "env"]
    file: Path | None = None
    service: str = ""
    user: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    apart_from: Path | None = None

    @property
    def words(self) -> str:
        """For a message."""
        if self.kind == "keyring":
            return f"the keyring (service {self.service}, user {self.user})"
        if self.kind == "env":
            return f"the environment variable {self.user}"
        return f"the {'credential' if self.kind == 'credential' else 'file'} {self.file}"

    @property
    def can_change(self) -> bool:
        """True if dayhand can put another key here."""
        return self.kind in ("file", "keyring")

    def read(self, variant: str = "") -> bytes | None:
        """The key, or the variant of it; None if there is none.

        Raises:
            UserError: the file may be read by others, lies with the data, or holds no key.
        """
        if variant and not self.can_change:
            return None
        if self.kind == "keyring":
            kept = from_keyring(self.service, self.user + variant, self.environment)
        elif self.kind == "env":
            kept = self.environment.get(self.user)
        else:
            kept = self._read_file(variant)
        return read_key(kept, self._name(variant)) if kept else None

    def _read_file(self, variant: str) -> str | None:
        file = self._path(variant)
        self.refuse_inside()
        if not file.exists():
            return None
        return read_secret(file, private=self.kind == "file")

    def write(self, key: bytes, variant: str = "") -> None:
        """Put a key here in one step, on the disk at return; whoever looks finds it or the one before.

        Raises:
            UserError: it cannot be kept here.
        """
        if self.kind == "keyring":
            self._write_keyring(key, variant)
            return
        if self.kind != "file":
            raise UserError(f"{self.words} can only be read")
        self.refuse_inside()
        file = self._path(variant)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.part")
        part.unlink(missing_ok=True)
        write_private(part, as_text(key) + "\n")
        part.replace(file)
        _sync(file.parent)

    def _write_keyring(self, key: bytes, variant: str) -> None:
        ring = keyring(self.environment)
        try:
            if ring is not None:
                ring.set_password(self.service, self.user + variant, as_text(key))
        except Exception as error:  # a backend fails in its own way: locked, refused by the user
            raise UserError(
                f"the keyring did not take the key: {type(error).__name__}", hint="is it unlocked?"
            ) from error
        if from_keyring(self.service, self.user + variant, self.environment) != as_text(key):
            raise UserError("the keyring did not keep the key")

    def remove(self, variant: str) -> None:
        """Remove a variant; the key itself is never removed."""
        if not variant:
            raise ValueError("only a variant of a key is removed")
        if self.kind == "file":
            self._path(variant).unlink(missing_ok=True)
            for part in self._path("").parent.glob(f"{self._path('').name}*.part"):
                part.unlink()  # of a process that was killed while it wrote
            return
        ring = keyring(self.environment)
        if ring is not None:
            with suppress(Exception):  # a backend fails in its own way where there is nothing
                ring.delete_password(self.service, self.user + variant)

    def previous(self) -> Iterator[tuple[str, bytes]]:
        """The keys before this one, oldest first, each with its variant."""
        if not self.can_change:
            return
        for number in range(1, _MOST):
            key = self.read(f".previous-{number}")
            if key is None:
                return
            yield f".previous-{number}", key

    def refuse_inside(self) -> None:
        """Raise `UserError` if the file lies with the data."""
        if self.kind != "file" or self.file is None or self.apart_from is None:
            return
        if self.file.resolve().is_relative_to(self.apart_from.resolve()):
            raise UserError(
                f"the key file {self.file} lies in the practice folder:"
                " who copies the data copies the key",
                hint="keep it elsewhere, best in the keyring or on another disk",
            )

    def _path(self, variant: str) -> Path:
        if self.file is None:
            raise SecretMissing(f"{self.words} is no file")
        return self.file.with_name(self.file.name + variant)

    def _name(self, variant: str) -> str:
        if self.kind == "keyring":
            return "the keyring"
        return str(self._path(variant)) if self.file is not None else self.words


def _sync(folder: Path) -> None:
    """Put a file's new name on the disk, not only its content."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
