"""Two real daemons on one practice, killed at random: every occurrence has exactly one run."""

from __future__ import annotations

import random
import signal
import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests_support.daemons import EVER
from tests_support.fleet import wait_for

from dayhand.model.ledger import CLOSED

ROUTINE = """\
routine: {name}
triggers:
  - every: 1 second
    if_missed: run_all
    overlap: queue_all
steps:
  - uses: value.set
    with: {{x: 1}}
  - uses: value.set
    with: {{y: 2}}
"""


def decided(bench):
    """How many occurrences have become runs, and when the latest did."""
    rows = bench.app.store.read_ledger(lambda ledger: ledger.between(*EVER))
    times = [row.decided_at for row in rows if row.run_id and row.decided_at]
    return len(times), max(times, default=None)


def soak(bench, fleet, *, seconds, pause, capsys, seed=1):
    chance = random.Random(seed)
    names = [f"second-{n}" for n in range(5)]
    for name in names:
        (bench.folder / "routines" / f"{name}.yaml").write_text(ROUTINE.format(name=name))
    daemons = [fleet.start(), fleet.start()]
    wait_for(lambda: decided(bench)[0] > 5, 30, "the first runs")
    end, kills, takeovers = time.monotonic() + seconds, 0, []
    while time.monotonic() < end:
        time.sleep(chance.uniform(*pause))
        victim = chance.randrange(2)
        before = lease(bench)
        daemons[victim].send_signal(signal.SIGKILL)
        daemons[victim].wait()
        kills += 1
        killed = time.monotonic()
        if f":{daemons[victim].pid}:" in before:
            assert daemons[1 - victim].poll() is None, fleet.logs()
            wait_for(lambda old=before: lease(bench) != old, 40, "a takeover")
            takeovers.append(time.monotonic() - killed)
        daemons[victim] = fleet.start()
    wait_for(lambda: caught_up(bench) and going(bench) <= len(names), 60, "catching up")
    fleet.stop()
    check(bench, names, kills, takeovers, capsys, fleet)


def lease(bench):
    held = bench.app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
    return held.owner if held else ""


def caught_up(bench):
    now = datetime.now(UTC) - timedelta(seconds=3)
    rows = bench.app.store.read_ledger(lambda ledger: ledger.between(EVER[0], now))
    return all(row.run_id for row in rows)


def going(bench):
    """How many runs have not ended."""
    return sum(len(bench.app.store.runs(state=one, limit=1000)) for one in ("queued", "running"))


def check(bench, names, kills, takeovers, capsys, fleet):
    store = bench.app.store
    rows = store.read_ledger(lambda ledger: ledger.between(*EVER))
    for name in names:
        mine = [row for row in rows if row.planned.routine == name]
        ran = [row for row in mine if row.run_id]
        first, last = ran[0].due, ran[-1].due
        wanted = int((last - first) / timedelta(seconds=1)) + 1
        inside = [row for row in mine if first <= row.due <= last]
        assert len(ran) == len(inside) == wanted, (name, len(ran), len(inside), wanted)
        assert len({row.run_id for row in ran}) == len(ran)
    runs = store.runs(limit=1_000_000)
    assert Counter(run.id for run in runs) == Counter(row.run_id for row in rows if row.run_id)
    states = Counter(run.state for run in runs)
    assert set(states) <= {"done", "queued", "running"}
    assert states["queued"] + states["running"] <= len(names) * 2
    assert sum(row.state not in CLOSED for row in rows if row.run_id) <= len(names) * 3
    assert "bug" not in fleet.logs()
    assert "Traceback" not in fleet.logs()
    with capsys.disabled():
        took = (
            f"takeover {max(takeovers):.2f} s at most of {len(takeovers)}"
            if takeovers
            else "no takeover"
        )
        print(f"\n  {len(runs)} occurrences, each one run, over {kills} kills; {took}")


def test_a03_two_daemons_killed_at_random_lose_nothing(bench, fleet, capsys):
    soak(bench, fleet, seconds=8, pause=(2, 3), capsys=capsys)


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_a03_two_daemons_killed_at_random_lose_nothing_in_minutes(bench, fleet, capsys):
    soak(bench, fleet, seconds=150, pause=(1, 6), capsys=capsys, seed=7)


def test_a_term_signal_ends_it_in_time_and_lets_go_of_the_lease(bench, fleet):
    (bench.folder / "routines" / "a.yaml").write_text(ROUTINE.format(name="a"))
    process = fleet.start()
    wait_for(lambda: decided(bench)[0] > 0, 30, "a run")
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)

    assert process.wait(100) == 0
    assert time.monotonic() - begun < 60  # as long as the service manager waits
    held = bench.app.store.read_ledger(lambda ledger: ledger.lease("daemon"))
    assert held.until <= datetime.now(UTC)
    assert "stopped" in fleet.logs()


def test_systemd_is_told_ready_alive_and_stopping(bench, fleet, tmp_path):
    (bench.folder / "routines" / "a.yaml").write_text(ROUTINE.format(name="a"))
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        channel.settimeout(100)
        process = fleet.start(NOTIFY_SOCKET=address)
        ready, alive = channel.recv(4096), channel.recv(4096)
        process.send_signal(signal.SIGTERM)
        last = alive
        while not last.startswith(b"STOPPING"):
            last = channel.recv(4096)
        process.wait(100)

    assert ready.startswith(b"READY=1\nSTATUS=")
    assert alive.startswith(b"WATCHDOG=1\nSTATUS=")
    assert last == b"STOPPING=1"
