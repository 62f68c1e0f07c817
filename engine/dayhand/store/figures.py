"""How many there are of what, by state: for whoever watches the daemon. No names, no content."""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["Figures", "figures"]

_TABLES = ("runs", "occurrences", "questions", "effects")


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows by table and state; `overdue` and `next_due` in seconds, -1 if nothing is to come."""

    by_state: Mapping[str, Mapping[str, int]]
    overdue: float
    next_due: float


def figures(connection: Connection, now: datetime) -> Figures:
    """The figures as one view of the database has them."""
    counts = {
        table: dict(
            map(tuple, execute(connection, f"SELECT state, COUNT(*) FROM {table} GROUP BY state"))
        )
        for table in _TABLES
    }
    planned = "SELECT MIN(at) FROM occurrences WHERE state = 'planned' AND at"
    oldest = execute(connection, f"{planned} <= ?", moment_text(now)).scalar()
    following = execute(connection, f"{planned} > ?", moment_text(now)).scalar()
    return Figures(counts, -_until(oldest, now) if oldest else 0.0, _until(following, now))


def _until(moment: str | None, now: datetime) -> float:
    return (datetime.fromisoformat(moment) - now).total_seconds() if moment else -1.0
