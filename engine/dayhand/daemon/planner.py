"""Plans ahead: every occurrence gets its row before it is due, and a row that no longer holds is taken back.

For each trigger that reckons in time the rows of the next two days are there, and at least its next
one. A trigger new to the ledger begins now; one that is known goes on from its last row, so that what
fell due while nobody was there is planned late, and judged by its `if_missed`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from importlib.metadata import version
from itertools import islice
from zoneinfo import ZoneInfo

from dayhand.model.ledger import Due, Planned
from dayhand.model.routine import Routine
from dayhand.schedule.occurrence import Occurrence
from dayhand.schedule.open_days import Calendar
from dayhand.schedule.timetable import Timetable, is_timed, timetables
from dayhand.store.ledger import Ledger

__all__ = ["HORIZON", "Planner", "planned_of"]

HORIZON = timedelta(hours=48)
MOST_AT_ONCE = 5000
"""Rows of one trigger in one pass; after a very long sleep the rest follows in the next."""
LONGEST_SLEEP = timedelta(days=400)


def planned_of(occurrence: Occurrence, digest: str) -> Planned:
    """The row of an occurrence."""
    return Planned(
        key=occurrence.key,
        routine=occurrence.routine,
        trigger=occurrence.trigger,
        at=occurrence.due,
        nominal=occurrence.nominal.isoformat(timespec="minutes"),
        zone=occurrence.zone,
        tzdata=version("tzdata"),
        digest=digest,
        notes=occurrence.notes,
        state="planned" if occurrence.is_to_run else "skipped",
        reason=occurrence.skipped or "",
    )


@dataclass(slots=True)
class Planner:
    """Plans for one practice. `zone` is the practice's; `calendars` tell closed days."""

    zone: str
    calendars: Mapping[str, Calendar]
    _tables: dict[str, tuple[str, tuple[Timetable, ...]]] = field(default_factory=dict)

    def plan(self, ledger: Ledger, routines: Iterable[Routine], now: datetime) -> int:
        """Add the rows that are missing; how many."""
        added = 0
        for routine in routines:
            if routine.enabled:
                for table in self._tables_of(routine):
                    added += self._plan_trigger(ledger, routine, table, now)
        return added

    def _tables_of(self, routine: Routine) -> tuple[Timetable, ...]:
        kept = self._tables.get(routine.name)
        if kept is None or kept[0] != routine.digest:
            kept = (routine.digest, timetables(routine, self.zone, self.calendars))
            self._tables[routine.name] = kept
        return kept[1]

    def _plan_trigger(
        self, ledger: Ledger, routine: Routine, table: Timetable, now: datetime
    ) -> int:
        last = ledger.last_at(routine.name, table.trigger.id)
        until = now + HORIZON
        if last is not None and last >= until:
            return 0
        after = self._begin(ledger, routine, last, now)
        rows = list(islice(table.between(after, until, skipped=True), MOST_AT_ONCE))
        if not rows or not any(row.due > now and row.is_to_run for row in rows):
            following = table.next(max(after, until))
            rows += [following] if following is not None else []
        return ledger.plan((planned_of(row, routine.digest) for row in rows), now)

    def _begin(
        self,
        ledger: Ledger,
        routine: Routine,
        last: datetime | None,
        now: datetime,
    ) -> datetime:
        """The moment after which a trigger is planned."""
        if last is not None:
            return max(last, now - LONGEST_SLEEP)
        if self._ran_today(ledger, routine, now):
            # its schedule was edited after today's run: the new time begins tomorrow
            local = now.astimezone(ZoneInfo(routine.timezone or self.zone))
            return datetime.combine(local.date(), time.max, local.tzinfo)
        return now

    def _ran_today(self, ledger: Ledger, routine: Routine, now: datetime) -> bool:
        local = now.astimezone(ZoneInfo(routine.timezone or self.zone))
        midnight = datetime.combine(local.date(), time.min, local.tzinfo)
        rows = ledger.between(midnight, now, routine=routine.name)
        return any(row.state in ("started", "ran", "ran_late") for row in rows)

    def revise(self, ledger: Ledger, routine: Routine, now: datetime, why: str) -> int:
        """Hold a routine's planned rows against its triggers as they are now; how many changed."""
        open_rows = [row for row in ledger.open(routine.name) if row.state == "planned"]
        future = [row for row in open_rows if row.planned.at > now]
        wanted = self._wanted(routine, open_rows, now)
        gone = [row.key for row in future if row.key not in wanted]
        changed = ledger.supersede(gone, why, now)
        for row in future:
            made = wanted.get(row.key)
            if made is not None and (made.at, made.state) != (row.planned.at, row.state):
                changed += ledger.revise(made)
        return changed

    def _wanted(self, routine: Routine, rows: list[Due], now: datetime) -> dict[str, Planned]:
        """What should be planned from now on, as far ahead as it is."""
        if not routine.enabled:
            return {}
        kinds = {trigger.id: is_timed(trigger) for trigger in routine.triggers}
        wanted = {row.key: row.planned for row in rows if kinds.get(row.planned.trigger) is False}
        for table in self._tables_of(routine):
            ahead = [row.planned.at for row in rows if row.planned.trigger == table.trigger.id]
            until = max([*ahead, now + HORIZON])
            for occurrence in table.between(now, until, skipped=True):
                made = planned_of(occurrence, routine.digest)
                wanted[made.key] = made
        return wanted

    @staticmethod
    def forget(ledger: Ledger, routine: str, now: datetime, why: str) -> int:
        """Take back every planned row of a routine that is gone or switched off."""
        keys = [row.key for row in ledger.open(routine) if row.state == "planned"]
        return ledger.supersede(keys, why, now)
