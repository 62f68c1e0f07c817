"""Working hours and open days, and what clashes with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from dayhand import UserError
from dayhand_calendar.settings import WEEKDAYS, CalendarSettings, Hours
from dayhand_calendar.vocabulary import ClosedDay, Conflict, Event, OpenDay

__all__ = ["clashes", "closed_because", "next_open"]

_FURTHEST = 366


# Open days ----------------------------------------------------------------------------------------


def closed_because(settings: CalendarSettings, day: date) -> str:
    """Why the practice is closed on a day, or nothing."""
    if day in settings.closed:
        return "closed"
    weekday = WEEKDAYS[day.weekday()]
    if not settings.hours_on(day) and (settings.hours is not None or day.weekday() >= 5):
        return f"no hours on {weekday.capitalize()}"
    return _holiday(settings.holidays, day)


def _holiday(region: str, day: date) -> str:
    if not region:
        return ""
    try:
        import holidays  # slow to load; only where holidays are asked for
    except ImportError as error:
        raise UserError(
            "calendar.holidays needs the library 'holidays'",
            hint="pip install --only-binary :all: holidays, or list the days under calendar.closed",
        ) from error

    country, _, part = region.partition("-")
    try:
        known = holidays.country_holidays(country, subdiv=part or None, years=day.year)
    except NotImplementedError:
        return ""
    return str(known.get(day) or "")


def next_open(settings: CalendarSettings, after: date, days: int) -> OpenDay | None:
    """The `days`-th open day after a day, or None if there is none within a year."""
    closed: list[ClosedDay] = []
    left = days
    for number in range(1, _FURTHEST + 1):
        day = after + timedelta(days=number)
        reason = closed_because(settings, day)
        if reason:
            closed.append(ClosedDay(day=day, reason=reason))
            continue
        left -= 1
        if left <= 0:
            spans = [str(span) for span in settings.hours_on(day)]
            return OpenDay(day=day, weekday=WEEKDAYS[day.weekday()], hours=spans, closed=closed)
    return None


# Conflicts ----------------------------------------------------------------------------------------


def clashes(
    events: Sequence[Event],
    buffer: timedelta,
    hours: dict[str, Hours] | None,
    *,
    only_sessions: bool,
) -> list[Conflict]:
    """What overlaps, follows too closely, or lies outside hours, in the order of time.

    Events that are cancelled, last all day or leave their time free do not count. Outside hours are
    looked for among sessions; where nothing tells sessions apart, among all but holds.
    """
    counted = sorted(
        (item for item in events if item.status != "cancelled" and item.busy and not item.all_day),
        key=lambda item: (_exact(item.start), _exact(item.end), item.key),
    )
    found = [*_overlaps(counted), *_too_close(counted, buffer)]
    if hours is not None:
        for item in counted:
            if item.kind == "session" or (not only_sessions and item.kind != "hold"):
                found += _outside(item, hours)
    return sorted(
        found, key=lambda conflict: (_exact(conflict.start), conflict.kind, conflict.keys)
    )


def _overlaps(events: Sequence[Event]) -> Iterator[Conflict]:
    open_: list[Event] = []
    for item in events:
        open_ = [earlier for earlier in open_ if _exact(earlier.end) > _exact(item.start)]
        for earlier in open_:
            yield Conflict(
                kind="overlap",
                keys=[earlier.key, item.key],
                start=item.start,
                end=min(earlier.end, item.end, key=_exact),
                message=f"{_span(earlier)} and {_span(item)} overlap",
            )
        open_.append(item)


def _too_close(events: Sequence[Event], buffer: timedelta) -> Iterator[Conflict]:
    """Each event is held against the one before it that ends last."""
    if not buffer:
        return
    latest: Event | None = None
    for item in events:
        gap = _exact(item.start) - _exact(latest.end) if latest is not None else buffer
        if latest is not None and timedelta(0) <= gap < buffer:
            minutes = round(gap.total_seconds() / 60)
            wanted = round(buffer.total_seconds() / 60)
            yield Conflict(
                kind="no_buffer",
                keys=[latest.key, item.key],
                start=latest.end,
                end=item.start,
                message=f"{minutes} of {wanted} minutes between {_span(latest)} and {_span(item)}",
            )
        if latest is None or _exact(item.end) > _exact(latest.end):
            latest = item


def _outside(item: Event, hours: dict[str, Hours]) -> Iterator[Conflict]:
    first = item.start.hour * 60 + item.start.minute
    last = first + max(round((_exact(item.end) - _exact(item.start)).total_seconds() / 60), 0)
    spans = sorted(span.minutes for span in hours.get(WEEKDAYS[item.start.weekday()], []))
    joined: list[list[int]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([begin, end])
    if any(begin <= first and last <= end for begin, end in joined):
        return
    yield Conflict(
        kind="outside_hours",
        keys=[item.key],
        start=item.start,
        end=item.end,
        message=f"{_span(item)} is outside working hours",
    )


def _exact(moment: datetime) -> datetime:
    """In UTC: times of one zone are else compared by the wall clock, which once goes back."""
    return moment.astimezone(UTC)


def _span(item: Event) -> str:
    return f"{item.start:%a} {_clock(item.start)}–{_clock(item.end)}"


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M}"
