"""A process that is killed while it writes loses nothing it was told is kept."""

from __future__ import annotations

import os
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from dayhand.errors import StoreError
from dayhand.model.run import Run
from dayhand.store import open_store, sqlite

NOW = datetime(2026, 11, 2, 14, tzinfo=UTC)
KEY = bytes(range(32))

WRITER = """
import asyncio, sys
from pathlib import Path
from dayhand.model.run import StepRecord
from dayhand.store import open_store

async def stream(store, name, first):
    for number in range(first, first + 100_000):
        if number % 7 == 0:
            await store.record("run-1", 1, lambda c: (c.exec_driver_sql(
                "INSERT INTO texts VALUES (?, '', '')", (f"{name}{number}",)),
                StepRecord(f"{name}{number}", "done"), None))
        else:
            store.started("run-1", 1, StepRecord(f"{name}{number}", "running"))
            await store.checkpoint("run-1", 1, StepRecord(f"{name}{number}", "done", output="x" * 500))
        sys.stdout.write(f"{name}{number}\\n")
        sys.stdout.flush()

async def main():
    store = open_store(Path(sys.argv[1]), key=bytes(range(32)))
    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(stream(store, name, int(sys.argv[2])))

asyncio.run(main())
"""


def run_until_killed(file, first, seconds):
    """What the process said was kept, before it was killed."""
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WRITER, str(file), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout is not None
        select.select([child.stdout], [], [], 100)
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        told = child.stdout.read()
    return told.decode().rpartition("\n")[0].splitlines()


@pytest.mark.timeout(600)
def test_a04_no_acknowledged_write_is_lost_in_twenty_kills(tmp_path):
    file = tmp_path / "store.db"
    with open_store(file, key=KEY, create=True) as store:
        store.create_run(Run("run-1", "agenda", "d1", NOW, "UTC", NOW), "")
        store.claim("run-1", owner="here:1:1", lease=timedelta(hours=1), now=NOW)
    weather = random.Random(20261102)
    kept = set()

    for round_number in range(20):
        told = run_until_killed(file, round_number * 100_000, weather.uniform(0.0, 0.15))
        assert told, "the process was killed before it wrote anything"
        kept |= set(told)
        with open_store(file, key=KEY, check=True) as store:
            ended = {step.path for step in store.steps("run-1") if step.state == "done"}
            with store.read() as connection:
                rows = connection.exec_driver_sql("SELECT digest FROM texts WHERE digest <> 'd1'")
                recorded = {row[0] for row in rows}
        assert kept <= ended
        assert recorded == {path for path in ended if int(path[1:]) % 7 == 0}


REKEY = """
import sys
from pathlib import Path
from dayhand.store import sqlite
print("on", flush=True)
sqlite.change_key(Path(sys.argv[1]), key=bytes(range(32)), new_key=bytes(range(1, 33)))
"""


def opens(file, key):
    try:
        with open_store(file, key=key, check=True) as store, store.read() as connection:
            return connection.exec_driver_sql("SELECT count(*) FROM texts").scalar()
    except StoreError:
        return None


@pytest.mark.soak
def test_a_change_of_key_that_is_killed_leaves_exactly_one_key_and_every_row(tmp_path):
    whole = tmp_path / "whole.db"
    with open_store(whole, key=KEY, create=True) as store:
        store.write_now(
            lambda connection: connection.exec_driver_sql(
                "INSERT INTO texts VALUES (?, '', ?)", [(str(n), "x" * 2000) for n in range(4000)]
            )
        )
    begin = time.monotonic()
    shutil.copy(whole, tmp_path / "timed.db")
    sqlite.change_key(tmp_path / "timed.db", key=KEY, new_key=bytes(range(1, 33)))
    length = time.monotonic() - begin
    outcomes: list[tuple[object, object]] = []
    number = 0

    # Later and later, until the change has outrun the kill: the machine may be slower than when timed.
    while (number < 20 or (None, 4000) not in outcomes) and number < 200:
        file = tmp_path / f"store{number}.db"
        shutil.copy(whole, file)
        command = [sys.executable, "-c", REKEY, str(file)]
        environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(length * number / 16)
            child.kill()
        outcomes.append((opens(file, KEY), opens(file, bytes(range(1, 33)))))
        sqlite.remove(file)
        number += 1

    assert set(outcomes) == {(4000, None), (None, 4000)}  # some cut short, some complete
