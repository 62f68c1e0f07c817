"""The store against bare SQLite, side by side in one run.

    PYTHONPATH=engine python tests/benchmarks/bench_store.py [--quick] [--folder DIR]

Bare means the sqlcipher3 module's own SQLite without encryption, WAL, `synchronous=FULL`, one table of
steps keyed by run and path, statements prepared; no thread, no SQLAlchemy, no leases. What it is given
it turns into JSON and ISO text as any program would. Where runs share commits, "the same way" means
that each of a hundred tasks awaits its commit; the rows alone, written by `executemany` with nobody
waiting, are shown as well.

The store is measured whole, encrypted, as a run uses it: a step is shown as started, then its
checkpoint with its attempt is awaited. Each figure is the median of rounds taken in turn; the last
column is what the design allows.

    a  a run of 20 steps, each committed with a full sync        time      at most 2.0
    b  100 runs at once, sharing commits                         steps/s   at least 0.5
    c  a step in a run of 1,000 against one in a run of 20       time      at most 1.3
    d  listing 20 runs among 1,000,000 against among 100         time      at most 1.5
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlcipher3.dbapi2

from dayhand.model.run import Attempt, Run, StepRecord
from dayhand.store import Store, open_store, rows

NOW = datetime(2026, 11, 2, 14, tzinfo=UTC)
OUTPUT = {"count": 3, "path": "out/invoices/2026-0042.pdf", "ok": True}
_ids = itertools.count()


def checkpoint(number: int) -> tuple[StepRecord, Attempt]:
    path = f"step{number:04}"
    step = StepRecord(path, "done", "value.set", OUTPUT, started_at=NOW, ended_at=NOW, attempts=1)
    return step, Attempt(path, 1, "done", NOW, NOW, {"value": 3})


def new_run(store: Store) -> str:
    run_id = f"run-{next(_ids):09}"
    store.create_run(Run(run_id, "bench", "digest", NOW, "UTC", NOW), "routine: bench")
    store.claim(run_id, owner="bench", lease=timedelta(hours=1), now=NOW)
    return run_id


async def steps(store: Store, run_id: str, count: int, *, started: bool = True) -> None:
    for number in range(count):
        step, attempt = checkpoint(number)
        if started:
            store.started(run_id, 1, StepRecord(step.path, "running", step.uses, started_at=NOW))
        await store.checkpoint(run_id, 1, step, attempt=attempt)


INSERT = "INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET state = excluded.state"


@contextmanager
def bare(folder: Path) -> Iterator[Any]:
    connection = sqlcipher3.dbapi2.connect(str(folder / "bare.db"), isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(
        "CREATE TABLE steps (run_id TEXT, path TEXT, state TEXT, uses TEXT, output TEXT, inputs TEXT,"
        " started_at TEXT, ended_at TEXT, PRIMARY KEY (run_id, path))"
    )
    yield connection
    connection.close()


def bare_row(run_id: str, number: int) -> tuple[Any, ...]:
    step, attempt = checkpoint(number)
    return (
        run_id, step.path, step.state, step.uses, json.dumps(step.output), json.dumps(attempt.inputs),
        step.started_at.isoformat(), step.ended_at.isoformat(),
    )  # fmt: skip


def bare_run(connection: Any, count: int) -> float:
    run_id = f"bare-{next(_ids):09}"
    begin = time.perf_counter()
    for number in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(INSERT, bare_row(run_id, number))
        connection.execute("COMMIT")
    return (time.perf_counter() - begin) / count


def bare_rows(connection: Any, streams: int, count: int) -> float:
    runs = [f"bare-{next(_ids):09}" for _ in range(streams)]
    prepared = [[bare_row(run_id, number) for run_id in runs] for number in range(count)]
    begin = time.perf_counter()
    for batch in prepared:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, batch)
        connection.execute("COMMIT")
    return streams * count / (time.perf_counter() - begin)


def bare_streams(connection: Any, streams: int, count: int) -> float:
    waiting: list[tuple[Any, asyncio.Future[None]]] = []

    def flush() -> None:
        batch = waiting[:]
        waiting.clear()
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, [row for row, _ in batch])
        connection.execute("COMMIT")
        for _, future in batch:
            future.set_result(None)

    async def stream(run_id: str) -> None:
        loop = asyncio.get_running_loop()
        for number in range(count):
            future = loop.create_future()
            if not waiting:
                loop.call_soon(flush)
            waiting.append((bare_row(run_id, number), future))
            await future

    async def timed() -> float:
        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for _ in range(streams):
                group.create_task(stream(f"bare-{next(_ids):09}"))
        return time.perf_counter() - begin

    return streams * count / asyncio.run(timed())


def store_run(store: Store, count: int) -> float:
    run_id = new_run(store)

    async def timed() -> float:
        begin = time.perf_counter()
        await steps(store, run_id, count)
        return time.perf_counter() - begin

    return asyncio.run(timed()) / count


def store_streams(store: Store, streams: int, count: int) -> float:
    runs = [new_run(store) for _ in range(streams)]

    async def timed() -> float:
        begin = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for run_id in runs:
                group.create_task(steps(store, run_id, count))
        return time.perf_counter() - begin

    return streams * count / asyncio.run(timed())


def by_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The medians of measures taken in turn, so that a slow moment is shared."""
    taken = [[measure() for measure in measures] for _ in range(rounds)]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def fill(store: Store, count: int) -> None:
    """Rows of finished runs, written as plainly as possible."""
    names = ", ".join(f'"{name}"' for name in rows.RUN)
    marks = ", ".join("?" * len(rows.RUN))
    states = ("done", "done", "done", "failed")

    def job(connection: Any) -> None:
        connection.exec_driver_sql(
            "INSERT INTO texts VALUES (?, ?, ?) ON CONFLICT DO NOTHING", ("digest", "bench", "")
        )
        made = (
            rows.run_row(
                Run(f"old-{n:09}", f"routine-{n % 50}", "digest", NOW, "UTC", NOW, states[n % 4])
            )
            for n in range(count)
        )
        while part := list(itertools.islice(made, 50_000)):
            connection.exec_driver_sql(f"INSERT INTO runs ({names}) VALUES ({marks})", part)

    store.write_now(job)


