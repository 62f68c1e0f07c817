"""Old runs are removed; what they were due for, and the audit log, stay.

A run goes with its steps, attempts, answered questions and effects. It stays as long as it

- has not ended, or is in doubt: an effect of it was intended, and its end is not known
- has an open question, or was called by a run, or tried again by one, that has not ended
- stands in the ledger for an occurrence that is not closed
- sent something, and the longer time for that has not passed

Nothing else is touched: the occurrence keeps its row, its state and its reason.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from dayhand.model.ledger import CLOSED
from dayhand.model.run import FINAL
from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["TABLES", "Old", "Report", "prune", "report"]

TABLES = ("attempts", "questions", "effects", "run_steps", "runs", "texts", "told")
"""From which rows are removed."""


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


_UNFINISHED = f"state NOT IN ({_listed(FINAL)})"
_ENDED = f"r.state IN ({_listed(FINAL)}) AND r.ended_at < ?"
_IN_DOUBT = (
    "EXISTS (SELECT 1 FROM effects e WHERE e.run_id = r.id AND e.state IN ('intended', 'unknown'))"
)
_ASKS = "EXISTS (SELECT 1 FROM questions q WHERE q.run_id = r.id AND q.state = 'open')"
_NEEDED = (
    f"(r.id IN (SELECT retry_of FROM runs WHERE retry_of IS NOT NULL AND {_UNFINISHED})"
    f" OR r.id IN (SELECT parent FROM runs WHERE parent IS NOT NULL AND {_UNFINISHED})"
    f" OR r.parent IN (SELECT id FROM runs WHERE {_UNFINISHED})"
    " OR EXISTS (SELECT 1 FROM occurrences o WHERE o.run_id = r.id"
    f" AND o.state NOT IN ({_listed(CLOSED)})))"
)
_SENT = "EXISTS (SELECT 1 FROM effects e WHERE e.run_id = r.id AND e.state = 'done')"
_MAY_GO = (
    f"{_ENDED} AND NOT {_IN_DOUBT} AND NOT {_ASKS} AND COALESCE(NOT {_NEEDED}, TRUE)"
    f" AND (r.ended_at < ? OR NOT {_SENT})"
)
_BELONGS = (
    "DELETE FROM attempts WHERE run_id = ?",
    "DELETE FROM questions WHERE run_id = ?",
    "DELETE FROM effects WHERE run_id = ?",
    "DELETE FROM run_steps WHERE run_n = (SELECT n FROM runs WHERE id = ?)",
    "DELETE FROM runs WHERE id = ?",
)
_TEXTS = (
    "DELETE FROM texts WHERE digest NOT IN (SELECT digest FROM runs)"
    " AND digest NOT IN (SELECT digest FROM schedules)"
    f" AND digest NOT IN (SELECT digest FROM occurrences WHERE state NOT IN ({_listed(CLOSED)}))"
)


@dataclass(frozen=True, slots=True)
class Old:
    """Runs of one routine that may go, in one state: how many, and when the first and last ended."""

    routine: str
    state: str
    runs: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """What would go, and of what is as old how many runs stay, by why."""

    old: tuple[Old, ...]
    steps: int
    kept: dict[str, int]

    @property
    def runs(self) -> int:
        """How many would go."""
        return sum(one.runs for one in self.old)


def report(connection: Connection, *, before: datetime, sent_before: datetime) -> Report:
    """What `prune` would remove; nothing is changed."""
    limits = [moment_text(before), moment_text(sent_before)]
    found = execute(
        connection,
        "SELECT r.routine, r.state, COUNT(*), MIN(r.ended_at), MAX(r.ended_at) FROM runs r"
        f" WHERE {_MAY_GO} GROUP BY r.routine, r.state ORDER BY r.routine, r.state",
        *limits,
    )
    old = [
        Old(row[0], row[1], row[2], datetime.fromisoformat(row[3]), datetime.fromisoformat(row[4]))
        for row in map(tuple, found)
    ]
    steps = execute(
        connection,
        f"SELECT COUNT(*) FROM run_steps WHERE run_n IN (SELECT r.n FROM runs r WHERE {_MAY_GO})",
        *limits,
    ).scalar()
    return Report(tuple(old), int(steps or 0), _kept(connection, *limits))


def _kept(connection: Connection, before: str | None, sent_before: str | None) -> dict[str, int]:
    count = "SELECT COUNT(*) FROM runs r WHERE "
    asked: dict[str, tuple[str, list[Any]]] = {
        "not ended": (f"r.{_UNFINISHED} AND r.created_at < ?", [before]),
        "in doubt": (f"{_ENDED} AND {_IN_DOUBT}", [before]),
        "a question is open": (f"{_ENDED} AND {_ASKS}", [before]),
        "needed by another": (f"{_ENDED} AND {_NEEDED}", [before]),
        "sent something": (f"{_ENDED} AND {_SENT} AND r.ended_at >= ?", [before, sent_before]),
    }
    found = {
        why: int(execute(connection, count + where, *values).scalar() or 0)
        for why, (where, values) in asked.items()
    }
    return {why: number for why, number in found.items() if number}


def prune(connection: Connection, *, before: datetime, sent_before: datetime, most: int) -> int:
    """Remove so many runs at the most, the oldest first, with what belongs to them; how many."""
    found = execute(
        connection,
        f"SELECT r.id FROM runs r WHERE {_MAY_GO} ORDER BY r.n LIMIT ?",
        moment_text(before), moment_text(sent_before), most,
    ).fetchall()  # fmt: skip
    for (run_id,) in found:
        execute(
            connection, "DELETE FROM told WHERE key > ? AND key < ?", f"{run_id}/", f"{run_id}0"
        )
        for statement in _BELONGS:
            execute(connection, statement, run_id)
    if found:
        execute(connection, _TEXTS)
    return len(found)
