"""A daemon on a bench: one event loop, a clock that is moved, restarts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from dayhand.daemon.daemon import Daemon, Passed
from dayhand.model.ledger import Due
from dayhand.model.run import Run

QUICK_DAEMON = str(Path(__file__).with_name("quick_daemon.py"))
EVER = datetime(2001, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)


class House:
    """A practice and the daemon that runs it."""

    def __init__(self, bench: Any) -> None:
        self.bench = bench
        self.told: list[str] = []
        self.restarts = 0
        self.worked = False
        self.daemon = self.new_daemon()

    @property
    def clock(self) -> Any:
        return self.bench.clock

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def new_daemon(self, owner: str = "") -> Daemon:
        return Daemon(self.bench.app, owner=owner, tell=self.told.append, rest=timedelta(0))

    def restart(self) -> None:
        """As after `kill -9`: another process opens the same practice."""
        self.bench.app.close()
        self.bench.fresh()
        self.daemon = self.new_daemon()
        self.restarts += 1

    def doze(
        self, meanwhile: Callable[[], object] = lambda: None, *, woken_by: str = "due"
    ) -> None:
        """As when it leaves a lookout and is back: another process, told what the one before knew."""
        before, text = self.daemon, self.bench.app.practice_text
        self.bench.app.close()
        meanwhile()
        self.bench.fresh().begin_with(text)
        self.daemon = self.new_daemon(before.owner)
        seen = before._wall_clock.seen or self.now
        self.daemon.resume(
            epoch=before.lease.epoch, seen=seen, woken_by=woken_by, unread=before.happenings.trouble
        )

    def set_clock(self, moment: str | datetime) -> None:
        wanted = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        self.clock.move(wanted - self.now)

    async def pass_once(self) -> Passed:
        assert await self.daemon.take_lease()
        passed = await self.daemon.one_pass()
        self.worked = bool(passed.begun) or self.daemon.busy > 0
        await self.daemon.wait_for_runs()
        return passed

    async def settle(self) -> list[Run]:
        """Passes until nothing begins any more, and everything that ended is closed."""
        begun: list[Run] = []
        for _ in range(60):
            passed = await self.pass_once()
            begun += passed.begun
            if not self.worked and not self.daemon.is_behind:
                break
        return begun

    def look(self) -> list[Run]:
        """Passes until all is quiet; what was started."""
        return asyncio.run(self.settle())

    def at(self, moment: str) -> list[Run]:
        """Move the clock there, as in sleep, and look."""
        self.set_clock(moment)
        return self.look()

    async def live_until(self, end: datetime, *, most: timedelta = timedelta(hours=12)) -> int:
        """Awake: a pass whenever something is due; how many passes."""
        passes = 0
        while self.now < end:
            following = self.read(lambda ledger: ledger.next_at(self.now))
            step = min(following or end, self.now + most, end)
            self.clock.move(max(step - self.now, timedelta(seconds=1)))
            await self.settle()
            passes += 1
        return passes

    def awake_until(self, moment: str) -> None:
        asyncio.run(self.live_until(datetime.fromisoformat(moment)))

    def read(self, query: Callable[[Any], Any]) -> Any:
        return self.bench.app.store.read_ledger(query)

    def rows(self, routine: str | None = None) -> list[Due]:
        return self.read(lambda ledger: ledger.between(*EVER, routine=routine))

    def states(self, routine: str | None = None) -> dict[str, str]:
        """State and reason by nominal."""
        return {
            row.planned.nominal: f"{row.state}: {row.reason}" if row.reason else row.state
            for row in self.rows(routine)
        }

    def past(self, routine: str | None = None) -> dict[str, str]:
        return {row.planned.nominal: row.state for row in self.rows(routine) if row.due <= self.now}

    def runs(self, routine: str | None = None) -> list[Run]:
        return self.bench.app.store.runs(routine=routine, limit=100_000)