def listing(store: Store) -> float:
    begin = time.perf_counter()
    for _ in range(50):
        store.runs(limit=20)
        store.runs(limit=20, routine="routine-7", before="old-000000090")
    return (time.perf_counter() - begin) / 100


def report(what: str, ours: str, theirs: str, ratio: float, bound: str, *, met: bool) -> bool:
    print(
        f"{what:<44} {ours:>14} {theirs:>14}   ratio {ratio:5.2f}   {bound:<8} {'met' if met else 'MISSED'}"
    )
    return met


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="fewer rounds, a tenth of the rows")
    parser.add_argument("--folder", type=Path, default=None, help="where the databases are made")
    options = parser.parse_args()
    rounds, many = (5, 100_000) if options.quick else (15, 1_000_000)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    met = []
    try:
        with (
            open_store(folder / "a.db", key=os.urandom(32), create=True) as store,
            bare(folder) as connection,
        ):
            print(
                f"SQLite {sqlcipher3.dbapi2.sqlite_version}, bare: unencrypted, WAL, FULL\n{'':<44} {'dayhand':>14} {'bare':>14}"
            )
            ours, theirs, long = by_turns(
                rounds,
                lambda: store_run(store, 20),
                lambda: bare_run(connection, 20),
                lambda: store_run(store, 1000),
            )
            met.append(
                report(
                    "a  20 steps alone, each",
                    f"{ours * 1e3:.3f} ms",
                    f"{theirs * 1e3:.3f} ms",
                    ours / theirs,
                    "<= 2.0",
                    met=ours <= 2 * theirs,
                )
            )
            mine, bares, alone = by_turns(
                rounds,
                lambda: store_streams(store, 100, 50),
                lambda: bare_streams(connection, 100, 50),
                lambda: bare_rows(connection, 100, 50),
            )
            met.append(
                report(
                    "b  100 runs at once, steps/s",
                    f"{mine:,.0f}",
                    f"{bares:,.0f}",
                    mine / bares,
                    ">= 0.5",
                    met=mine >= bares / 2,
                )
            )
            print(
                f"   (rows alone, nobody waiting) {'':<14} {alone:>27,.0f}   ratio {mine / alone:5.2f}"
            )
            met.append(
                report(
                    "c  a step in 1,000 against one in 20",
                    f"{long * 1e3:.3f} ms",
                    f"{ours * 1e3:.3f} ms",
                    long / ours,
                    "<= 1.3",
                    met=long <= 1.3 * ours,
                )
            )
        with (
            open_store(folder / "few.db", key=os.urandom(32), create=True) as few,
            open_store(folder / "many.db", key=os.urandom(32), create=True) as lots,
        ):
            fill(few, 100)
            fill(lots, many)
            slow, quick = by_turns(rounds, lambda: listing(lots), lambda: listing(few))
            met.append(
                report(
                    f"d  20 runs of {many:,} against of 100",
                    f"{slow * 1e3:.3f} ms",
                    f"{quick * 1e3:.3f} ms",
                    slow / quick,
                    "<= 1.5",
                    met=slow <= 1.5 * quick,
                )
            )
    finally:
        shutil.rmtree(folder)
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
