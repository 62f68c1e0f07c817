"""One place where a database's key lies, with its variants: the next key, and those before it.

    file       KEY.key, KEY.key.next, KEY.key.previous-1, …
    keyring    USER, USER.next, USER.previous-1, …

A systemd credential and an environment variable can only be read. A file, and a credential, may hold the
key under a passphrase; where the key of a file does, so do its variants.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from dayhand.errors import SecretMissing, UserError
from dayhand.keys.key_text import as_text, needs_passphrase, read_key
from dayhand.keys.passphrase import Passphrase, passphrase_of
from dayhand.keys.places import from_keyring, keyring, read_secret, sync_folder, write_private

__all__ = ["GIVE_PASSPHRASE", "KeyPlace"]

_MOST = 1000  # keys before this one
_NEXT = ".next"
GIVE_PASSPHRASE = "hand it over: dayhand --passphrase-fd 3 … 3< FILE"  # noqa: S105 - how, not what


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
        if not kept:
            return None
        return self._opened(kept, self._name(variant))

    def _opened(self, kept: str, name: str) -> bytes:
        if not needs_passphrase(kept):
            return read_key(kept, name)
        passphrase = passphrase_of(self.environment)
        if passphrase is None:
            raise UserError(f"the key in {name} is under a passphrase", hint=GIVE_PASSPHRASE)
        return passphrase.open(kept, name)

    @property
    def is_guarded(self) -> bool:
        """True if the key here is under a passphrase."""
        if self.kind not in ("file", "credential") or self.file is None or not self.file.exists():
            return False
        return needs_passphrase(read_secret(self.file, private=self.kind == "file"))

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
            raise UserError(f"{self.words} can only be read", hint="change it where it comes from")
        self.refuse_inside()
        self._put(variant, self._text_of(key))

    def _put(self, variant: str, text: str) -> None:
        file = self._path(variant)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.part")
        part.unlink(missing_ok=True)
        write_private(part, text)
        part.replace(file)
        sync_folder(file.parent)

    def _text_of(self, key: bytes) -> str:
        """What a file of the key holds: as the one that is there does, under the passphrase or not."""
        passphrase = passphrase_of(self.environment)
        if not self.is_guarded or passphrase is None or self.file is None:
            return as_text(key) + "\n"
        return passphrase.seal(self.file.name.partition(".")[0], key)

    def protect(self, before: Passphrase | None, after: Passphrase | None) -> int:
        """Put the key and its variants under a passphrase, or with None under none; how many files.

        Each is replaced in one step; what is under `after` already is left as it is, so that it may be
        called again.

        Raises:
            UserError: it is no file, or does not open with the passphrase.
        """
        if self.kind != "file" or self.file is None:
            raise UserError(
                f"{self.words} is no file, and only files are put under a passphrase",
                hint="keep the key in a file: storage.key in practice.yaml names its place",
            )
        variants = ["", _NEXT, *(f".previous-{n}" for n in range(1, _MOST))]
        there = [one for one in variants if self._path(one).exists()]
        for variant in there:
            file = self._path(variant)
            kept = read_secret(file, private=True)
            key = _opened_by([after, before], kept, str(file))
            name = self.file.name.partition(".")[0]
            self._put(variant, as_text(key) + "\n" if after is None else after.seal(name, key))
        return len(there)

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
            raise UserError(
                "the keyring did not keep the key",
                hint="unlock the keyring, or keep the key in a file: storage.key in practice.yaml",
            )

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
            raise SecretMissing(
                f"{self.words} is no file", hint="'dayhand doctor' says where the key is looked for"
            )
        return self.file.with_name(self.file.name + variant)

    def _name(self, variant: str) -> str:
        if self.kind == "keyring":
            return "the keyring"
        return str(self._path(variant)) if self.file is not None else self.words


def _opened_by(passphrases: Sequence[Passphrase | None], kept: str, name: str) -> bytes:
    """The key in a text, by the first passphrase that opens it."""
    if not needs_passphrase(kept):
        return read_key(kept, name)
    failed = UserError(f"the key in {name} is under a passphrase", hint=GIVE_PASSPHRASE)
    for one in passphrases:
        if one is not None:
            try:
                return one.open(kept, name)
            except UserError as error:
                failed = error
    raise failed
