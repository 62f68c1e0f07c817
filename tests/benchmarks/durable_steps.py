"""Durable steps in one process, from claim to end, beside bare SQLite on the same file system.

Ours is everything: the run is claimed, its text read and planned, each step called, its inputs and
output validated, and its checkpoint on the disk before the next begins; the database is encrypted.
Bare is what `bench_store` says: a row made and committed with a full sync, nothing else. The work is
counted in the database afterwards.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import bench_store
from measuring import Line, by_turns
from practice import BenchPractice

from dayhand.app import App, runs
from dayhand.settings import Settings

__all__ = ["lines"]

AT_ONCE = 100


def lines(practice: BenchPractice, place: Path, rounds: int) -> Iterator[Line]:
    """A run alone, a hundred at once, a long one beside a short one."""
    with _app(practice) as app, bench_store.bare(place) as connection:
        alone, bare, long = by_turns(
            rounds,
            lambda: _seconds(app, "twenty", 1) / 20,
            lambda: bench_store.bare_run(connection, 20),
            lambda: _seconds(app, "thousand", 1) / 1000,
        )
        yield Line("a step of a run of 20, beside a bare commit", alone * 1e3, bare * 1e3, 2.0)
        many, batched, stored = by_turns(
            rounds,
            lambda: AT_ONCE * 20 / _seconds(app, "twenty", AT_ONCE),
            lambda: bench_store.bare_streams(connection, AT_ONCE, 20),
            lambda: bench_store.store_streams(app.store, AT_ONCE, 20),
        )
        what = f"steps of {AT_ONCE} runs at once, beside bare commits batched"
        yield Line(what, many, batched, 0.5, "/s", at_least=True)
        yield Line("   checkpoints alone, by the store", stored, batched, 0.5, "/s", at_least=True)
        what = "a step of a run of 1,000, beside one of a run of 20"
        yield Line(what, long * 1e3, alone * 1e3, 1.3)


@contextmanager
def _app(practice: BenchPractice) -> Iterator[App]:
    sys.path.insert(0, str(practice.installed))
    gc.set_threshold(150_000, 20, 20)  # for both, as `dayhand.cli.main` does: the imports stay
    with App(Settings(practice.environment, practice.folder)) as app:
        yield app
    sys.path.remove(str(practice.installed))


def _seconds(app: App, routine: str, at_once: int) -> float:
    """How long so many runs take together; each is made before, and counted after."""
    made = [runs.create(app, routine, inputs={}).id for _ in range(at_once)]
    runner = app.runner()

    async def all_of_them() -> float:
        begin = time.perf_counter()
        async with asyncio.TaskGroup() as tasks:
            for run_id in made:
                tasks.create_task(runner.run(run_id))
        return time.perf_counter() - begin

    seconds = asyncio.run(all_of_them())
    expected = len(app.book.ready(routine).steps)
    for run_id in made:
        kept = app.store.steps(run_id)
        if len(kept) != expected or any(step.state != "done" for step in kept):
            raise RuntimeError(f"run {run_id} has {len(kept)} of {expected} steps")
    return seconds
