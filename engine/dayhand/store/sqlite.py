"""The database as one encrypted file.

The driver carries its own SQLite (SQLCipher), because the system's may have the bug that loses
commits in WAL mode: https://sqlite.org/wal.html#walresetbug, in 3.7.0 to 3.51.2, mended in 3.44.6
and 3.50.7 too.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NoReturn

from sqlalchemy import Engine, NullPool, QueuePool, create_engine, event

from dayhand.errors import StoreError
from dayhand.keys.places import sync_folder
from dayhand.store.database import Database
from dayhand.store.faults import DAMAGED_HINT, is_damaged, translated
from dayhand.store.file_connection import driver as _driver
from dayhand.store.file_connection import opened

__all__ = [
    "change_key",
    "checkpoint",
    "connect",
    "copy_to",
    "has_wal_reset_bug",
    "is_alive",
    "open_file",
    "opens",
    "refuse_damage",
    "remove_leftovers",
    "spare_room",
    "throwaway",
]

BALLAST_BYTES = 1024 * 1024
SMALL = 4 * 1024 * 1024
"""A file up to this size is checked whole whenever it is opened: 2.4 ms a megabyte."""
CACHE_KIB = 2000
"""The most that a connection keeps in memory of the file."""
SECOND_LOOKS = 5
"""How often pages that do not verify are read again, while a checkpoint may still be under way."""

_PLAIN_HEADER = b"SQLite format 3\x00"
_SETTINGS = (
    "busy_timeout = 5000", "foreign_keys = ON", "secure_delete = ON", "temp_store = MEMORY",
    "journal_size_limit = 16777216", "trusted_schema = OFF", f"cache_size = -{CACHE_KIB}",
)  # fmt: skip


def has_wal_reset_bug(version: tuple[int, ...]) -> bool:
    """True if this SQLite can lose commits when two connections share a file in WAL mode."""
    if (3, 44, 6) <= version < (3, 45) or (3, 50, 7) <= version < (3, 51):
        return False
    return (3, 7, 0) <= version <= (3, 51, 2)


def open_file(
    path: Path, *, key: bytes | None, create: bool, check: bool | None, sync: str = "FULL"
) -> Database:
    """The database in a file; see `opening.open_store`."""
    _refuse_known_bad(tuple(_driver.sqlite_version_info))
    if key is not None and len(key) != 32:
        raise StoreError("a database key is 32 bytes long")
    fresh = _present(path, create=create)
    if not fresh:
        _check_header(path, key)
    _tighten(path)
    _first_look(
        path, key, fresh=fresh, whole=path.stat().st_size <= SMALL if check is None else check
    )
    return Database(
        place=str(path),
        path=path,
        key=key,
        writing=_engine(
            lambda: connect(path, key, "journal_mode = WAL", f"synchronous = {sync}"), NullPool
        ),
        reading=_engine(lambda: connect(path, key, "query_only = ON"), QueuePool, begin=True),
    )


def _refuse_known_bad(version: tuple[int, ...]) -> None:
    if has_wal_reset_bug(version):
        told = ".".join(map(str, version))
        raise StoreError(
            f"SQLite {told} can lose what was saved (the WAL-reset bug of 3.7.0 to 3.51.2)",
            hint="install sqlcipher3 0.6.4 or newer, which brings its own SQLite",
        )


def _present(path: Path, *, create: bool) -> bool:
    """Make sure the file is there; True if there is nothing in it yet."""
    if path.exists():
        if path.stat().st_size or create:
            return path.stat().st_size == 0
        raise StoreError(f"the database {path} is empty: it was cut off", hint=DAMAGED_HINT)
    if not create:
        raise StoreError(
            f"there is no database {path}",
            hint="is the disk it lives on there? A new practice begins with 'dayhand init'",
        )
    if path.with_name(f"{path.name}-wal").exists():
        raise StoreError(
            f"the database {path} is gone, and its write-ahead log is still there",
            hint=DAMAGED_HINT,
        )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    private_file(path)
    return True


def private_file(path: Path) -> None:
    """Make an empty file that only its owner may read, whatever the umask.

    SQLite gives -wal and -shm the same rights as the file itself.
    """
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    os.close(descriptor)
    sync_folder(path.parent)


def _tighten(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        with suppress(FileNotFoundError):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _check_header(path: Path, key: bytes | None) -> None:
    try:
        file = path.open("rb")
    except OSError as error:  # a folder, or not this user's
        raise StoreError(
            f"the database {path} cannot be read: {error.strerror}",
            hint="what lies there is no database, or not yours: see: dayhand doctor",
        ) from error
    with file:
        header = file.read(16)
    if header == b"\x00" * len(header):
        raise StoreError(
            f"the database {path} is damaged: its beginning is gone", hint=DAMAGED_HINT
        )
    if header == _PLAIN_HEADER and key is not None:
        raise StoreError(
            f"the database {path} is not encrypted",
            hint="set 'storage: {encrypted: false}' if that is meant",
        )
    if header != _PLAIN_HEADER and key is None:
        raise StoreError(
            f"the database {path} is encrypted or damaged, and no key was given",
            hint="'dayhand doctor' says where the key is looked for",
        )


def _first_look(path: Path, key: bytes | None, *, fresh: bool, whole: bool) -> None:
    """Read with the key; nothing is written before this succeeds."""
    try:
        with closing(connect(path, key)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            found = [] if fresh or not whole else _findings(connection, encrypted=key is not None)
    except _driver.DatabaseError as error:
        _tell_why(path, key, error)
    if found:
        raise StoreError(f"the database {path} is damaged: {found[0]}", hint=DAMAGED_HINT)


def _tell_why(path: Path, key: bytes | None, error: Exception) -> NoReturn:
    if not is_damaged(error):
        with translated():
            raise error
    if key is not None and "not a database" in str(error):
        raise StoreError(
            f"the key does not open the database {path}, or its first page is damaged",
            hint=f"bring the right one: dayhand key import FILE; if this is it, {DAMAGED_HINT}",
        ) from error
    raise StoreError(f"the database {path} is damaged", hint=DAMAGED_HINT) from error


def _findings(connection: Any, *, encrypted: bool) -> list[str]:
    """What is wrong with the pages and with the trees they form; nothing, if all is well."""
    found = _bad_pages(connection) if encrypted else []
    if not found:
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check") if row[0] != "ok"]
    return found


def _bad_pages(connection: Any) -> list[str]:
    """The pages that do not verify.

    SQLCipher reads the file itself, without a lock and past the log. So a page that another process
    is just moving there looks damaged, and so does one that a power cut tore on its way: that one is
    whole in the log. What is found is moved again from there, and looked at with writers held off.
    """
    if not _unverified(connection):
        return []
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    connection.execute("BEGIN IMMEDIATE")
    try:
        for _ in range(SECOND_LOOKS):
            time.sleep(0.05)
            found = _unverified(connection)
            if not found:
                break
    finally:
        connection.execute("ROLLBACK")
    return found


def _unverified(connection: Any) -> list[str]:
    return [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]


def refuse_damage(path: Path, key: bytes | None) -> None:
    """Read the whole of a file. Raises `StoreError` if it is damaged, or the key is another."""
    _check_header(path, key)
    _first_look(path, key, fresh=False, whole=True)


def check_file(path: Path, key: bytes | None) -> list[str]:
    """Every page and every tree; what is wrong, in SQLite's words."""
    try:
        with closing(connect(path, key)) as connection:
            return _findings(connection, encrypted=key is not None)
    except _driver.DatabaseError as error:
        return [str(error)]


