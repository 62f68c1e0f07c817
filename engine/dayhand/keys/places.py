"""Where secrets lie: files only their owner may read, systemd's credentials, the keyring.

The environment is an argument: it decides where the home folder is, and tests have their own.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dayhand.errors import SecretMissing, UserError

__all__ = [
    "credential",
    "data_folder",
    "from_keyring",
    "home",
    "keyring",
    "path_of",
    "read_secret",
    "sync_folder",
    "write_private",
]


def data_folder(environment: Mapping[str, str]) -> Path:
    """What platformdirs' `user_data_dir` gives, for the environment given, not the process's."""
    if sys.platform == "win32":
        base = environment.get("LOCALAPPDATA") or str(home(environment) / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = str(home(environment) / "Library" / "Application Support")
    else:
        base = environment.get("XDG_DATA_HOME") or str(home(environment) / ".local" / "share")
    return Path(base) / "dayhand"


def home(environment: Mapping[str, str]) -> Path:
    """The user's home folder. Raises `UserError` if there is none."""
    folder = environment.get("HOME") or environment.get("USERPROFILE")
    if not folder:
        raise UserError(
            "there is no home folder to keep the key in",
            hint="set HOME, or name a key in practice.yaml",
        )
    return Path(folder)


def path_of(name: str, practice_folder: Path, environment: Mapping[str, str]) -> Path:
    """The file that a setting names: from the practice's folder, or with `~` from home."""
    if name == "~" or name.startswith("~/"):
        return home(environment) / name[2:]
    return practice_folder / name


def credential(name: str, environment: Mapping[str, str]) -> Path | None:
    """The file of a systemd credential, there or not; None outside a service."""
    folder = environment.get("CREDENTIALS_DIRECTORY")
    if not folder:
        return None
    if Path(name).name != name or name in (".", ".."):
        raise SecretMissing(
            f"'{name}' is not the name of a credential",
            hint="such a name has letters, digits, dots, hyphens and underscores",
        )
    return Path(folder) / name


def read_secret(file: Path, *, private: bool) -> str:
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
        raise SecretMissing(
            f"{file} may not be read by this user",
            hint="run dayhand as its owner, or let this user own it",
        ) from error
    except OSError as error:
        raise UserError(
            f"{file} cannot be read: {error.strerror}",
            hint="look at its name, and whether you may read it",
        ) from error
    try:
        return content.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        # no `from`: the cause would quote what was read
        raise UserError(
            f"{file} does not hold text", hint="the secret is a line of text in UTF-8"
        ) from None


def write_private(file: Path, text: str) -> None:
    """Make a file that only its owner may read; on the disk at return, never over an old one."""
    descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


def sync_folder(folder: Path) -> None:
    """Put the names of a folder's files on the disk, not only their content."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def keyring(environment: Mapping[str, str]) -> Any:
    """The keyring library, or None where there is none to use: it is optional."""
    chosen = environment.get("PYTHON_KEYRING_BACKEND")
    if chosen == "keyring.backends.null.Keyring":
        return None
    if sys.platform == "linux" and not chosen and "DBUS_SESSION_BUS_ADDRESS" not in environment:
        return None  # its backends there speak D-Bus
    try:
        import keyring as library  # optional, and slow to import
        from keyring.backends import fail, null

        backend = library.get_keyring()
    except Exception:  # noqa: BLE001 - a broken backend raises anything when it is looked for
        return None
    return None if isinstance(backend, fail.Keyring | null.Keyring) else library


def from_keyring(service: str, user: str, environment: Mapping[str, str]) -> str | None:
    """What the keyring holds there; None if nothing, or if it is not to be had."""
    ring = keyring(environment)
    if ring is None:
        return None
    try:
        value = ring.get_password(service, user)
    except Exception:  # noqa: BLE001 - locked, no D-Bus, refused by the user: not to be had here
        return None
    return value if isinstance(value, str) else None
