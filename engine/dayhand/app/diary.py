"""The practice's events: read from the plugins that know them, kept, and given from what was kept where a
calendar cannot be read.

Two things come from events: the triggers `before:` and `after:`, and with `skip_on: [time_off]` the
days on which nothing runs, which are those that an event of the kind `time_off` covers whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayhand.errors import DayhandError
from dayhand.model.diary import KeptEvent, Reading
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule.open_days import ListedDays

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = [
    "TIME_OFF", "Diary", "Span", "is_of_event", "last_time_off", "look", "read",
    "spans_of", "time_off_of",
]  # fmt: skip

TIME_OFF = "time_off"
SHIFTED = timedelta(days=40)
"""So far `shift` is expected to move what an event makes due."""
DAYS_BACK = timedelta(days=40)
DAYS_AHEAD = timedelta(days=400)
"""Time off is read so far ahead: an open day is looked for a year away."""
LONGEST = timedelta(days=1000)
"""No more than this is read at once."""
LIMIT = timedelta(minutes=2)
"""One kind may take so long to read."""
_WHOLE = timedelta(minutes=1)
"""A day of which no more than this is missing is whole: some calendars end it at 23:59."""

Span = tuple[datetime, datetime]


@dataclass(slots=True)
class Diary:
    """Readings by kind, and for each kind that could not be read now, why."""

    readings: dict[str, Reading] = field(default_factory=dict)
    troubles: dict[str, str] = field(default_factory=dict)

    def events(self, kind: str) -> Sequence[KeptEvent]:
        """The events of a kind, as far as they are known."""
        reading = self.readings.get(kind)
        return reading.events if reading else ()

    def time_off(self, zone: ZoneInfo) -> ListedDays:
        """The days that are closed."""
        return time_off_of(self.events(TIME_OFF), zone)


def is_of_event(trigger: Trigger) -> bool:
    """True if events make the trigger due."""
    return trigger.kind in ("before", "after")


def spans_of(routines: Iterable[Routine], begin: datetime, end: datetime) -> dict[str, Span]:
    """From when to when each kind has to be read to know what is due between two moments."""
    spans: dict[str, Span] = {}
    for routine in routines:
        for trigger in routine.triggers if routine.enabled else ():
            if TIME_OFF in trigger.skip_on:
                spans[TIME_OFF] = _wider(spans, TIME_OFF, begin - DAYS_BACK, end + DAYS_AHEAD)
            if is_of_event(trigger):
                offset = trigger.offset if trigger.kind == "before" else -trigger.offset
                room = SHIFTED if trigger.shift else timedelta(0)
                first = begin + min(offset, timedelta(0)) - room - trigger.jitter
                last = end + max(offset, timedelta(0)) + room
                spans[trigger.value] = _wider(spans, trigger.value, first, last)
    return spans


def _wider(spans: Mapping[str, Span], kind: str, begin: datetime, end: datetime) -> Span:
    known = spans.get(kind, (begin, end))
    first, last = min(known[0], begin), max(known[1], end)
    return first, min(last, first + LONGEST)


async def read(app: App, kind: str, span: Span, now: datetime) -> Reading:
    """The events of a kind between two moments, from the plugin that knows them; not kept yet.

    Raises:
        DayhandError: they cannot be read now, or no plugin knows them.
    """
    brought = app.host.event_kind(kind)
    if brought is None:
        raise DayhandError(f"no plugin knows events of the kind '{kind}'")
    plugin, known = brought
    try:
        async with asyncio.timeout(LIMIT.total_seconds()):
            found = await known.read(app.context(plugin), *span)
        return Reading(kind, _kept(found), *span, now)
    except DayhandError:
        raise
    except Exception as error:  # whatever a plugin raises, the last reading stands
        raise DayhandError(f"plugin '{plugin}': {type(error).__name__}") from error


def _kept(events: Iterable[Any]) -> tuple[KeptEvent, ...]:
    """In UTC, so that offsets are elapsed time."""
    by_key = {
        one.key: KeptEvent(str(one.key), one.start.astimezone(UTC), one.end.astimezone(UTC))
        for one in events
    }
    return tuple(sorted(by_key.values(), key=lambda one: (one.start, one.key)))


def look(
    app: App, routines: Iterable[Routine], begin: datetime, end: datetime, *, patience: timedelta
) -> Diary:
    """What has to be known of events to tell what is due between two moments.

    Calendars are read now, and what they say is kept. Of one that gives no answer in time, the last
    reading is taken. For commands: the daemon has its own way.
    """
    from dayhand.store import diary as kept  # no database where no routine looks at a calendar

    found = Diary()
    spans = spans_of(routines, begin, end)
    if spans:
        asyncio.run(_look(app, spans, found, patience))
    for kind in spans:
        if kind in found.readings:
            reading = found.readings[kind]
            app.store.write_now(lambda c, r=reading: kept.keep(c, r))  # type: ignore[misc]
        with app.store.read() as connection:
            last = kept.kept(connection, kind)
        if last is not None:
            found.readings[kind] = last
    return found


async def _look(app: App, spans: Mapping[str, Span], found: Diary, patience: timedelta) -> None:
    now = app.clock.now()
    for kind, span in spans.items():
        try:
            async with asyncio.timeout(patience.total_seconds()):
                found.readings[kind] = await read(app, kind, span, now)
        except DayhandError as error:
            found.troubles[kind] = error.message
        except TimeoutError:
            found.troubles[kind] = "no answer in time"


def last_time_off(app: App) -> ListedDays:
    """The days off as they were last read; none if they never were."""
    from dayhand.store import diary as kept  # as above

    with app.store.read() as connection:
        reading = kept.kept(connection, TIME_OFF)
    return time_off_of(reading.events if reading else (), app.zone)


def time_off_of(events: Iterable[KeptEvent], zone: ZoneInfo) -> ListedDays:
    """The days that events cover whole, in a zone, each with its reason."""
    days: dict[date, str] = {}
    for one in events:
        first = one.start.astimezone(zone)
        last = (one.end + _WHOLE).astimezone(zone)
        begin = first.date() + timedelta(days=first.time() > time(0, 1))
        length = (last.date() - begin).days
        reason = _reason(begin, begin + timedelta(days=length - 1))
        for number in range(length):
            days.setdefault(begin + timedelta(days=number), reason)
    return ListedDays(days)


def _reason(first: date, last: date) -> str:
    shown = [f"{day:%a} {day.day} {day:%b}" for day in (first, last)]
    return "in the calendar" if first == last else f"in the calendar, {shown[0]} to {shown[1]}"
