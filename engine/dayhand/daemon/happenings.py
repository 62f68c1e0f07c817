"""Events of the practice's calendars, for the daemon: rows for `before:` and `after:`, and time off.

A row's key is the event's and the offset's, so a row follows its event when that is moved, is
superseded when it goes, and comes once, however often it is read. Where a calendar cannot be read
the last good reading stands, across restarts too: it is kept in the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from dayhand.app import App, diary
from dayhand.app.diary import TIME_OFF, is_of_event
from dayhand.errors import DayhandError
from dayhand.model.diary import Reading
from dayhand.model.ledger import Due, Planned
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule.event_times import EventOccurrence, EventTimes, moment_named
from dayhand.schedule.open_days import Calendar, ListedDays, OpenDays
from dayhand.schedule.zones import tzdata_version
from dayhand.store import diary as kept
from dayhand.store.ledger import Ledger

__all__ = ["Happenings"]

FRESH = timedelta(minutes=5)
"""So long a reading is used before the calendar is read again."""
AHEAD = timedelta(days=3)
BACK = timedelta(days=1)
PATIENCE = timedelta(seconds=10)
"""A reading is waited for so long. After one that took longer, passes do not wait for the next ones,
unless what is known is old."""
OLD = timedelta(minutes=20)
GONE = "superseded: its event is gone"

_log = logging.getLogger("dayhand.daemon")


class Happenings:
    """The practice's events, as last read."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._readings: dict[str, Reading] = {}
        self._asked: dict[str, datetime] = {}
        self._reading: asyncio.Task[None] | None = None
        self._is_slow = False
        self._rest_until: datetime | None = None
        self._triggers: list[tuple[Routine, Trigger]] | None = None
        self._trouble: dict[str, str] = {}
        self._planned: dict[tuple[str, str], tuple[Reading, str, Mapping[str, Calendar]]] = {}
        self.time_off = ListedDays({})
        """The days on which the practice is off. Another one once other days are."""

    async def refresh(self, routines: Iterable[Routine], now: datetime) -> None:
        """Read the kinds that routines name, if that was some time ago."""
        if self._rest_until is not None and self._rest_until - FRESH <= now < self._rest_until:
            return
        spans = diary.spans_of(routines, now - BACK, now + AHEAD)
        self._remember(spans)
        if self._reading is not None and not self._reading.done():
            return
        due = {kind: span for kind, span in spans.items() if not self._is_fresh(kind, now)}
        self._rest_until = min((self._asked[k] for k in spans if k not in due), default=now) + FRESH
        if not due:
            return
        self._asked |= dict.fromkeys(due, now)
        # beside the passes, and not in a TaskGroup: a calendar that hangs must not hold up the rest
        self._reading = asyncio.get_running_loop().create_task(self._read(due, now))
        if not self._is_slow or any(self._is_old(kind, now) for kind in due):
            _, late = await asyncio.wait([self._reading], timeout=PATIENCE.total_seconds())
            self._is_slow = bool(late)

    def _is_fresh(self, kind: str, now: datetime) -> bool:
        asked = self._asked.get(kind)
        return asked is not None and timedelta(0) <= now - asked < FRESH

    def _is_old(self, kind: str, now: datetime) -> bool:
        known = self._readings.get(kind)
        return known is None or not timedelta(0) <= now - known.read_at < OLD

    def _remember(self, kinds: Iterable[str]) -> None:
        """What was read before this process began."""
        for kind in kinds:
            if kind not in self._readings and kind not in self._asked:
                with self._app.store.read() as connection:
                    last = kept.kept(connection, kind)
                if last is not None:
                    self._asked[kind] = last.read_at
                    self._take(last)

    def _take(self, reading: Reading) -> None:
        self._readings[reading.kind] = reading
        if reading.kind == TIME_OFF:
            days = diary.time_off_of(reading.events, self._app.zone)
            if days != self.time_off:
                self.time_off = days

    async def _read(self, spans: Mapping[str, diary.Span], now: datetime) -> None:
        for kind, span in spans.items():
            try:
                reading = await diary.read(self._app, kind, span, now)
                await self._app.store.write(lambda c, r=reading: kept.keep(c, r))  # type: ignore[misc]
            except DayhandError as error:
                self._tell(kind, error.message)
            else:
                self._take(reading)
                self._trouble.pop(kind, None)

    def _tell(self, kind: str, why: str) -> None:
        """Say once, for as long as it lasts, what stands in the way."""
        stands = "; the last good reading stands" if kind in self._readings else ""
        if self._trouble.get(kind) != why:
            _log.warning("events of the kind '%s': %s%s", kind, why, stands)
        self._trouble[kind] = why

    def wake(self) -> None:
        """Routines have changed: hold every row against its event in the next pass."""
        self._planned.clear()
        self._rest_until = self._triggers = None

    def plan(
        self,
        ledger: Ledger,
        routines: Iterable[Routine],
        calendars: Mapping[str, Calendar],
        now: datetime,
    ) -> int:
        """Hold the rows against the events; how many changed."""
        if self._triggers is None:
            on = (routine for routine in routines if routine.enabled)
            self._triggers = [(r, t) for r in on for t in r.triggers if is_of_event(t)]
        return sum(self._plan(ledger, *place, calendars, now) for place in self._triggers)

    def _plan(
        self, ledger: Ledger, routine: Routine, trigger: Trigger,
        calendars: Mapping[str, Calendar], now: datetime,
    ) -> int:  # fmt: skip
        reading = self._readings.get(trigger.value)
        known = f"trigger:{routine.name}/{trigger.id}"
        place, by = (routine.name, trigger.id), self._planned.get((routine.name, trigger.id))
        if by is not None and by[0] is reading and by[1] == routine.digest and by[2] is calendars:
            return 0
        ledger.tell(known, now)
        if reading is None:
            return 0
        self._planned[place] = (reading, routine.digest, calendars)
        since = max(ledger.told_at(known) or now, now - BACK)
        wanted = {row.key: row for row in self._wanted(routine, trigger, reading, calendars)}
        changed = 0
        for row in _rows(ledger, routine, trigger, now):
            made = wanted.get(row.key)
            if made is None and _is_within(row, reading):
                changed += ledger.supersede([row.key], GONE, now)
            elif made is not None and (made.at, made.state) != (row.due, row.state):
                changed += ledger.revise(made, now)
        return changed + ledger.plan((row for row in wanted.values() if row.at > since), now)

    def _wanted(
        self,
        routine: Routine,
        trigger: Trigger,
        reading: Reading,
        calendars: Mapping[str, Calendar],
    ) -> Iterable[Planned]:
        zone = routine.timezone or self._app.info.timezone
        days = OpenDays(trigger.skip_on, trigger.shift, calendars)
        times = EventTimes(trigger, zone, routine=routine.name, open_days=days)
        return (_planned(one, routine, trigger) for one in times.of(reading.events))


def _rows(ledger: Ledger, routine: Routine, trigger: Trigger, now: datetime) -> list[Due]:
    """The trigger's rows that may still be changed: planned ones, and those to come that are skipped."""
    rows = [
        row
        for row in ledger.open(routine.name)
        if row.state == "planned" and row.planned.trigger == trigger.id
    ]
    rows += ledger.revisable(routine.name, trigger.id, now)
    return list({row.key: row for row in rows}.values())


def _is_within(row: Due, reading: Reading) -> bool:
    """True if a reading would have the event of a row, were it still there."""
    moment = moment_named(row.planned.nominal, row.planned.zone)
    return moment is not None and reading.begins <= moment <= reading.ends


def _planned(one: EventOccurrence, routine: Routine, trigger: Trigger) -> Planned:
    return Planned(
        key=one.key,
        routine=routine.name,
        trigger=trigger.id,
        at=one.due,
        nominal=one.nominal,
        zone=one.zone,
        tzdata=tzdata_version(),
        digest=routine.digest,
        notes=one.notes,
        state="skipped" if one.skipped else "planned",
        reason=one.skipped,
    )
