"""Plans ahead: every occurrence gets its row before it is due, and a row that no longer holds is taken back.

For each trigger that reckons in time the rows of the next two days are there, 500 at the most, and
at least its next one. The ledger keeps how far a trigger is planned (its horizon) and by which rule:

| a trigger is                         | its plan                                                   |
|--------------------------------------|------------------------------------------------------------|
| new                                  | begins now; a time whose place ran today is superseded     |
| known, by the same rule              | goes on from its horizon: what fell due meanwhile is late  |
| known, its times edited              | begins now; rows to come are moved, added or superseded    |
| known, its zone or tzdata changed    | the same, and goes on from its horizon; a row that the     |
|                                      | change moves into the past is late, not lost               |
| no longer in the routine             | its rows to come are superseded                            |
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from functools import cache
from importlib import import_module

from dayhand.app.calendars import STAND_STILL
from dayhand.daemon.standing import note_zones, standing_zones
from dayhand.errors import UserError
from dayhand.model.ledger import Due, Horizon, Planned
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule.lateness import replaced
from dayhand.schedule.occurrence import Occurrence
from dayhand.schedule.open_days import Calendar
from dayhand.schedule.timetable import Timetable, is_interval, is_timed, timetable_of
from dayhand.store.ledger import Ledger

__all__ = ["EDITED", "HORIZON", "Planner", "planned_of", "tzdata_version"]

HORIZON = timedelta(hours=48)
MOST_AHEAD = 500
"""Rows of one trigger that are still to come; one that is due each minute has eight hours of them."""
MOST_EXTENDED = 500
"""Triggers whose plan is lengthened in one pass, long before it must be; the rest in the next ones."""
MOST_AT_ONCE = 5000
"""Rows of one trigger in one pass; after a very long sleep the rest follows in the next."""
LONGEST_SLEEP = timedelta(days=400)
EDITED = "superseded by an edit of the routine"
_BACK = timedelta(hours=26)
"""As far as a change of the zone can move a row."""
_log = logging.getLogger("dayhand.daemon")


@cache
def tzdata_version() -> str:
    """Which time zone data the rows are made by: the release of the package tzdata."""
    return str(import_module("tzdata").__version__)


def planned_of(occurrence: Occurrence, digest: str, tzdata: str | None = None) -> Planned:
    """The row of an occurrence."""
    return Planned(
        key=occurrence.key,
        routine=occurrence.routine,
        trigger=occurrence.trigger,
        at=occurrence.due,
        nominal=_wall_text(occurrence.nominal),
        zone=occurrence.zone,
        tzdata=tzdata or tzdata_version(),
        digest=digest,
        notes=occurrence.notes,
        state="planned" if occurrence.is_to_run else "skipped",
        reason=occurrence.skipped or "",
    )


def _wall_text(wall: datetime) -> str:
    return wall.isoformat(timespec="seconds" if wall.second else "minutes")


@dataclass(frozen=True, slots=True)
class _Rule:
    """What a trigger's times follow from; as text it is kept with the horizon."""

    times: str
    zone: str
    tzdata: str
    kind: str

    @classmethod
    def of(cls, trigger: Trigger, zone: str, tzdata: str) -> _Rule:
        content = (
            trigger.kind, trigger.value, trigger.every, trigger.skip_on, trigger.shift,
            trigger.jitter, trigger.dst_gap, trigger.dst_overlap, trigger.day_match,
        )  # fmt: skip
        digest = hashlib.sha256(repr(content).encode()).hexdigest()[:16]
        kind = "interval" if is_interval(trigger) else "fixed"
        return cls(digest, zone, tzdata, kind)

    @classmethod
    def read(cls, text: str) -> _Rule:
        return cls(*text.split("|"))

    @property
    def text(self) -> str:
        """As it is kept."""
        return f"{self.times}|{self.zone}|{self.tzdata}|{self.kind}"

    def change_to(self, other: _Rule) -> str:
        """Why rows made by this rule do not hold by the other."""
        if self.times != other.times:
            return EDITED
        if self.zone != other.zone:
            return f"superseded: the time zone is {other.zone} now, was {self.zone}"
        if self.tzdata != other.tzdata:
            return f"superseded: time zone data {other.tzdata} now, was {self.tzdata}"
        return "superseded: what days are closed has changed"


_Rules = tuple[tuple[Trigger, _Rule], ...]
"""The rules of a routine's timed triggers."""


