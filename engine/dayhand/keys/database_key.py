"""The key of the database: made, found, kept.

It is kept apart from the data, so that a lost disk or a copied folder tells nothing (HHS guidance,
74 FR 19006). With no reference given, in this order:

    1. the operating system's keyring     service `dayhand`, user = the practice's id
    2. a systemd credential               $CREDENTIALS_DIRECTORY/dayhand-key
    3. a key file, 0600                   <user data folder>/dayhand/keys/<practice id>.key

`create_key` keeps it in the first that works; it cannot make a credential, so a server that has
none gets a file. `find_key` asks the two cheap ones first: the keyring takes 0.2 s to import. The
practice's id is a random text in `.dayhand/id`, no secret.
"""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.errors import SecretMissing, UserError
from dayhand.keys.key_place import KeyPlace
from dayhand.keys.key_text import KEY_BYTES, as_text
from dayhand.keys.places import credential, data_folder, keyring, path_of, write_private

if TYPE_CHECKING:
    from dayhand.model.practice import SecretRef

__all__ = [
    "PRIVATE", "create_key", "find_key", "forget_key", "keep_key", "key_file", "key_places", "locate_key",
    "place_of", "places_by_id", "practice_id",
]  # fmt: skip

_SERVICE = "dayhand"
_CREDENTIAL = {"": "dayhand-key", ".private": "dayhand-private-key"}
PRIVATE = ".private"
"""Of the two keys of a practice, the second: see `private_key`."""
_ID = re.compile(r"^[A-Za-z0-9_-]{8,64}$")


def practice_id(practice_folder: Path, *, create: bool = False) -> str:
    """The practice's own random name, by which its key is found.

    Raises:
        UserError: there is none, or it is not one.
    """
    file = practice_folder / ".dayhand" / "id"
    if create and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(file, secrets.token_hex(16) + "\n")
    try:
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError as error:
        raise UserError(
            f"the practice has no id: {file} is missing",
            hint="restore it from a backup, or begin with 'dayhand init'",
        ) from error
    if not _ID.match(text):
        raise UserError(
            f"{file} does not hold a practice's id",
            hint="put the file back as it was, from a backup",
        )
    return text


def find_key(
    practice_folder: Path, reference: SecretRef | None, *, environment: Mapping[str, str]
) -> bytes:
    """The 32 bytes that open the practice's database.

    Raises:
        SecretMissing: it is nowhere to be had; the message says where it was looked for.
        UserError: a key file may be read by others, lies with the data, or holds no key.
    """
    return locate_key(practice_folder, reference, environment=environment)[0]


def locate_key(
    practice_folder: Path, reference: SecretRef | None, *, environment: Mapping[str, str]
) -> tuple[bytes, KeyPlace]:
    """The key, and the place it was found in. Raises as `find_key` does."""
    looked_in = _looked_in(practice_folder, reference, environment)
    for place in looked_in:
        key = place.read()
        if key is not None:
            return key, place
    if reference is not None:
        raise SecretMissing(
            f"the key of the database is not here; looked in {looked_in[0].words},"
            " as storage.key of practice.yaml says",
            hint="put it there, or bring it with 'dayhand key import FILE'",
        )
    places = ", ".join(key_places(practice_folder, environment=environment))
    raise SecretMissing(
        f"the key of the database is not here; looked in {places}",
        hint="bring it back with 'dayhand key import FILE', FILE being the key file of the old machine"
        " or what 'dayhand key export' gave",
    )


def _looked_in(
    practice_folder: Path, reference: SecretRef | None, environment: Mapping[str, str]
) -> list[KeyPlace]:
    if reference is not None:
        return [place_of(reference, practice_folder, environment)]
    return places_by_id(practice_id(practice_folder), environment, apart_from=practice_folder)


def places_by_id(
    name: str, environment: Mapping[str, str], *, apart_from: Path | None = None, which: str = ""
) -> list[KeyPlace]:
    """Where the key of the practice of that id is looked for, in order; `which` may be `PRIVATE`."""
    found = [
        KeyPlace(
            "file",
            file=key_file(name + which, environment),
            apart_from=apart_from,
            environment=environment,
        ),
        KeyPlace("keyring", service=_SERVICE, user=name + which, environment=environment),
    ]
    kept = credential(_CREDENTIAL[which], environment)
    if kept is None:
        return found
    return [KeyPlace("credential", file=kept, environment=environment), *found]


def place_of(
    reference: SecretRef, practice_folder: Path, environment: Mapping[str, str]
) -> KeyPlace:
    """The place that `storage.key` names. Raises `SecretMissing` if it names none."""
    name = reference.name
    if reference.kind == "file":
        file = path_of(name, practice_folder, environment)
        return KeyPlace("file", file=file, apart_from=practice_folder, environment=environment)
    if reference.kind == "env":
        return KeyPlace("env", user=name, environment=environment)
    if reference.kind == "credential":
        kept = credential(name, environment)
        if kept is None:
            raise SecretMissing(
                f"the credential {name} cannot be had: $CREDENTIALS_DIRECTORY is not set",
                hint=f"start dayhand under systemd, with LoadCredentialEncrypted={name}",
            )
        return KeyPlace("credential", file=kept, environment=environment)
    service, _, user = name.rpartition("/")
    if not service or not user:
        raise SecretMissing(
            f"'{name}' names nothing in the keyring", hint="write {keyring: SERVICE/USER}"
        )
    return KeyPlace("keyring", service=service, user=user, environment=environment)


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
    KeyPlace("file", file=key_file(name, environment), apart_from=practice_folder).refuse_inside()
    key = secrets.token_bytes(KEY_BYTES)
    return key, keep_key(name, key, environment=environment)


def keep_key(name: str, key: bytes, *, environment: Mapping[str, str], which: str = "") -> str:
    """Keep a practice's key in the keyring, or else in a file; where it is now."""
    name += which
    ring = keyring(environment)
    if ring is not None:
        with suppress(
            Exception
        ):  # a backend may fail in its own way: locked, no D-Bus, cancelled by the user
            ring.set_password(_SERVICE, name, as_text(key))
            if ring.get_password(_SERVICE, name) == as_text(key):
                return f"the keyring, service {_SERVICE}, user {name}"
    file = key_file(name, environment)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if sys.platform != "win32":
        file.parent.chmod(0o700)
    write_private(file, as_text(key) + "\n")
    return str(file)


def forget_key(practice_folder: Path, *, environment: Mapping[str, str]) -> None:
    """Remove the practice's key from keyring and file. Without it the data cannot be read again."""
    name = practice_id(practice_folder)
    ring = keyring(environment)
    if ring is not None:
        with suppress(Exception):  # as above; absent is as good as removed
            ring.delete_password(_SERVICE, name)
    key_file(name, environment).unlink(missing_ok=True)


def key_places(practice_folder: Path, *, environment: Mapping[str, str]) -> list[str]:
    """Where the key is looked for, in order, in words for a message."""
    name = practice_id(practice_folder)
    kept = credential(_CREDENTIAL[""], environment)
    return [
        f"the keyring (service {_SERVICE}, user {name})",
        str(kept) if kept else "the systemd credentials ($CREDENTIALS_DIRECTORY is not set)",
        str(key_file(name, environment)),
    ]


def key_file(name: str, environment: Mapping[str, str]) -> Path:
    """The file of a practice's key, there or not."""
    return data_folder(environment) / "keys" / f"{name}.key"
