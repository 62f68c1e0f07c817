"""Where secrets come from: the key of the database, and what `practice.yaml` refers to.

The key is kept apart from the data, so that a lost disk or a copied folder tells nothing (HHS
guidance, 74 FR 19006). With no reference given, in this order:

    1. the operating system's keyring     service `dayhand`, user = the practice's id
    2. a systemd credential               $CREDENTIALS_DIRECTORY/dayhand-key
    3. a key file, 0600                   <user data folder>/dayhand/keys/<practice id>.key

`create_key` keeps it in the first that works; it cannot make a credential, so a server that has
none gets a file. `find_key` asks the two cheap ones first: the keyring takes 0.2 s to import. The
practice's id is a random text in `.dayhand/id`, no secret.

The environment is an argument: it decides where the home folder is, and tests have their own.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dayhand.errors import SecretMissing, UserError

if TYPE_CHECKING:
    from dayhand.model.practice import SecretRef

__all__ = [
    "KEY_BYTES",
    "create_key",
    "find_key",
    "forget_key",
    "key_places",
    "practice_id",
    "resolve_secret",
]

KEY_BYTES = 32
_SERVICE = "dayhand"
_CREDENTIAL = "dayhand-key"
_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")


def practice_id(practice_folder: Path, *, create: bool = False) -> str:
    """The practice's own random name, by which its key is found.

    Raises:
        UserError: there is none, or it is not one.
    """
    file = practice_folder / ".dayhand" / "id"
    if create and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_private(file, secrets.token_hex(16) + "\n")
    try:
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise UserError(
            f"the practice has no id: {file} is missing",
            hint="restore it from a backup, or begin with 'dayhand init'",
        ) from error
    if not _ID.match(text):
        raise UserError(f"{file} does not hold a practice's id")
    return text


# The key of the database --------------------------------------------------------------------------


def find_key(
    practice_folder: Path, reference: SecretRef | None, *, environment: Mapping[str, str]
) -> bytes:
    """The 32 bytes that open the practice's database.

    Raises:
        SecretMissing: it is nowhere to be had; the message says where it was looked for.
        UserError: a key file may be read by others, lies with the data, or holds no key.
    """
    if reference is not None:
        if reference.kind == "file":
            _refuse_inside(_path(reference.name, practice_folder, environment), practice_folder)
        text = resolve_secret(reference, practice_folder=practice_folder, environment=environment)
        return _key(text, str(reference))
    name = practice_id(practice_folder)
    credential = _credential(_CREDENTIAL, environment)
    if credential is not None and credential.exists():
        return _key(_read(credential, private=False), str(credential))
    file = _key_file(name, environment)
    if file.exists():
        _refuse_inside(file, practice_folder)
        return _key(_read(file, private=True), str(file))
    text = _from_keyring(_SERVICE, name, environment) or ""
    if text:
        return _key(text, "the keyring")
    places = ", ".join(key_places(practice_folder, environment=environment))
    raise SecretMissing(
        f"the key of the database is not here; looked in {places}",
        hint="bring the key file from the old machine, or restore a backup together with its key",
    )


def create_key(practice_folder: Path, *, environment: Mapping[str, str]) -> tuple[bytes, str]:
    """Make a new key and keep it; the key, and where it is now. An existing one is never replaced.

    Raises:
        UserError: there is a key already, or no place to keep one.
    """
    name = practice_id(practice_folder, create=True)
    with suppress(SecretMissing):
        find_key(practice_folder, None, environment=environment)
        raise UserError(
            "this practice has a key already", hint="keep it: without it the data cannot be read"
        )
    _refuse_inside(_key_file(name, environment), practice_folder)
    key = secrets.token_bytes(KEY_BYTES)
    return key, keep_key(name, key, environment=environment)


def keep_key(name: str, key: bytes, *, environment: Mapping[str, str]) -> str:
    """Keep a practice's key in the keyring, or else in a file; where it is now."""
    keyring = _keyring(environment)
    if keyring is not None:
        with suppress(
            Exception
        ):  # a backend may fail in its own way: locked, no D-Bus, cancelled by the user
            keyring.set_password(_SERVICE, name, _text(key))
            if keyring.get_password(_SERVICE, name) == _text(key):
                return f"the keyring, service {_SERVICE}, user {name}"
    file = _key_file(name, environment)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        file.parent.chmod(0o700)
    _write_private(file, _text(key) + "\n")
    return str(file)


def forget_key(practice_folder: Path, *, environment: Mapping[str, str]) -> None:
    """Remove the practice's key from keyring and file. Without it the data cannot be read again."""
    name = practice_id(practice_folder)
    keyring = _keyring(environment)
    if keyring is not None:
        with suppress(Exception):  # as above; absent is as good as removed
            keyring.delete_password(_SERVICE, name)
    _key_file(name, environment).unlink(missing_ok=True)


