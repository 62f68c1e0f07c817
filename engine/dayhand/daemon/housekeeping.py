"""What the daemon does between the passes, in small portions: a backup is made, old runs go, the audit
log's head is noted, and each week a line says what happened.

A backup that fails is noted once until one succeeds, so that the owner is told once; it is tried again
every hour, and nothing old is removed meanwhile.

A rule of retention is announced when it is first seen, and again when it is changed: what it would remove
is told, and nothing is removed for a day.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from dayhand.app import App, activity, audit_notes, backups, retention
from dayhand.errors import DayhandError, UserError
from dayhand.model.retention import Retention

__all__ = ["Housekeeping", "is_in_charge"]

FIRST = timedelta(minutes=1)
EVERY = timedelta(hours=1)
NOTICE = timedelta(days=1)
"""So long after a rule was announced nothing is removed."""
HEADS_EVERY = timedelta(days=1)
WEEK = timedelta(days=7)
ABOUT = timedelta(minutes=30)
"""A backup may be made so much earlier: it is looked for every hour only."""
_BREATH = 0.05
_log = logging.getLogger("dayhand.daemon")


def is_in_charge(app: App, owner: str) -> bool:
    """True while that process runs the practice; others stand by. Raises `StoreError`."""
    held = app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
    return held is not None and held.owner == owner and held.until > app.clock.now()


class Housekeeping:
    """One practice's; only the process that runs the practice does it."""

    def __init__(self, app: App, owner: str, tell: Callable[[str], None] = lambda _: None) -> None:
        self._app = app
        self._owner = owner
        self._tell = tell
        self._trouble = ""
        self.due_at = app.clock.now() + FIRST
        """When it looks after the practice next; in the past while it does."""

    @property
    def is_unsettled(self) -> bool:
        """True while something stands in its way."""
        return bool(self._trouble)

    async def live(self) -> None:
        """Look after the practice every hour, until cancelled; soon where its place was not taken yet, as
        after a sleep."""
        while True:
            now, pause = self._app.clock.now(), EVERY
            await asyncio.sleep(max(min(self.due_at - now, EVERY), timedelta(0)).total_seconds())
            try:
                if is_in_charge(self._app, self._owner):
                    await self.look()
                    self._trouble = ""
                else:
                    pause = FIRST
            except (DayhandError, OSError) as error:
                told = getattr(error, "message", "") or str(error)
                if told != self._trouble:
                    _log.error("housekeeping: %s; trying again in an hour", told)
                self._trouble = told
            except Exception:  # noqa: BLE001 - a bug here must end neither the daemon nor this
                _log.exception("housekeeping stopped on a bug; trying again in an hour")
            self.due_at = self._app.clock.now() + pause

    async def look(self) -> int:
        """Do what there is to do; how many runs were removed."""
        await self._note_head()
        await self._review()
        await self._back_up()
        rule = self._app.checked_practice.retention
        if rule.runs is None or not await self._is_announced(rule):
            return 0
        gone = 0
        while batch := await asyncio.to_thread(retention.prune_batch, self._app, rule):
            gone += batch
            await asyncio.sleep(_BREATH)  # others write in between
        if gone:
            self._tell(f"{gone} old runs were removed (retention in practice.yaml)")
        return gone

    async def _back_up(self) -> None:
        """Make a backup if it is time. Raises what stands in its way, once that is noted."""
        every = self._app.checked_practice.backup.every
        if every is None:
            return
        last = await asyncio.to_thread(backups.latest, self._app)
        age = None if last is None else self._app.clock.now() - last
        if age is not None and timedelta(0) <= age < every - ABOUT:
            return  # one of the future is of a clock that was wrong
        try:
            made = await asyncio.to_thread(backups.make, self._app, None)
        except (DayhandError, OSError) as error:
            if backups.failed(self._app) is None:
                told = getattr(error, "message", "") or type(error).__name__
                self._app.note("backup.failed", told)
            raise
        self._tell(
            f"wrote and verified the backup {made.file.name}, {len(made.removed)} old ones went"
        )

    async def _is_announced(self, rule: Retention) -> bool:
        now = self._app.clock.now()
        key = f"retention/{rule.runs}/{rule.sent}"
        told_at = self._app.store.read_ledger(lambda ledger: ledger.told_at(key))
        if told_at is None:
            found = await asyncio.to_thread(retention.report, self._app, rule)
            self._tell(
                f"retention in practice.yaml: {found.runs} runs are older and go from"
                f" {now + NOTICE:%Y-%m-%d %H:%M} UTC on; see them with: dayhand prune"
            )
            await self._app.store.write_ledger(lambda ledger: ledger.tell(key, now))
            return False
        return now - told_at >= NOTICE

    async def _review(self) -> None:
        """Once a week a line about it; `told` remembers which week."""
        now = self._app.clock.now()
        year, week, _ = now.astimezone(self._app.zone).isocalendar()
        key = f"review/{year}-{week:02}"
        if await self._app.store.write_ledger(lambda ledger: ledger.tell(key, now)):
            found = await asyncio.to_thread(activity.review, self._app, WEEK)
            self._tell(f"the week past: {activity.as_line(found)}; see: dayhand audit review")

    async def _note_head(self) -> None:
        now = self._app.clock.now()
        last = audit_notes.noted_at(self._app)
        if last is not None and now - last < HEADS_EVERY:
            return
        try:
            await asyncio.to_thread(audit_notes.note_head, self._app)
        except UserError as error:  # there is no home folder to note it in
            _log.warning("the audit log's head is not noted: %s", error.message)
