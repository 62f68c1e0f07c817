"""The event kind `missed_session`: a session that was not attended, or was cancelled too late."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dayhand import EventKind, Practice

if TYPE_CHECKING:
    from dayhand_practice.settings import PracticeRecords

__all__ = ["KINDS", "MissedSession"]

_STATES = ("no_show", "late_cancelled")


@dataclass(frozen=True, slots=True)
class MissedSession:
    """A missed session. Its key names the state too, so that each comes once."""

    key: str
    start: datetime
    end: datetime


async def _read(practice: Practice, start: datetime, end: datetime) -> Sequence[MissedSession]:
    return await asyncio.to_thread(_missed, practice, start, end)


def _missed(practice: Practice, start: datetime, end: datetime) -> list[MissedSession]:
    from dayhand_practice import sessions  # imports SQLAlchemy, which only reading needs

    zone = ZoneInfo(practice.info.timezone)
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    with practice.connect() as connection:
        found = sessions.find(connection, zone, start=first, end=last, status=_STATES, billed=False)
    return [
        MissedSession(f"{one['id']} {one['status']}", one["start"], sessions.end_of(one))
        for one in found
    ]


def _look_back(practice: Practice) -> timedelta:
    settings: PracticeRecords = practice.settings
    return settings.missed_known_within


KINDS = (EventKind("missed_session", _read, _look_back),)
"""A billed one is left out: what it costs has been settled."""
