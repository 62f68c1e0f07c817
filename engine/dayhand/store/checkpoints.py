"""The rows of checkpoints, written only where the run is still at the epoch its worker claimed.

On SQLite, where one process writes at a time, what was looked up of a run holds for as long as no other
connection has committed, which `PRAGMA data_version` tells, and no job was called that may have changed
it. So a checkpoint need not look for its run each time, which would take half as long again. Elsewhere
the statement itself looks, and locks the run's row until the commit.
"""

from __future__ import annotations

from typing import Any

from dayhand.errors import Fenced
from dayhand.store.database import Session
from dayhand.store.statements import PLAIN_STEP, Statements
from dayhand.store.waiting import Checkpoint

__all__ = ["CheckpointRows"]

_MOST = 4096


class _Known:
    """The numbers and epochs of runs, by their ids."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, int]] = {}
        self._version: int | None = None

    def begin(self, cursor: Any) -> None:
        """At the beginning of a transaction, before anything is asked."""
        (version,) = cursor.execute("PRAGMA data_version").fetchone()
        if version != self._version or len(self._known) > _MOST:
            self._known.clear()
            self._version = version

    def forget(self) -> None:
        """Runs may be otherwise than they were: a job was called, or a transaction undone."""
        self._known.clear()

    def number(self, cursor: Any, run_id: str, epoch: int) -> int | None:
        """The run's number, if it is at that epoch."""
        known = self._known.get(run_id)
        if known is None:
            row = cursor.execute("SELECT n, epoch FROM runs WHERE id = ?", (run_id,)).fetchone()
            if row is None:
                return None
            known = self._known[run_id] = (row[0], row[1])
        return known[0] if known[1] == epoch else None


class CheckpointRows:
    """Writes them on a session's connection, inside its transaction."""

    def __init__(self, session: Session, statements: Statements) -> None:
        self._session = session
        self._statements = statements
        self._known = _Known() if session.dialect == "sqlite" else None

    def begin(self) -> None:
        """A transaction has begun, and nothing is written yet."""
        if self._known is not None:
            self._known.begin(self._session.cursor)

    def forget(self) -> None:
        """Runs may be otherwise than they were: a job was called, or a transaction undone."""
        if self._known is not None:
            self._known.forget()

    def write(self, group: list[Checkpoint]) -> None:
        """Write a group; one whose run is at another epoch gets its error, and no row."""
        cursor, statements = self._session.cursor, self._statements
        if self._known is not None:
            self._write_known(group, self._known)
        else:
            cursor.executemany(statements.step, [work.step for work in group])
            if cursor.rowcount != len(group):
                self._find_fenced(group)
        for work in [work for work in group if work.more and work.error is None]:
            for name, row in work.more:
                cursor.execute(getattr(statements, name), row)

    def _write_known(self, group: list[Checkpoint], known: _Known) -> None:
        cursor, found = self._session.cursor, []
        for work in group:
            number = known.number(cursor, work.run_id, work.epoch)
            if number is None:
                work.error = Fenced(work.run_id, work.epoch)
            else:
                found.append((number, *work.step[:-2]))
        if found:
            cursor.executemany(PLAIN_STEP, found)

    def _find_fenced(self, group: list[Checkpoint]) -> None:
        """Find out whose rows were not written."""
        cursor = self._session.cursor
        for work in group:
            cursor.execute(self._statements.epoch, (work.run_id,))
            row = cursor.fetchone()
            if row is None or row[0] != work.epoch:
                work.error = Fenced(work.run_id, work.epoch)
