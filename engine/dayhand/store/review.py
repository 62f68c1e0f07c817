"""What happened in a span of time, counted: for the review of activity that 45 CFR 164.308 asks for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = ["Review", "review"]


@dataclass(frozen=True, slots=True)
class Review:
    """Counts from `since` on and before `until`. Acts by the first word of the action.

    `in_doubt` and `waiting` are of now: what may have been sent, and questions that are open.
    """

    since: datetime
    until: datetime
    acts: dict[str, int]
    users: dict[str, int]
    runs: dict[str, int]
    occurrences: dict[str, int]
    in_doubt: int
    waiting: int


def review(connection: Connection, since: datetime, until: datetime) -> Review:
    """The counts; no content, no names but those of users."""
    span = moment_text(since), moment_text(until)
    acts, users = Counter[str](), Counter[str]()
    entries = (
        "SELECT action, who, COUNT(*) FROM audit WHERE at >= ? AND at < ? GROUP BY action, who"
    )
    for action, who, number in map(tuple, execute(connection, entries, *span)):
        acts[str(action).split(" ", 1)[0]] += number
        users[who] += number
    ended = "SELECT state, COUNT(*) FROM runs WHERE ended_at >= ? AND ended_at < ? GROUP BY state"
    due = "SELECT state, COUNT(*) FROM occurrences WHERE at >= ? AND at < ? GROUP BY state"
    doubt = "SELECT COUNT(*) FROM effects WHERE state IN ('intended', 'unknown')"
    asked = "SELECT COUNT(*) FROM questions WHERE state = 'open'"
    return Review(
        since,
        until,
        dict(acts.most_common()),
        dict(users.most_common()),
        dict(map(tuple, execute(connection, ended, *span))),
        dict(map(tuple, execute(connection, due, *span))),
        int(execute(connection, doubt).scalar() or 0),
        int(execute(connection, asked).scalar() or 0),
    )
