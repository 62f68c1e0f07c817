"""The daemon: watches, plans, decides, starts, recovers, in passes that are each small and safe to repeat.

A pass may be cut off at any instruction: what it decided is in the database, and the next pass, in
this process or another, goes on from there. Between passes it sleeps until the next row is due, 30
seconds at the most, so that a clock that was set, or a sleep, is noticed soon.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dayhand import durations
from dayhand.app import App, runs
from dayhand.daemon.calendars import calendars_of
from dayhand.daemon.dispatcher import Dispatcher, Order
from dayhand.daemon.inbox import InboxWatch
from dayhand.daemon.machine import Pulse, Supervisor, online
from dayhand.daemon.notices import Notices
from dayhand.daemon.planner import Planner
from dayhand.daemon.watching import Change, RoutineWatch
from dayhand.errors import DayhandError, StoreBusy
from dayhand.model.ledger import Due, Planned
from dayhand.model.routine import Routine
from dayhand.model.run import Run
from dayhand.runner.runner import is_dead, this_process
from dayhand.store.ledger import Ledger

__all__ = ["LEASE", "LONGEST_NAP", "TAKEOVER", "Daemon", "Passed"]

LEASE = timedelta(seconds=30)
"""How long the daemon's place is kept for a process that is not heard from."""
TAKEOVER = LEASE
"""Within this a second daemon takes over from one that died on another machine; at once on this one."""
LONGEST_NAP = timedelta(seconds=15)
GRACE = timedelta(seconds=30)
NETWORK_WAIT = timedelta(seconds=60)

