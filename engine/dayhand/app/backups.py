"""Backups of a practice: everything in its folder but the key, encrypted, and opened before it counts."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from dayhand.errors import DayhandError, StoreError, UserError
from dayhand.keys import as_text, fingerprint, locate_key, practice_id
from dayhand.keys.places import data_folder, home

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.store.audit import AuditEntry, AuditHead
    from dayhand.store.backup import Content

__all__ = [
    "ENDING",
    "Backup",
    "failed",
    "heads_in",
    "key_of_backup",
    "latest",
    "listed",
    "make",
    "usual_folder",
    "verify",
]

ENDING = ".dhb"
MONTHS = 12
"""Of the usual folder the last of each of so many months is kept, beside the newest (`backup.keep`)."""
_LEFT_OUT = {".git", ".venv", "__pycache__", "node_modules"}
_READ = "look at its name, and whether you may read it"
_NAME = re.compile(r"[^a-z0-9]+")
_OWN_NAME = re.compile(rf"[a-z0-9-]+-\d{{8}}-\d{{6}}{re.escape(ENDING)}")


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that was opened and compared. `rows` by table; `left_out` says what is not in it, and why."""

    file: Path
    made_at: datetime
    size: int
    rows: dict[str, int]
    files: int
    left_out: tuple[str, ...] = ()
    removed: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    files: list[tuple[str, Path]]
    left_out: list[str]


def usual_folder(app: App) -> Path:
    """Where backups go if no place is named: `backup.to`, else in the user's data folder."""
    environment, to = app.settings.environment, app.checked_practice.backup.to
    if to:
        return home(environment) / to[2:] if to[:1] == "~" else Path(to)
    return data_folder(app.settings.environment) / "backups" / practice_id(app.folder)


def make(app: App, target: Path | None) -> Backup:
    """Make a backup while everything goes on, open it, and compare; only then does it count.

    Raises:
        UserError: the target is there, or lies in the practice folder.
        StoreError: the backup could not be made or did not verify; there is none.
    """
    storage = app.checked_practice.storage
    if storage.url.startswith("postgresql"):
        raise UserError("a database on a server is not copied here", hint="have pg_dump do it")
    file = _target(app, target)
    _sweep(file.parent)
    app.note("backup", file.name)
    key = None
    if storage.encrypted:
        key, _ = locate_key(app.folder, storage.key, environment=app.settings.environment)
    found = _found(app.folder, _all_keys(app, key))
    inner, check = (_beside(file, name) for name in ("content", "check"))
    try:
        head, rows = _write(app, file, inner, check, key, found.files)
    except OSError as error:
        file.unlink(missing_ok=True)
        raise StoreError(
            f"the backup cannot be written: {error.strerror}",
            hint="is there room, and may you write?",
        ) from error
    finally:
        for path in (inner, check):
            path.unlink(missing_ok=True)
    app.note("backup.verified", file.name)
    _note(app)
    removed = _past_what_is_kept(app, file) if target is None else []
    made = datetime.fromisoformat(head["made_at"])
    return Backup(
        file,
        made,
        file.stat().st_size,
        rows,
        len(found.files),
        tuple(found.left_out),
        tuple(removed),
    )


def _write(
    app: App, file: Path, inner: Path, check: Path, key: bytes | None,
    files: Sequence[tuple[str, Path]],
) -> tuple[dict[str, Any], dict[str, int]]:  # fmt: skip
    from dayhand.store import backup  # SQLAlchemy

    head = _head_of(app, key)
    app.store.backup(inner)
    backup.Content(inner, key).fill(head, _reading(files))
    try:
        told = backup.pack(inner, head, file)
        inner.unlink()
        backup.unpack(file, check)
        return told, backup.Content(check, key).verify(told)
    except FileExistsError:
        raise UserError(f"{file} is there already", hint="choose another name") from None
    except StoreError:
        file.unlink(missing_ok=True)
        raise


def _head_of(app: App, key: bytes | None) -> dict[str, Any]:
    from importlib.metadata import version  # 15 ms and 1.5 MB, which a daemon need not keep

    audit = app.store.audit_head()
    return {
        "practice": practice_id(app.folder),
        "made_at": app.clock.now().isoformat(),
        "dayhand": version("dayhand"),
        "key": fingerprint(key) if key else "",
        "private_key": app.store.vault.expected,
        "audit": {"n": audit.n, "hash": audit.hash},
    }


