"""A14: the line to the database server is cut just after COMMIT was sent: what was kept is found out, not guessed.

A proxy stands between the store and a real PostgreSQL. When it is armed, it hands the next COMMIT on, waits
until the server has answered, and hangs up: the work is kept, and nobody was told.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests_support import postgres

from dayhand.errors import StoreError
from dayhand.model.run import Run, StepRecord
from dayhand.store import open_store

NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
ROUNDS = 20


class Proxy:
    """From a port of this machine to the server's socket."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.armed = False
        self.cut = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(self._server)
                last = threading.Event()
                for way in ((client, server, last, True), (server, client, last, False)):
                    threading.Thread(target=self._pass, args=way, daemon=True).start()

    def _pass(
        self, source: socket.socket, target: socket.socket, last: threading.Event, asks: bool
    ) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if not asks and last.is_set():
                    break  # the answer to COMMIT: it is kept, and the client never hears
                if asks and self.armed and b"COMMIT" in data:
                    self.armed = False
                    self.cut += 1
                    last.set()
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()  # the other way closes the other

    def close(self) -> None:
        self._listening.close()


@pytest.fixture(scope="module")
def proxied(tmp_path_factory) -> Iterator[tuple[Proxy, str]]:
    """A proxy, and the address of a database behind it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        running = postgres.start(tmp_path_factory.mktemp("postgres"))
    address = running.get_uri()
    open_store(address, key=None, create=True).close()
    parts = urlsplit(address)
    proxy = Proxy(str(Path(parse_qs(parts.query)["host"][0]) / ".s.PGSQL.5432"))
    yield proxy, f"postgresql://{parts.username}@127.0.0.1:{proxy.port}{parts.path}"
    proxy.close()
    running.cleanup()


def test_a14_a_commit_that_nobody_was_told_of_is_neither_lost_nor_repeated(proxied):
    proxy, address = proxied
    told = []
    with open_store(address, key=None) as store:
        store.create_run(Run("run-1", "r", "d1", NOW, "UTC", NOW), "")
        store.claim("run-1", owner="here:1:1", lease=timedelta(hours=1), now=NOW)

        def kept(path: str) -> bool:
            return any(one.path == path and one.state == "done" for one in store.steps("run-1"))

        def recorded(path: str):
            def work(connection):
                connection.exec_driver_sql(f"INSERT INTO texts VALUES ('{path}', '', '')")
                return None, StepRecord(path, "done"), None

            return store.record("run-1", 1, work)

        for number in range(ROUNDS):
            proxy.armed = True
            asyncio.run(store.checkpoint("run-1", 1, StepRecord(f"c{number}", "done")))
            proxy.armed = True
            path = f"r{number}"
            while not kept(path):  # as a run does that goes on: what is kept is not done again
                try:
                    asyncio.run(recorded(path))
                except StoreError as error:
                    told.append(error.message)
        with store.read() as connection:
            rows = connection.exec_driver_sql("SELECT digest FROM texts WHERE digest <> 'd1'")
            there = sorted(row[0] for row in rows)
        steps = [one.path for one in store.steps("run-1")]

    print(f"commits whose answer was cut off: {proxy.cut}, told {len(told)} times")
    assert proxy.cut == 2 * ROUNDS
    assert len(told) == ROUNDS
    assert set(told) == {"the connection to the database was lost"}
    assert there == sorted(f"r{number}" for number in range(ROUNDS))
    assert sorted(steps) == sorted([f"{kind}{n}" for kind in "cr" for n in range(ROUNDS)])