_log = logging.getLogger("dayhand.daemon")


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass did."""

    planned: int = 0
    closed: int = 0
    begun: tuple[Run, ...] = ()
    changes: tuple[Change, ...] = ()


class Daemon:
    """Runs a practice's routines on time. One process at a time has the lease; others stand by."""

    def __init__(
        self, app: App, *, owner: str = "", tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.app = app
        self.owner = owner or this_process()
        self.epoch = 0
        self._tell = tell
        self._watch: RoutineWatch | None = None
        self._inbox = InboxWatch(app.folder)
        self._planner: Planner | None = None
        self._planned_on: Any = None
        self._notices = Notices(app)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = asyncio.Event()
        self._last_seen: datetime | None = None

    # One pass -------------------------------------------------------------------------------------

    async def take_lease(self) -> bool:
        """Take or keep the daemon's place; False while another process has it."""
        now = self.app.clock.now()

        def take(ledger: Ledger) -> int | None:
            held = ledger.lease("daemon")
            stale = held is not None and held.owner != self.owner and is_dead(held.owner)
            lease = ledger.take_lease("daemon", self.owner, length=LEASE, now=now, stale=stale)
            return None if lease is None else lease.epoch

        epoch = await self.app.store.write_ledger(take)
        if epoch is not None and epoch != self.epoch:
            self._tell(f"this process runs the practice now (takeover {epoch})")
            self.epoch = epoch
        return epoch is not None

    async def one_pass(self, *, recover: bool = True) -> Passed:
        """Watch, plan, decide; start what is due. Needs the lease."""
        now = self.app.clock.now()
        if self._goes_backwards(now):
            return Passed()
        changes = self._look()
        await self._apply(changes, now)
        order, planned = await self.app.store.write_ledger(lambda ledger: self._decide(ledger, now))
        await self._act(order)
        if recover:
            await self._recover()
        await self._notices.look(now, self._watch.broken if self._watch else {})
        return Passed(planned, order.closed, tuple(order.begin), tuple(changes))

    def _goes_backwards(self, now: datetime) -> bool:
        """True while the wall clock is behind what was already handled, by up to three hours, or is
        plainly wrong: a machine without a clock of its own wakes up in 1970."""
        if self._last_seen is None:
            latest = self.app.store.runs(limit=1)
            self._last_seen = latest[0].created_at if latest else now
        behind = self._last_seen - now
        if behind > timedelta(hours=3) and behind < timedelta(days=365):
            self._last_seen = now  # set back on purpose: go on from here
            return False
        if behind > timedelta(seconds=1):
            self._tell(
                f"the clock is {durations.as_text(behind)} behind: nothing is started until it has caught up"
            )
            return True
        self._last_seen = now
        return False

    def _look(self) -> list[Change]:
        if self._watch is None:
            known = self.app.store.read_ledger(lambda ledger: ledger.schedules())
            self._watch = RoutineWatch(self.app, known)
        changes = self._watch.look()
        for change in changes:
            if change.kind == "bad":
                self._tell(f"routine '{change.routine}': {change.text}")
        today = self.app.now().date()
        if self._planner is None or self._planned_on != today:
            self._planner = Planner(self.app.info.timezone, calendars_of(self.app))
            self._planned_on = today
        return changes

    async def _apply(self, changes: list[Change], now: datetime) -> None:
        watch, planner = self._watch, self._planner
        if watch is None or planner is None or not changes:
            return

        def apply(ledger: Ledger) -> None:
            known = ledger.schedules()
            for change in changes:
                name = change.routine
                routine = watch.routines.get(name)
                if change.kind == "gone" or (routine is not None and not routine.enabled):
                    why = "its file is gone" if change.kind == "gone" else "it is switched off"
                    planner.forget(ledger, name, now, why)
                if change.kind == "gone":
                    ledger.unschedule(name)
                elif routine is not None and known.get(name) != routine.digest:
                    if name in known:
                        planner.revise(ledger, routine, now, "superseded by an edit of the routine")
                    ledger.schedule(name, routine.digest, routine.text)

        await self.app.store.write_ledger(apply)

    def _decide(self, ledger: Ledger, now: datetime) -> tuple[Order, int]:
        watch, planner = self._watch, self._planner
        if watch is None or planner is None:
            return Order(), 0
        ledger.settle(now)
        routines = watch.routines
        planned = planner.plan(ledger, routines.values(), now)
        planned += ledger.plan(self._arrived(ledger, now), now)
        running = list({run.routine for run in self.app.store.runs(state="running", limit=1000)})
        order = Dispatcher(routines, self._new_run).hand_out(ledger, running, now)
        for row in order.ask:
            ledger.decide(row.key, "asking", "late: start it now?", now)
        return order, planned

    def _arrived(self, ledger: Ledger, now: datetime) -> list[Planned]:
        """Rows of triggers that wait for something to happen."""
        rows: list[Planned] = []
        for routine in self._watch.routines.values() if self._watch else ():
            for trigger in routine.triggers if routine.enabled else ():
                if trigger.kind == "file":
                    rows += self._inbox.look(routine, trigger, now)
                elif trigger.kind == "routine":
                    rows += self._ended(ledger, routine, trigger, now)
        self._inbox.remember()
        return rows

    def _ended(
        self, ledger: Ledger, routine: Routine, trigger: Any, now: datetime
    ) -> list[Planned]:
        """Rows for ends of the routine the trigger names, since the trigger is known."""
        first = f"trigger:{routine.name}/{trigger.id}"
        new = ledger.tell(first, now)
        if new:
            return []
        since = ledger.told_at(first) or now
        return [
            Planned(
                f"{routine.name}/{trigger.id}/run:{run.id}", routine.name, trigger.id, run.ended_at,
                run.id, run.timezone, "", routine.digest,
            )
            for run in self.app.store.runs(routine=trigger.value, limit=20)
            if run.ended_at is not None and run.ended_at > since and run.state in trigger.on
        ]  # fmt: skip

    def _new_run(self, routine: Routine, row: Due, inputs: Mapping[str, Any]) -> Run:
        now = self.app.clock.now()
        zone = ZoneInfo(routine.timezone or self.app.info.timezone)
        return Run(
            id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
            routine=routine.name,
            digest=routine.digest,
            scheduled_for=row.planned.at.astimezone(zone),
            timezone=zone.key,
            created_at=now,
            title=routine.title,
            trigger=row.planned.trigger,
            inputs=dict(inputs),
        )

    # Runs -----------------------------------------------------------------------------------------

    async def _act(self, order: Order) -> None:
        for name in order.cancel:
            for run in self.app.store.runs(routine=name, state="running"):
                task = self._tasks.get(run.id)
                if task is not None:
                    task.cancel()
        for run in order.begin:
            self._begin(run.id)

    async def _recover(self) -> None:
        """Go on with runs that were cut off, answered, or whose moment has come."""
        for run in runs.left_over(self.app):
            if run.id not in self._tasks:
                self._begin(run.id)

    def _begin(self, run_id: str) -> None:
        task = asyncio.get_running_loop().create_task(self._run(run_id), name=run_id)
        self._tasks[run_id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run_id, None))

    async def _run(self, run_id: str) -> None:
        try:
            ended = await self.app.runner().run(run_id)
        except StoreBusy:
            return  # another process has it
        except DayhandError as error:
            _log.error("run %s: %s", run_id, error.message)
            self._tell(f"run {run_id}: {error.message}")
        except Exception:
            _log.exception("run %s stopped on a bug", run_id)
        else:
            self._tell(f"{ended.run.routine} {ended.run.state.replace('_', ' ')} (run {run_id})")

    async def wait_for_runs(self) -> None:
        """Wait until everything that was started has ended or waits for a person."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    @property
    def busy(self) -> int:
        """How many runs this process works on."""
        return len(self._tasks)

    # The life of the process ----------------------------------------------------------------------

    def stop(self) -> None:
        """Ask it to end: no new run begins, those going on have half a minute."""
        self._stopping.set()

    async def live(self) -> None:
        """Run until told to stop."""
        supervisor = Supervisor(self.app.settings.environment)
        pulse = Pulse(self.app.clock)
        ready = False
        while not self._stopping.is_set():
            if pulse.feel().slept:
                await self._woke()
            if await self.take_lease():
                await self.one_pass()
                status = self._status()
            else:
                status = "standing by"
            (supervisor.alive if ready else supervisor.ready)(status)
            ready = True
            await self._nap()
        supervisor.stopping()
        await self.leave()

    async def _woke(self) -> None:
        self._tell("the machine slept, or its clock was set: looking at what fell due")
        host = self._notices.host
        if host and not await online(host, within=NETWORK_WAIT):
            self._tell("the network is not back yet; going on without it")

    def _status(self) -> str:
        following = self.app.store.read_ledger(lambda ledger: ledger.next_at())
        local = following.astimezone(self.app.zone) if following else None
        told = f"next at {local:%a %H:%M}" if local else "nothing planned"
        return f"{self.busy} running, {told}" if self.busy else told

    async def _nap(self) -> None:
        now = self.app.clock.now()
        following = self.app.store.read_ledger(lambda ledger: ledger.next_at())
        length = (
            LONGEST_NAP
            if following is None
            else min(max(following - now, timedelta(0)), LONGEST_NAP)
        )
        length = max(length, timedelta(milliseconds=200))
        try:
            async with asyncio.timeout(length.total_seconds()):
                await self._stopping.wait()
        except TimeoutError:
            pass

    async def leave(self) -> None:
        if self._tasks:
            self._tell(f"waiting up to {durations.as_text(GRACE)} for {self.busy} runs")
            await asyncio.wait(list(self._tasks.values()), timeout=GRACE.total_seconds())
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        now = self.app.clock.now()
        await self.app.store.write_ledger(lambda ledger: ledger.settle(now))
        await self.app.store.write_ledger(
            lambda ledger: ledger.drop_lease("daemon", self.owner, now)
        )
