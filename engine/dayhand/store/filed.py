"""What a store can do with its file, where it is one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from dayhand.errors import StoreError
from dayhand.store import sqlite
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
            raise StoreError("a server's database is copied with its own tools", hint="pg_dump")
        self._flush()
        sqlite.copy_to(path, self._database.key, target)

    def check(self) -> list[str]:
        """Every page and every tree of the file; what is wrong with them."""
        path = self._database.path
        return [] if path is None else sqlite.check_file(path, self._database.key)

    def empty_log(self) -> None:
        """Move the write-ahead log into the file, so that what was removed is overwritten there too."""
        if self._database.path is not None:
            self._flush()
            sqlite.checkpoint(self._database.path, self._database.key)
