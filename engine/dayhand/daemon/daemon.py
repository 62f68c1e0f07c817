"""The daemon: watches, plans, decides, starts, recovers, in passes that are each small and safe to repeat.

A pass may be cut off at any instruction: what it decided is in the database, and the next pass, in
this process or another, goes on from there. Between passes it sleeps until the next row is due, five
seconds at the most, so that a clock that was set, or a sleep, is noticed soon. A pass that would find
nothing is left out: see `rest`; and where there is nothing to do for minutes, the whole of it: see `doze`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dayhand.app import App, runs
from dayhand.app.calendars import calendars_of
from dayhand.daemon.arrivals import REST, Arrivals
from dayhand.daemon.dispatcher import Dispatcher, Order
from dayhand.daemon.going import GRACE, GoingRuns
from dayhand.daemon.happenings import Happenings
from dayhand.daemon.lease import Lease
from dayhand.daemon.machine import online
from dayhand.daemon.notices import Notices
from dayhand.daemon.planner import Planner
from dayhand.daemon.pulse import Pulse
from dayhand.daemon.rest import READY, Quiet, Rest
from dayhand.daemon.supervisor import Supervisor
from dayhand.daemon.wall_clock import WallClock
from dayhand.daemon.watching import Change, RoutineWatch, SettingsWatch
from dayhand.errors import DayhandError, StoreStopped
from dayhand.model.routine import Routine
from dayhand.model.run import Run
from dayhand.runner.owner import this_process
from dayhand.store.ledger import Ledger

__all__ = ["LONGEST_NAP", "Daemon", "Passed"]

LONGEST_NAP = timedelta(seconds=5)
BREATH = timedelta(milliseconds=100)
"""Where one of many runs ends, or one file changes, others are about to: they share a pass."""
SHORTEST_NAP = timedelta(milliseconds=50)
SOON = timedelta(seconds=1)
"""What a pass has changed is looked at once more after this."""
TROUBLED_NAP = timedelta(seconds=2)
STANDBY_NAP = timedelta(seconds=2)
"""Within this a process that stands by takes over from one that died on this machine."""
NETWORK_WAIT = timedelta(seconds=60)

_log = logging.getLogger("dayhand.daemon")


@dataclass(frozen=True, slots=True)
class Passed:
    """What one pass did."""

    planned: int = 0
    closed: int = 0
    begun: tuple[Run, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def is_empty(self) -> bool:
        """True if there was nothing to do."""
        return not (self.planned or self.closed or self.begun or self.changes)


class Daemon:
    """Runs a practice's routines on time. One process at a time has the lease; others stand by."""

    def __init__(
        self, app: App, *, owner: str = "", tell: Callable[[str], None] = lambda _: None,
        rest: timedelta = REST,
    ) -> None:  # fmt: skip
        self.app = app
        self.owner = owner or this_process()
        self.lease = Lease(app, self.owner, tell)
        self.supervisor = Supervisor(app.settings.environment, app.clock)
        self.may_doze: Callable[[], bool] = lambda: False
        """Asked after each turn whether it may leave but a lookout."""
        self.folders: int | None = None
        """Once it has left so: the descriptor by which changes of files are seen."""
        self.has_worked = False
        self._tell = tell
        self._wall_clock = WallClock(app, tell)
        self._watch: RoutineWatch | None = None
        self._arrivals = Arrivals(app, rest)
        self.happenings = Happenings(app)
        self._settings = SettingsWatch(app)
        self._unapplied: list[Change] = []
        self._planner: Planner | None = None
        self._planned_by: Any = None
        self._notices = Notices(app)
        self._stir = asyncio.Event()
        self.going = GoingRuns(app, tell, self._stir.set)
        self._rest = Rest(app, self._stir.set)
        self._stopping = False
        self._woken_by = ""
        self._is_unfinished = False
        self._going_on: set[str] = set()
        self._following: datetime | None = None
        self._trouble = ""
        self._stands_by_for = ""

    # One pass -------------------------------------------------------------------------------------

    async def take_lease(self) -> bool:
        """Take or keep the daemon's place; False while another process has it."""
        return await self.lease.take()

    async def one_pass(self, *, recover: bool = True) -> Passed:
        """Watch, plan, decide; start what is due. Needs the lease."""
        now = self.app.clock.now()
        waits = self._wall_clock.is_waited_for(now)
        changes = self._look()
        if changes:
            self.happenings.wake()
        if not waits:
            watched = self._watch.routines.values() if self._watch else ()
            await self.happenings.refresh(watched, now)
        self._renew_planner()
        await self._apply(now)
        order, planned = Order(), 0
        if not waits:
            busy = self._going_on = self._busy_routines()
            order, planned = await self.app.store.write_ledger(
                lambda ledger: self._decide(ledger, busy, now)
            )
            self._act(order)
        if recover and not self._wall_clock.is_implausible(now):
            self.going.recover()
        if self._watch is not None:
            await self._notices.look(now, self._watch.broken, self._watch.routines)
        return Passed(planned, order.closed, tuple(order.begin), tuple(changes))

    @property
    def is_behind(self) -> bool:
        """True while a long absence is still being looked through: the next pass goes on at once."""
        return self._planner is not None and self._planner.is_behind

    def _look(self) -> list[Change]:
        if self._watch is None:
            known = self.app.store.read_ledger(lambda ledger: ledger.schedules())
            self._watch = RoutineWatch(self.app, known, patient=bool(self._woken_by))
        told = self._settings.look()
        if told is not None:
            self._tell(f"practice.yaml: {told}")
            self._planner = None
        changes = self._watch.look() if self._rest.needs_a_look() else []
        for change in changes:
            if change.kind == "bad":
                self._tell(f"routine '{change.routine}': {change.text}")
        self._unapplied += changes
        return changes

    def _renew_planner(self) -> None:
        """A new one each day, and once other days are closed: it keeps what it knows of them."""
        by = (self.app.now().date(), self.happenings.time_off)
        if self._planner is None or self._planned_by != by:
            calendars = calendars_of(self.app, self.happenings.time_off)
            self._planner = Planner(self.app.info.timezone, calendars)
            self._planned_by = by

    async def _apply(self, now: datetime) -> None:
        """Note changes of routines in the ledger; they stay to be noted until that has worked."""
        watch, planner, changes = self._watch, self._planner, self._unapplied
        if watch is None or planner is None or not changes:
            return
        planner.wake()

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
                    ledger.schedule(name, routine.digest, routine.text)

        await self.app.store.write_ledger(apply)
        self._unapplied = []
        watch.shelve()

    def _busy_routines(self) -> set[str]:
        """Routines with a run that is going on, or is about to."""
        store = self.app.store
        states = ("running", "queued")
        return {run.routine for state in states for run in store.runs(state=state, limit=10_000)}

    def _decide(self, ledger: Ledger, busy: set[str], now: datetime) -> tuple[Order, int]:
        watch, planner = self._watch, self._planner
        if watch is None or planner is None:
            return Order(), 0
        ledger.settle(now)
        routines = watch.routines
        planned = planner.plan(ledger, routines.values(), now)
        for line in self._arrivals.tidy(ledger):
            self._tell(line)
        planned += self.happenings.plan(ledger, routines.values(), planner.calendars, now)
        planned += ledger.plan(self._arrivals.rows(ledger, watch.waiting, now), now)
        if planner.is_behind:
            return Order(), planned
        dispatcher = Dispatcher(routines, partial(runs.of_occurrence, self.app), watch.broken)
        return dispatcher.hand_out(ledger, busy, now), planned

    # Runs -----------------------------------------------------------------------------------------

    def _act(self, order: Order) -> None:
        for name in order.cancel:
            self.going.cancel(name, "its next occurrence was due (overlap: cancel other)")
        self.going.begin(run.id for run in order.begin)

    async def wait_for_runs(self) -> None:
        """Wait until everything that was started has ended or waits for a person, and is told."""
        await self.going.wait()
        await self._notices.delivered()

    @property
    def busy(self) -> int:
        """How many runs this process works on."""
        return len(self.going)

    # The life of the process ----------------------------------------------------------------------

    def stop(self) -> None:
        """Ask it to end: no new run begins, those going on have half a minute."""
        self._stopping = True
        self._stir.set()

    async def live(self) -> None:
        """Run until told to stop, or until it may doze."""
        pulse = Pulse(self.app.clock)
        ready, slept = False, self._woken_by == "slept"
        self._rest.listen()
        while not self._stopping:
            if pulse.feel().slept or slept:
                slept = False
                self._rest.end()
                await self._woke()
            self._stir.clear()  # what stirs during the turn cuts short the nap after it
            status = await self._turn()
            (self.supervisor.alive if ready else self.supervisor.ready)(status)
            ready = True
            if not self._stopping and self.may_doze():
                self._leave_a_lookout()
                return
            await self._nap()
        await self.end()

    async def end(self) -> None:
        """Leave, and say so."""
        self.supervisor.stopping()
        self._rest.close()
        await self.leave()

    # Leaving but a lookout ------------------------------------------------------------------------

    @property
    def quiet(self) -> Quiet | None:
        """That there is nothing to do and nothing unsettled; None if there is."""
        watch, planner, age = self._watch, self._planner, self._rest.age
        if watch is None or planner is None or planner.told or age is None or not self._rest.mark:
            return None
        if self.busy or self._going_on or self._unapplied or self._trouble or self._stands_by_for:
            return None
        if watch.broken or self._settings.is_bad or self._wall_clock.is_in_doubt:
            return None
        if self._notices.is_unsettled or self.happenings.is_unsettled:
            return None
        ready = self._following and self._following - READY
        ends = (ready, self.happenings.due_at, self._notices.reminds_at)
        return Quiet(age, self._rest.mark, tuple(one for one in ends if one is not None))

    def _leave_a_lookout(self) -> None:
        if self._watch is not None:
            self._watch.note()
        self.folders = self._rest.hand_over()

    def resume(
        self, *, epoch: int, seen: datetime, woken_by: str, unread: Mapping[str, str]
    ) -> None:
        """Go on where the process left off that was this one before; see `lookout` for what woke it."""
        self.lease.epoch = epoch
        self.happenings.trouble = dict(unread)
        self._wall_clock.seen = seen
        self._woken_by = woken_by
        if woken_by == "due":
            self._rest.expect_quiet()

    async def _turn(self) -> str:
        """One turn of its life; what it is doing. What stands in its way may be gone the next time."""
        try:
            rests = self._rest.lasts()
            if not await self.take_lease():
                self._rest.end()
                self._stand_by()
                return "standing by"
            self._stands_by_for = ""
            if rests:
                self._rest.keep()
            else:
                await self._full_turn()
            status = self._status()
        except StoreStopped:
            raise  # to try again would be in vain for ever: a process that is begun anew can go on
        except (DayhandError, OSError) as error:
            told = getattr(error, "message", "") or str(error)
            if told != self._trouble:
                _log.error("%s; trying again", told)
            self._rest.end()
            self._trouble, self._following = told, None
            return f"in trouble: {told}"
        if self._trouble:
            self._tell("all is well again")
            self._trouble = ""
        return status

    def _stand_by(self) -> None:
        held = self.app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
        holder = held.owner if held else ""
        if holder != self._stands_by_for:
            self._stands_by_for = holder
            self._tell(f"standing by: {holder} runs this practice")

    async def _woke(self) -> None:
        self._tell("the machine slept, or its clock was set: looking at what fell due")
        host = self._notices.host
        if host and not await online(host, within=NETWORK_WAIT):
            self._tell("the network is not back yet; going on without it")

    async def _full_turn(self) -> None:
        """A pass, and what makes ready for the next."""
        before = self._rest.version()
        passed = await self.one_pass()
        self.has_worked = self.has_worked or self.busy > 0
        now = self.app.clock.now()
        self._following = self.app.store.read_ledger(lambda ledger: ledger.next_moment(now))
        if self._following is not None and self._following - now <= READY:
            await self.going.prepare(self._due_by(self._following))
        if (
            passed.is_empty
            and not self.busy
            and not self.is_behind
            and not self._wall_clock.is_in_doubt
        ):
            self._rest.begin(before, self._following)
            self._is_unfinished = (
                before is not None and self._rest.is_quiet and self._rest.age is None
            )
        else:
            self._rest.end()
            self._is_unfinished = not (passed.is_empty or self.busy)

    def _due_by(self, moment: datetime) -> list[Routine]:
        now, known = self.app.clock.now(), self._watch.routines if self._watch else {}
        rows = self.app.store.read_ledger(lambda ledger: ledger.between(now, moment))
        return [known[row.planned.routine] for row in rows if row.planned.routine in known]

    def _status(self) -> str:
        local = self._following.astimezone(self.app.zone) if self._following else None
        told = f"next at {local:%a %H:%M}" if local else "nothing planned"
        return f"{self.busy} running, {told}" if self.busy else told

    async def _nap(self) -> None:
        """Sleep until something is due, a run ends, a file changes, or it is time to look again."""
        if self._stopping:
            return
        try:
            async with asyncio.timeout(self._nap_length().total_seconds()):
                await self._stir.wait()
        except TimeoutError:
            return
        if not self._stopping and (self.going.are_a_crowd or not self._rest.is_quiet):
            await asyncio.sleep(BREATH.total_seconds())

    def _nap_length(self) -> timedelta:
        if self.is_behind:
            return timedelta(0)
        if self._trouble:
            return TROUBLED_NAP
        longest = STANDBY_NAP if self._stands_by_for else LONGEST_NAP
        if self._is_unfinished:
            longest = min(longest, SOON)
        if self._following is None:
            return longest
        return max(min(self._following - self.app.clock.now(), longest), SHORTEST_NAP)

    async def leave(self) -> None:
        await self.going.leave()
        await self._notices.delivered(within=GRACE)
        if self._watch is not None:
            self._watch.note()
        await self.lease.drop()
