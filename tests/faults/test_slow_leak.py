"""A21: thousands of runs in one daemon leave no memory, no open file and no growing log behind.

A daemon lives through the minutes of a clock that is moved, and ten routines are due in each. What SQLite
keeps in memory of the file grows with the file, up to 2 MiB a connection, and would hide a leak: so the
file is larger than that before anything is measured.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import sys
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from tests_support import acting
from tests_support.daemons import House

RUNS = int(os.environ.get("DAYHAND_LEAK_RUNS", "10000"))
WARM = 500
"""Runs that fill what is kept in memory on purpose, before anything is measured."""
PARTS = 5
MOST_KEPT = 0.5
"""MiB for each 1,000 runs."""
ROUTINES = 10
ROUTINE = """\
routine: r{number}
triggers:
  - every: 1 minute
steps:
  - id: people
    uses: act.people
    with: {{count: 2}}
  - id: row
    uses: act.record
    with: {{text: "${{{{ steps.people.total | text }}}}", name: r{number}}}
"""


@dataclass(frozen=True)
class Held:
    """What the process holds: MiB of the machine's memory, blocks of Python's own, open files."""

    memory: float
    blocks: int
    files: int


def held() -> Held:
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    files = sum(1 for _ in Path("/proc/self/fd").iterdir())
    return Held(pages * resource.getpagesize() / 1024**2, sys.getallocatedblocks(), files)


def fill(store) -> None:
    """Eight megabytes that no run ever looks at, read once."""

    def add(connection) -> None:
        for number in range(2700):
            connection.exec_driver_sql(
                "INSERT INTO texts (digest, routine, text) VALUES (?, '', ?)",
                (f"filling {number}", "x" * 3000),
            )

    store.write_now(add)
    with store.read() as connection:
        connection.exec_driver_sql("SELECT sum(length(text)) FROM texts").scalar_one()


async def lived(house: House, runs: int) -> int:
    """Minutes of the daemon's life; how many runs it began in them."""
    begun = 0
    while begun < runs:
        house.clock.move(timedelta(minutes=1))
        begun += len((await house.pass_once()).begun)
        house.told.clear()  # the test's own
    return begun


def measured(bench, runs: int) -> tuple[list[Held], int]:
    """What was held before and after each part of so many runs, and how many there were."""
    for number in range(ROUTINES):
        file = bench.folder / "routines" / f"r{number}.yaml"
        file.write_text(ROUTINE.format(number=number))
    house = House(bench)

    async def life() -> tuple[list[Held], int]:
        fill(bench.app.store)
        await lived(house, WARM)
        found, begun = [held()], 0
        for _ in range(PARTS):
            begun += await lived(house, runs // PARTS)
            found.append(held())
        return found, begun

    return asyncio.run(life())


def kept_in_a_part(found: list[Held]) -> float:
    """Blocks that one part leaves behind, the middle of all parts.

    What leaks does so in each part. A table that grows, or a cache that is emptied, does so in one.
    """
    return median(later.blocks - earlier.blocks for earlier, later in pairwise(found))


def log_size(bench) -> float:
    log = bench.folder / ".dayhand" / "dayhand.db-wal"
    return log.stat().st_size / 1024**2 if log.exists() else 0.0


needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process holds")


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a21_ten_thousand_runs_leave_no_memory_and_no_open_file(bench):
    found, begun = measured(bench, RUNS)

    before, after = found[0], found[-1]
    kept = kept_in_a_part(found)
    grown = after.memory - before.memory
    print(
        f"{begun} runs of one daemon: memory {before.memory:.1f} MiB {grown:+.2f} MiB"
        f" ({grown * 1000 / begun:+.3f} for each 1,000), Python's blocks"
        f" {after.blocks - before.blocks:+d}, in a part {kept:+.0f}, open files {after.files - before.files:+d},"
        f" log {log_size(bench):.1f} MiB"
    )
    assert grown <= 10
    assert grown * 1000 / begun <= MOST_KEPT
    assert kept < begun / PARTS / 10  # not one object for ten runs
    assert after.files == before.files
    assert log_size(bench) <= 64
    states = {run.state for run in bench.app.store.runs(limit=1_000_000)}
    assert states == {"done"}


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a21_the_control_that_keeps_four_kilobytes_a_run_is_seen(bench, monkeypatch):
    kept: list[bytearray] = []
    # twice in each
    monkeypatch.setattr(acting, "_play", lambda name: kept.append(bytearray(2048)))

    found, begun = measured(bench, RUNS // 3)

    grown = (found[-1].memory - found[0].memory) * 1000 / begun
    print(f"keeping 4 KiB a run: memory {grown:+.2f} MiB for each 1,000")
    assert grown > MOST_KEPT


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a21_the_control_that_keeps_one_object_a_run_is_seen(bench, monkeypatch):
    kept: list[bytes] = []
    # twice in each
    monkeypatch.setattr(acting, "_play", lambda name: kept.append(bytes(100)))

    found, begun = measured(bench, RUNS // 3)

    seen = kept_in_a_part(found)
    print(f"keeping one object a run, {begun} runs: in a part {seen:+.0f} blocks")
    assert seen > begun / PARTS / 10
