"""The runs that go on in this process: begun, withdrawn, waited for.

Many begun together share one runner, so that what is the same for all is made once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from dayhand import durations
from dayhand.app import App, runs
from dayhand.daemon.sentry import Sentry
from dayhand.errors import DayhandError, StoreBusy
from dayhand.model.routine import Routine

if TYPE_CHECKING:
    from dayhand.runner.runner import Runner

__all__ = ["GoingRuns"]

GRACE = timedelta(seconds=30)
"""How long runs that go on may take when the daemon is told to stop."""

_CROWD = 10
_log = logging.getLogger("dayhand.daemon")


class GoingRuns:
    """The runs this process works on."""

    def __init__(
        self, app: App, tell: Callable[[str], None], ended: Callable[[], None] = lambda: None
    ) -> None:
        self._app = app
        self._tell = tell
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._withdrawn: dict[str, str] = {}
        self._ended = ended
        self._sentry = Sentry()

    def __len__(self) -> int:
        return len(self._tasks)

    @property
    def are_a_crowd(self) -> bool:
        """True if one that ends is soon followed by others."""
        return len(self) > _CROWD

    def begin(self, run_ids: Iterable[str]) -> None:
        """Go on with runs, each in a task of its own."""
        wanted = [run_id for run_id in run_ids if run_id not in self._tasks]
        if not wanted:
            return
        self._sentry.begin()
        runner, loop = self._app.runner(), asyncio.get_running_loop()
        for run_id in wanted:
            # not in a TaskGroup: a run that fails must not end the others, nor the daemon; all are
            # kept in `_tasks` and waited for in `leave`
            task = loop.create_task(self._run(runner, run_id), name=run_id)
            self._tasks[run_id] = task
            task.add_done_callback(self._over)

    async def prepare(self, routines: Iterable[Routine]) -> None:
        """Read what will be due in a moment, so that it begins at once then."""
        self._app.runner()
        for number, routine in enumerate(routines):
            with suppress(DayhandError):  # its run will tell
                self._app.pinned_to(routine.name, routine.digest)
            if number % 20 == 0:
                await asyncio.sleep(0)

    def recover(self) -> None:
        """Go on with runs that were cut off, answered, or whose moment has come."""
        self.begin(run.id for run in runs.left_over(self._app, known=self._tasks))

    def cancel(self, routine: str, reason: str) -> None:
        """Stop the runs of a routine that go on here."""
        for run in self._app.store.runs(routine=routine, state="running"):
            task = self._tasks.get(run.id)
            if task is not None:
                self._withdrawn[run.id] = reason
                task.cancel()

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task.get_name(), None)
        if not self._tasks:
            self._sentry.rest()
        self._ended()

    async def _run(self, runner: Runner, run_id: str) -> None:
        try:
            ended = await runner.run(run_id)
        except StoreBusy:
            return  # another process has it
        except asyncio.CancelledError:
            if run_id not in self._withdrawn:
                raise
            await self._withdraw(run_id, self._withdrawn.pop(run_id))
        except DayhandError as error:
            _log.error("run %s: %s", run_id, error.message)
        except Exception:  # noqa: BLE001 - a bug in one run must not end the daemon
            _log.exception("run %s stopped on a bug", run_id)
        else:
            self._tell(f"{ended.run.routine} {ended.run.state.replace('_', ' ')} (run {run_id})")

    async def _withdraw(self, run_id: str, reason: str) -> None:
        """End a run that was stopped, unless it stopped in the middle of sending: then it goes on,
        to find out, and ends in doubt if it cannot."""
        store = self._app.store
        if any(effect.state == "intended" for effect in store.effects(run_id=run_id, limit=1000)):
            return
        await asyncio.to_thread(runs.withdraw, self._app, run_id, reason)
        self._tell(f"run {run_id} cancelled: {reason}")

    async def wait(self) -> None:
        """Wait until everything that was begun has ended or waits for a person."""
        while self._tasks:
            await asyncio.wait(list(self._tasks.values()))

    async def leave(self) -> None:
        """Give them half a minute, then stop them where they are; they go on at the next start."""
        if self._tasks:
            self._tell(f"waiting up to {durations.as_text(GRACE)} for {len(self)} runs")
            await asyncio.wait(list(self._tasks.values()), timeout=GRACE.total_seconds())
        left = list(self._tasks.values())
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