def key_places(practice_folder: Path, *, environment: Mapping[str, str]) -> list[str]:
    """Where the key is looked for, in order, in words for a message."""
    name = practice_id(practice_folder)
    credential = _credential(_CREDENTIAL, environment)
    return [
        f"the keyring (service {_SERVICE}, user {name})",
        str(credential)
        if credential
        else "the systemd credentials ($CREDENTIALS_DIRECTORY is not set)",
        str(_key_file(name, environment)),
    ]


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _key(text: str, place: str) -> bytes:
    """The key written as base64 or as 64 hex digits."""
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


def _key_file(name: str, environment: Mapping[str, str]) -> Path:
    return data_folder(environment) / "keys" / f"{name}.key"


def data_folder(environment: Mapping[str, str]) -> Path:
    """What platformdirs' `user_data_dir` gives, for the environment given, not the process's."""
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA") or str(_home(environment) / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(_home(environment) / "Library" / "Application Support")
    else:
        base = environment.get("XDG_DATA_HOME") or str(_home(environment) / ".local" / "share")
    return Path(base) / "dayhand"


def _home(environment: Mapping[str, str]) -> Path:
    home = environment.get("HOME") or environment.get("USERPROFILE")
    if not home:
        raise UserError(
            "there is no home folder to keep the key in",
            hint="set HOME, or name a key in practice.yaml",
        )
    return Path(home)


def _refuse_inside(file: Path, practice_folder: Path) -> None:
    if file.resolve().is_relative_to(practice_folder.resolve()):
        raise UserError(
            f"the key file {file} lies in the practice folder: who copies the data copies the key",
            hint="keep it elsewhere, best in the keyring or on another disk",
        )


# Secrets that settings refer to -------------------------------------------------------------------


def resolve_secret(
    reference: SecretRef, *, practice_folder: Path, environment: Mapping[str, str]
) -> str:
    """The value of a secret; one line break at its end is dropped.

    Raises:
        SecretMissing: it cannot be had; the message says where it was looked for.
        UserError: its file may be read by others.
    """
    name = reference.name
    if reference.kind == "env":
        return _required(environment.get(name), f"the environment variable {name}")
    if reference.kind == "file":
        file = _path(name, practice_folder, environment)
        return _required(_read(file, private=True) if file.is_file() else None, f"the file {file}")
    if reference.kind == "credential":
        credential = _credential(name, environment)
        if credential is None:
            raise SecretMissing(
                f"the credential {name} cannot be had: $CREDENTIALS_DIRECTORY is not set",
                hint=f"start dayhand under systemd, with LoadCredentialEncrypted={name}",
            )
        return _required(
            _read(credential, private=False) if credential.is_file() else None,
            f"the credential {credential}",
        )
    service, _, user = name.rpartition("/")
    if not service or not user:
        raise SecretMissing(
            f"'{name}' names nothing in the keyring", hint="write {keyring: SERVICE/USER}"
        )
    return _required(
        _from_keyring(service, user, environment), f"the keyring (service {service}, user {user})"
    )


def _required(value: str | None, place: str) -> str:
    if not value:
        raise SecretMissing(f"a secret is missing: looked in {place}")
    return value


def _path(name: str, practice_folder: Path, environment: Mapping[str, str]) -> Path:
    if name == "~" or name.startswith("~/"):
        return _home(environment) / name[2:]
    return practice_folder / name


def _credential(name: str, environment: Mapping[str, str]) -> Path | None:
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    if Path(name).name != name or name in (".", ".."):
        raise SecretMissing(f"'{name}' is not the name of a credential")
    return Path(folder) / name


def _read(file: Path, *, private: bool) -> str:
    """A secret's text. systemd guards its credentials itself (0400, or 0440 for its own group)."""
    try:
        with file.open("rb") as opened:
            mode = os.fstat(opened.fileno()).st_mode
            if private and sys.platform != "win32" and mode & 0o077:
                raise UserError(
                    f"{file} may be read by others (mode {mode & 0o777:04o})",
                    hint=f"chmod 600 {file}",
                )
            content = opened.read(64 * 1024)
    except PermissionError as error:
        raise SecretMissing(f"{file} may not be read by this user") from error
    try:
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # no `from`: the cause would quote what was read
        raise UserError(f"{file} does not hold text") from None


def _write_private(file: Path, text: str) -> None:
    """Make a file that only its owner may read; on the disk at return, never over an old one."""
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


def _keyring(environment: Mapping[str, str]) -> Any:
    """The keyring library, or None where there is none to use: it is optional."""
    chosen = environment.get("PYTHON_KEYRING_BACKEND")
    if chosen == "keyring.backends.null.Keyring":
        return None
    if sys.platform == "linux" and not chosen and "DBUS_SESSION_BUS_ADDRESS" not in environment:
        return None  # its backends there speak D-Bus
    try:
        import keyring  # optional, and slow to import
        from keyring.backends import fail, null

        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - a broken backend raises anything when it is looked for
        return None
    return None if isinstance(backend, fail.Keyring | null.Keyring) else keyring


def _from_keyring(service: str, user: str, environment: Mapping[str, str]) -> str | None:
    keyring = _keyring(environment)
    if keyring is None:
        return None
    try:
        value = keyring.get_password(service, user)
    except Exception:  # noqa: BLE001 - locked, no D-Bus, refused by the user: not to be had here
        return None
    return value if isinstance(value, str) else None
