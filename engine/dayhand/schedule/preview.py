"""What is worth knowing of the days to come: clock changes, crowded minutes, what an edit moves.

Nothing here decides anything: it is shown by `upcoming`, by the plan and in the end-of-day note.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dayhand import durations
from dayhand.schedule.occurrence import Occurrence, short_time, short_when
from dayhand.schedule.timetable import Timetable
from dayhand.schedule.zones import Transition, Zone

__all__ = [
    "NOTICE_DAYS", "Change", "ClockNotice", "changes_of", "clock_changes", "collisions", "compare",
]  # fmt: skip

NOTICE_DAYS = 14
_BEYOND = timedelta(days=10)


# Changes of the clock -----------------------------------------------------------------------------


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


# Crowded minutes ----------------------------------------------------------------------------------


def collisions(occurrences: Iterable[Occurrence]) -> tuple[tuple[Occurrence, ...], ...]:
    """Those that start in the same minute, where there is more than one that runs, in order."""
    minutes: dict[datetime, list[Occurrence]] = defaultdict(list)
    for one in occurrences:
        if one.is_to_run:
            minutes[one.due.replace(second=0, microsecond=0)].append(one)
    crowded = (minutes[minute] for minute in sorted(minutes) if len(minutes[minute]) > 1)
    return tuple(tuple(sorted(one, key=lambda o: (o.due, o.key))) for one in crowded)


# What an edit changes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Change:
    """One occurrence that an edit adds (no `old`), takes away (no `new`) or moves."""

    kind: Literal["added", "gone", "moves"]
    routine: str
    old: Occurrence | None
    new: Occurrence | None

    @property
    def at(self) -> datetime:
        """Where it stands in a list: its earlier instant."""
        return min(one.at for one in (self.old, self.new) if one is not None)

    @property
    def text(self) -> str:
        """`moves from Sun 1 Nov 09:00 to Mon 2 Nov 09:00`, `Sun 1 Nov 09:00 added`."""
        if self.old is not None and self.new is not None:
            return f"moves from {_place(self.old)} to {_place(self.new)}"
        one = self.old or self.new
        place = _place(one) if one is not None else ""
        reason = f" ({one.skipped})" if one is not None and one.skipped else ""
        return f"{place} {self.kind}{reason}"


def changes_of(
    old: Iterable[Timetable], new: Iterable[Timetable], after: datetime, until: datetime
) -> tuple[Change, ...]:
    """What runs at other times after an edit: two sets of triggers compared over a window.

    Both are read some days beyond it, so that what moves over its edge is told as a move.
    """
    begin, end = after - _BEYOND, until + _BEYOND
    before = [one for table in old for one in table.between(begin, end)]
    with_skipped = [one for table in new for one in table.between(begin, end, skipped=True)]
    return tuple(
        change
        for change in compare(before, with_skipped)
        if any(one and after < one.at <= until for one in (change.old, change.new))
    )


def compare(old: Sequence[Occurrence], new: Sequence[Occurrence]) -> tuple[Change, ...]:
    """The changes between what was to run and what is; `new` may hold what does not run, too.

    In this order an occurrence finds its counterpart in the same routine: at the same instant
    (nothing has changed), with the same key, on the same day. What is left is gone, or added.
    """
    reasons = {one.key: one for one in new if not one.is_to_run}
    left, added = _without_same_instant(old, [one for one in new if one.is_to_run])
    moves: list[Change] = []
    for counterpart in (_key, _day):
        left, added = _paired(left, added, counterpart, moves)
    gone = [Change("gone", one.routine, _with_reason(one, reasons), None) for one in left]
    more = [Change("added", one.routine, None, one) for one in added]
    return tuple(sorted([*moves, *gone, *more], key=lambda one: (one.at, one.routine, one.kind)))


def _without_same_instant(
    old: Sequence[Occurrence], new: Sequence[Occurrence]
) -> tuple[list[Occurrence], list[Occurrence]]:
    before = Counter((one.routine, one.at) for one in old)
    after = Counter((one.routine, one.at) for one in new)
    return list(_beyond(old, after)), list(_beyond(new, before))


def _beyond(
    occurrences: Iterable[Occurrence], others: Counter[tuple[str, datetime]]
) -> Iterator[Occurrence]:
    """Those that have no other of the same routine at their instant."""
    free = others.copy()
    for one in occurrences:
        place = (one.routine, one.at)
        if free[place]:
            free[place] -= 1
        else:
            yield one


def _paired(
    old: Sequence[Occurrence],
    new: Sequence[Occurrence],
    counterpart: Callable[[Occurrence], object],
    moves: list[Change],
) -> tuple[list[Occurrence], list[Occurrence]]:
    waiting: dict[object, list[Occurrence]] = defaultdict(list)
    for one in new:
        waiting[counterpart(one)].append(one)
    left = []
    for one in old:
        same = waiting[counterpart(one)]
        if same:
            moves.append(Change("moves", one.routine, one, same.pop(0)))
        else:
            left.append(one)
    return left, [one for same in waiting.values() for one in same]


def _key(one: Occurrence) -> object:
    return one.key


def _day(one: Occurrence) -> object:
    return one.routine, one.wall.date()


def _with_reason(one: Occurrence, reasons: dict[str, Occurrence]) -> Occurrence:
    return reasons.get(one.key, one)


def _place(one: Occurrence) -> str:
    return f"{short_when(one.wall)} {short_time(one.wall)}"
