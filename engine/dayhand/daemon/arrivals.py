"""Rows of triggers that wait for something to happen: a file, the end of another routine, an event."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from dayhand.app import App
from dayhand.daemon.inbox import REST, InboxWatch
from dayhand.model.ledger import Planned
from dayhand.model.routine import Routine, Trigger
from dayhand.store.ledger import Ledger

__all__ = ["REST", "Arrivals"]


class Arrivals:
    """Finds what has happened since a trigger became known; each thing has one key, for ever."""

    def __init__(self, app: App, rest: timedelta) -> None:
        self._app = app
        self._inbox = InboxWatch(app.folder, rest)

    def rows(self, ledger: Ledger, routines: Iterable[Routine], now: datetime) -> list[Planned]:
        """What is new, and what is known: planning again makes no second row."""
        found: list[Planned] = []
        self._inbox.begin(now)
        for routine in routines:
            for trigger in routine.triggers if routine.enabled else ():
                if trigger.kind == "file":
                    found += self._inbox.look(ledger, routine, trigger, now)
                elif trigger.kind == "routine":
                    found += self._ended(ledger, routine, trigger, now)
        return found

    def tidy(self, ledger: Ledger) -> list[str]:
        """Move files aside whose run has ended; a line for each that failed."""
        return self._inbox.tidy(ledger, self._app.store)

    def _ended(
        self, ledger: Ledger, routine: Routine, trigger: Trigger, now: datetime
    ) -> list[Planned]:
        """Rows for ends of the routine the trigger names, since the trigger is known."""
        known = f"trigger:{routine.name}/{trigger.id}"
        if ledger.tell(known, now):
            return []
        since = ledger.told_at(known) or now
        return [
            Planned(
                f"{routine.name}/{trigger.id}/run:{run.id}", routine.name, trigger.id, run.ended_at,
                run.id, run.timezone, "", routine.digest,
            )
            for run in self._app.store.runs(routine=trigger.value, limit=50)
            if run.ended_at is not None and run.ended_at > since and run.state in trigger.on
        ]  # fmt: skip