@dataclass(slots=True)
class Planner:
    """Plans for one practice. `zone` is the practice's; `calendars` tell closed days."""

    zone: str
    calendars: Mapping[str, Calendar]
    tzdata: str = field(default_factory=tzdata_version)
    is_behind: bool = False
    """True while rows of the past are missing: nothing may be decided yet."""
    _rules: dict[tuple[tuple[Trigger, ...], str], _Rules] = field(default_factory=dict)
    """By triggers and zone: of many routines some are due at the same times."""
    _rest_until: datetime | None = None
    _held: bool = False
    _standing: set[str] = field(default_factory=set)
    told: UserError | None = None
    """Why closed days are not known, if they are not; it was told once."""

    def wake(self) -> None:
        """Something changed: look at every trigger in the next pass."""
        self._rest_until = None

    def plan(self, ledger: Ledger, routines: Iterable[Routine], now: datetime) -> int:
        """Add the rows that are missing, and hold those to come against the rules; how many changed."""
        if self._rest_until is not None and now < self._rest_until and not self.is_behind:
            return 0
        known, changed, reached = ledger.horizons(), 0, now + 10 * HORIZON
        on = [routine for routine in routines if routine.enabled]
        gone = _gone(on, known)
        self.is_behind = False
        self._standing = standing_zones(known, now)
        left = MOST_EXTENDED
        for routine in on:
            for trigger, rule in self._rules_of(routine):
                horizon = known.get((routine.name, trigger.id))
                if not self._rests(horizon, trigger, rule, now, left):
                    left -= 1
                    changed += self._plan_trigger(ledger, routine, trigger, rule, known, now)
                reached = min(reached, known[routine.name, trigger.id].until)
            if routine.name in gone:
                changed += self._drop(ledger, routine, gone[routine.name], now)
        self._held = True
        self._tell_trouble()
        note_zones(ledger, self._zones() - self._standing, now)
        ahead = reached - now
        self._rest_until = now + max(ahead / 2, ahead - HORIZON / 2) if left > 0 else None
        return changed

    def _tell_trouble(self) -> None:
        trouble = getattr(self.calendars.get("public_holiday"), "trouble", None)
        if trouble is not None and trouble is not self.told:
            self.told = trouble
            _log.warning("%s: %s (%s)", STAND_STILL, trouble.message, trouble.hint)

    def _rules_of(self, routine: Routine) -> _Rules:
        place = (routine.triggers, routine.timezone or self.zone)
        kept = self._rules.get(place)
        if kept is None:
            kept = self._rules[place] = tuple(
                (one, _Rule.of(one, one.timezone or place[1], self.tzdata))
                for one in routine.triggers
                if is_timed(one)
            )
        return kept

    def _zones(self) -> set[str]:
        return {rule.zone for kept in self._rules.values() for _, rule in kept}

    def _rests(
        self, horizon: Horizon | None, trigger: Trigger, rule: _Rule, now: datetime, left: int
    ) -> bool:
        """True if a trigger's rows stand, and reach far enough for now."""
        if horizon is None or horizon.rule != rule.text:
            return False
        if not (self._held or (rule.zone in self._standing and not trigger.skip_on)):
            return False
        return horizon.until - now >= (HORIZON / 2 if left > 0 else HORIZON / 4)

    def _plan_trigger(
        self, ledger: Ledger, routine: Routine, trigger: Trigger, rule: _Rule,
        known: dict[tuple[str, str], Horizon], now: datetime,
    ) -> int:  # fmt: skip
        place = (routine.name, trigger.id)
        horizon = known.get(place)
        table = timetable_of(routine, trigger, self.zone, self.calendars)
        changed, after, held = 0, now, False
        if horizon is not None:
            before = _Rule.read(horizon.rule)
            if before != rule or not self._held:
                changed += self._hold(ledger, routine, table, horizon.until, before, rule, now)
            same_times = before.times == rule.times
            after = max(horizon.until, now - LONGEST_SLEEP) if same_times else now
            held = before == rule
        if horizon is None or not held or after - now < HORIZON / 2:
            rows, until = self._rows(table, after, now)
            made = [planned_of(row, routine.digest, self.tzdata) for row in rows]
            if horizon is None or _Rule.read(horizon.rule).times != rule.times:
                made = self._without_places(ledger, routine, table, made, rows, known, now)
            changed += ledger.plan(made, now)
            until = max(until, horizon.until) if horizon is not None and held else until
            known[place] = Horizon(*place, rule.text, until)
            ledger.reach(known[place])
        return changed

    def _rows(
        self, table: Timetable, after: datetime, now: datetime
    ) -> tuple[list[Occurrence], datetime]:
        """The occurrences to plan, and the moment up to which they are complete."""
        until = max(now + HORIZON, after)
        rows: list[Occurrence] = []
        ahead = 0
        for row in table.between(after, until, skipped=True):
            is_cut = ahead >= MOST_AHEAD or len(rows) >= MOST_AT_ONCE
            if is_cut and row.at > rows[-1].at:  # never between two that share an instant
                self.is_behind = self.is_behind or rows[-1].at <= now
                return rows, rows[-1].at
            rows.append(row)
            ahead += row.at > now
        if not any(row.due > now and row.is_to_run for row in rows):
            following = table.next(until)
            if following is not None:
                rows += table.between(until, following.at, skipped=True)
                until = following.at
        return rows, until

    def _hold(
        self, ledger: Ledger, routine: Routine, table: Timetable, until: datetime,
        before: _Rule, rule: _Rule, now: datetime,
    ) -> int:  # fmt: skip
        """Hold a trigger's rows to come against its times as they are now; how many changed."""
        rows = ledger.revisable(routine.name, table.trigger.id, now)
        until = max([until, *(row.due for row in rows)])
        back = now - (_reach(table) if before.times == rule.times else timedelta(0))
        wanted = {
            one.key: planned_of(one, routine.digest, self.tzdata)
            for one in table.between(back, until, skipped=True)
        }
        changed = 0
        for row in rows:
            made = wanted.pop(row.key, None)
            if made is None:
                changed += ledger.supersede([row.key], before.change_to(rule), now)
            elif (made.at, made.state, made.zone, made.tzdata) != _as_planned(row):
                changed += ledger.revise(made, now)
        if before.times != rule.times:
            return changed  # what is new is added by the caller, who knows what ran today
        if before != rule:
            why = before.change_to(rule).removeprefix("superseded: ")
            _log.info("%s (%s) is planned anew: %s", routine.name, table.trigger.id, why)
        return changed + ledger.plan((one for one in wanted.values() if one.at > now), now)

    def _without_places(
        self, ledger: Ledger, routine: Routine, table: Timetable, made: list[Planned],
        rows: list[Occurrence], known: Mapping[tuple[str, str], Horizon], now: datetime,
    ) -> list[Planned]:  # fmt: skip
        """Today's times of an edited trigger whose place ran before the edit are not to run (L10)."""
        if table.is_interval:
            return made
        ran = [
            _occurrence(row)
            for row in self._ran_today(ledger, routine, table, now)
            if _gave_way(routine, row.planned.trigger, table.trigger, known)
        ]
        if not ran:
            return made
        local = now.astimezone(table.zone.info)
        midnight = datetime.combine(local.date(), time.min, local.tzinfo)
        today = list(table.between(midnight - timedelta(microseconds=1), now))
        told = {
            one.occurrence.key: one.reason for one in replaced(ran, [*today, *_running(rows)], now)
        }
        return [
            replace(one, state="superseded", reason=told[one.key]) if one.key in told else one
            for one in made
        ]

    @staticmethod
    def _ran_today(ledger: Ledger, routine: Routine, table: Timetable, now: datetime) -> list[Due]:
        local = now.astimezone(table.zone.info)
        midnight = datetime.combine(local.date(), time.min, local.tzinfo)
        rows = ledger.between(midnight - timedelta(microseconds=1), now, routine=routine.name)
        return [row for row in rows if row.state in ("started", "ran", "ran_late")]

    @staticmethod
    def _drop(ledger: Ledger, routine: Routine, gone: set[str], now: datetime) -> int:
        """Take back the rows of triggers that are no longer in the routine."""
        changed = 0
        for trigger in gone:
            rows = ledger.revisable(routine.name, trigger, now)
            changed += ledger.supersede([row.key for row in rows], EDITED, now)
            ledger.withdraw(routine.name, trigger)
        return changed

    @staticmethod
    def forget(ledger: Ledger, routine: str, now: datetime, why: str) -> int:
        """Take back every planned row of a routine that is gone or switched off."""
        keys = [row.key for row in ledger.open(routine) if row.state in ("planned", "asking")]
        ledger.withdraw(routine)
        return sum(ledger.decide(key, "superseded", why, now) for key in keys)


