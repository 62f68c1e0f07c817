"""The change of the database's key. Cut off at any instruction, exactly one key opens, and it is found.

    noted in the audit log → next key kept → marker → database encrypted anew
    → key before kept as previous → next becomes the key → marker removed → noted

Whoever opens the database and finds the marker of a process that is no more first finds out which key
opens, and finishes the change or takes it back. Keys before are kept: backups made under them need them.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.errors import StoreBusy, StoreError, UserError
from dayhand.keys import KEY_BYTES, KeyPlace, fingerprint, locate_key

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.model.practice import SecretRef

__all__ = ["MARKER", "key_of", "refuse_beside_the_daemon", "rotate"]

MARKER = "key-change"
NEXT = ".next"


def key_of(
    data: Path, database: Path, reference: SecretRef | None, environment: Mapping[str, str]
) -> tuple[bytes, str]:
    """The key that opens the database, and what became of a change that was cut off, if one was.

    Args:
        data: the practice's `.dayhand` folder.
        database: the file.
        reference: `storage.key` of the settings.
        environment: of the process.

    Raises:
        SecretMissing: there is no key.
        StoreBusy: another process is changing it.
    """
    key, place = locate_key(data.parent, reference, environment=environment)
    if not (data / MARKER).exists():
        return key, ""
    with _locked(data / MARKER):
        return _settle(data / MARKER, database, key, place)


def _settle(marker: Path, database: Path, key: bytes, place: KeyPlace) -> tuple[bytes, str]:
    from dayhand.store import sqlite  # SQLAlchemy

    following = place.read(NEXT)
    # the key of before is tried first: it is the one that can undo what was half written
    if sqlite.opens(database, key):
        place.remove(NEXT)
        marker.unlink(missing_ok=True)
        done = following in (None, key)
        return key, "" if done else f"given up, the key is still {fingerprint(key)}"
    if following is None or not sqlite.opens(database, following):
        return key, ""  # opening it will say what is wrong
    _promote(marker, place, key, following)
    return following, f"finished, the key is {fingerprint(following)}"


def _promote(marker: Path, place: KeyPlace, key: bytes, following: bytes) -> None:
    before = list(place.previous())
    if not before or before[-1][1] != key:
        place.write(key, f".previous-{len(before) + 1}")
    place.write(following)
    place.remove(NEXT)
    marker.unlink(missing_ok=True)


@contextmanager
def _locked(marker: Path) -> Iterator[None]:
    """Hold the marker, so that nobody else settles what is going on. The lock ends with the process."""
    import fcntl  # not on Windows, where dayhand does not run

    with marker.open("a") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(
                "the key of the database is being changed", hint="try again in a moment"
            ) from error
        yield


def rotate(app: App) -> tuple[str, str, str]:
    """Give the database a new key: its fingerprint, that of the one before, and the place.

    Raises:
        UserError: the key is where dayhand cannot write, there is none, or the daemon runs.
        StoreBusy: another process has the database open; nothing was changed.
    """
    key, place = _changeable(app)
    refuse_beside_the_daemon(app)
    new = secrets.token_bytes(KEY_BYTES)
    told = f"from {fingerprint(key)} to {fingerprint(new)}"
    app.note("key.rotate", told)
    app.close()
    marker = app.data / MARKER
    marker.touch(mode=0o600)
    with _locked(marker):
        place.write(new, NEXT)
        _encrypt_anew(app.database_file, marker, place, key, new)
        _promote(marker, place, key, new)
    app.note("key.rotated", told)
    return fingerprint(new), fingerprint(key), place.words


def _encrypt_anew(database: Path, marker: Path, place: KeyPlace, key: bytes, new: bytes) -> None:
    from dayhand.store import sqlite  # SQLAlchemy

    try:
        sqlite.change_key(database, key=key, new_key=new)
    except StoreError:
        if sqlite.opens(database, key):
            place.remove(NEXT)
            marker.unlink(missing_ok=True)
        raise


def _changeable(app: App) -> tuple[bytes, KeyPlace]:
    storage = app.checked_practice.storage
    if storage.url.startswith("postgresql"):
        raise UserError(
            "the database is on a server, which has no key of dayhand's",
            hint="change the password at the server; the second key: dayhand key rotate --private",
        )
    if not storage.encrypted:
        raise UserError(
            "the database is not encrypted, so there is no key",
            hint="remove 'encrypted: false' from practice.yaml before there is data in it",
        )
    _ = app.store  # settles a change that was cut off, and shows that the key opens
    key, place = locate_key(app.folder, storage.key, environment=app.settings.environment)
    if not place.can_change:
        raise UserError(
            f"the key comes from {place.words}, which dayhand cannot write",
            hint="put it into a key file (storage: {key: {file: PATH}}), change it,"
            " and make a credential of the new file",
        )
    return key, place


def refuse_beside_the_daemon(app: App) -> None:
    """Raise `UserError` while a daemon runs the practice."""
    from dayhand.runner.owner import is_dead  # as above

    held = app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
    if held is not None and held.until > app.clock.now() and not is_dead(held.owner):
        raise UserError(
            f"the daemon runs this practice ({held.owner})",
            hint="stop it first, and begin it after",
        )
