"""How much has left the machine, or may have: what the limits are held against."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from dayhand.store.moments import moment_text
from dayhand.store.statements import execute
from dayhand.values import encode

__all__ = ["of_family", "to_client"]


def of_family(connection: Connection, run_id: str, path: str) -> int:
    """How much was sent, or may be, by a run and those that it called, or that called it.

    The step itself does not count: it may have been tried before.
    """
    top = run_id.partition(".")[0]  # a run that was called has its caller's id, a point, and more
    found = execute(
        connection,
        "SELECT COUNT(*) FROM effects"
        " WHERE run_id >= ? AND run_id < ? AND NOT (run_id = ? AND path = ?) AND state <> 'not_sent'",
        top, f"{top}/", run_id, path,
    )  # fmt: skip
    return int(found.scalar() or 0)


def to_client(connection: Connection, client: str, since: datetime) -> set[tuple[str, str]]:
    """Run and path of what was sent, or may have been, to a client since a moment."""
    found = execute(
        connection,
        "SELECT run_id, path FROM effects WHERE state IN ('intended', 'done', 'unknown')"
        " AND intended_at >= ? AND details LIKE ?",
        moment_text(since), f'%"client":{encode(client)}%',
    )  # fmt: skip
    return {(row[0], row[1]) for row in map(tuple, found)}