def connect(path: Path, key: bytes | None, *settings: str) -> Any:
    """The driver's connection to a file that exists: `mode=rw` makes none, even if it vanishes in between."""
    return opened(path, key, *_SETTINGS, *settings)


def _engine(connect: Callable[[], Any], pool: type[Any], *, begin: bool = False) -> Engine:
    sizes = {"pool_size": 2, "max_overflow": 6} if pool is QueuePool else {}
    engine = create_engine(
        "sqlite://",
        module=_driver,
        creator=connect,
        poolclass=pool,
        hide_parameters=True,
        **sizes,
    )
    if begin:
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


# Copies -------------------------------------------------------------------------------------------


def copy_to(path: Path, key: bytes | None, target: Path) -> None:
    """A whole and consistent copy under the same key; appears complete or not at all."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        private_file(part)
        with translated(), closing(connect(path, key)) as connection:
            connection.execute("VACUUM INTO ?", (str(part),))
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
        sync_folder(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def checkpoint(path: Path, key: bytes | None) -> bool:
    """Move the log into the file and empty it; False while somebody still reads from it."""
    with translated(), closing(connect(path, key)) as connection:
        busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    return not busy


def remove(path: Path) -> None:
    """Remove a database file with what belongs to it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


def remove_leftovers(path: Path) -> None:
    """Remove the throw-away copies of processes that are no more, and copies cut off half way."""
    for file in path.parent.glob(f"{path.name}.throwaway-*"):
        owner = file.name.removeprefix(f"{path.name}.throwaway-").partition("-")[0]
        if owner.isdigit() and not is_alive(int(owner)):
            file.unlink(missing_ok=True)
    for file in path.parent.glob(f"{path.name}.*.part"):
        owner = file.name.split(".")[-2]
        if not owner.isdigit() or not is_alive(int(owner)):
            file.unlink(missing_ok=True)


def throwaway(path: Path) -> Path:
    """A name for a copy of this process, by which it is known as a leftover once that is gone."""
    return path.with_name(f"{path.name}.throwaway-{os.getpid()}-{secrets.token_hex(4)}")


def is_alive(process: int) -> bool:
    """True unless there is certainly no such process on this machine."""
    if sys.platform == "win32" or process == os.getpid():
        return True  # os.kill would end it there
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def opens(path: Path, key: bytes | None) -> bool:
    """True if the key is the one. Raises `StoreError` where that cannot be told."""
    try:
        with closing(connect(path, key)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except _driver.DatabaseError as error:
        if is_damaged(error):
            return False
        with translated():
            raise
    return True


def change_key(path: Path, *, key: bytes, new_key: bytes) -> None:
    """Encrypt the file under another key; nobody else may have it open.

    Cut off at any moment, exactly one of the two keys opens it, and the whole of it.
    """
    if len(new_key) != 32:
        raise StoreError("a database key is 32 bytes long")
    with translated(), closing(connect(path, key)) as connection:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute(f"PRAGMA rekey = \"x'{new_key.hex()}'\"")
        connection.execute("PRAGMA journal_mode = WAL")


# A full disk --------------------------------------------------------------------------------------


def _ballast(path: Path) -> Path:
    return path.with_name(f"{path.name}.ballast")


def lay_ballast(path: Path) -> None:
    """Keep a megabyte in reserve, so that on a full disk the failure itself can be written down."""
    with suppress(OSError):
        if not _ballast(path).exists():
            private_file(_ballast(path))
            _ballast(path).write_bytes(b"\x55" * BALLAST_BYTES)


def spare_room(path: Path) -> None:
    """Give the reserve up."""
    _ballast(path).unlink(missing_ok=True)
