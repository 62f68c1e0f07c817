"""The events of the practice's calendars as they were last read, by kind."""
# ruff: noqa: S608 - only conditions are put together; values are bound

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from dayhand.model.diary import KeptEvent, Reading
from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["REMEMBERED", "keep", "kept"]

REMEMBERED = timedelta(days=400)
"""So long an event that is over stays."""


def keep(connection: Connection, reading: Reading) -> None:
    """Put a reading in place of what was kept of its time; what lies outside of it stays."""
    begins, ends = moment_text(reading.begins), moment_text(reading.ends)
    forgotten = moment_text(reading.read_at - REMEMBERED)
    replaced = "kind = ? AND ((ends >= ? AND begins <= ?) OR ends < ?)"
    values = (reading.kind, begins, ends, forgotten)
    known = execute(connection, f"SELECT key, begins, ends FROM events WHERE {replaced}", *values)
    rows = {(one.key, moment_text(one.start), moment_text(one.end)) for one in reading.events}
    if {tuple(row) for row in known} != rows:
        execute(connection, f"DELETE FROM events WHERE {replaced}", *values)
        for row in sorted(rows):
            execute(
                connection,
                "INSERT INTO events (kind, key, begins, ends) VALUES (?, ?, ?, ?) ON CONFLICT"
                " (kind, key) DO UPDATE SET begins = excluded.begins, ends = excluded.ends",
                reading.kind, *row,
            )  # fmt: skip
    execute(
        connection,
        "INSERT INTO readings (kind, begins, ends, read_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (kind) DO UPDATE SET"
        " begins = excluded.begins, ends = excluded.ends, read_at = excluded.read_at",
        reading.kind, begins, ends, moment_text(reading.read_at),
    )  # fmt: skip


def kept(connection: Connection, kind: str) -> Reading | None:
    """What was last read of a kind, with what is remembered from before; None if it never was."""
    found = execute(
        connection, "SELECT begins, ends, read_at FROM readings WHERE kind = ?", kind
    ).first()
    if found is None:
        return None
    rows = execute(
        connection, "SELECT key, begins, ends FROM events WHERE kind = ? ORDER BY begins, key", kind
    )
    begins, ends, read_at = map(datetime.fromisoformat, found)
    return Reading(kind, tuple(_events(rows)), begins, ends, read_at)


def _events(rows: Iterable[Iterable[str]]) -> Iterable[KeptEvent]:
    for key, begins, ends in rows:
        yield KeptEvent(key, datetime.fromisoformat(begins), datetime.fromisoformat(ends))
