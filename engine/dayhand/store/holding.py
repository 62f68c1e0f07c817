"""What a restored database is held back from, so that nothing is done twice.

What happened after the backup is not in it: a run may have gone on and sent, an occurrence may have run.
So nothing goes on by itself. A person looks, and lets the schedule go on.
"""

# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dayhand.store import audit
from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["Held", "hold"]


@dataclass(frozen=True, slots=True)
class Held:
    """How many runs were ended, how many still wait for a person, and how many occurrences let go."""

    ended: int
    waiting: int
    missed: int


def hold(
    connection: Connection, *, made_at: datetime, now: datetime, who: str, subject: str
) -> Held:
    """End what would go on, let go what fell due, pause the schedule; noted in the audit log.

    A run that waits for a person stays, and goes on only by the answer. An effect that was intended is
    in doubt: it may have been sent after the backup.
    """
    told, when = moment_text(now), f"{made_at:%Y-%m-%d %H:%M} UTC"
    reason = f"restored from the backup of {when}: what happened since is not known"
    execute(
        connection,
        "UPDATE effects SET state = 'unknown', reason = ? WHERE state = 'intended'",
        reason,
    )
    asked = "EXISTS (SELECT 1 FROM questions q WHERE q.run_id = runs.id AND q.state = 'open')"
    ended = execute(
        connection,
        "UPDATE runs SET state = 'cancelled', reason = ?, owner = '', lease_until = NULL,"
        " wake_at = NULL, ended_at = ?, epoch = epoch + 1 WHERE state IN ('queued', 'running')"
        f" OR (state IN ('waiting', 'unknown') AND NOT {asked})",
        reason, told,
    ).rowcount  # fmt: skip
    waiting = execute(
        connection, "UPDATE runs SET wake_at = NULL WHERE state IN ('waiting', 'unknown')"
    ).rowcount
    missed = execute(
        connection,
        "UPDATE occurrences SET state = 'missed', reason = ?, decided_at = ?"
        " WHERE state IN ('planned', 'asking') AND at <= ?",
        reason, told, told,
    ).rowcount  # fmt: skip
    execute(connection, "UPDATE horizons SET until = ? WHERE until < ?", told, told)
    execute(connection, "DELETE FROM leases")
    execute(connection, "DELETE FROM pauses WHERE routine = ''")
    execute(
        connection,
        "INSERT INTO pauses (routine, since, by, until) VALUES ('', ?, ?, NULL)",
        told,
        f"{who}, by restoring a backup",
    )
    audit.append(connection, at=now, who=who, action="restore", subject=subject)
    return Held(ended, waiting, missed)
