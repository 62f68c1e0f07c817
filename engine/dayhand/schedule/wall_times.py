"""The occurrences of a cron trigger, in order, from any instant forwards or back.

Days are taken one by one in local time, because that is how the expression names them. Where the
clock does not change and no occurrence comes from another day, a day's times are its occurrences,
in order. Elsewhere they are not: a time in a gap moves to the end of the gap, perhaps into the next
day; a day's last hour may come again when the next day has begun (St John's until 2011 went back at
00:01). So what a day makes is held until no later day can make anything before it:

| direction | days       | an occurrence is ready once it is     | because                         |
|-----------|------------|---------------------------------------|---------------------------------|
| forwards  | ascending  | before the next day's first midnight  | no later day begins before that |
| back      | descending | after the end of the next earlier day | no earlier day ends after that  |

and all that is held at one instant becomes one occurrence.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby

from dayhand.cron import SEARCH_YEARS, Cron
from dayhand.schedule.occurrence import Occurrence, short_when
from dayhand.schedule.open_days import FURTHEST, OpenDays
from dayhand.schedule.resolution import Firing, Resolution

__all__ = ["WallTimes"]

_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - only its midnight counts
_MINUTE = timedelta(minutes=1)
_AROUND = timedelta(hours=26)
"""More than any clock was ever put back (24 h, at the date line)."""
_FEW = 8
_SEARCH = timedelta(days=SEARCH_YEARS * 366)


class WallTimes:
    """The occurrences of one cron trigger."""

    def __init__(self, expression: Cron, resolution: Resolution, open_days: OpenDays) -> None:
        self._cron = expression
        self._resolution = resolution
        self._zone = resolution.zone
        self._open_days = open_days
        self._lately: dict[tuple[date, bool], list[Firing]] = {}

    def ahead(
        self, after: datetime, *, until: datetime | None = None, skipped: bool = False
    ) -> Iterator[Occurrence]:
        """Those after an instant, ascending; with `skipped` also those that do not run."""
        held: list[Firing] = []
        start = self._first_day(after)
        latest = start
        for day in self._days(start, back=False):
            if day - latest > _SEARCH:
                break
            begin = self._begin(day)
            yield from self._ready([one for one in held if after < one.at < begin])
            held = [one for one in held if one.at >= begin]
            if until is not None and begin > until:
                return
            if not held and self._is_plain(day):
                latest = day
                yield from self._plain(day, after, back=False)
                continue
            made = self._made(day, skipped=skipped)
            if any(one.skipped is None for one in made):
                latest = day
            held += made
        yield from self._ready([one for one in held if one.at > after])

    def behind(self, before: datetime, *, skipped: bool = False) -> Iterator[Occurrence]:
        """Those before an instant, descending; with `skipped` also those that do not run."""
        held: list[Firing] = []
        start = self._last_day(before)
        earliest = start
        for day in self._days(start, back=True):
            if earliest - day > _SEARCH:
                break
            end = self._end(day)
            yield from self._ready([one for one in held if end < one.at < before], back=True)
            held = [one for one in held if one.at <= end]
            if not held and self._is_plain(day):
                earliest = day
                yield from self._plain(day, before, back=True)
                continue
            made = self._made(day, skipped=skipped)
            if any(one.skipped is None for one in made):
                earliest = day
            held += made
        yield from self._ready([one for one in held if one.at < before], back=True)

    # Which days ---------------------------------------------------------------------------------

    def _first_day(self, after: datetime) -> date:
        """No instant after `after` has an earlier date on the wall, nor a nominal with one."""
        zone = self._zone
        return _wall(after, min(zone.offset(after), zone.offset(after + _AROUND))).date()

    def _last_day(self, before: datetime) -> date:
        """No instant before `before` has a later date on the wall, nor a nominal with one.

        (One that runs right before a gap names a time up to the end of it.)
        """
        return _wall(before + _AROUND, self._zone.offset(before)).date()

    def _days(self, start: date, *, back: bool) -> Iterator[date]:
        """The days from `start` on whose occurrences there may be, once each and in order."""
        rules = self._open_days
        if rules.shift is None:
            yield from self._cron.days(start, back=back)
            return
        begin, last = start, None
        if (rules.shift == "next_open_day") is not back:
            begin = next(reversed(list(rules.closed_run(start, 1 if back else -1))), start)
        for named in self._cron.days(begin, back=back):
            day = rules.target(named) or named  # never goes back as the days named go on
            if day != last:
                last = day
                yield day

    def _begin(self, day: date) -> datetime:
        """No occurrence of this day or a later one is before this."""
        first = self._zone.resolve(datetime.combine(day, time.min))
        return first.first if self._zone.is_calm(day) else first.first - _MINUTE

    def _end(self, day: date) -> datetime:
        """No occurrence of this day or an earlier one is after this."""
        last = self._zone.resolve(datetime.combine(day + _DAY, time.min))
        return last.second or last.first

    # What a day makes ---------------------------------------------------------------------------

    def _is_plain(self, day: date) -> bool:
        """True if its times are its occurrences, in order and each by itself."""
        rules = self._open_days
        if not self._zone.is_calm(day):
            return False
        return rules.are_all or (rules.closed(day) is None and not rules.moved_to(day))

    def _plain(self, day: date, edge: datetime, *, back: bool) -> Iterator[Occurrence]:
        """The occurrences of a plain day on the far side of `edge`."""
        times, found = self._cron.times, self._resolution
        midnight = self._zone.resolve(datetime.combine(day, time.min)).first
        wall = edge - midnight
        if timedelta(0) <= wall < _DAY:
            spot = (_EPOCH + wall).time()
            times = (
                times[: bisect_left(times, spot)] if back else times[bisect_right(times, spot) :]
            )
        elif (wall < timedelta(0)) is back:
            return
        for one in reversed(times) if back else times:
            nominal = datetime.combine(day, one)
            at = midnight + timedelta(hours=one.hour, minutes=one.minute)
            yield Occurrence(
                found.routine, found.trigger.id, nominal, 0, at, self._zone.name, (nominal,)
            )

    def _made(self, day: date, *, skipped: bool) -> list[Firing]:
        """All that runs on a day, or is dropped from it; whoever asks, asks for a few days often."""
        made = self._lately.get((day, skipped))
        if made is None:
            if len(self._lately) >= _FEW:
                self._lately.clear()
            made = self._lately[day, skipped] = self._make(day, skipped=skipped)
        return made

    def _make(self, day: date, *, skipped: bool) -> list[Firing]:
        rules = self._open_days
        reason = rules.closed(day)
        if reason is not None:
            if rules.target(day) is not None or not skipped:
                return []
            if rules.shift is not None:
                reason += f", and no day within {FURTHEST} is open"
        return [
            firing
            for named in (day, *rules.moved_to(day))
            if next(self._cron.days(named), None) == named
            for firing in self._of_day(named, day, reason, skipped=skipped)
        ]

    def _of_day(
        self, named: date, day: date, reason: str | None, *, skipped: bool
    ) -> Iterator[Firing]:
        """What the times of the day that is named make on the day it runs."""
        notes: tuple[str, ...] = ()
        if named != day:
            old, new = short_when(_midnight(named)), short_when(_midnight(day))
            notes = (f"moved from {old} to {new}: {self._open_days.closed(named)}",)
        for one in self._cron.times:
            nominal = datetime.combine(named, one)
            base = Firing(nominal, nominal, is_moved=named != day, notes=notes, skipped=reason)
            for firing in self._resolution.firings(datetime.combine(day, one), base):
                if skipped or firing.skipped is None:
                    yield firing

    def _ready(self, firings: Iterable[Firing], *, back: bool = False) -> Iterator[Occurrence]:
        """The occurrences of firings: one for each instant, and one for each that is skipped."""
        in_order = sorted(firings, key=lambda one: (one.at, one.nominal), reverse=back)
        for _, group in groupby(in_order, key=lambda one: one.at):
            together = list(group)
            dropped = [one for one in together if one.skipped is not None]
            running = [one for one in together if one.skipped is None]
            parts = [[one] for one in dropped] + ([running] if running else [])
            for part in parts:
                yield self._resolution.occurrence(part)


def _wall(instant: datetime, offset: timedelta) -> datetime:
    return (instant.astimezone(UTC) + offset).replace(tzinfo=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
