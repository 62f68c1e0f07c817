"""Secrets that `practice.yaml` refers to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.errors import SecretMissing
from dayhand.keys.places import credential, from_keyring, path_of, read_secret

if TYPE_CHECKING:
    from dayhand.model.practice import SecretRef

__all__ = ["resolve_secret"]


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
        file = path_of(name, practice_folder, environment)
        return _required(
            read_secret(file, private=True) if file.is_file() else None, f"the file {file}"
        )
    if reference.kind == "credential":
        kept = credential(name, environment)
        if kept is None:
            raise SecretMissing(
                f"the credential {name} cannot be had: $CREDENTIALS_DIRECTORY is not set",
                hint=f"start dayhand under systemd, with LoadCredentialEncrypted={name}",
            )
        return _required(
            read_secret(kept, private=False) if kept.is_file() else None,
            f"the credential {kept}",
        )
    service, _, user = name.rpartition("/")
    if not service or not user:
        raise SecretMissing(
            f"'{name}' names nothing in the keyring", hint="write {keyring: SERVICE/USER}"
        )
    return _required(
        from_keyring(service, user, environment), f"the keyring (service {service}, user {user})"
    )


def _required(value: str | None, place: str) -> str:
    if not value:
        raise SecretMissing(
            f"a secret is missing: looked in {place}",
            hint="put it there; 'dayhand doctor' tells of every secret that is referred to",
        )
    return value
