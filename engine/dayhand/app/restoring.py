"""A practice restored from a backup: into a new folder, checked before it is there, held back afterwards."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from dayhand.app import audit_notes, backups
from dayhand.app.application import DATABASE, App
from dayhand.app.founding import complete
from dayhand.app.private_key import keys_of, vault
from dayhand.errors import DayhandError, SecretMissing, StoreError, UserError
from dayhand.keys import keep_key, locate_key, practice_id
from dayhand.keys.private_key import take_over
from dayhand.settings import Settings, find_practice

__all__ = ["Restored", "restore"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. `key` says where the key is, or what is to be done about it."""

    folder: Path
    made_at: datetime
    rows: dict[str, int]
    files: int
    ended: int
    waiting: int
    missed: int
    key: str
    private_key: str


def restore(
    app: App, file: Path, into: Path, *, key: bytes | None, private_key: bytes | None = None
) -> Restored:
    """Restore a backup into a folder that is not there, or is empty. All of it or nothing.

    The schedule is paused, what would go on by itself is ended, and what fell due is let go: what
    happened after the backup is not in it, and nothing is to be done twice.

    Args:
        app: for the settings, the plugins and the clock; no practice is needed.
        file: the backup.
        into: the folder.
        key: the key, if it is not kept on this machine.
        private_key: the second key, if it is not kept on this machine.

    Raises:
        UserError: the folder holds something, or the key is another.
        StoreError: the backup is damaged, hostile, or of a newer version; nothing was made.
    """
    from dayhand.keys.places import sync_folder
    from dayhand.store import backup  # SQLAlchemy

    into = _target(into)
    head = backup.read_head(file)
    key = backups.key_of_backup(app, head, key)
    part = into.with_name(f".{into.name}.restoring-{os.getpid()}")
    _sweep(into)
    try:
        part.mkdir(mode=0o700)
        rows, files = _lay_out(file, part, key, head)
        _check_identity(part, head)
        inner = App(
            Settings(app.settings.environment, into.parent, part), clock=app.clock, host=app.host
        )
        private = _settle_private_key(inner, head, private_key)
        held = _hold(inner, part, key, head)
        complete(inner)
        where = _settle_key(
            inner, into, key
        )  # before the folder is there: a folder without a key is none
        part.rename(into)
        sync_folder(into.parent)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise StoreError(
            f"the practice cannot be restored to {into}: {error.strerror}",
            hint="is there room, and may you write?",
        ) from error
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    made = datetime.fromisoformat(str(head["made_at"]))
    return Restored(into, made, rows, files, held.ended, held.waiting, held.missed, where, private)


def _target(into: Path) -> Path:
    told = into.expanduser()
    if told.is_symlink() or (told.exists() and not told.is_dir()):
        raise UserError(f"{told} is there and is no folder", hint="name a new folder")
    into = told.resolve()
    if into.exists() and any(into.iterdir()):
        raise UserError(
            f"{into} is not empty: restoring never replaces anything", hint="name a new folder"
        )
    around = find_practice(into.parent)
    if around is not None:
        raise UserError(
            f"{into} lies in the practice folder {around}: a backup of that would hold it too",
            hint="name a new folder elsewhere",
        )
    if not into.parent.is_dir():
        raise UserError(f"there is no folder {into.parent}", hint="make it first, or name another")
    return into


def _sweep(into: Path) -> None:
    """Remove what a process left that was killed while it restored into this folder."""
    from dayhand.store.sqlite import is_alive  # SQLAlchemy

    for path in into.parent.glob(f".{into.name}.restoring-*"):
        owner = path.name.rpartition("-")[2]
        if owner.isdigit() and (int(owner) == os.getpid() or not is_alive(int(owner))):
            shutil.rmtree(path)


def _lay_out(
    file: Path, part: Path, key: bytes | None, head: dict[str, Any]
) -> tuple[dict[str, int], int]:
    from dayhand.store import backup  # SQLAlchemy

    (part / ".dayhand").mkdir(mode=0o700)
    inner = part / ".dayhand" / "restoring"
    backup.unpack(file, inner)
    content = backup.Content(inner, key)
    rows = content.verify(head)
    files = content.lay_out(part)
    content.database(part / ".dayhand" / DATABASE)
    inner.unlink()
    return rows, files


def _check_identity(part: Path, head: dict[str, Any]) -> None:
    if not (part / "practice.yaml").is_file() or practice_id(part) != head.get("practice"):
        raise StoreError(
            "the backup is not that of the practice its head names", hint="take another backup"
        )
    # a practice of its own from now on: a new key for one of the two leaves the other alone
    (part / ".dayhand" / "id").unlink()
    practice_id(part, create=True)


def _settle_private_key(inner: App, head: dict[str, Any], given: bytes | None) -> str:
    """See that the second key is found for the new folder; without it only private texts stay closed."""
    wanted = str(head.get("private_key", ""))
    if not wanted:
        return "a new one: nothing was sealed yet"
    found = take_over(str(head["practice"]), keys_of(inner), wanted, given=given)
    return (
        found
        or f"{wanted} is not here: private texts stay closed until 'dayhand key import --private'"
    )


def _hold(app: App, part: Path, key: bytes | None, head: dict[str, Any]) -> Any:
    from dayhand.store import open_store  # SQLAlchemy
    from dayhand.store.holding import hold

    made, now = datetime.fromisoformat(str(head["made_at"])), app.clock.now()
    with open_store(
        part / ".dayhand" / DATABASE, key=key, tables=app.host.tables(), clock=app.clock,
        vault=vault(app),
    ) as store:  # fmt: skip
        subject = f"backup of {head['practice']}, {made:%Y-%m-%d %H:%M} UTC"
        return store.write_now(
            lambda connection: hold(
                connection, made_at=made, now=now, who=app.settings.user, subject=subject
            )
        )


def _settle_key(inner: App, into: Path, key: bytes | None) -> str:
    """See that the key is found for the new folder, and put the notes about another log aside."""
    with suppress(UserError):  # without a home folder there are no notes
        audit_notes.begin_anew(inner, into)
    if key is None:
        return "the database is not encrypted"
    reference, environment = inner.checked_practice.storage.key, inner.settings.environment
    try:
        known, place = locate_key(inner.folder, reference, environment=environment)
    except SecretMissing:
        if reference is None:
            return keep_key(practice_id(inner.folder), key, environment=environment)
        return f"practice.yaml names {reference}: put the key there ('dayhand key import')"
    except DayhandError as error:
        return f"not settled: {error.message}"
    return place.words if known == key else f"{place.words} holds another key: 'dayhand key import'"
