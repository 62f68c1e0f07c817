"""What a trigger `before:` or `after:` makes of events.

`before` reckons from an event's start, `after` from its end; the offset is elapsed time. What is due
on a day that `skip_on` names is dropped with the reason; with `shift` it moves to the nearest open day
at the same time on the wall. `jitter` delays by a share that follows from the key, less than the time
to the trigger's next one, and for `before` less than the time to the event.

An occurrence is known by the event's key and the offset, so that it follows its event when that is
moved, and comes once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from dayhand import durations
from dayhand.model.diary import KeptEvent
from dayhand.model.routine import Trigger
from dayhand.schedule.occurrence import delay, short_when
from dayhand.schedule.open_days import FURTHEST, OpenDays
from dayhand.schedule.zones import Zone

__all__ = ["EventOccurrence", "EventTimes", "moment_named"]

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class EventOccurrence:
    """One event's occurrence. `due` is aware, in UTC; `skipped` says why it does not run."""

    key: str
    due: datetime
    nominal: str
    zone: str
    notes: tuple[str, ...] = ()
    skipped: str = ""


class EventTimes:
    """The occurrences of one trigger. `zone` is meant where the trigger names none."""

    def __init__(
        self, trigger: Trigger, zone: str, *, routine: str, open_days: OpenDays | None = None
    ) -> None:
        self._trigger = trigger
        self._routine = routine
        self._days = open_days or OpenDays()
        self.zone = Zone(trigger.timezone or zone)

    def of(self, events: Iterable[KeptEvent]) -> list[EventOccurrence]:
        """One for each event, in order."""
        moments = {one.key: self._moment(one) for one in events}
        found = [self._occurrence(key, moment) for key, moment in moments.items()]
        if self._trigger.jitter > _NOTHING:
            named = {self.key_of(key): moment for key, moment in moments.items()}
            found = self._delayed(found, named)
        return sorted(found, key=lambda one: (one.due, one.key))

    def _moment(self, event: KeptEvent) -> datetime:
        moment = event.start if self._trigger.kind == "before" else event.end
        return moment.astimezone(UTC)  # so that the offset is elapsed time

    def key_of(self, event: str) -> str:
        """What the occurrence of an event with this key is known by."""
        offset = durations.as_text(self._trigger.offset).replace(" ", "")
        return f"{self._routine}/{self._trigger.id}/{event}/{offset}"

    def _occurrence(self, event: str, moment: datetime) -> EventOccurrence:
        trigger = self._trigger
        due = moment + (-trigger.offset if trigger.kind == "before" else trigger.offset)
        nominal = f"{trigger.kind} {trigger.value} of {self.zone.local(moment):%Y-%m-%dT%H:%M}"
        base = EventOccurrence(self.key_of(event), due, nominal, self.zone.name)
        return self._on_an_open_day(base, self.zone.local(due))

    def _on_an_open_day(self, base: EventOccurrence, wall: datetime) -> EventOccurrence:
        reason = self._days.closed(wall.date())
        if reason is None:
            return base
        target = self._days.target(wall.date())
        if target is None:
            far = f", and no day within {FURTHEST} is open" if self._days.shift else ""
            return replace(base, skipped=f"{reason}{far}")
        moved = datetime.combine(target, wall.time())
        note = f"moved from {short_when(wall)} to {short_when(moved)}: {reason}"
        return replace(base, due=self.zone.resolve(moved).first, notes=(note,))

    def _delayed(
        self, found: list[EventOccurrence], moments: dict[str, datetime]
    ) -> list[EventOccurrence]:
        running = sorted({one.due for one in found if not one.skipped})
        following = dict(pairwise(running))
        made = []
        for one in found:
            if one.skipped:
                made.append(one)
                continue
            rooms = [following[one.due] - one.due] if one.due in following else []
            if self._trigger.kind == "before":
                rooms.append(max(moments[one.key] - one.due, _NOTHING))
            late = delay(one.key, self._trigger.jitter, min(rooms, default=None))
            made.append(replace(one, due=one.due + late))
        return made


def moment_named(nominal: str, zone: str) -> datetime | None:
    """The moment of the event that a nominal names, aware; None if it names none."""
    _, found, text = nominal.rpartition(" of ")
    try:
        return Zone(zone).resolve(datetime.fromisoformat(text)).first if found else None
    except ValueError:
        return None
