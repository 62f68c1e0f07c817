"""A daemon that has grown, or is asked to, begins anew in its own place, and nothing is cut off."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests_support.daemons import EVER
from tests_support.fleet import wait_for

from dayhand.daemon.renewal import SOONEST, Renewal, resident

ROUTINE = """\
routine: second
triggers:
  - every: 1 second
    if_missed: run_all
    overlap: queue_all
steps:
  - uses: value.set
    with: {x: 1}
"""
HOUR = SOONEST.total_seconds()


class FakeDaemon:
    """As much of a daemon as is looked at."""

    def __init__(self):
        self.seconds = 0.0
        self.app = SimpleNamespace(clock=SimpleNamespace(monotonic=lambda: self.seconds))
        self.supervisor = SimpleNamespace(farewell="STOPPING=1")
        self.busy = 0
        self.stopped = asyncio.Event()

    def stop(self):
        self.stopped.set()


class Watched:
    """A renewal of a fake daemon, with a memory one sets."""

    def __init__(self, above=100, **more):
        self.daemon = FakeDaemon()
        self.memory = 50_000_000
        self.looks = 0
        self.told = []
        self.renewal = Renewal(
            self.daemon, above, self.told.append, memory=self._look, every=SOONEST / 1e6, **more
        )

    def _look(self):
        self.looks += 1
        return self.memory

    async def until_looked(self, times=3):
        begun = self.looks
        async with asyncio.timeout(100):
            while self.looks < begun + times and not self.daemon.stopped.is_set():
                await asyncio.sleep(0)

    def live(self, *acts):
        """Live through acts, each followed by some looks; whether it stopped after each."""

        async def lived():
            found = []
            task = asyncio.ensure_future(self.renewal.live())
            for act in acts:
                act(self)
                await self.until_looked()
                found.append(self.daemon.stopped.is_set())
            task.cancel()
            return found

        return asyncio.run(lived())


def set_to(**values):
    def act(watched):
        for name, value in values.items():
            setattr(watched if name == "memory" else watched.daemon, name, value)

    return act


def test_one_that_has_grown_begins_anew_once_no_run_goes_on():
    watched = Watched()

    stopped = watched.live(
        set_to(seconds=HOUR + 1), set_to(memory=100_000_001, busy=1), set_to(busy=0)
    )

    assert stopped == [False, False, True]
    assert watched.renewal.is_due
    assert watched.told == ["beginning anew: it uses 100 MB, more than 100"]
    assert re.fullmatch(r"RELOADING=1\nMONOTONIC_USEC=\d+", watched.daemon.supervisor.farewell)


def test_one_that_is_told_to_stop_stops_though_it_was_asked_to_begin_anew_before():
    watched = Watched()
    watched.daemon.busy = 1
    watched.renewal.ask()
    watched.renewal.stop()
    watched.daemon.busy = 0

    asyncio.run(watched.renewal.live())

    assert watched.daemon.stopped.is_set()
    assert not watched.renewal.is_due
    assert watched.told == ["asked to begin anew: as soon as no run goes on"]


def test_one_that_is_large_from_the_beginning_does_not_begin_for_ever():
    assert Watched().live(set_to(memory=900_000_000), set_to(seconds=HOUR - 1)) == [False, False]


@pytest.mark.parametrize("watched", [Watched(0), Watched(hindrance="why")], ids=["0", "hindered"])
def test_one_that_may_not_stays_as_large_as_it_is(watched):
    watched.memory = 900_000_000
    watched.daemon.seconds = 9 * HOUR

    async def lived():
        task = asyncio.ensure_future(watched.renewal.live())
        await watched.until_looked()
        task.cancel()

    asyncio.run(lived())
    assert not watched.daemon.stopped.is_set()


def test_one_that_cannot_says_why_when_asked():
    watched = Watched(hindrance="the passphrase was handed over once")

    watched.renewal.ask()

    assert watched.told == [
        "asked to begin anew, which it cannot: the passphrase was handed over once"
    ]
    assert not watched.renewal.is_due


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells it")
def test_the_memory_is_what_the_kernel_says():
    kept = bytearray(64_000_000)
    assert 64_000_000 < resident() < 4_000_000_000
    del kept


def test_a_daemon_that_is_asked_begins_anew_with_its_number_and_loses_nothing(
    bench, fleet, tmp_path
):
    (bench.folder / "routines" / "second.yaml").write_text(ROUTINE)
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        channel.settimeout(100)
        process = fleet.start(NOTIFY_SOCKET=address)
        told = [channel.recv(4096)]
        wait_for(lambda: done(bench) > 2, 30, "the first runs")
        process.send_signal(signal.SIGUSR2)
        while not told[-1].startswith(b"RELOADING=1\nMONOTONIC_USEC="):
            told.append(channel.recv(4096))
        while not told[-1].startswith(b"READY=1"):
            told.append(channel.recv(4096))
        before = done(bench)
        wait_for(lambda: done(bench) > before + 2, 30, "runs of the new one")
        process.terminate()
        assert process.wait(100) == 0

    assert not any(one.startswith(b"STOPPING") for one in told)
    logs = fleet.logs()
    assert "asked to begin anew: as soon as no run goes on" in logs
    assert "beginning anew: it was asked to" in logs
    assert logs.count("this process runs the practice now") == 2
    assert "Traceback" not in logs
    rows = [row for row in all_rows(bench) if row.run_id]
    assert set(Counter(row.run_id for row in rows).values()) == {1}
    first, last = rows[0].due, rows[-1].due
    assert len(rows) == int((last - first).total_seconds()) + 1  # each second has its run


def all_rows(bench):
    found = bench.app.store.read_ledger(lambda ledger: ledger.between(*EVER))
    return sorted(found, key=lambda row: row.due)


def done(bench):
    return sum(run.state == "done" for run in bench.app.store.runs(limit=1_000))
