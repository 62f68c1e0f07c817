"""Triggers `before:` and `after:`: rows for events of the calendar, once an event.

A row's key is the event's and the offset's, so a row follows its event when that is moved, is
superseded when it goes, and comes once, however often it is read. `before` reckons from the event's
start, `after` from its end. Where the calendar cannot be read the last good reading stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from dayhand import durations
from dayhand.app import App
from dayhand.errors import DayhandError
from dayhand.model.ledger import Planned
from dayhand.model.routine import Routine, Trigger
from dayhand.steps import EventKind, Happening
from dayhand.store.ledger import Ledger

__all__ = ["Happenings"]

FRESH = timedelta(minutes=5)
"""So long a reading is used before the calendar is read again."""
AHEAD = timedelta(days=3)
BACK = timedelta(days=1)
PATIENCE = timedelta(seconds=10)
"""The first reading is waited for so long; later ones are made beside the daemon's passes."""
LIMIT = timedelta(minutes=2)
GONE = "superseded: its event is gone"

_log = logging.getLogger("dayhand.daemon")


@dataclass(frozen=True, slots=True)
class _Reading:
    """The events of a kind between two moments."""

    events: Sequence[Happening]
    start: datetime
    end: datetime


class Happenings:
    """The practice's events, as last read."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._readings: dict[str, _Reading] = {}
        self._asked: datetime | None = None
        self._reading: asyncio.Task[None] | None = None
        self._trouble: dict[str, str] = {}

    async def refresh(self, routines: Iterable[Routine], now: datetime) -> None:
        """Read the kinds that triggers name, if that was some time ago."""
        triggers = [t for r in routines if r.enabled for t in r.triggers if is_of_event(t)]
        if not triggers or (self._reading is not None and not self._reading.done()):
            return
        kinds = {trigger.value for trigger in triggers}
        recent = self._asked is not None and timedelta(0) <= now - self._asked < FRESH
        if recent and kinds <= self._readings.keys() | self._trouble.keys():
            return
        self._asked = now
        end = now + AHEAD + max(trigger.offset for trigger in triggers)
        # beside the passes, and not in a TaskGroup: a calendar that hangs must not hold up the rest
        self._reading = asyncio.get_running_loop().create_task(self._read(kinds, now - BACK, end))
        if not kinds <= self._readings.keys() or now - BACK > self._oldest():
            await asyncio.wait([self._reading], timeout=PATIENCE.total_seconds())

    def _oldest(self) -> datetime:
        return min(reading.start + FRESH for reading in self._readings.values())

    async def _read(self, kinds: set[str], start: datetime, end: datetime) -> None:
        for plugin, kind in self._app.host.event_kinds():
            if kind.name in kinds:
                await self._read_kind(plugin, kind, start, end)
        for name in kinds - self._readings.keys() - self._trouble.keys():
            self._tell(name, f"no plugin knows events of the kind '{name}'")

    async def _read_kind(
        self, plugin: str, kind: EventKind, start: datetime, end: datetime
    ) -> None:
        try:
            async with asyncio.timeout(LIMIT.total_seconds()):
                events = await kind.read(self._app.context(plugin), start, end)
        except (DayhandError, OSError, TimeoutError) as error:
            told = getattr(error, "message", "") or type(error).__name__
            self._tell(kind.name, f"{told}; the last good reading stands")
        else:
            self._readings[kind.name] = _Reading(events, start, end)
            self._trouble.pop(kind.name, None)

    def _tell(self, kind: str, trouble: str) -> None:
        if self._trouble.get(kind) != trouble:
            _log.warning("events of the kind '%s': %s", kind, trouble)
        self._trouble[kind] = trouble

    def plan(self, ledger: Ledger, routines: Iterable[Routine], now: datetime) -> int:
        """Hold the rows against the events; how many changed."""
        return sum(
            self._plan(ledger, routine, trigger, now)
            for routine in routines
            for trigger in (routine.triggers if routine.enabled else ())
            if is_of_event(trigger)
        )

    def _plan(self, ledger: Ledger, routine: Routine, trigger: Trigger, now: datetime) -> int:
        reading = self._readings.get(trigger.value)
        known = f"trigger:{routine.name}/{trigger.id}"
        ledger.tell(known, now)
        if reading is None:
            return 0
        since = max(ledger.told_at(known) or now, now - BACK)
        wanted = {
            row.key: row for row in (_planned(routine, trigger, event) for event in reading.events)
        }
        changed = 0
        for row in ledger.open(routine.name):
            if row.state != "planned" or row.planned.trigger != trigger.id:
                continue
            made = wanted.get(row.key)
            if made is None and reading.start <= _moment(trigger, row.due) <= reading.end:
                changed += ledger.supersede([row.key], GONE, now)
            elif made is not None and made.at != row.due:
                changed += ledger.revise(made, now)
        return changed + ledger.plan((row for row in wanted.values() if row.at > since), now)


def is_of_event(trigger: Trigger) -> bool:
    """True if events make the trigger due."""
    return trigger.kind in ("before", "after")


def _planned(routine: Routine, trigger: Trigger, event: Happening) -> Planned:
    before = trigger.kind == "before"
    at = event.start - trigger.offset if before else event.end + trigger.offset
    moment = event.start if before else event.end
    zone = getattr(at.tzinfo, "key", "UTC")
    offset = durations.as_text(trigger.offset).replace(" ", "")
    return Planned(
        key=f"{routine.name}/{trigger.id}/{event.key}/{offset}",
        routine=routine.name,
        trigger=trigger.id,
        at=at,
        nominal=f"{trigger.kind} {trigger.value} of {moment:%Y-%m-%dT%H:%M}",
        zone=zone,
        tzdata="",
        digest=routine.digest,
    )


def _moment(trigger: Trigger, due: datetime) -> datetime:
    """The event's own moment, from when its row is due."""
    return due + trigger.offset if trigger.kind == "before" else due - trigger.offset
