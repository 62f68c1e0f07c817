"""SQLite's disk, watched and disturbed from Python, without a tracer and without other libraries.

SQLite reaches its files through two tables of functions, `sqlite3_vfs` and `sqlite3_io_methods`, whose
form is part of its public, stable interface. A connection's first field leads to the table in use.
Inside `watching(observer)` the functions that write, cut, sync and delete are replaced: the observer is
told of each act before it is done, and what it returns, if not 0, is what SQLite hears in its place.
So the product's own connections meet a full disk, an I/O error or a power cut at a point of choice.

What goes through shared memory (`-shm`) is not seen: SQLite makes it anew after a crash.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2

FULL, WRITE_ERROR, SYNC_ERROR = 13, 10 | 3 << 8, 10 | 4 << 8
"""SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_IOERR_FSYNC: what its Unix layer makes of ENOSPC and EIO."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something done to a file: `kind` is write, cut, sync or delete; `at` where, or how long from now on."""

    kind: str
    file: str
    at: int = 0
    data: bytes = b""


Observer = Callable[[Act], int]

_P, _INT, _LONG = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_INT, _P, _P, _P, _INT, _P)
_DELETE = ctypes.CFUNCTYPE(_INT, _P, ctypes.c_char_p, _INT)
_WRITE = ctypes.CFUNCTYPE(_INT, _P, _P, _INT, _LONG)
_TRUNCATE = ctypes.CFUNCTYPE(_INT, _P, _LONG)
_SYNC = ctypes.CFUNCTYPE(_INT, _P, _INT)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("iVersion", _INT), ("szOsFile", _INT), ("mxPathname", _INT), ("pNext", _P),
        ("zName", ctypes.c_char_p), ("pAppData", _P), ("xOpen", _P), ("xDelete", _P),
    )  # fmt: skip


class _Methods(ctypes.Structure):
    _fields_ = (
        ("iVersion", _INT), ("xClose", _P), ("xRead", _P), ("xWrite", _P), ("xTruncate", _P), ("xSync", _P),
        ("rest", _P * 13),
    )  # fmt: skip


def _table() -> _Vfs:
    """The table of the driver's SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        connection = sqlcipher3.dbapi2.connect(f"{folder}/any.db")
        database = _P.from_address(id(connection) + object.__basicsize__).value
        found = _Vfs.from_address(_P.from_address(database).value)
        connection.close()
    if found.zName != b"unix":
        raise RuntimeError(f"this is not SQLite's table of file functions: {found.zName!r}")
    return found


class _Watch:
    """The replaced functions. Kept alive for as long as the process, as files opened may outlive it."""

    def __init__(self, table: _Vfs) -> None:
        self.table = table
        self.observer: Observer | None = None
        self._files: dict[int, tuple[str, _Methods]] = {}
        self._made: dict[int, tuple[_Methods, _Methods]] = {}
        self._open, self._delete = _OPEN(table.xOpen), _DELETE(table.xDelete)
        self._own = (
            _OPEN(self._opened), _DELETE(self._deleted), _WRITE(self._written), _TRUNCATE(self._cut),
            _SYNC(self._synced),
        )  # fmt: skip
        table.xOpen, table.xDelete = (_address(one) for one in self._own[:2])

    def _told(self, *act: Any) -> int:
        return 0 if self.observer is None else self.observer(Act(*act))

    def _opened(self, vfs: int, name: int | None, file: int, flags: int, out: int) -> int:
        # the name stays a pointer: SQLite keeps it for as long as the file is open
        code = self._open(vfs, name, file, flags, out)
        place = _P.from_address(file)
        if code == 0 and name is not None and place.value:
            if place.value not in self._made:
                honest = _Methods.from_address(place.value)
                ours = _Methods.from_buffer_copy(honest)
                ours.xWrite, ours.xTruncate, ours.xSync = (_address(one) for one in self._own[2:])
                self._made[place.value] = (honest, ours)
            honest, ours = self._made[place.value]
            self._files[file] = (Path(ctypes.string_at(name).decode()).name, honest)
            place.value = ctypes.addressof(ours)
        return code

    def _deleted(self, vfs: int, name: bytes, sync: int) -> int:
        return self._told("delete", Path(name.decode()).name) or self._delete(vfs, name, sync)

    def _written(self, file: int, data: int, size: int, at: int) -> int:
        name, honest = self._files[file]
        code = self._told("write", name, at, ctypes.string_at(data, size))
        return code or _WRITE(honest.xWrite)(file, data, size, at)

    def _cut(self, file: int, size: int) -> int:
        name, honest = self._files[file]
        return self._told("cut", name, size) or _TRUNCATE(honest.xTruncate)(file, size)

    def _synced(self, file: int, flags: int) -> int:
        name, honest = self._files[file]
        return self._told("sync", name) or _SYNC(honest.xSync)(file, flags)


def _address(function: Any) -> int | None:
    return ctypes.cast(function, _P).value


_watches: list[_Watch] = []


@contextmanager
def watching(observer: Observer) -> Iterator[None]:
    """Tell the observer of every act on files that are opened from now on. One at a time."""
    if not _watches:
        _watches.append(_Watch(_table()))
    watch = _watches[0]
    if watch.observer is not None:
        raise RuntimeError("the disk is being watched already")
    watch.observer = observer
    try:
        yield
    finally:
        watch.observer = None