def _note(app: App) -> None:
    from dayhand.app import audit_notes

    with suppress(UserError):  # without a home folder there is no place for notes
        audit_notes.note_head(app)


def _target(app: App, target: Path | None) -> Path:
    named = _NAME.sub("-", app.folder.name.lower()).strip("-") or "practice"
    name = f"{named}-{app.clock.now():%Y%m%d-%H%M%S}{ENDING}"
    if target is None:
        folder = usual_folder(app)
        if not app.checked_practice.backup.to:  # a disk that is not plugged in is not made up
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder.resolve() / name
    else:
        file = target.expanduser().resolve()
        file = file / name if file.is_dir() else file
    if file.is_relative_to(app.folder):
        raise UserError(
            f"{file} lies in the practice folder: what takes the one takes the other",
            hint="name a place elsewhere, best on another disk",
        )
    if not file.parent.is_dir():
        raise UserError(f"there is no folder {file.parent}", hint="is its disk there?")
    if file.exists():
        raise UserError(f"{file} is there already", hint="choose another name")
    return file


def _beside(file: Path, what: str) -> Path:
    """A file for the work, known by the process that made it."""
    return file.with_name(f".{file.name}.{os.getpid()}.{what}")


def _sweep(folder: Path) -> None:
    """Remove what processes left that were killed while they made a backup."""
    from dayhand.store.sqlite import is_alive  # SQLAlchemy

    for path in folder.glob(f".*{ENDING}.*"):
        owner = re.search(rf"{re.escape(ENDING)}\.(\d+)\.", path.name)
        if owner is None or not is_alive(int(owner[1])):
            path.unlink(missing_ok=True)


# What is in it ------------------------------------------------------------------------------------


def _all_keys(app: App, key: bytes | None) -> list[bytes]:
    """Those that are not to be in a backup: the key, and the second key with those before it."""
    from dayhand.app.private_key import keys_of

    keys = [key] if key is not None else []
    with suppress(UserError):  # the second key is kept elsewhere
        keys += keys_of(app).all()
    return keys


def _found(folder: Path, keys: Sequence[bytes]) -> _Found:
    """Every file of the practice but dayhand's own, links, and any that holds a key."""
    found = _Found([("practice.yaml", folder / "practice.yaml")], [])
    for path, name in _walk(folder, found.left_out):
        if name == "practice.yaml" or (name.startswith(".dayhand/") and name != ".dayhand/id"):
            continue
        if any(_holds(path, key) for key in keys):
            found.left_out.append(f"{name}: it holds the key")
        else:
            found.files.append((name, path))
    return found


def _walk(folder: Path, left_out: list[str]) -> Iterator[tuple[Path, str]]:
    for top, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT)
        links = [Path(top) / name for name in folders if (Path(top) / name).is_symlink()]
        left_out += [f"{path.relative_to(folder).as_posix()}: it is a link" for path in links]
        for name in sorted(files):
            path = Path(top) / name
            told = path.relative_to(folder).as_posix()
            if path.is_symlink():
                left_out.append(f"{told}: it is a link")
            elif stat.S_ISREG(path.lstat().st_mode):
                yield path, told


def _holds(path: Path, key: bytes) -> bool:
    try:
        if path.stat().st_size > 4096:
            return False
        content = path.read_bytes()
    except OSError:
        return False  # `_reading` says what is wrong with it
    return any(form in content for form in (as_text(key).encode(), key.hex().encode(), key))


def _reading(files: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, IO[bytes]]]:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    for name, path in files:
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            continue  # removed since it was found
        except OSError as error:
            raise StoreError(f"{name} cannot be read: {error.strerror}", hint=_READ) from error
        with os.fdopen(descriptor, "rb") as read:
            yield name, read


# Those there are ----------------------------------------------------------------------------------


