"""Hands out what is due: each overdue row is decided once, in the transaction that makes its run.

| found                          | then                                                          |
|--------------------------------|---------------------------------------------------------------|
| paused                         | stays planned; judged by `if_missed` when the pause ends      |
| due within 90 s                | starts                                                        |
| late, or several at once       | `if_missed` decides which starts; the others end with a reason|
| several of one trigger late    | one after the other, each when the one before has ended       |
| several routines late          | one a pass: after a sleep not everything begins at once       |
| the routine is running         | `overlap` decides: skip, wait its turn, cancel the other, both|
| the routine cannot run         | missed, with what is wrong                                    |

A row that waits says so in its reason, and is not judged again. A run that waits for a
person is not running: it does not hold back the next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from dayhand.model.ledger import KNOWN, Due
from dayhand.model.routine import Routine, Trigger
from dayhand.model.run import Run
from dayhand.schedule.lateness import ON_TIME, Decision, decide, late_by
from dayhand.schedule.timetable import is_timed
from dayhand.store.ledger import Ledger

__all__ = ["WAITS", "Dispatcher", "Order"]

NewRun = Callable[[Routine, Due, Mapping[str, Any]], Run]
WAITS = "waits until the run before it has ended"
SPACED = "waits for others that are late too"


@dataclass(slots=True)
class Order:
    """What one pass found: runs to begin, and routines whose running run is to be cancelled."""

    begin: list[Run] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)
    closed: int = 0


@dataclass(slots=True)
class _Turn:
    """One pass: what is busy, and what was found so far."""

    ledger: Ledger
    busy: set[str]
    now: datetime
    order: Order = field(default_factory=Order)
    has_begun_late: bool = False

    def late(self, row: Due) -> timedelta:
        """How late a row is: from when it was due, or from when its event became known."""
        late = self.now - row.due
        if late <= ON_TIME or not row.planned.nominal.startswith("after "):
            return late
        return self.now - max(self.ledger.told_at(f"{KNOWN}{row.key}") or row.due, row.due)

    def is_late(self, row: Due) -> bool:
        return self.late(row) > ON_TIME

    def close(self, row: Due, state: str, reason: str) -> None:
        self.order.closed += self.ledger.decide(row.key, state, reason, self.now)


@dataclass(slots=True)
class Dispatcher:
    """Decides what becomes of rows that are due. `new_run` makes the run of a row, not yet kept;
    `broken` says of routines that cannot run what is wrong with them."""

    routines: Mapping[str, Routine]
    new_run: NewRun
    broken: Mapping[str, str] = field(default_factory=dict)

    def hand_out(self, ledger: Ledger, running: Collection[str], now: datetime) -> Order:
        """Decide every row that is due."""
        turn = _Turn(ledger, set(running), now)
        paused = {pause.routine for pause in ledger.pauses(now)}
        for (name, trigger_id), rows in _grouped(ledger.due(now)).items():
            routine = self.routines.get(name)
            trigger = _trigger(routine, trigger_id)
            if routine is None or trigger is None:
                for row in rows:
                    turn.close(row, *self._gone(name))
            elif "" not in paused and name not in paused:
                self._hand_out(turn, routine, trigger, rows)
        return turn.order

    def _gone(self, name: str) -> tuple[str, str]:
        if name in self.broken and name not in self.routines:
            return "missed", f"it cannot run: {self.broken[name]}"
        return "superseded", "its routine or trigger is gone"

    def _hand_out(self, turn: _Turn, routine: Routine, trigger: Trigger, rows: list[Due]) -> None:
        for row in (row for row in rows if row.reason in (WAITS, SPACED)):  # the oldest first
            if row.reason == WAITS:
                self._take_turn(turn, routine, trigger, row)
            elif not self._start_spaced(turn, routine, trigger, row):
                break  # those after it wait for it
        fresh = [row for row in rows if row.reason not in (WAITS, SPACED)]
        starts = 0
        for decision in _decisions(trigger, fresh, turn):
            row = decision.occurrence
            if decision.verdict == "ask":
                turn.ledger.decide(row.key, "asking", f"{decision.reason}: start it now?", turn.now)
            elif decision.verdict != "run":
                turn.close(row, decision.verdict, decision.reason)
            elif starts:
                turn.ledger.note(row.key, WAITS)
            else:
                starts += 1
                self._start_spaced(turn, routine, trigger, row)

    def _take_turn(self, turn: _Turn, routine: Routine, trigger: Trigger, row: Due) -> None:
        """Start a row that waited, if its turn has come."""
        if routine.name not in turn.busy:
            self._begin(turn, routine, trigger, row)

    def _start(self, turn: _Turn, routine: Routine, trigger: Trigger, row: Due) -> None:
        overlap = trigger.overlap or routine.overlap
        if routine.name not in turn.busy or overlap == "allow":
            self._begin(turn, routine, trigger, row)
        elif overlap == "skip" and is_timed(trigger):
            turn.close(row, "skipped", "overlap: its last run is still going")
        else:  # a file, or the end of another routine, is not lost: it waits, whatever the policy
            if overlap == "cancel_other":
                turn.order.cancel.append(routine.name)
            if overlap in ("queue_one", "cancel_other"):
                self._keep_one(turn, row)
            turn.ledger.note(row.key, WAITS)

    def _start_spaced(self, turn: _Turn, routine: Routine, trigger: Trigger, row: Due) -> bool:
        """Start a row; False if it is late and this pass has begun another routine's that is."""
        if turn.is_late(row) and turn.has_begun_late:
            turn.ledger.note(row.key, SPACED)
            return False
        turn.has_begun_late = turn.has_begun_late or turn.is_late(row)
        self._start(turn, routine, trigger, row)
        return True

    def _begin(self, turn: _Turn, routine: Routine, trigger: Trigger, row: Due) -> None:
        reason = late_by(turn.late(row))
        run = self.new_run(routine, row, _inputs(routine, trigger, row))
        if turn.ledger.start(row.key, run, routine.text, reason=reason, now=turn.now):
            turn.busy.add(routine.name)
            turn.order.begin.append(run)

    @staticmethod
    def _keep_one(turn: _Turn, row: Due) -> None:
        """Of several that wait for their turn only the newest does."""
        for other in turn.ledger.open(row.planned.routine):
            if other.reason == WAITS and other.state == "planned" and other.key != row.key:
                turn.close(other, "coalesced", f"overlap: coalesced into {row.key}")


def _decisions(trigger: Trigger, rows: list[Due], turn: _Turn) -> Sequence[Decision[Due]]:
    if is_timed(trigger):
        return decide(rows, turn.now, trigger)
    if trigger.kind in ("before", "after"):  # each event is a thing of its own
        return [one for row in rows for one in decide([row], row.due + turn.late(row), trigger)]
    return [Decision(row, "run", turn.now - row.due) for row in rows]


def _grouped(rows: Sequence[Due]) -> dict[tuple[str, str], list[Due]]:
    groups: dict[tuple[str, str], list[Due]] = defaultdict(list)
    for row in rows:
        groups[row.planned.routine, row.planned.trigger].append(row)
    return groups


def _trigger(routine: Routine | None, trigger_id: str) -> Trigger | None:
    if routine is None:
        return None
    return next((one for one in routine.triggers if one.id == trigger_id), None)


def _inputs(routine: Routine, trigger: Trigger, row: Due) -> dict[str, Any]:
    """The file that arrived, for the input that takes one."""
    if trigger.kind != "file":
        return {}
    named = [one.name for one in routine.inputs if one.name == "file"]
    named += [one.name for one in routine.inputs if one.type == "file"]
    return {named[0]: row.planned.nominal} if named else {}
