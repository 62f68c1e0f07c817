"""One opened database: how to connect to it, to write and to read, and what holds a batch together.

A `Session` is the one connection that writes. Its transactions are begun and ended by the writer
alone, beneath SQLAlchemy, which believes itself inside one long transaction; a job is held apart
from the others of its batch by a savepoint. So a job cannot commit half of another's work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import Connection, Engine

from dayhand.errors import StepMisuse, StoreError
from dayhand.keys.sealing import Vault
from dayhand.store.faults import translated

__all__ = ["Database", "Session", "SharedSession"]


@dataclass(frozen=True, slots=True)
class Database:
    """`place` is for messages and holds no secret; `path` is None for a server; `vault` seals texts."""

    place: str
    writing: Engine
    reading: Engine
    path: Path | None = None
    key: bytes | None = None
    vault: Vault | None = None

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.writing.dialect.name

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that cannot write, on one unchanging view of the data."""
        with (
            translated(always=False),
            self.reading.connect() as connection,
            connection.begin() as whole,
        ):
            yield connection
            whole.rollback()

    def dispose(self) -> None:
        """Close every connection."""
        self.reading.dispose()
        self.writing.dispose()


class Session(Protocol):
    """The connection that writes. Only the writer's thread uses it."""

    lock: threading.RLock
    dialect: str

    @property
    def cursor(self) -> Any: ...

    @property
    def connection(self) -> Connection: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    @property
    def is_intact(self) -> bool: ...

    def close(self) -> None: ...


def _forbidden(name: str) -> Callable[..., Any]:
    def refuse(*_: Any, **__: Any) -> Any:
        raise StepMisuse(
            f"the engine ends this transaction: a step must not call '{name}' on its connection"
        )

    return refuse


def guarded(connection: Connection) -> Connection:
    """The connection without what would end its transaction under the writer's feet."""
    for name in ("commit", "rollback", "close", "detach"):
        setattr(connection, name, _forbidden(name))
    return connection


class OwnSession:
    """A connection of its own, whose commits are commits.

    Of a database in a file it knows which file that was: what is written to one that was removed, or that
    another took the place of, is seen by nobody, and lost.
    """

    def __init__(self, engine: Engine, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.dialect = engine.dialect.name
        self._path = path
        self._file = None if path is None else _identity(path)
        self._engine = engine
        self._connection: Connection | None = None
        self._driver: Any = None
        self._cursor: Any = None

    @property
    def connection(self) -> Connection:
        """For jobs: SQLAlchemy's view of the transaction."""
        if self._connection is None:
            raise StoreError("there is no transaction")
        return self._connection

    @property
    def cursor(self) -> Any:
        """For checkpoints: the driver's cursor."""
        return self._cursor

    def _connect(self) -> None:
        connection = self._engine.connect()
        self._driver = connection.connection.driver_connection
        connection.begin()  # what SQLAlchemy believes in; the driver begins nothing yet
        self._cursor = self._driver.cursor()
        self._connection = guarded(connection)

    def begin(self) -> None:
        """Begin; on SQLite take the write lock, waiting for it as long as `busy_timeout` says.

        Raises:
            StoreError: the file is gone, or is another by now.
        """
        if self._path is not None and _identity(self._path) != self._file:
            raise StoreError(
                f"the database {self._path} was removed or replaced while it was in use",
                hint="nothing more is written to it: put the right file in its place, then restart dayhand",
            )
        if self._connection is None:
            self._connect()
        if self.dialect == "sqlite":
            self._cursor.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Return once everything since `begin` is on the disk."""
        self._driver.commit()

    def rollback(self) -> None:
        """Undo everything since `begin`. A connection that cannot even do that is dropped."""
        try:
            self._driver.rollback()
        except Exception:  # noqa: BLE001 - whatever the driver says, a new connection is the answer
            self.close()

    @property
    def is_intact(self) -> bool:
        """False if the database gave up the whole transaction by itself (full, disconnected)."""
        if self._connection is None or self._connection.invalidated:
            return False
        if self.dialect == "sqlite":
            return bool(self._driver.in_transaction)
        return not self._driver.closed

    def close(self) -> None:
        """Drop the connection; the next `begin` makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            Connection.invalidate(connection)
            Connection.close(connection)


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells one file from another of the same name; None where there is none."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


class SharedSession:
    """For dry runs on a server: one transaction, never committed, that all write to and read from.

    A batch is a savepoint in it.
    """

    def __init__(self, engine: Engine) -> None:
        self.lock = threading.RLock()
        self.dialect = engine.dialect.name
        connection = engine.connect()
        connection.begin()
        self.cursor: Any = connection.connection.cursor()
        self.connection = guarded(connection)

    def begin(self) -> None:
        """Begin a batch."""
        self.cursor.execute("SAVEPOINT dayhand_batch")

    def commit(self) -> None:
        """Keep the batch for as long as the transaction lasts."""
        self.cursor.execute("RELEASE SAVEPOINT dayhand_batch")

    def rollback(self) -> None:
        """Undo the batch."""
        self.cursor.execute("ROLLBACK TO SAVEPOINT dayhand_batch")
        self.cursor.execute("RELEASE SAVEPOINT dayhand_batch")

    @property
    def is_intact(self) -> bool:
        """False if the connection was lost."""
        return not self.connection.invalidated

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """The same connection, for reading; what is written in it is undone."""
        with self.lock:
            self.cursor.execute("SAVEPOINT dayhand_read")
            try:
                yield self.connection
            finally:
                self.cursor.execute("ROLLBACK TO SAVEPOINT dayhand_read")
                self.cursor.execute("RELEASE SAVEPOINT dayhand_read")

    def close(self) -> None:
        """Undo all of it."""
        Connection.rollback(self.connection)
        Connection.close(self.connection)
