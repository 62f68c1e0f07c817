"""A backup's file: a head that anyone may read, and the encrypted database with the practice's files in it.

    dayhand backup 1⏎
    {"practice": …, "made_at": …, "size": …, "sha256": …}⏎      nothing about clients
    <a database under the practice's key, with three tables more>

The whole is as private as the database: every page is encrypted and carries a code of its own, so that a
changed byte shows. The head says which key, which size and which SHA-256; what is cut off or flipped is
known before a key is asked for. Nothing in a backup names a link or a place outside: a file is a relative
path and bytes.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from dayhand.errors import StoreError, UserError
from dayhand.keys.places import sync_folder
from dayhand.store import sqlite
from dayhand.store.faults import translated

__all__ = ["Content", "KeptFile", "pack", "read_head", "unpack"]

_MAGIC = b"dayhand backup 1\n"
_LONGEST_HEAD = 64 * 1024
_CHUNK = 1024 * 1024
_OWN = ("backup_about", "backup_files", "backup_parts")
_TABLES = (
    "CREATE TABLE backup_about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE backup_files (path TEXT PRIMARY KEY, size INTEGER NOT NULL, sha256 TEXT NOT NULL)",
    "CREATE TABLE backup_parts (path TEXT, n INTEGER, content BLOB NOT NULL, PRIMARY KEY (path, n))",
)
_THERE_ARE = "'dayhand backup --list' shows the backups in the usual folder"
_DAMAGED = f"take another backup: {_THERE_ARE.replace('the backups', 'those')}"


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file in a backup: its path from the practice's folder, with `/`, and its length in bytes."""

    path: str
    size: int
    sha256: str


# The file as a whole ------------------------------------------------------------------------------


def pack(content: Path, head: Mapping[str, Any], target: Path) -> dict[str, Any]:
    """Put the head before the content; appears whole or not at all, never over a file that is there.

    Raises:
        FileExistsError: `target` is there.
    """
    told = {**head, "size": content.stat().st_size, "sha256": _digest(content)}
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    try:
        sqlite.private_file(part)
        with part.open("r+b") as out, content.open("rb") as read:
            out.write(_MAGIC + json.dumps(told).encode() + b"\n")
            while chunk := read.read(_CHUNK):
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        if target.exists():  # no hard link instead: a stick's file system has none
            raise FileExistsError(target)
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
    sync_folder(target.parent)
    return told


