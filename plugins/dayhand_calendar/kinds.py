"""The kinds of events that triggers can name: what is on, told to the engine's planner."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from dayhand import EventKind, Practice
from dayhand_calendar.steps import take
from dayhand_calendar.vocabulary import Event

__all__ = ["KINDS"]


def _reader(kind: str) -> Callable[[Practice, datetime, datetime], Awaitable[Sequence[Event]]]:
    async def read(practice: Practice, start: datetime, end: datetime) -> Sequence[Event]:
        zone = ZoneInfo(practice.info.timezone)
        first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
        found = await take(practice, first, last, None)
        return [one for one in found.events if one.kind == kind and one.status != "cancelled"]

    return read


KINDS = tuple(EventKind(name, _reader(name)) for name in ("session", "hold", "other"))
