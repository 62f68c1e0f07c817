"""A13: PostgreSQL is killed and begun again, over and over, while runs go on: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import threading
import time
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests_support import postgres
from tests_support.server_faults import kill

from dayhand.errors import DayhandError
from dayhand.model.run import Run, StepRecord
from dayhand.store import open_store

SECONDS = float(os.environ.get("DAYHAND_POSTGRES_SECONDS", "45"))
"""How long the server is killed for; a night is 28800."""
NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
LEASE = timedelta(days=2)
LEAST = 3
"""Kills there have to be; where the server takes long to begin again, there is more time for them."""
LONGER = 240.0


@pytest.fixture
def server():
    # not pytest's own folder: another session closes it to the user the server runs as
    with tempfile.TemporaryDirectory(prefix="dayhand-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # platformdirs: XDG_RUNTIME_DIR is not set in a container
            running = postgres.start(Path(folder))
        yield running
        running.cleanup()


class Monkey(threading.Thread):
    """Kills and begins the server until told to stop."""

    def __init__(self, server, seed: int) -> None:
        super().__init__()
        self.server, self.chance = server, random.Random(seed)
        self.over = threading.Event()
        self.kills = 0

    def run(self) -> None:
        while not self.over.wait(self.chance.uniform(0.5, 4)):
            kill(self.server)
            self.kills += 1
            self.over.wait(self.chance.uniform(0, 1.5))
            self.server.ensure_postgres_running()


def worked(address: str, monkey: Monkey) -> tuple[list[str], int]:
    """Steps are recorded one after the other, as a run does that goes on after each failure."""
    told, troubles, number = [], 0, 0
    until = time.monotonic() + SECONDS
    with open_store(address, key=None) as store:
        while (now := time.monotonic()) < until or (
            monkey.kills < LEAST and monkey.is_alive() and now < until + LONGER
        ):
            path = f"r{number}"

            def work(connection, path=path):
                connection.exec_driver_sql(f"INSERT INTO texts VALUES ('{path}', '', '')")
                return None, StepRecord(path, "done"), None

            try:
                if not any(one.path == path for one in store.steps("run-1")):
                    asyncio.run(store.record("run-1", 1, work))
                told.append(path)
                number += 1
            except DayhandError:
                troubles += 1
    return told, troubles


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + LONGER + 300)
def test_a13_a_server_killed_again_and_again_loses_nothing_and_doubles_nothing(server):
    address = server.get_uri()
    with open_store(address, key=None, create=True) as store:
        store.create_run(Run("run-1", "r", "d1", NOW, "UTC", NOW), "")
        store.claim("run-1", owner="here:1:1", lease=LEASE, now=NOW)
    monkey = Monkey(server, seed=1)
    monkey.start()
    try:
        told, troubles = worked(address, monkey)
    finally:
        monkey.over.set()
        monkey.join()
    server.ensure_postgres_running()

    with open_store(address, key=None) as store:
        steps = sorted(one.path for one in store.steps("run-1"))
        with store.read() as connection:
            rows = connection.exec_driver_sql("SELECT digest FROM texts WHERE digest <> 'd1'")
            there = sorted(row[0] for row in rows)
    print(
        f"PostgreSQL killed {monkey.kills} times in {SECONDS:.0f} s: {len(told)} steps acknowledged,"
        f" {troubles} failures told, {len(set(told) - set(there))} lost,"
        f" {len(there) - len(set(there))} doubled"
    )
    assert monkey.kills >= LEAST
    assert set(told) <= set(there)
    assert there == steps
    assert len(there) - len(told) <= 1  # the last may be kept and not told any more
