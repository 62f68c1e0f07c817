"""The kinds of events that triggers can name: what is on, and when you are off, told to the engine."""

from __future__ import annotations

from calendar import monthrange
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dayhand import EventKind, Practice, StepError
from dayhand_calendar.settings import CalendarSettings, chosen

if TYPE_CHECKING:
    from dayhand_calendar.vocabulary import Event

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


# What this process was told last, kept on purpose: the daemon asks again every few minutes, mostly of
# calendars that have not changed. A name is the hash of the calendars' texts as they are fetched
# now, of the settings and of the days, so that what has changed is never taken from here.
_told: OrderedDict[str, tuple[Event, ...]] = OrderedDict()
_MOST_TOLD = 16
_MOST_EVENTS = 2_000


def _reader(kind: str) -> Callable[[Practice, datetime, datetime], Awaitable[Sequence[Event]]]:
    async def read(practice: Practice, start: datetime, end: datetime) -> Sequence[Event]:
        zone = ZoneInfo(practice.info.timezone)
        days = start.astimezone(zone).date(), end.astimezone(zone).date()
        return await _events(practice, *days, kind, lambda one: one.kind == kind)

    return read


async def _events(
    practice: Practice, first: date, last: date, kind: str, is_wanted: Callable[[Event], bool]
) -> Sequence[Event]:
    """What is on of a kind in all calendars, but for what was cancelled.

    Raises:
        StepError: of one of them nothing is known. Its events would seem to be gone.
    """
    settings: CalendarSettings = practice.settings
    wanted = chosen(settings, None)  # where there is none, what reads calendars is not loaded

    from dayhand_calendar import sources
    from dayhand_calendar.expansion import Window
    from dayhand_calendar.steps import agenda_of

    window = Window(first, last, ZoneInfo(practice.info.timezone))
    readings = await sources.fetch_for_all(practice, wanted, window)
    state = sources.state_of(practice, readings, window)
    name = f"{kind} {state}"
    told = _told.get(name) if state else None
    if told is not None:
        _told.move_to_end(name)
        sources.keep_copies(practice, readings, window)
        return told
    await sources.understand(practice, readings, window)
    agenda = agenda_of(practice, readings, first, last)
    for stale in agenda.stale:
        if stale.as_of is None:
            raise StepError(f"calendar '{stale.source}': {stale.reason}")
    found = tuple(one for one in agenda.events if is_wanted(one) and one.status != "cancelled")
    if state and not agenda.stale and len(found) <= _MOST_EVENTS:
        _told[name] = found
        while len(_told) > _MOST_TOLD:
            _told.popitem(last=False)
    return found


# Time off -----------------------------------------------------------------------------------------


async def _time_off(practice: Practice, start: datetime, end: datetime) -> Sequence[TimeOff]:
    settings: CalendarSettings = practice.settings
    zone = ZoneInfo(practice.info.timezone)
    closed = [_days_off(f"closed {day}", day, day, zone) for day in settings.closed]
    if not settings.sources:
        return closed
    first, last = _whole_months(start.astimezone(zone).date(), end.astimezone(zone).date())
    found = await _events(practice, first, last, "time_off", lambda one: one.time_off)
    return [*closed, *_taken(found, settings, zone)]


def _whole_months(first: date, last: date) -> tuple[date, date]:
    """The months that days lie in: of tomorrow's year mostly the same is asked as of today's."""
    return first.replace(day=1), last.replace(day=monthrange(last.year, last.month)[1])


def _taken(
    events: Sequence[Event], settings: CalendarSettings, zone: ZoneInfo
) -> Iterator[TimeOff]:
    for event in events:
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
