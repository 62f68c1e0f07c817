"""When a cron trigger is due, found by looking at a clock on the wall at every minute of UTC.

Nothing of the engine is used, and nothing but the plain forms of cron (numbers, lists, ranges and
steps) is known. It is slow, and says what the rules say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LOW_HIGH = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
ZONES = tuple(sorted(available_timezones() - {"localtime", "Factory"}))


def values(text: str, place: int) -> set[int]:
    found: set[int] = set()
    for item in text.split(","):
        span, _, step = item.partition("/")
        low, high = LOW_HIGH[place] if span == "*" else map(int, (span.split("-") * 2)[:2])
        found.update(
            value % 7 if place == 4 else value for value in range(low, high + 1, int(step or 1))
        )
    return found


def matcher(text: str) -> Callable[[datetime], bool]:
    """True of the naive minutes that the expression names, by Debian's day rule."""
    fields = text.split()
    minutes, hours, days, months, weekdays = (values(one, n) for n, one in enumerate(fields))
    either = fields[2][0] != "*" and fields[4][0] != "*"

    def fits(wall: datetime) -> bool:
        told = wall.day in days, wall.isoweekday() % 7 in weekdays
        return (
            wall.minute in minutes and wall.hour in hours and wall.month in months
            and (any(told) if either else all(told))
        )  # fmt: skip

    return fits


class WallClock:
    """What a clock in a zone shows at every minute of UTC in a window."""

    def __init__(self, zone: str, after: datetime, until: datetime) -> None:
        info = ZoneInfo(zone)
        self.shown: dict[datetime, list[datetime]] = defaultdict(list)
        self.walls: list[tuple[datetime, datetime]] = []
        instant = after
        while instant <= until:
            wall = instant.astimezone(info).replace(tzinfo=None, fold=0)
            self.walls.append((instant, wall))
            self.shown[wall].append(instant)
            instant += MINUTE
        self.gaps = [
            (wall + MINUTE, later_wall, later)
            for (_, wall), (later, later_wall) in zip(self.walls, self.walls[1:], strict=False)
            if later_wall - wall > MINUTE
        ]

    def grid(self, beyond: timedelta) -> Iterator[datetime]:
        """Every wall minute, those that do not exist included, and those of some days around."""
        wall, last = min(self.shown) - beyond, max(self.shown) + beyond
        while wall <= last:
            yield wall
            wall += MINUTE

    def fires(
        self,
        text: str,
        *,
        gap: str = "shift",
        overlap: str = "first",
        target: Callable[[date], date | None] | None = None,
    ) -> dict[datetime, list[datetime]]:
        """The instants at which the expression is due, each with its nominals."""
        fits = matcher(text)
        is_interval = any(one.startswith("*") for one in text.split()[:2])
        found: dict[datetime, list[datetime]] = defaultdict(list)
        for nominal in filter(fits, self.grid(5 * DAY if target else timedelta(0))):
            day = target(nominal.date()) if target else nominal.date()
            if day is None:
                continue
            wall = datetime.combine(day, nominal.time())
            for instant in self._instants(wall, gap, overlap, is_interval=is_interval):
                found[instant].append(nominal)
        return {instant: found[instant] for instant in sorted(found)}

    def _instants(
        self, wall: datetime, gap: str, overlap: str, *, is_interval: bool
    ) -> list[datetime]:
        shown = self.shown.get(wall, [])
        if shown:
            chosen = "both" if is_interval else overlap
            return {"first": shown[:1], "last": shown[-1:], "both": shown}[chosen]
        for begin, end, instant in self.gaps:
            if (
                begin <= wall < end
                and not is_interval
                and end - begin <= 3 * HOUR
                and gap != "skip"
            ):
                return [instant - MINUTE if gap == "before" else instant]
        return []


def transitions(first: int, last: int) -> dict[tuple[datetime, timedelta, timedelta], str]:
    """Every distinct change of the clock from the year `first` through `last`, with a zone that has it."""
    found: dict[tuple[datetime, timedelta, timedelta], str] = {}
    for zone in ZONES:
        info = ZoneInfo(zone)
        low = datetime(first, 1, 1, tzinfo=UTC)
        while low.year <= last:
            high = low + 5 * DAY
            before, after = (one.astimezone(info).utcoffset() for one in (low, high))
            if before != after:
                at = _change(info, low, high)
                found.setdefault((at, before, after), zone)
            low = high
    return found


def _change(info: ZoneInfo, low: datetime, high: datetime) -> datetime:
    before = low.astimezone(info).utcoffset()
    for step in (DAY, HOUR, MINUTE):
        while (low + step).astimezone(info).utcoffset() == before:
            low += step
    return low + MINUTE
