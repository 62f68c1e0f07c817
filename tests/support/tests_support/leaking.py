"""What one daemon holds between parts of thousands of runs, in a process that has done nothing else.

A daemon lives through the minutes of a clock that is moved, and ten routines are due in each. What SQLite
keeps in memory of the file grows with the file, up to 2 MiB a connection, and would hide a leak: so the
file is larger than that before anything is measured. Run as a script:

    leaking.py FOLDER RUNS [memory|object]

FOLDER is empty; a mutant keeps 4 KiB of memory, or one small object, of each run. A line of JSON tells what
was held before and after each of five parts, how many runs began, how they ended, and the size of the log.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from dayhand.daemon.machine import give_memory_back
from dayhand.testing import Workbench
from tests_support import acting
from tests_support.daemons import House

WARM = 500
"""Runs that fill what is kept in memory on purpose, before anything is measured."""
PARTS = 5
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
KEPT: list[Any] = []
MUTANTS: dict[str, Callable[[str], None]] = {
    "memory": lambda _: KEPT.append(bytearray(4096)),
    "object": lambda _: KEPT.append(bytes(100)),
}


def held() -> dict[str, float]:
    """MiB of the machine's memory, blocks of Python's own, open files."""
    gc.collect()
    give_memory_back()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {
        "memory": pages * resource.getpagesize() / 1024**2,
        "blocks": sys.getallocatedblocks(),
        "files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
    }


def fill(store: Any) -> None:
    """Eight megabytes that no run ever looks at, read once."""

    def add(connection: Any) -> None:
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


async def life(house: House, runs: int) -> tuple[list[dict[str, float]], int]:
    """What was held before and after each part of so many runs, and how many there were."""
    fill(house.bench.app.store)
    await lived(house, WARM)
    found, begun = [held()], 0
    for _ in range(PARTS):
        begun += await lived(house, runs // PARTS)
        found.append(held())
    return found, begun


def main(folder: Path, runs: int, mutant: str = "") -> None:
    acting.reset()
    if mutant:
        acting._play = MUTANTS[mutant]
    bench = Workbench(folder, {"act": acting})
    for number in range(ROUTINES):
        file = bench.folder / "routines" / f"r{number}.yaml"
        file.write_text(ROUTINE.format(number=number))
    found, begun = asyncio.run(life(House(bench), runs))
    log = bench.folder / ".dayhand" / "dayhand.db-wal"
    states = {run.state for run in bench.app.store.runs(limit=1_000_000)}
    print(json.dumps({
        "held": found, "begun": begun, "states": sorted(states),
        "log": log.stat().st_size / 1024**2 if log.exists() else 0,
    }))  # fmt: skip
    bench.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:])
