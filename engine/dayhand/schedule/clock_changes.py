"""The changes of the clock in the days to come, and the occurrences they touch.

Nothing here decides anything: it is shown by `upcoming` and in the end-of-day note.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from dayhand import durations
from dayhand.schedule.occurrence import Occurrence, short_time, short_when
from dayhand.schedule.timetable import Timetable
from dayhand.schedule.zones import Transition, Zone

__all__ = ["NOTICE_DAYS", "ClockNotice", "clock_changes"]

NOTICE_DAYS = 14


@dataclass(frozen=True, slots=True)
class ClockNotice:
    """A change of the clock ahead, and the occurrences it touches, those that it drops included."""

    zone: str
    at: datetime
    text: str
    occurrences: tuple[Occurrence, ...]


def clock_changes(
    timetables: Iterable[Timetable], after: datetime, days: int = NOTICE_DAYS
) -> tuple[ClockNotice, ...]:
    """The changes of the clock that touch an occurrence in the next days, in order (rule 16)."""
    until = after + timedelta(days=days)
    touched: dict[str, list[Occurrence]] = defaultdict(list)
    for timetable in timetables:
        if timetable.is_interval:
            continue  # follows elapsed time: nothing of it is moved or dropped
        found = timetable.between(after, until, skipped=True)
        touched[timetable.zone.name] += [one for one in found if one.clock]
    notices = [
        ClockNotice(name, change.at, _change_text(change, name), near)
        for name, occurrences in touched.items()
        for change, near in _by_change(Zone(name), after, until, occurrences)
    ]
    return tuple(sorted(notices, key=lambda one: (one.at, one.zone)))


def _by_change(
    zone: Zone, after: datetime, until: datetime, occurrences: Iterable[Occurrence]
) -> Iterator[tuple[Transition, tuple[Occurrence, ...]]]:
    """Each change with the occurrences nearest to it."""
    around = timedelta(days=2)  # an occurrence in the window may belong to a change just outside it
    changes = list(zone.transitions(after - around, until + around))
    near: dict[int, list[Occurrence]] = defaultdict(list)
    for one in occurrences:
        place = min(range(len(changes)), key=lambda n: abs(changes[n].at - one.at))
        near[place].append(one)
    for place in sorted(near):
        yield changes[place], tuple(sorted(near[place], key=lambda one: one.at))


def _change_text(change: Transition, zone: str) -> str:
    way = "forward" if change.change > timedelta(0) else "back"
    begin, end = change.wall_before, change.wall_after
    length = durations.as_text(abs(change.change))
    return (
        f"{short_when(begin)}: the clock goes {way} {length}, "
        f"from {short_time(begin)} to {short_time(end)} ({zone})"
    )
