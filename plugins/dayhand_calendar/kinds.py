"""The kinds of events that triggers can name: what is on, and when you are off, told to the engine."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dayhand import EventKind, Practice, StepError
from dayhand_calendar.settings import CalendarSettings
from dayhand_calendar.steps import take
from dayhand_calendar.vocabulary import Agenda, Event

__all__ = ["KINDS", "TimeOff"]

_DAY = timedelta(days=1)
_WORK = (9 * 60, 17 * 60)
"""The hours of a day, in minutes, where the settings have none."""


@dataclass(frozen=True, slots=True)
class TimeOff:
    """Whole days off, from the first one's midnight to the one after the last."""

    key: str
    start: datetime
    end: datetime


def _reader(kind: str) -> Callable[[Practice, datetime, datetime], Awaitable[Sequence[Event]]]:
    async def read(practice: Practice, start: datetime, end: datetime) -> Sequence[Event]:
        found = await _agenda(practice, start, end)
        return [one for one in found.events if one.kind == kind and one.status != "cancelled"]

    return read


async def _agenda(practice: Practice, start: datetime, end: datetime) -> Agenda:
    """What is on in all calendars.

    Raises:
        StepError: of one of them nothing is known. Its events would seem to be gone.
    """
    zone = ZoneInfo(practice.info.timezone)
    found = await take(practice, start.astimezone(zone).date(), end.astimezone(zone).date(), None)
    for stale in found.stale:
        if stale.as_of is None:
            raise StepError(f"calendar '{stale.source}': {stale.reason}")
    return found


# Time off -----------------------------------------------------------------------------------------


async def _time_off(practice: Practice, start: datetime, end: datetime) -> Sequence[TimeOff]:
    settings: CalendarSettings = practice.settings
    zone = ZoneInfo(practice.info.timezone)
    closed = [_days_off(f"closed {day}", day, day, zone) for day in settings.closed]
    if not settings.sources:
        return closed
    found = await _agenda(practice, start, end)
    return [*closed, *_taken(found.events, settings, zone)]


def _taken(
    events: Sequence[Event], settings: CalendarSettings, zone: ZoneInfo
) -> Iterator[TimeOff]:
    for event in events:
        if event.time_off and event.status != "cancelled":
            days = _whole_days(event, settings, zone)
            if days:
                yield _days_off(event.key, days[0], days[-1], zone)


def _whole_days(event: Event, settings: CalendarSettings, zone: ZoneInfo) -> list[date]:
    """The days that an event takes: its own, or those whose working hours it covers."""
    first, last = event.start.astimezone(zone).date(), event.end.astimezone(zone).date()
    days = [first + number * _DAY for number in range((last - first).days + 1)]
    if event.all_day:
        return days[:-1]
    return [day for day in days if _covers(event, day, settings, zone)]


def _covers(event: Event, day: date, settings: CalendarSettings, zone: ZoneInfo) -> bool:
    spans = [span.minutes for span in settings.hours_on(day)] or [_WORK]
    midnight = datetime.combine(day, time(0), zone)  # wall time is meant: hours are of the wall
    begin = midnight + timedelta(minutes=min(begin for begin, _ in spans))
    end = midnight + timedelta(minutes=max(end for _, end in spans))
    return event.start.timestamp() <= begin.timestamp() and end.timestamp() <= event.end.timestamp()


def _days_off(key: str, first: date, last: date, zone: ZoneInfo) -> TimeOff:
    return TimeOff(
        key, datetime.combine(first, time(0), zone), datetime.combine(last + _DAY, time(0), zone)
    )


KINDS = (
    *(EventKind(name, _reader(name)) for name in ("session", "hold", "other")),
    EventKind("time_off", _time_off),
)
