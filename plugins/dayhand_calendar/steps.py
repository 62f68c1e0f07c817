"""The steps that look: agenda, match, conflicts, next open day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dayhand import Duration, Effect, Practice, Retryable, StepContext, StepError, UserError, step
from dayhand_calendar.settings import CalendarSettings, Hours, chosen
from dayhand_calendar.vocabulary import (
    Agenda,
    Conflict,
    Event,
    Matches,
    OpenDay,
    SkippedEvent,
    StaleSource,
)
from dayhand_practice.vocabulary import Client

if TYPE_CHECKING:
    from dayhand_calendar.sources import Reading

# What parses, expands and fetches (icalendar, lxml, httpx2) is imported inside the steps: listing
# the steps must not load it.

__all__ = ["agenda", "agenda_of", "conflicts", "match", "next_open_day", "take"]

MOST_DAYS = 400
MOST_NAMED = 200


@step(
    "calendar.agenda",
    effect=Effect.READ,
    summary="What is on, on a day or from one day to another, from all calendars",
)
async def agenda(
    context: StepContext,
    *,
    day: date | None = None,
    start: date | None = None,
    end: date | None = None,
    sources: list[str] | None = None,
) -> Agenda:
    """List what is on, in the practice's time zone and in the order of time.

    Series are expanded with their exceptions; cancelled events are listed with their status. An
    event that cannot be followed is left out and named under `skipped`, a calendar that cannot be
    read under `stale`. The step fails only if no calendar could be read.

    Args:
        day: the day; without it and without `start`, the run's day.
        start: the first day, instead of `day`.
        end: the last day, included; without it the first.
        sources: names of the calendars to read; without it all of them.
    """
    first, last = _days(context, day, start, end)
    return await take(context, first, last, sources)


def _days(
    practice: Practice, day: date | None, start: date | None, end: date | None
) -> tuple[date, date]:
    if day is not None and (start is not None or end is not None):
        raise UserError(
            "an agenda is of a 'day', or from 'start' to 'end'", hint="leave one of them out"
        )
    first = day or start or practice.today
    last = end or first
    if last < first:
        raise UserError("the agenda's 'end' is before its 'start'", hint="swap them in the routine")
    if (last - first).days >= MOST_DAYS or not 1900 <= first.year <= last.year <= 9000:
        raise UserError(f"an agenda covers at most {MOST_DAYS} days", hint="ask for a shorter time")
    return first, last


async def take(practice: Practice, first: date, last: date, names: list[str] | None) -> Agenda:
    """The agenda of some days.

    Raises:
        UserError: no calendar is set up, or none of that name.
        Retryable: no calendar could be read, and this may pass.
        StepError: no calendar could be read.
    """
    settings: CalendarSettings = practice.settings
    wanted = chosen(settings, names)  # where there is none, what reads calendars is not loaded

    from dayhand_calendar.expansion import Window
    from dayhand_calendar.sources import read

    window = Window(first, last, ZoneInfo(practice.info.timezone))
    return agenda_of(practice, await read(practice, wanted, window), first, last)


def agenda_of(practice: Practice, readings: Sequence[Reading], first: date, last: date) -> Agenda:
    """The agenda that readings of some days come to.

    Raises:
        Retryable: no calendar could be read, and this may pass.
        StepError: no calendar could be read.
    """
    from dayhand_calendar.events import events

    settings: CalendarSettings = practice.settings
    zone = ZoneInfo(practice.info.timezone)
    result = Agenda(start=first, end=last, timezone=practice.info.timezone)
    for reading in readings:
        result.skipped += _named(reading.skipped)
        if reading.problem:
            stale = StaleSource(
                source=reading.source.name, reason=reading.problem, as_of=reading.as_of
            )
            result.stale.append(stale)
        result.events += events(reading.occurrences, reading.source, settings, zone)
    failed = [reading for reading in readings if reading.problem and reading.as_of is None]
    if len(failed) == len(readings):
        told = "; ".join(
            f"calendar '{reading.source.name}': {reading.problem}" for reading in failed
        )
        hint = next((reading.hint for reading in failed if reading.hint), "")
        waits = [reading.wait for reading in failed if reading.wait is not None]
        if any(reading.passing for reading in failed):
            raise Retryable(told, hint=hint, after=max(waits, default=None))
        raise StepError(told, hint=hint or "run 'dayhand calendar check'")
    result.events, double = _once(result.events)
    result.skipped += double
    return result


def _named(skipped: list[SkippedEvent]) -> list[SkippedEvent]:
    """What was left out of a calendar; of very many, the first and their number."""
    more = len(skipped) - MOST_NAMED
    if more <= 0:
        return skipped
    reason = f"{more:,} more events are left out; 'dayhand calendar check' names them all"
    return [
        *skipped[:MOST_NAMED],
        SkippedEvent(source=skipped[0].source, uid="", line=0, reason=reason),
    ]


def _once(events: list[Event]) -> tuple[list[Event], list[SkippedEvent]]:
    """Each occurrence once, in the order of time; the first calendar that has it counts."""
    kept: dict[str, Event] = {}
    skipped: list[SkippedEvent] = []
    for item in events:
        first = kept.setdefault(item.key, item)
        if first is item or first.source == item.source:
            if first is not item:
                kept[f"{item.key}\0{len(kept)}"] = item
            continue
        if (first.start, first.end, first.status) != (item.start, item.end, item.status):
            reason = f"calendar '{first.source}' has the same event otherwise, and comes first"
            skipped.append(
                SkippedEvent(source=item.source, uid=item.uid[:120], line=0, reason=reason)
            )
    ordered = sorted(
        kept.values(), key=lambda item: (item.start.timestamp(), -item.minutes, item.key)
    )
    return ordered, skipped


@step(
    "calendar.match",
    effect=Effect.NONE,
    summary="Which client each event is with, and what became of it",
)
def match(context: StepContext, *, events: list[Event], clients: list[Client]) -> Matches:
    """Match events to clients by id, invitation, alias, name or initials; never by a guess.

    An event that fits two clients, or is marked as a session and names none, comes under `unknown`
    with its reason. What became of a session is told by no-show and late-cancel marks, by the
    event's status, and by whether its end has passed.

    Args:
        events: the events, as `calendar.agenda` gives them.
        clients: the clients they may be with, as `practice.clients` gives them.
    """
    from dayhand_calendar.matching import matches

    return matches(events, clients, context.settings, context.now)


@step(
    "calendar.conflicts",
    effect=Effect.NONE,
    summary="Events that overlap, follow too closely, or lie outside working hours",
)
def conflicts(
    context: StepContext,
    *,
    events: list[Event],
    buffer: Duration | None = None,
    hours: dict[str, Hours] | None = None,
) -> list[Conflict]:
    """Find what will not fit. Messages name times only, never people.

    Args:
        events: the events, as `calendar.agenda` gives them.
        buffer: the least time between two events; without it that of the settings.
        hours: working hours by weekday, such as `{monday: ["09:00-17:00"]}`; without it those of
            the settings.
    """
    from dayhand_calendar.hours import clashes

    settings: CalendarSettings = context.settings
    return clashes(
        events,
        settings.buffer if buffer is None else buffer,
        settings.hours if hours is None else hours,
        only_sessions=any(item.kind == "session" for item in events),
    )


@step(
    "calendar.next_open_day",
    effect=Effect.NONE,
    summary="The next day on which the practice works",
)
def next_open_day(context: StepContext, *, after: date | None = None, days: int = 1) -> OpenDay:
    """Find the next day with working hours that is neither closed nor a public holiday.

    Args:
        after: the day before the first that counts; without it the run's day.
        days: how many open days ahead.
    """
    from dayhand_calendar.hours import next_open

    if not 1 <= days <= 200:
        raise UserError("'days' is between 1 and 200", hint="change it in the routine")
    found = next_open(context.settings, after or context.today, days)
    if found is None:
        raise UserError(
            "the practice has no open day within a year",
            hint="look at calendar.hours and calendar.closed",
        )
    return found
