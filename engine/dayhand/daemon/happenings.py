"""Events of the practice's calendars, for the daemon: rows for `before:` and `after:`, and time off.

A row's key is the event's and the offset's, so a row follows its event when that is moved, is
superseded when it goes, and comes once, however often it is read. Where a calendar cannot be read
the last good reading stands, across restarts too: it is kept in the database.

An event that an earlier reading should have had and had not became known since. What comes `after` it
is late from then on, and not from the moment it names: nothing could have begun before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from dayhand.app import App, diary
from dayhand.app.diary import TIME_OFF, is_of_event
from dayhand.daemon.bugs import tell_of_a_bug
from dayhand.errors import DayhandError
from dayhand.model.diary import Reading
from dayhand.model.ledger import KNOWN, Due, Planned
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule.event_times import EventOccurrence, EventTimes, moment_named
from dayhand.schedule.open_days import Calendar, ListedDays, OpenDays
from dayhand.schedule.zones import tzdata_version
from dayhand.store import diary as kept
from dayhand.store.ledger import Ledger

__all__ = ["Happenings"]

FRESH = timedelta(minutes=5)
"""So long a reading is used before the calendar is read again."""
SOON = timedelta(minutes=2, seconds=30)
"""A calendar that is to be read again within this is read together with one that is now."""
AHEAD = timedelta(days=3)
BACK = timedelta(days=1)
"""So late an event may become known and still make something due, if its kind says no other."""
MOST_BACK = timedelta(days=31)
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
        self._newly_known: dict[str, dict[str, datetime]] = {}
        self._asked: dict[str, datetime] = {}
        self._reading: asyncio.Task[None] | None = None
        self._is_slow = False
        self._rest_until: datetime | None = None
        self._reads = False
        self._triggers: list[tuple[Routine, Trigger]] | None = None
        self.trouble: dict[str, str] = {}
        """Why a kind of events cannot be read; each was told once."""
        self._planned: dict[tuple[str, str], tuple[Reading, str, Mapping[str, Calendar]]] = {}
        self.time_off = ListedDays({})
        """The days on which the practice is off. Another one once other days are."""

    async def refresh(self, routines: Iterable[Routine], now: datetime) -> None:
        """Read the kinds that routines name, if that was some time ago."""
        if self._rest_until is not None and self._rest_until - FRESH <= now < self._rest_until:
            return
        spans = diary.spans_of(routines, now - BACK, now + AHEAD)
        for kind, (first, last) in spans.items():
            spans[kind] = first - (self._back(kind) - BACK), last
        self._remember(spans)
        self._reads = bool(spans)
        self.trouble = {kind: why for kind, why in self.trouble.items() if kind in spans}
        if self._reading is not None and not self._reading.done():
            return
        due = {kind: span for kind, span in spans.items() if not self._is_fresh(kind, now)}
        if due:  # with what would be due soon, so that there is one time for all
            due |= {
                kind: span for kind, span in spans.items() if not self._is_fresh(kind, now + SOON)
            }
        self._rest_until = min((self._asked[k] for k in spans if k not in due), default=now) + FRESH
        if not due:
            return
        self._asked |= dict.fromkeys(due, now)
        # beside the passes, and not in a TaskGroup: a calendar that hangs must not hold up the rest
        self._reading = asyncio.get_running_loop().create_task(
            self._read(due, now), name="reading calendars"
        )
        self._reading.add_done_callback(tell_of_a_bug)
        if not self._is_slow or any(self._is_old(kind, now) for kind in due):
            _, late = await asyncio.wait([self._reading], timeout=PATIENCE.total_seconds())
            self._is_slow = bool(late)

    @property
    def is_unsettled(self) -> bool:
        """True while a calendar is read."""
        return self._reading is not None and not self._reading.done()

    @property
    def due_at(self) -> datetime | None:
        """When a calendar is to be read next, if any is."""
        return self._rest_until if self._reads else None

    def _back(self, kind: str) -> timedelta:
        """How long after it an event of the kind may become known and still make something due."""
        found = self._app.host.event_kind(kind)
        look_back = found[1].look_back if found else None
        if found is None or look_back is None:
            return BACK
        plugin = found[0]
        try:
            back = look_back(self._app.context(plugin))
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises, its events count
            self._tell(kind, f"plugin '{plugin}': {type(error).__name__}")
            return BACK
        return min(max(back, BACK), MOST_BACK)

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
        before = self._readings.get(reading.kind)
        if before is not None:
            newly = self._newly_known.get(reading.kind, {})
            self._newly_known[reading.kind] = dict(_newly_known(before, reading, newly))
        self._readings[reading.kind] = reading
        if reading.kind == TIME_OFF:
            days = diary.time_off_of(reading.events, self._app.zone)
            if days != self.time_off:
                self.time_off = days

    async def _read(self, spans: Mapping[str, diary.Span], now: datetime) -> None:
        # the longest first: what a plugin fetched for it, it has for its other kinds
        longest = sorted(spans.items(), key=lambda item: item[1][0] - item[1][1])
        for kind, span in longest:
            try:
                reading = await diary.read(self._app, kind, span, now)
                await self._app.store.write(lambda c, r=reading: kept.keep(c, r))  # type: ignore[misc]
            except DayhandError as error:
                self._tell(kind, error.message)
            else:
                self._take(reading)
                self.trouble.pop(kind, None)

    def _tell(self, kind: str, why: str) -> None:
        """Say once, for as long as it lasts, what stands in the way."""
        stands = "; the last good reading stands" if kind in self._readings else ""
        if self.trouble.get(kind) != why:
            _log.warning("events of the kind '%s': %s%s", kind, why, stands)
        self.trouble[kind] = why

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
        back = self._back(trigger.value) if trigger.kind == "after" else BACK
        # events tell the second: one of the second in which the trigger became known counts
        since = max(ledger.told_at(known) or now, now - back).replace(microsecond=0)
        wanted = {row.key: row for row in self._wanted(routine, trigger, reading, calendars)}
        changed = 0
        for row in _rows(ledger, routine, trigger, now):
            made = wanted.get(row.key)
            if made is None and _is_within(row, reading):
                changed += ledger.supersede([row.key], GONE, now)
            elif made is not None and (made.at, made.state) != (row.due, row.state):
                changed += ledger.revise(made, now)
        for key, known_since in self._newly(routine, trigger):
            if key in wanted and ledger.get(key) is None:
                ledger.tell(f"{KNOWN}{key}", known_since)
        return changed + ledger.plan((row for row in wanted.values() if row.at >= since), now)

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

    def _newly(self, routine: Routine, trigger: Trigger) -> Iterator[tuple[str, datetime]]:
        """The keys of rows whose events became known after the fact, and when."""
        if trigger.kind == "after":
            zone = routine.timezone or self._app.info.timezone
            times = EventTimes(trigger, zone, routine=routine.name)
            for event, known in self._newly_known.get(trigger.value, {}).items():
                yield times.key_of(event), known


def _newly_known(
    before: Reading, reading: Reading, newly: Mapping[str, datetime]
) -> Iterator[tuple[str, datetime]]:
    """Events that were not known before, though they were looked for, and since when they are."""
    known = {one.key for one in before.events}
    for one in reading.events:
        if one.key in newly:
            yield one.key, newly[one.key]
        elif one.key not in known and before.begins <= one.end <= min(before.ends, reading.read_at):
            yield one.key, reading.read_at


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
