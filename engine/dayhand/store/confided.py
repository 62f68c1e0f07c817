"""What the store tells of the second key to others."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from dayhand.errors import StoreError
from dayhand.keys.sealing import Vault
from dayhand.steps.declarations import Tables
from dayhand.store import sealed
from dayhand.store.database import Database
from dayhand.store.faults import translated

__all__ = ["Confided"]

T = TypeVar("T")


class Confided:
    """What a store with private texts can do."""

    _database: Database

    @abstractmethod
    def write_now(self, job: Callable[[Connection], T]) -> T:
        """Write in one transaction."""

    @abstractmethod
    def read(self) -> AbstractContextManager[Connection]:
        """A connection that only reads."""

    @property
    def vault(self) -> Vault:
        """Seals and opens private texts. Raises `StoreError` if it was opened without."""
        if self._database.vault is None:
            raise StoreError("the database was opened without a second key to seal texts with")
        return self._database.vault

    def expected_key(self) -> str:
        """The fingerprint of the second key, as the database tells; empty if it tells of none."""
        with translated(), self.read() as connection:
            return sealed.expected_key(connection)

    def expect_key(self, key: str, *, now: datetime) -> None:
        """Note the fingerprint of the second key."""
        self.write_now(lambda connection: sealed.expect_key(connection, key, now=now))

    def sealed_texts(self, tables: Sequence[Tables]) -> dict[str, int]:
        """How many texts of plugins' tables are under each key, by its fingerprint."""
        with translated(), self.read() as connection:
            return sealed.count(connection, tables)

    def change_private_key(self, tables: Sequence[Tables], *, after: bytes, now: datetime) -> int:
        """Seal everything anew, all of it or nothing; how many texts.

        Raises:
            UserError: one of them does not open; nothing was changed.
        """
        before = self.vault
        return self.write_now(
            lambda connection: sealed.change_key(
                connection, tables, before=before, after=after, now=now
            )
        )
