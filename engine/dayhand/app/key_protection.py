"""The keys' files under a passphrase, for a machine whose disk may be taken away with the keys on it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dayhand.app import private_key
from dayhand.errors import UserError
from dayhand.keys import KeyPlace, locate_key, recovery
from dayhand.keys.passphrase import Passphrase, passphrase_of

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = ["Protected", "protect"]


@dataclass(frozen=True, slots=True)
class Protected:
    """How many files were changed, and where the key is."""

    files: int
    place: str


def protect(app: App, new: Callable[[], str] | None, *, private: bool) -> Protected:
    """Put a key and those before it under a new passphrase, or with None under none.

    Each file is replaced in one step and opens by one passphrase or the other at any moment; cut off, it
    may be called again with both. The audit log has it before anything is changed.

    Raises:
        UserError: the key is in no file, the passphrase does not open it, or the new one is too short.
    """
    _ = app.store  # shows that it is the key, and finishes a change that was cut off
    place = _place(app, private=private)
    if place.kind != "file":
        raise UserError(
            f"the key is in {place.words}, which guards it by its own means",
            hint="only a key file is put under a passphrase",
        )
    held = passphrase_of(app.settings.environment)
    if new is None and not place.is_guarded:
        raise UserError(
            f"the key in {place.words} is under no passphrase",
            hint="'dayhand key protect' puts it under one; 'dayhand key status' tells of all keys",
        )
    after = None if new is None else _checked(new, held, guarded=place.is_guarded)
    what = "key.private.protect" if private else "key.protect"
    app.note(what, "under no passphrase" if after is None else "under a passphrase")
    return Protected(place.protect(held, after), place.words)


def _place(app: App, *, private: bool) -> KeyPlace:
    if private:
        return private_key.keys_of(app).locate()[1]
    storage = app.checked_practice.storage
    if storage.url.startswith("postgresql") or not storage.encrypted:
        raise UserError("the database has no key of dayhand's", hint="did you mean --private?")
    return locate_key(app.folder, storage.key, environment=app.settings.environment)[1]


def _checked(new: Callable[[], str], held: Passphrase | None, *, guarded: bool) -> Passphrase:
    text = new()
    recovery.check_passphrase(text)
    if guarded and held is not None and held.text() == text:
        raise UserError(
            "the key is under this passphrase already",
            hint="for another one say --passphrase-file FILE, or --remove to take it away",
        )
    return Passphrase(lambda: text, given=text)