def _gone(routines: Iterable[Routine], known: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    """The triggers that are planned and no longer in their routine, by the routine's name."""
    by_name = {routine.name: routine for routine in routines}
    found = defaultdict(set)
    for name, trigger in known:
        routine = by_name.get(name)
        if routine is not None and all(one.id != trigger for one in routine.triggers):
            found[name].add(trigger)
    return found


def _reach(table: Timetable) -> timedelta:
    """How far back an occurrence may lie whose row is still to come. Those of `every` follow elapsed
    time, which no change of the zone moves; and of those there may be one a second."""
    return table.trigger.jitter if table.trigger.kind == "every" else _BACK


def _as_planned(row: Due) -> tuple[datetime, str, str, str]:
    return row.planned.at, row.state, row.planned.zone, row.planned.tzdata


def _running(rows: list[Occurrence]) -> list[Occurrence]:
    return [row for row in rows if row.is_to_run]


def _gave_way(
    routine: Routine, ran: str, trigger: Trigger, known: Mapping[tuple[str, str], Horizon]
) -> bool:
    """True if a trigger that ran is the edited one as it was: itself, or one that is gone."""
    horizon = known.get((routine.name, ran))
    if horizon is None or _Rule.read(horizon.rule).kind != "fixed":
        return False
    return ran == trigger.id or all(one.id != ran for one in routine.triggers)


def _occurrence(row: Due) -> Occurrence:
    nominal = datetime.fromisoformat(row.planned.nominal)
    fold = int(row.key.endswith("/1"))
    return Occurrence(
        row.planned.routine, row.planned.trigger, nominal, fold, row.due, row.planned.zone, (nominal,)
    )  # fmt: skip
