"""New clients: the event that makes routines due, and who they are.

A client who is added by hand is new to the practice. Those of an imported file were brought along
from elsewhere, and make nothing due.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dayhand import EventKind, Practice

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from dayhand_practice.vocabulary import Client

__all__ = ["KINDS", "between"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A client was added."""

    key: str
    start: datetime
    end: datetime


async def _created(practice: Practice, start: datetime, end: datetime) -> Sequence[Arrival]:
    # SQLAlchemy is imported only where the database is read
    from sqlalchemy import select

    from dayhand_practice.tables import clients

    query = select(clients.c.id, clients.c.created_at).where(
        clients.c.created_at >= _text(start), clients.c.created_at < _text(end)
    )
    with practice.connect() as connection:
        rows = connection.execute(query).all()
    moments = [(row.id, datetime.fromisoformat(row.created_at)) for row in rows]
    return [Arrival(client_id, moment, moment) for client_id, moment in moments]


def between(connection: Connection, start: datetime, end: datetime, now: datetime) -> list[Client]:
    """The clients who were added from `start` to `end`, both included, the earliest first."""
    from sqlalchemy import select

    from dayhand_practice.clients import require
    from dayhand_practice.tables import clients

    query = (
        select(clients.c.id)
        .where(clients.c.created_at >= _text(start), clients.c.created_at <= _text(end))
        .order_by(clients.c.created_at, clients.c.id)
    )
    return require(connection, connection.execute(query).scalars().all(), now.date())


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


KINDS = (EventKind("client_created", _created),)
