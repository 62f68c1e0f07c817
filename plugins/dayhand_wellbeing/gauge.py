"""How much a day and a week hold (pure): sessions, breaks, stretches, hard ones in a row."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from dayhand_wellbeing.models import DayLoad, Load, MatchIn
from dayhand_wellbeing.settings import WellbeingSettings

__all__ = ["load_of"]

_HELD = ("scheduled", "attended")
_MINUTE = timedelta(minutes=1)


def load_of(
    matches: Iterable[MatchIn],
    days: Sequence[date],
    heavy: Collection[str],
    settings: WellbeingSettings,
    zone: ZoneInfo,
) -> Load:
    """The load of the days, with what is more than the settings allow.

    Sessions that do not take place count for nothing; the same session in two calendars counts once.
    """
    by_day: dict[date, dict[tuple[str, datetime], MatchIn]] = {day: {} for day in days}
    for match in matches:
        day = match.event.start.astimezone(zone).date()
        if match.attendance in _HELD and not match.event.all_day and day in by_day:
            by_day[day].setdefault((match.client_id, match.event.start), match)
    found = [_day(day, list(held.values()), heavy, settings, zone) for day, held in by_day.items()]
    weeks = list(_weeks(found, settings))
    return Load(
        days=found, weeks=weeks, warnings=sum(len(one.warnings) for one in found) + len(weeks)
    )


def _day(
    day: date,
    matches: list[MatchIn],
    heavy: Collection[str],
    settings: WellbeingSettings,
    zone: ZoneInfo,
) -> DayLoad:
    held = sorted(matches, key=lambda one: (one.event.start, one.event.end))
    breaks = [
        (earlier.event.end, round(_between(earlier.event.end, later.event.start) / _MINUTE))
        for earlier, later in pairwise(held)
    ]
    stretch = max(_stretches(held, settings.rest), default=0)
    runs = [len(list(run)) for hard, run in groupby(held, lambda m: m.client_id in heavy) if hard]
    made = DayLoad(
        day=day,
        sessions=len(held),
        minutes=sum(round(_between(one.event.start, one.event.end) / _MINUTE) for one in held),
        shortest_break=min((minutes for _, minutes in breaks), default=None),
        longest_stretch=stretch,
        in_a_row=max(runs, default=0),
    )
    made.warnings = list(_warnings(made, breaks, settings, zone))
    return made


def _between(earlier: datetime, later: datetime) -> timedelta:
    """The time that passed; of one zone Python tells what the clock on the wall shows."""
    return later.astimezone(UTC) - earlier.astimezone(UTC)


def _stretches(held: Sequence[MatchIn], rest: timedelta) -> Iterator[int]:
    begin = end = None
    for match in held:
        if end is None or begin is None or _between(end, match.event.start) >= rest:
            begin = match.event.start
        end = match.event.end if end is None else max(end, match.event.end)
        yield round(_between(begin, end) / _MINUTE)


def _warnings(
    day: DayLoad,
    breaks: Sequence[tuple[datetime, int]],
    settings: WellbeingSettings,
    zone: ZoneInfo,
) -> Iterator[str]:
    if day.sessions > settings.most_sessions:
        yield f"{day.sessions} sessions, {settings.most_sessions} are the most"
    least = round(settings.least_break / _MINUTE)
    for end, minutes in breaks:
        at = f"{end.astimezone(zone):%H:%M}"
        if minutes < 0:
            yield f"two sessions overlap before {at}"
        elif minutes < least:
            yield f"{minutes} minutes of break at {at}, {least} are the least"
    longest = round(settings.longest_stretch / _MINUTE)
    if day.longest_stretch > longest:
        yield (
            f"{_hours(day.longest_stretch)} without a rest of"
            f" {round(settings.rest / _MINUTE)} minutes, {_hours(longest)} are the most"
        )
    if day.in_a_row > settings.most_in_a_row:
        yield f"{day.in_a_row} hard sessions in a row, {settings.most_in_a_row} are the most"


def _hours(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02} h"


def _weeks(days: Sequence[DayLoad], settings: WellbeingSettings) -> Iterator[str]:
    def monday(one: DayLoad) -> date:
        return one.day - timedelta(days=one.day.weekday())

    for first, week in groupby(days, monday):
        total = sum(one.sessions for one in week)
        if total > settings.most_in_week:
            yield (
                f"{total} sessions in the week of {first.isoformat()},"
                f" {settings.most_in_week} are the most"
            )
