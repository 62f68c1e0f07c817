"""The daemon in a process of its own, for `scheduling`: prints what it measured as JSON.

    python scheduler_ours.py tick|late PRACTICE [DUE]

`tick` is five minutes of a daemon that finds nothing due, by a clock that is moved from turn to turn.
`late` brings the clock to just before DUE and lets the daemon live over it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import idle_plugin

from dayhand.app import App
from dayhand.clock import SystemClock
from dayhand.daemon.daemon import LONGEST_NAP, Daemon
from dayhand.daemon.rest import READY
from dayhand.settings import Settings

TURNS = 60


class MovedClock(SystemClock):
    """The machine's clock, moved forward."""

    by = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.by

    def monotonic(self) -> float:
        return super().monotonic() + self.by.total_seconds()


async def ticks(daemon: Daemon, clock: MovedClock) -> dict[str, float]:
    daemon._rest.listen()
    for _ in range(6):
        await daemon._turn()
        clock.by += LONGEST_NAP
    taken, rested = [], 0
    for _ in range(TURNS):
        rested += daemon._rest.lasts()
        begin = time.process_time()
        await daemon._turn()
        taken.append(time.process_time() - begin)
        clock.by += LONGEST_NAP
    if rested < TURNS / 2:
        raise RuntimeError(f"the daemon rested in {rested} of {TURNS} turns")
    minutes = TURNS * LONGEST_NAP / timedelta(minutes=1)
    return {"tick": statistics.median(taken), "minute": sum(taken) / minutes}


async def lateness(daemon: Daemon, clock: MovedClock, due: datetime) -> dict[str, float]:
    clock.by = due - READY - timedelta(seconds=2) - datetime.now(UTC)
    life = asyncio.get_running_loop().create_task(daemon.live())
    while daemon._following is None:
        await asyncio.sleep(0.05)
    clock.by = due - READY + timedelta(seconds=1) - datetime.now(UTC)
    daemon._stir.set()
    await asyncio.sleep(4)  # the pass that makes ready for the crowd
    clock.by = due - timedelta(seconds=2) - datetime.now(UTC)
    daemon._stir.set()
    while clock.now() < due + timedelta(seconds=1) or daemon.busy:
        await asyncio.sleep(0.05)
    daemon.stop()
    await life
    moved = clock.by.total_seconds()
    late = sorted(moment + moved - due.timestamp() for moment in idle_plugin.began)
    rows = daemon.app.store.read_ledger(
        lambda ledger: ledger.between(due - timedelta(seconds=1), due)
    )
    done = [row for row in rows if row.run_id and daemon.app.store.find_run(row.run_id).is_final]
    if not len(late) == len(done) == len(rows) > 0:
        raise RuntimeError(f"{len(rows)} were due, {len(late)} began, {len(done)} are kept as done")
    return {"count": len(late), "p50": late[len(late) // 2], "p99": late[len(late) * 99 // 100]}


async def main() -> None:
    clock = MovedClock()
    with App(Settings(os.environ, Path(sys.argv[2])), clock=clock) as app:
        daemon = Daemon(app)
        if sys.argv[1] == "tick":
            found = await ticks(daemon, clock)
        else:
            found = await lateness(daemon, clock, datetime.fromisoformat(sys.argv[3]))
    print(json.dumps(found), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