def listed(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """The whole backups of a folder with what their heads say, newest first."""
    from dayhand.store.backup import read_head  # SQLAlchemy

    found = []
    for file in folder.glob(f"*{ENDING}"):
        with suppress(StoreError, UserError):  # half a copy, another's, or gone meanwhile
            found.append((file, read_head(file)))
    return sorted(found, key=lambda one: str(one[1].get("made_at", "")), reverse=True)


def latest(app: App) -> datetime | None:
    """When the newest whole backup of this practice in the usual folder was made."""
    made = [moment for _, moment in _own(app, usual_folder(app))]
    return max(made, default=None)


def failed(app: App) -> AuditEntry | None:
    """The note that the daemon could make no backup, unless one was made since."""
    trouble = app.store.last_audit("backup.failed")
    if trouble is None:
        return None
    good = app.store.last_audit("backup.verified")
    return None if good is not None and good.n > trouble.n else trouble


def _own(app: App, folder: Path) -> Iterator[tuple[Path, datetime]]:
    """The backups of this practice that dayhand named itself, and when each was made.

    A folder on a disk may hold other practices' too, and those that somebody put there by hand.
    """
    for file, head in listed(folder):
        if head.get("practice") == practice_id(app.folder) and _OWN_NAME.fullmatch(file.name):
            yield file, datetime.fromisoformat(str(head["made_at"]))


def _past_what_is_kept(app: App, made: Path) -> list[Path]:
    """Remove those of the usual folder that are past what is kept; never the one just verified."""
    own = [(file, moment.isoformat()) for file, moment in _own(app, made.parent)]
    return _thin_out(own, app.checked_practice.backup.keep, spared=made)


def _thin_out(
    every: Sequence[tuple[Path, str]], newest: int, *, spared: Path | None = None
) -> list[Path]:
    """Remove what is neither among the newest nor the last of a month; which."""
    in_order = sorted(every, key=lambda one: one[1], reverse=True)
    months: dict[str, Path] = {}
    for file, made_at in in_order:
        months.setdefault(made_at[:7], file)
    kept = {file for file, _ in in_order[:newest]}
    kept |= {months[month] for month in sorted(months, reverse=True)[:MONTHS]}
    removed = [file for file, _ in in_order if file not in kept and file != spared]
    for file in removed:
        file.unlink(missing_ok=True)
    return removed


def verify(app: App, file: Path, key: bytes | None = None) -> Backup:
    """Open a backup and compare all that is in it. Raises `StoreError` if anything is not as it was."""
    from dayhand.store import backup  # SQLAlchemy

    head = backup.read_head(file)
    key = key_of_backup(app, head, key)
    with tempfile.TemporaryDirectory(
        prefix="dayhand-"
    ) as folder:  # 0700; what is in it is encrypted
        check = Path(folder) / "check"
        backup.unpack(file, check)
        content: Content = backup.Content(check, key)
        rows, files = content.verify(head), len(content.files())
    made = datetime.fromisoformat(str(head.get("made_at")))
    return Backup(file, made, file.stat().st_size, rows, files)


def key_of_backup(app: App, head: dict[str, Any], given: bytes | None) -> bytes | None:
    """The key a backup was made under: the one given, the practice's, or one before it.

    Raises:
        UserError: none of them is it.
    """
    wanted = str(head.get("key", ""))
    if not wanted:
        return None  # of a practice whose database is not encrypted
    candidates = [given] if given is not None else list(_known_keys(app, str(head.get("practice"))))
    for key in candidates:
        if key is not None and fingerprint(key) == wanted:
            return key
    told = ", ".join(fingerprint(key) for key in candidates if key is not None) or "none"
    raise UserError(
        f"the backup is under the key {wanted}, and the keys here are: {told}",
        hint="name it with --key: a key file, a recovery form, or a file under a passphrase",
    )


def _known_keys(app: App, name: str) -> Iterator[bytes]:
    from dayhand.keys.database_key import places_by_id

    places = list(places_by_id(name, app.settings.environment))
    with suppress(DayhandError):
        if practice_id(app.folder) == name:
            key, place = locate_key(
                app.folder, app.checked_practice.storage.key, environment=app.settings.environment
            )
            yield key
            places.insert(0, place)
    for place in places:
        with suppress(UserError):  # under a passphrase that nobody gave: as if it were not here
            kept = place.read()
            if kept is not None:
                yield kept
            yield from (one for _, one in place.previous())


def heads_in(file: Path) -> list[AuditHead]:
    """The heads of an audit log that a backup, or a file of notes, tells of.

    Raises:
        UserError: it tells of none.
    """
    from dayhand.app.audit_notes import read_heads
    from dayhand.store.audit import AuditHead  # SQLAlchemy
    from dayhand.store.backup import read_head

    try:
        with file.expanduser().open("rb") as opened:
            start = opened.read(64 * 1024)
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}", hint=_READ) from error
    if start.startswith(b"dayhand backup "):
        match read_head(file).get("audit"):
            case {"n": int(n), "hash": str(hashed)}:
                return [AuditHead(n, hashed)]
    found = list(read_heads(start.decode(errors="replace")))
    if not found:
        raise UserError(f"{file} tells of no head", hint="a line holds NUMBER and HASH")
    return found
