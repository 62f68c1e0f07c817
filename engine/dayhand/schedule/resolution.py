"""What a wall time that a cron trigger names becomes: none, one or two instants (rules 5 to 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from dayhand.model.routine import Trigger
from dayhand.schedule.occurrence import (
    NO_SUCH_TIME,
    ClockChange,
    Occurrence,
    short_time,
    short_when,
)
from dayhand.schedule.zones import Moment, Zone

__all__ = ["LONGEST_GAP", "Firing", "Resolution"]

LONGEST_GAP = timedelta(hours=3)
"""Over a longer gap nothing is moved: a missing day, or a clock that was set by hand."""
_MINUTE = timedelta(minutes=1)
_FEW = 4


@dataclass(frozen=True, slots=True)
class Firing:
    """One nominal at one instant. Those at the same instant become one occurrence."""

    at: datetime
    nominal: datetime
    fold: int = 0
    is_moved: bool = False
    notes: tuple[str, ...] = ()
    skipped: str | None = None
    clock: ClockChange | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """The rules of one trigger in its zone."""

    routine: str
    trigger: Trigger
    zone: Zone
    is_interval: bool

    def firings(self, wall: datetime, base: Firing) -> list[Firing]:
        """Where a wall time comes true. `base` has what is known of it but its instants."""
        moment = self.zone.resolve(wall)
        if moment.kind == "ordinary":
            return [replace(base, at=moment.first)]
        if self.is_interval:
            return self._of_interval(moment, base)
        if moment.kind == "gap":
            return [self._in_gap(wall, moment, base)]
        return self._in_overlap(wall, moment, base)

    def _of_interval(self, moment: Moment, base: Firing) -> list[Firing]:
        if moment.second is None:
            return []
        return [replace(base, at=moment.first), replace(base, at=moment.second, fold=1)]

    def _in_gap(self, wall: datetime, moment: Moment, base: Firing) -> Firing:
        missing = f"the clock skips {short_time(wall)} on {short_when(wall)}"
        touched = replace(base, at=moment.first, clock="gap", is_moved=True)
        if moment.length > LONGEST_GAP or self.trigger.dst_gap == "skip":
            skipped = base.skipped or NO_SUCH_TIME
            return replace(touched, skipped=skipped, notes=(*base.notes, missing))
        if self.trigger.dst_gap == "before":
            touched = replace(touched, at=moment.first - _MINUTE)
        runs = f"{missing}: runs at {short_time(self.zone.local(touched.at))}"
        return replace(touched, notes=(*base.notes, runs))

    def _in_overlap(self, wall: datetime, moment: Moment, base: Firing) -> list[Firing]:
        choice = self.trigger.dst_overlap
        when = {"first": "the first time", "last": "the second time", "both": "both times"}[choice]
        twice = f"{short_time(wall)} comes twice on {short_when(wall)}: runs {when}"
        touched = replace(base, at=moment.first, clock="overlap", notes=(*base.notes, twice))
        second = replace(touched, at=moment.second or moment.first)
        if choice == "both":
            return [touched, replace(second, fold=1)]
        return [touched if choice == "first" else second]

    def occurrence(self, firings: list[Firing]) -> Occurrence:
        """The one occurrence of the firings at one instant.

        It is known by the nominal that really stands there, if there is one, else by the earliest.
        """
        firings = sorted(firings, key=lambda one: one.nominal)
        leader = min(firings, key=lambda one: one.is_moved)
        nominals = tuple(dict.fromkeys(one.nominal for one in firings))
        notes = tuple(dict.fromkeys(note for one in firings for note in one.notes))
        if len(nominals) > 1:
            notes = (*notes[:_FEW], _together(nominals))
        return Occurrence(
            routine=self.routine,
            trigger=self.trigger.id,
            nominal=leader.nominal,
            fold=leader.fold,
            at=leader.at,
            zone=self.zone.name,
            nominals=nominals,
            notes=notes,
            skipped=leader.skipped,
            clock=next((one.clock for one in firings if one.clock), None),
        )


def _together(nominals: tuple[datetime, ...]) -> str:
    """`one run for Sun 8 Mar 02:00 and Sun 8 Mar 02:30`."""
    names = [f"{short_when(one)} {short_time(one)}" for one in nominals]
    if len(names) > _FEW:
        return f"one run for {len(names)} times, {names[0]} to {names[-1]}"
    return f"one run for {', '.join(names[:-1])} and {names[-1]}"
