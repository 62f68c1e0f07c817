"""Whether anybody has changed the database, asked for next to nothing."""

from __future__ import annotations

from typing import Any

from dayhand.store.database import Database
from dayhand.store.faults import translated
from dayhand.store.vigil import mark_of

__all__ = ["Changes"]


class Changes:
    """Asks SQLite for `data_version`, which has a meaning for as long as one connection is kept."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: Any = None

    def version(self) -> int | None:
        """A number that is another once any other connection, of any process, has changed the file;
        None on a server, which has none."""
        if self._database.path is None:
            return None
        with translated():
            found = self._connection().execute("PRAGMA data_version").fetchone()
        return int(found[0])

    def mark(self) -> str:
        """By what another process recognises that nothing was written meanwhile; of a file alone."""
        with translated():
            return mark_of(self._connection())

    def _connection(self) -> Any:
        if self._kept is None:
            self._kept = self._database.reading.raw_connection()
        return self._kept.driver_connection

    def close(self) -> None:
        """Let go of the connection."""
        kept, self._kept = self._kept, None
        if kept is not None:
            kept.close()
