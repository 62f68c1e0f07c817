"""Time zones: what becomes of a wall time on the days when the clock changes.

*Wall* time is a naive date and time, as a clock on the wall of that zone shows it. A change of the
clock makes three kinds of it:

| kind     | the wall time | `first`                         | `second`  | `length`       |
|----------|---------------|---------------------------------|-----------|----------------|
| ordinary | comes once    | that instant                    | -         | 0              |
| gap      | never comes   | the first instant after the gap | -         | of the gap     |
| overlap  | comes twice   | the earlier of the two          | the later | of the overlap |

Instants are aware and in UTC, so that adding to them and comparing them means elapsed time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from importlib import import_module
from typing import Literal
from zoneinfo import ZoneInfo

from dayhand.errors import UserError

__all__ = ["Moment", "Transition", "Zone", "tzdata_version"]

_NOTHING = timedelta(0)
_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_STEP = timedelta(days=5)
"""Finer than two changes in one zone ever were: the closest in tzdata are 6 d 23 h apart (Gaza)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a wall time is in its zone; the table above says what stands where."""

    kind: Literal["ordinary", "gap", "overlap"]
    first: datetime
    second: datetime | None = None
    length: timedelta = _NOTHING


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of the clock: the first instant of the new offset, and both offsets."""

    at: datetime
    before: timedelta
    after: timedelta

    @property
    def change(self) -> timedelta:
        """By how much the clock is put forward; negative where it is put back."""
        return self.after - self.before

    @property
    def wall_before(self) -> datetime:
        """What the clock would have shown at that instant."""
        return self.at.replace(tzinfo=None) + self.before

    @property
    def wall_after(self) -> datetime:
        """What it shows."""
        return self.at.replace(tzinfo=None) + self.after


class Zone:
    """An IANA time zone."""

    def __init__(self, name: str) -> None:
        self.name = name
        try:
            self.info = ZoneInfo(name)
        except (LookupError, ValueError, OSError) as error:  # a name, a path, a folder
            raise UserError(
                f"'{name}' is not a time zone", hint="name a place, such as 'America/New_York'"
            ) from error

    def __repr__(self) -> str:
        return f"Zone({self.name!r})"

    def offset(self, instant: datetime) -> timedelta:
        """How far the clock is ahead of UTC."""
        return instant.astimezone(self.info).utcoffset() or _NOTHING

    def local(self, instant: datetime) -> datetime:
        """What the clock shows, naive; its `fold` is 1 in the second of two equal hours."""
        return instant.astimezone(self.info).replace(tzinfo=None)

    def resolve(self, wall: datetime) -> Moment:
        """The kind of a naive wall time, and its instants."""
        earlier, later = self._offsets(wall)
        first = wall.replace(tzinfo=UTC) - earlier
        if earlier == later:
            return Moment("ordinary", first)
        second = wall.replace(tzinfo=UTC) - later
        if earlier > later:
            return Moment("overlap", first, second, earlier - later)
        # In a gap the old offset makes an instant after the change, the new one an instant before.
        return Moment("gap", self._change(second, first), length=later - earlier)

    def is_calm(self, day: date) -> bool:
        """True if the clock does not change on a day, nor at its first or its last midnight."""
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - wall time
        # A second earlier, to see a gap that ends at midnight: midnight itself is ordinary then.
        old, begin = self._offsets(midnight - _SECOND)
        end, new = self._offsets(midnight + _DAY)
        return old == begin == end == new

    def transitions(self, after: datetime, until: datetime) -> Iterator[Transition]:
        """The changes of the clock after `after` up to and with `until`, in order."""
        low, until = after.astimezone(UTC), until.astimezone(UTC)
        old = self.offset(low)
        while low < until:
            high = min(low + _STEP, until)
            new = self.offset(high)
            if new != old:
                yield Transition(self._change(low, high), old, new)
            low, old = high, new

    def digest(self, after: datetime, until: datetime) -> str:
        """A short text that changes if what is known of the zone in this window changes.

        Kept with planned occurrences it tells, whatever the source of the zone data, whether they
        have to be planned again; a new release of tzdata seldom touches the zone at hand.
        """
        lines = [f"{self.offset(after)}"]
        lines += [f"{one.at.isoformat()} {one.after}" for one in self.transitions(after, until)]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def _offsets(self, wall: datetime) -> tuple[timedelta, timedelta]:
        aware = wall.replace(tzinfo=self.info, fold=0)
        return aware.utcoffset() or _NOTHING, aware.replace(fold=1).utcoffset() or _NOTHING

    def _change(self, low: datetime, high: datetime) -> datetime:
        """The first instant after `low`, up to `high`, whose offset is not that of `low`."""
        old = self.offset(low)
        start, step = low.replace(microsecond=0), int((high - low) / _SECOND) + 1
        below, above = 0, step
        while above - below > 1:
            middle = (below + above) // 2
            if self.offset(start + middle * _SECOND) == old:
                below = middle
            else:
                above = middle
        return start + above * _SECOND


@lru_cache(maxsize=1)
def tzdata_version() -> str:
    """The release of the package tzdata, such as '2026f', or nothing where it is not installed.

    `zoneinfo` prefers the system's own files where there are any; `Zone.digest` tells what is in
    force, this only what to show.
    """
    try:
        package = import_module("tzdata")  # a system that has its own zones may leave it out
    except ImportError:
        return ""
    return str(package.IANA_VERSION)
