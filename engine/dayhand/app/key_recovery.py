"""How the key of the database is lost and found: what is known of it, its export, its return."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dayhand.app.key_change import MARKER
from dayhand.errors import SecretMissing, StoreError, UserError
from dayhand.keys import fingerprint, keep_key, locate_key, practice_id, recovery
from dayhand.keys.database_key import place_of
from dayhand.keys.places import write_private

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = [
    "KeyStatus", "bring_back", "export", "private_text", "refuse_place", "status", "write_file",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """What is known of a key, without the key. Moments are of the audit log; None if never.

    `opens` says whether it opens the database; `reason` why not.
    """

    practice: str
    key: str
    place: str
    under_passphrase: bool
    can_change: bool
    opens: bool
    reason: str
    previous: tuple[str, ...]
    rotated_at: datetime | None
    exported_at: datetime | None


def status(app: App) -> KeyStatus:
    """Where the key is and whether it opens. Raises `SecretMissing` if there is none."""
    _encrypted(app)
    reason = ""
    try:
        _ = app.store
    except StoreError as error:
        reason = error.message
    key, place = locate_key(
        app.folder, app.checked_practice.storage.key, environment=app.settings.environment
    )
    last: Callable[..., Any] = app.store.last_audit if not reason else lambda *_: None
    rotated, exported = last("key.rotated"), last("key.export")
    return KeyStatus(
        practice=practice_id(app.folder),
        key=fingerprint(key),
        place=place.words,
        under_passphrase=place.is_guarded,
        can_change=place.can_change,
        opens=not reason,
        reason=reason
        or ("a change of the key was cut off" if (app.data / MARKER).exists() else ""),
        previous=tuple(fingerprint(one) for _, one in place.previous()),
        rotated_at=rotated.at if rotated else None,
        exported_at=exported.at if exported else None,
    )


def _encrypted(app: App) -> None:
    storage = app.checked_practice.storage
    if storage.url.startswith("postgresql"):
        raise UserError(
            "the database is on a server, which has no key of dayhand's",
            hint="back the server up by its own means; the second key: say --private",
        )
    if not storage.encrypted:
        raise UserError(
            "the database is not encrypted, so there is no key",
            hint="nothing need be kept; 'dayhand doctor' tells what that means",
        )


def export(app: App, target: Path | None, *, passphrase: str | None) -> str:
    """The recovery form, or the file under a passphrase; written to `target` if given.

    The audit log has it before anything is shown or written.

    Raises:
        UserError: the target is there already or lies with the data, or the passphrase is too short.
    """
    _encrypted(app)
    target = refuse_place(app, target)
    _ = app.store  # shows that it is the key
    key, _ = locate_key(
        app.folder, app.checked_practice.storage.key, environment=app.settings.environment
    )
    name = practice_id(app.folder)
    made = (
        recovery.form(name, key) if passphrase is None else recovery.sealed(name, key, passphrase)
    )
    how = "recovery form" if passphrase is None else "under a passphrase"
    app.note("key.export", f"{how}, key {fingerprint(key)}")
    if target is not None:
        write_file(target, made)
    return made


def refuse_place(app: App, target: Path | None) -> Path | None:
    """The whole path that is meant. Raises `UserError` if a key is not to be written there."""
    if target is None:
        return None
    target = target.expanduser().resolve()
    if target.is_relative_to(app.folder):
        raise UserError(
            f"{target} lies in the practice folder: who copies the data copies the key",
            hint="name a file elsewhere, such as on a stick that you lock away",
        )
    if target.exists() or not target.parent.is_dir():
        told = "there already" if target.exists() else "in no folder that there is"
        raise UserError(f"{target} is {told}", hint="choose another name")
    return target


def bring_back(
    app: App, text: str, named: str, *, passphrase: Callable[[], str]
) -> tuple[str, str]:
    """Keep a key that was lost here, once it is shown to open the database; fingerprint and place.

    Raises:
        UserError: it does not open the database, or the right key is here already.
    """
    _encrypted(app)
    from dayhand.store import sqlite  # SQLAlchemy

    key = recovery.read_any(text, named, passphrase=passphrase)
    if not sqlite.opens(app.database_file, key):
        raise UserError(
            f"the key in {named} ({fingerprint(key)}) does not open the database",
            hint="is it that of another practice, or of before a 'dayhand key rotate'?",
        )
    where = _keep(app, key)
    app.note("key.import", f"key {fingerprint(key)}")
    return fingerprint(key), where


def _keep(app: App, key: bytes) -> str:
    reference, environment = app.checked_practice.storage.key, app.settings.environment
    try:
        known, place = locate_key(app.folder, reference, environment=environment)
    except SecretMissing:
        if reference is None:
            return keep_key(practice_id(app.folder), key, environment=environment)
        known, place = b"", place_of(reference, app.folder, environment)
    if known == key:
        raise UserError(
            f"the key is here already, in {place.words}",
            hint="nothing is to be done; 'dayhand key status' tells of it",
        )
    if not place.can_change:
        raise UserError(
            f"the key is looked for in {place.words}, which dayhand cannot write",
            hint="put it there yourself: 'dayhand key export' prints it once the database opens",
        )
    if known:
        place.write(known, f".previous-{len(list(place.previous())) + 1}")
    place.write(key)
    return place.words


def write_file(target: Path, text: str) -> None:
    """Write a private file that is not there yet. Raises `UserError` if it cannot be written."""
    try:
        write_private(target, text)
    except OSError as error:
        raise UserError(
            f"{target} cannot be written: {error.strerror}",
            hint="look whether its folder is there, and whether you may write to it",
        ) from error


def private_text(path: Path) -> str:
    """The text of a small file. Raises `UserError` if it cannot be read."""
    try:
        with path.expanduser().open("rb") as opened:
            if os.fstat(opened.fileno()).st_size > 64 * 1024:
                raise UserError(
                    f"{path} is too large to hold a key",
                    hint="name the file that 'dayhand key export' wrote, or the key file itself",
                )
            return opened.read().decode()
    except (OSError, UnicodeDecodeError) as error:
        told = error.strerror if isinstance(error, OSError) else "it is not text"
        raise UserError(
            f"{path} cannot be read: {told}", hint="look at its name, and whether you may read it"
        ) from error