def _digest(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()


def read_head(file: Path) -> dict[str, Any]:
    """What a backup says of itself, without a key.

    Raises:
        UserError: it is not there.
        StoreError: it is no backup, one of a newer version, or cut off.
    """
    with _opened(file) as (_, head):
        return head


@contextmanager
def _opened(file: Path) -> Iterator[tuple[IO[bytes], dict[str, Any]]]:
    try:
        read = file.open("rb")
    except FileNotFoundError as error:
        raise UserError(f"there is no file {file}", hint=_THERE_ARE) from error
    except OSError as error:
        raise StoreError(
            f"the backup {file} cannot be read: {error.strerror}",
            hint="look at its name, and whether you may read it",
        ) from error
    with read:
        magic = read.readline(len(_MAGIC) + 8)
        if magic != _MAGIC:
            newer = magic.startswith(b"dayhand backup ") and magic.endswith(b"\n")
            raise StoreError(
                f"{file} was made by a newer dayhand"
                if newer
                else f"{file} is no backup of dayhand",
                hint="upgrade dayhand" if newer else _THERE_ARE,
            )
        yield read, _head(file, read)


def _head(file: Path, read: IO[bytes]) -> dict[str, Any]:
    try:
        head = json.loads(read.readline(_LONGEST_HEAD))
        size, _ = int(head["size"]), str(head["sha256"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(f"the head of the backup {file} is damaged", hint=_DAMAGED) from error
    found = os.fstat(read.fileno()).st_size - read.tell()
    if found != size:
        told = f"it holds {found} of {size} bytes"
        raise StoreError(f"the backup {file} is not whole: {told}", hint=_DAMAGED)
    made: dict[str, Any] = head
    return made


def unpack(file: Path, target: Path) -> dict[str, Any]:
    """Copy the content out, a private file; the head, which is only believed where the content agrees.

    Raises:
        StoreError: a byte is not what it was.
    """
    digest = hashlib.sha256()
    with _opened(file) as (read, head):
        sqlite.private_file(target)
        with target.open("r+b") as out:
            while chunk := read.read(_CHUNK):
                digest.update(chunk)
                out.write(chunk)
    if digest.hexdigest() != head["sha256"]:
        raise StoreError(f"the backup {file} is damaged: its bytes were changed", hint=_DAMAGED)
    return head


# What is in it ------------------------------------------------------------------------------------


class Content:
    """The database in a backup, with its own tables; nobody else has it open."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self.path = path
        self._key = key

    def fill(self, about: Mapping[str, Any], files: Iterable[tuple[str, IO[bytes]]]) -> None:
        """Add the files and what is to be known about the backup to a fresh copy of the database."""
        with translated(), closing(sqlite.connect(self.path, self._key)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = OFF")  # `pack` puts it on the disk
            counts = _counts(connection)
            connection.execute("BEGIN")
            for statement in _TABLES:
                connection.execute(statement)
            for path, read in files:
                _keep(connection, path, read)
            told = {**about, "counts": counts}
            rows = [(name, json.dumps(value)) for name, value in told.items()]
            connection.executemany("INSERT INTO backup_about VALUES (?, ?)", rows)
            connection.execute("COMMIT")

    def verify(self, head: Mapping[str, Any]) -> dict[str, int]:
        """Open it, read every page, row count and file, and compare; rows by table.

        Raises:
            StoreError: the key does not open it, or something is not as it was.
        """
        sqlite.refuse_damage(self.path, self._key)
        with translated(), closing(sqlite.connect(self.path, self._key, "query_only = ON")) as c:
            about = _about(c)
            wrong = [name for name, value in about.items() if name in head and head[name] != value]
            if wrong:
                raise StoreError(
                    f"the backup's head was changed: {', '.join(wrong)}", hint=_DAMAGED
                )
            counts = _counts(c)
            if counts != about.get("counts"):
                raise StoreError("rows are missing from the backup", hint=_DAMAGED)
            for kept in _files(c):
                digest = hashlib.sha256()
                for chunk in _chunks(c, kept.path):
                    digest.update(chunk)
                if digest.hexdigest() != kept.sha256:
                    raise StoreError(f"'{kept.path}' is not whole in the backup", hint=_DAMAGED)
        return counts

    def files(self) -> list[KeptFile]:
        """The files in it."""
        with translated(), closing(sqlite.connect(self.path, self._key, "query_only = ON")) as c:
            return list(_files(c))

    def lay_out(self, folder: Path) -> int:
        """Write the files into a folder that nobody else writes to; how many.

        Raises:
            StoreError: a path leads elsewhere, or two cannot stand side by side. It was not made by
                dayhand, and nothing of it is to be used.
        """
        with translated(), closing(sqlite.connect(self.path, self._key, "query_only = ON")) as c:
            found = list(_files(c))
            for kept in found:
                _refuse_elsewhere(kept.path)
            for kept in found:
                _write(folder, kept, _chunks(c, kept.path))
        return len(found)

    def database(self, target: Path) -> None:
        """Write the database as it was when the backup was made."""
        with translated(), closing(sqlite.connect(self.path, self._key)) as connection:
            for table in _OWN:
                connection.execute(f"DROP TABLE {table}")
        sqlite.copy_to(self.path, self._key, target)


def _counts(connection: Any) -> dict[str, int]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    ).fetchall()
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        for (name,) in names
        if name not in _OWN
    }


def _about(connection: Any) -> dict[str, Any]:
    try:
        rows = connection.execute("SELECT name, value FROM backup_about").fetchall()
        return {name: json.loads(value) for name, value in rows}
    except (ValueError, RecursionError) as error:
        raise StoreError("what the backup says of itself is damaged", hint=_DAMAGED) from error


def _keep(connection: Any, path: str, read: IO[bytes]) -> None:
    digest, size, n = hashlib.sha256(), 0, 0
    while chunk := read.read(_CHUNK):
        connection.execute("INSERT INTO backup_parts VALUES (?, ?, ?)", (path, n, chunk))
        digest.update(chunk)
        size, n = size + len(chunk), n + 1
    connection.execute(
        "INSERT INTO backup_files VALUES (?, ?, ?)", (path, size, digest.hexdigest())
    )


def _files(connection: Any) -> Iterator[KeptFile]:
    for row in connection.execute("SELECT path, size, sha256 FROM backup_files ORDER BY path"):
        yield KeptFile(str(row[0]), int(row[1]), str(row[2]))


def _chunks(connection: Any, path: str) -> Iterator[bytes]:
    found = connection.execute(
        "SELECT content FROM backup_parts WHERE path = ? ORDER BY n", (path,)
    )
    for (chunk,) in found:
        yield bytes(chunk)


def _refuse_elsewhere(path: str) -> None:
    pure = PurePosixPath(path)
    dayhands = pure.parts[:1] == (".dayhand",) and path != ".dayhand/id"
    strange = "\\" in path or "\0" in path or str(pure) != path or not pure.parts
    if strange or pure.is_absolute() or ".." in pure.parts or dayhands:
        raise StoreError(
            f"the backup holds a file that leads elsewhere: {path!r}",
            hint="it was not made by dayhand: do not trust it",
        )


def _write(folder: Path, kept: KeptFile, chunks: Iterator[bytes]) -> None:
    target = folder / kept.path
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(target, flags, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            for chunk in chunks:
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise StoreError(
            f"the backup holds '{kept.path}' beside what cannot stand there",
            hint="take another backup",
        ) from error
