"""The database's file as a process sees it that waits for others to change it, and keeps the daemon's place.

By the driver alone: the process that waits is to be small.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from dayhand.store.file_connection import driver, opened
from dayhand.store.moments import moment_text

__all__ = ["TROUBLE", "Vigil", "mark_of"]

TROUBLE = (driver.Error, OSError)
"""What the methods raise where the file cannot be read or written."""

_SETTINGS = (
    "busy_timeout = 2000", "secure_delete = ON", "temp_store = MEMORY", "trusted_schema = OFF",
    "synchronous = FULL", "cache_size = -200",
)  # fmt: skip
_MARK = """
    SELECT (SELECT MAX(n) FROM audit), (SELECT MAX(n) FROM runs), (SELECT MAX(n) FROM occurrences),
      (SELECT COUNT(*) FROM runs WHERE state IN ('queued', 'running', 'waiting', 'unknown')),
      (SELECT MIN(wake_at) FROM runs WHERE state IN ('waiting', 'unknown')),
      (SELECT COUNT(*) FROM occurrences WHERE state IN ('planned', 'asking')),
      (SELECT COUNT(*) FROM questions WHERE state = 'open'),
      (SELECT GROUP_CONCAT(routine || ' ' || COALESCE(until, ''), ',') FROM pauses)
"""


def mark_of(connection: Any) -> str:
    """By what a process recognises that nothing the daemon acts upon was written since another looked."""
    return repr(tuple(connection.execute(_MARK).fetchone()))


class Vigil:
    """One practice's database, as long as its daemon has nothing to do.

    Args:
        path, key: the file, and what opens it.
        owner, epoch: of the daemon's place.
    """

    def __init__(self, path: Path, key: bytes | None, owner: str, epoch: int) -> None:
        self._path = path
        self._place = (owner, epoch)
        self._file = self._identity()
        self._connection = opened(path, key, *_SETTINGS)
        self._version = self._data_version()

    def mark(self) -> str:
        """What `mark_of` says of it now."""
        return mark_of(self._connection)

    @property
    def has_changed(self) -> bool:
        """True once any other connection, of any process, has written, or the file is another."""
        return self._data_version() != self._version or self._identity() != self._file

    def keep_place(self, until: datetime) -> bool:
        """Keep the daemon's place until then; False if another has it by now."""
        done = self._connection.execute(
            "UPDATE leases SET until = ? WHERE name = 'daemon' AND owner = ? AND epoch = ?",
            (moment_text(until), *self._place),
        )
        return bool(done.rowcount)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def _data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _identity(self) -> tuple[int, int]:
        found = self._path.stat()
        return found.st_dev, found.st_ino
