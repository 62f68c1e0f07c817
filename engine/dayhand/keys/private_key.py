"""The second key, that of private texts: made, found, kept, apart from the first and in the same ways.

    1. a systemd credential    $CREDENTIALS_DIRECTORY/dayhand-private-key
    2. a key file, 0600        <user data folder>/dayhand/keys/<practice id>.private.key
    3. the keyring             service `dayhand`, user = the practice's id and `.private`

The first key opens the database; what is sealed with the second stays closed to whoever has only the
first. So the owner may keep it away from a machine that works unattended.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dayhand.errors import SecretMissing, UserError
from dayhand.keys.database_key import PRIVATE, keep_key, place_of, places_by_id, practice_id
from dayhand.keys.key_place import KeyPlace
from dayhand.keys.key_text import KEY_BYTES, fingerprint
from dayhand.model.practice import SecretRef

__all__ = ["NEXT", "PrivateKeys", "private_places", "take_over"]

NEXT = ".next"
_HINT = (
    "bring it back with 'dayhand key import --private FILE', or do this on the machine that has it"
)


def private_places(
    practice_folder: Path, reference: SecretRef | None, environment: Mapping[str, str]
) -> list[KeyPlace]:
    """Where the second key is looked for, in order."""
    if reference is not None:
        return [place_of(reference, practice_folder, environment)]
    name = practice_id(practice_folder, create=True)
    return places_by_id(name, environment, apart_from=practice_folder, which=PRIVATE)


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """The second key of one practice, with those that came before it and the one that comes next."""

    practice_folder: Path
    reference: SecretRef | None
    environment: Mapping[str, str]

    @property
    def places(self) -> list[KeyPlace]:
        """Where it is looked for, in order."""
        return private_places(self.practice_folder, self.reference, self.environment)

    def locate(self) -> tuple[bytes, KeyPlace]:
        """The key, and the place it was found in.

        Raises:
            SecretMissing: it is nowhere to be had; the message says where it was looked for.
            UserError: a key file may be read by others, lies with the data, or holds no key.
        """
        looked_in = self.places
        for place in looked_in:
            key = place.read()
            if key is not None:
                return key, place
        told = ", ".join(place.words for place in looked_in)
        raise SecretMissing(
            f"the second key, that of private texts, is not here; looked in {told}", hint=_HINT
        )

    def all(self) -> list[bytes]:
        """The key, the one a change that was cut off made, and those before, newest first."""
        key, place = self.locate()
        following = place.read(NEXT)
        before = [one for _, one in place.previous()]
        return [key, *([following] if following else []), *reversed(before)]

    def create(self) -> tuple[bytes, str]:
        """Make the key and keep it; the key, and where it is now. An existing one is never replaced.

        Raises:
            UserError: there is no place to keep one, or `storage.private_key` can only be read.
        """
        with suppress(SecretMissing):
            self.locate()
            raise UserError(
                "this practice has a second key already",
                hint="'dayhand key status' tells of it; 'dayhand key rotate --private' changes it",
            )
        return self.keep(secrets.token_bytes(KEY_BYTES))

    def keep(self, key: bytes) -> tuple[bytes, str]:
        """Keep a key where the practice looks for it; one that is there becomes a previous one."""
        try:
            known, place = self.locate()
        except SecretMissing:
            if self.reference is None:
                name = practice_id(self.practice_folder, create=True)
                for place in self.places:
                    place.refuse_inside()
                return key, keep_key(name, key, environment=self.environment, which=PRIVATE)
            known, place = b"", self.places[0]
        if not place.can_change:
            raise UserError(
                f"the second key is looked for in {place.words}, which dayhand cannot write",
                hint="put it there yourself",
            )
        if known and known != key:
            place.write(known, f".previous-{len(list(place.previous())) + 1}")
        place.write(key)
        return key, place.words


def take_over(old_id: str, keys: PrivateKeys, wanted: str, *, given: bytes | None) -> str:
    """Give a restored practice, whose id is new, the second key of the practice it was.

    Args:
        old_id: the id of the practice that was backed up.
        keys: of the restored one.
        wanted: the key's fingerprint.
        given: a key that was named, if one was.

    Returns:
        Where it is now; empty if it is not on this machine.
    """
    found = (key for key in _candidates(old_id, keys, given) if fingerprint(key) == wanted)
    key = next(found, None)
    if key is None:
        return ""
    with suppress(UserError):
        here, place = keys.locate()
        if here == key:
            return place.words
    return keys.keep(key)[1]


def _candidates(old_id: str, keys: PrivateKeys, given: bytes | None) -> Iterator[bytes]:
    if given is not None:
        yield given
    with suppress(UserError):  # named in practice.yaml, which came with the backup
        yield from keys.all()
    for place in places_by_id(old_id, keys.environment, which=PRIVATE):
        kept = place.read()
        if kept is not None:
            yield kept
        yield from (one for _, one in place.previous())
