"""What a store can do with its file, where it is one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from dayhand.errors import StoreError
from dayhand.store import postgresql, sqlite
from dayhand.store.database import Database

__all__ = ["Filed"]

T = TypeVar("T")


class Filed:
    """A database in a file, or on a server, which looks after its own."""

    _database: Database

    @abstractmethod
    def write_now(self, job: Callable[[Connection], T]) -> T:
        """Write in one transaction."""

    def _flush(self) -> None:
        self.write_now(lambda _: None)

    def backup(self, target: Path) -> None:
        """A whole and consistent copy under the same key, 0600; complete or not there."""
        path = self._database.path
        if path is None:
            raise StoreError("a database on a server is not copied here", hint="pg_dump")
        self._flush()
        sqlite.copy_to(path, self._database.key, target)

    def check(self) -> list[str]:
        """Every page and every tree of the file; what is wrong with them."""
        path = self._database.path
        return [] if path is None else sqlite.check_file(path, self._database.key)

    @property
    def is_on_server(self) -> bool:
        """True if a server keeps the database, in files of its own."""
        return self._database.path is None

    def server(self) -> postgresql.ServerFacts | None:
        """What the server says of itself, where there is one."""
        return postgresql.facts(self._database) if self.is_on_server else None

    def forget(self, tables: Sequence[str]) -> list[str]:
        """Have nothing left of what was changed or removed; the tables that may not be written anew.

        A file overwrites it, once its write-ahead log is moved into it. A server writes the tables anew
        (VACUUM FULL), one by one, and waits for each up to half a minute.

        Raises:
            StoreBusy: somebody held a table for so long.
        """
        path = self._database.path
        if path is not None:
            self._flush()
            sqlite.checkpoint(path, self._database.key)
            return []
        return postgresql.write_anew(self._database.writing, tables)
