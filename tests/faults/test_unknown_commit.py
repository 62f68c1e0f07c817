"""A14: the line to the database server is cut just after COMMIT was sent: what was kept is found out, not guessed.

A proxy stands between the store and a real PostgreSQL. When it is armed, it hands the next COMMIT on, waits
until the server has answered, and hangs up: the work is kept, and nobody was told.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from tests_support import postgres
from tests_support.server_faults import Proxy, socket_of

from dayhand.errors import StoreError
from dayhand.model.run import Run, StepRecord
from dayhand.store import open_store

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)


class Cutter:
    """Cuts the line after a COMMIT that it was armed for, and counts."""

    armed = False
    cut = 0

    def order(self) -> str:
        if not self.armed:
            return ""
        self.armed = False
        self.cut += 1
        return "after"


@pytest.fixture(scope="module")
def proxied(tmp_path_factory) -> Iterator[tuple[Cutter, str]]:
    """What cuts the line, and the address of a database behind it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        running = postgres.start(tmp_path_factory.mktemp("postgres"))
    address = running.get_uri()
    open_store(address, key=None, create=True).close()
    parts = urlsplit(address)
    cutter = Cutter()
    proxy = Proxy(socket_of(address), cutter.order)
    yield cutter, f"postgresql://{parts.username}@127.0.0.1:{proxy.port}{parts.path}"
    proxy.close()
    running.cleanup()


@pytest.mark.parametrize("rounds", [20, pytest.param(100, marks=pytest.mark.soak)])
def test_a14_a_commit_that_nobody_was_told_of_is_neither_lost_nor_repeated(proxied, rounds):
    cutter, address = proxied
    told, run_id, before = [], f"run-{rounds}", cutter.cut
    with open_store(address, key=None) as store:
        store.create_run(Run(run_id, "r", "d1", NOW, "UTC", NOW), "")
        store.claim(run_id, owner="here:1:1", lease=timedelta(hours=1), now=NOW)

        def kept(path: str) -> bool:
            return any(one.path == path and one.state == "done" for one in store.steps(run_id))

        def recorded(path: str):
            def work(connection):
                connection.exec_driver_sql(f"INSERT INTO texts VALUES ('{path}', '', '')")
                return None, StepRecord(path, "done"), None

            return store.record(run_id, 1, work)

        for number in range(rounds):
            cutter.armed = True
            asyncio.run(store.checkpoint(run_id, 1, StepRecord(f"c{number}-{rounds}", "done")))
            cutter.armed = True
            path = f"r{number}-{rounds}"
            while not kept(path):  # as a run does that goes on: what is kept is not done again
                try:
                    asyncio.run(recorded(path))
                except StoreError as error:
                    told.append(error.message)
        with store.read() as connection:
            rows = connection.exec_driver_sql(
                f"SELECT digest FROM texts WHERE digest LIKE 'r%%-{rounds}'"
            )
            there = sorted(row[0] for row in rows)
        steps = [one.path for one in store.steps(run_id)]

    print(f"commits whose answer was cut off: {cutter.cut - before}, told {len(told)} times")
    assert cutter.cut - before == 2 * rounds
    assert len(told) == rounds
    assert set(told) == {"the connection to the database was lost"}
    assert there == sorted(f"r{number}-{rounds}" for number in range(rounds))
    assert sorted(steps) == sorted([f"{kind}{n}-{rounds}" for kind in "cr" for n in range(rounds)])
