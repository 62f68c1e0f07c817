"""The occurrences of an `every` trigger: elapsed time from an anchor, whatever the clock does.

The anchor is by default Monday 1 January 2001 at 00:00 in the trigger's zone, so that `every: 15
minutes` is on the quarter of an hour, `every: 1 week` on a Monday, and neither a restart nor an
edit of something else moves it. Over a change of the clock the spacing stays and the wall time does
not: `every: 1 day` comes at midnight in winter and at 01:00 in summer. Who wants a time of day
writes `cron`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta

from dayhand.cron import SEARCH_YEARS
from dayhand.schedule.occurrence import Occurrence
from dayhand.schedule.open_days import OpenDays
from dayhand.schedule.zones import Zone

__all__ = ["ANCHOR", "SteadyTimes"]

ANCHOR = datetime(2001, 1, 1)  # noqa: DTZ001 - wall time
_DAY = timedelta(days=1)
_SEARCH = timedelta(days=SEARCH_YEARS * 366)


class SteadyTimes:
    """The occurrences of one `every` trigger."""

    def __init__(
        self, routine: str, trigger: str, every: timedelta, zone: Zone, open_days: OpenDays,
        anchor: datetime | None = None,
    ) -> None:  # fmt: skip
        if every <= timedelta(0):
            raise ValueError("a trigger's length is more than nothing")
        self._routine = routine
        self._trigger = trigger
        self._every = every
        self._zone = zone
        self._open_days = open_days
        self._anchor = (anchor or zone.resolve(ANCHOR).first).astimezone(UTC)

    def ahead(
        self, after: datetime, *, until: datetime | None = None, skipped: bool = False
    ) -> Iterator[Occurrence]:
        """Those after an instant, ascending; with `skipped` also those that do not run."""
        number = (after - self._anchor) // self._every + 1
        latest = after
        while True:
            at = self._anchor + number * self._every
            if at - latest > _SEARCH or (until is not None and at > until):
                return
            found = self._occurrence(at)
            if found.is_to_run:
                latest = at
            elif not skipped:
                number = self._past_closed_day(at)
                continue
            yield found
            number += 1

    def behind(self, before: datetime, *, skipped: bool = False) -> Iterator[Occurrence]:
        """Those before an instant, descending; with `skipped` also those that do not run."""
        number = -((self._anchor - before) // self._every) - 1
        earliest = before
        while True:
            at = self._anchor + number * self._every
            if earliest - at > _SEARCH:
                return
            found = self._occurrence(at)
            if found.is_to_run:
                earliest = at
            if found.is_to_run or skipped:
                yield found
            number -= 1

    def _past_closed_day(self, at: datetime) -> int:
        """The number of the first one that is not on the same closed day, or a little before."""
        number = (at - self._anchor) // self._every
        midnight = datetime.combine(self._zone.local(at).date() + _DAY, time.min)
        far = self._zone.resolve(midnight).first - _DAY / 24
        return max(number, (far - self._anchor) // self._every) + 1

    def _occurrence(self, at: datetime) -> Occurrence:
        wall = self._zone.local(at)
        nominal = wall.replace(fold=0)
        return Occurrence(
            routine=self._routine,
            trigger=self._trigger,
            nominal=nominal,
            fold=wall.fold,
            at=at,
            zone=self._zone.name,
            nominals=(nominal,),
            skipped=self._open_days.closed(wall.date()),
        )
