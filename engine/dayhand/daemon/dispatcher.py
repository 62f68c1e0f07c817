"""Hands out what is due: each overdue row is decided once, in the transaction that makes its run.

| found                          | then                                                          |
|--------------------------------|---------------------------------------------------------------|
| paused                         | stays planned; judged by `if_missed` when the pause ends      |
| due within 90 s                | starts                                                        |
| late, or several at once       | `if_missed` decides which starts; the others end with a reason|
| the routine is running         | `overlap` decides: skip, wait its turn, cancel the other, both|
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dayhand.model.ledger import Due
from dayhand.model.routine import Routine, Trigger
from dayhand.model.run import Run
from dayhand.schedule.lateness import Decision, decide, late_by
from dayhand.schedule.timetable import is_timed
from dayhand.store.ledger import Ledger

__all__ = ["Dispatcher", "Order"]

NewRun = Callable[[Routine, Due, Mapping[str, Any]], Run]


@dataclass(slots=True)
class Order:
    """What one pass found: runs to begin, routines whose running run is to be cancelled, rows that
    a person is asked about."""

    begin: list[Run] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)
    ask: list[Due] = field(default_factory=list)
    closed: int = 0


@dataclass(slots=True)
class Dispatcher:
    """Decides what becomes of rows that are due. `new_run` makes the run of a row, not yet kept."""

    routines: Mapping[str, Routine]
    new_run: NewRun

    def hand_out(self, ledger: Ledger, running: Sequence[str], now: datetime) -> Order:
        """Decide every row that is due."""
        order = Order()
        busy = set(running)
        paused = {pause.routine for pause in ledger.pauses(now)}
        for (name, trigger_id), rows in _grouped(ledger.due(now)).items():
            routine = self.routines.get(name)
            trigger = _trigger(routine, trigger_id)
            if routine is None or trigger is None:
                for row in rows:
                    order.closed += ledger.decide(
                        row.key, "superseded", "its routine or trigger is gone", now
                    )
            elif "" not in paused and name not in paused:
                self._hand_out(ledger, routine, trigger, rows, busy, now, order)
        return order

    def _hand_out(
        self, ledger: Ledger, routine: Routine, trigger: Trigger, rows: list[Due],
        busy: set[str], now: datetime, order: Order,
    ) -> None:  # fmt: skip
        for decision in self._decisions(trigger, rows, now):
            row = decision.occurrence
            if decision.verdict == "run":
                self._start(ledger, routine, trigger, row, busy, now, order)
            elif decision.verdict == "ask":
                order.ask.append(row)
            else:
                order.closed += ledger.decide(row.key, decision.verdict, decision.reason, now)

    @staticmethod
    def _decisions(trigger: Trigger, rows: list[Due], now: datetime) -> Sequence[Decision[Due]]:
        if not is_timed(trigger):  # each file, each end of another routine is a thing of its own
            return [Decision(row, "run", now - row.due) for row in rows]
        return decide(rows, now, trigger)

    def _start(
        self, ledger: Ledger, routine: Routine, trigger: Trigger, row: Due,
        busy: set[str], now: datetime, order: Order,
    ) -> None:  # fmt: skip
        overlap = trigger.overlap or routine.overlap
        if routine.name in busy and overlap != "allow":
            if overlap == "skip":
                order.closed += ledger.decide(
                    row.key, "skipped", "overlap: its last run is still going", now
                )
                return
            if overlap == "cancel_other":
                order.cancel.append(routine.name)
            if overlap == "queue_one":
                self._keep_one(ledger, row, now, order)
            return  # its turn comes when the other has ended
        reason = late_by(now - row.due)
        run = self.new_run(routine, row, _inputs(trigger, row))
        if ledger.start(row.key, run, routine.text, reason=reason, now=now):
            busy.add(routine.name)
            order.begin.append(run)

    @staticmethod
    def _keep_one(ledger: Ledger, row: Due, now: datetime, order: Order) -> None:
        """Of several that wait for their turn only the newest does."""
        for other in ledger.open(row.planned.routine):
            if other.state == "planned" and other.planned.at < row.planned.at:
                told = f"overlap: coalesced into {row.planned.nominal}"
                order.closed += ledger.decide(other.key, "coalesced", told, now)


def _grouped(rows: Sequence[Due]) -> dict[tuple[str, str], list[Due]]:
    groups: dict[tuple[str, str], list[Due]] = defaultdict(list)
    for row in rows:
        groups[row.planned.routine, row.planned.trigger].append(row)
    return groups


def _trigger(routine: Routine | None, trigger_id: str) -> Trigger | None:
    if routine is None:
        return None
    return next((one for one in routine.triggers if one.id == trigger_id), None)


def _inputs(trigger: Trigger, row: Due) -> dict[str, Any]:
    return {"file": row.planned.nominal} if trigger.kind == "file" else {}
