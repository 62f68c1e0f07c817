"""The small process that looks out while the daemon has nothing to do: what ends it, and what it keeps up."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from dayhand.cli.logs import _JsonLines, _Lines
from dayhand.clock import SystemClock
from dayhand.daemon.lease import LEASE, Lease
from dayhand.daemon.supervisor import Supervisor
from dayhand.lookout import (
    NAP,
    PLACE,
    Lookout,
    let_go,
    line,
)
from dayhand.model.ledger import BEFORE_THE_EDIT, Planned
from dayhand.store.vigil import TROUBLE

OWNER = "here:1:2"
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


class Watch:
    """A lookout of a bench's practice, with a clock that is moved whenever it would sleep."""

    def __init__(self, bench, monkeypatch, **told):
        self.bench = bench
        self.folders, self.signals = os.pipe(), os.pipe()
        self.turns = 0
        self.lived = []
        self.acts = {}
        path, key = bench.app.store.file
        now = bench.clock.now()
        bench.app.store.write_now(lambda c: c)  # there is a log to read
        lease = Lease(bench.app, OWNER, lambda _: None)
        assert asyncio.run(lease.take())
        self.told = {
            "database": str(path), "key": key.hex(), "owner": OWNER, "epoch": lease.epoch,
            "until": (now + 10 * MINUTE).timestamp(), "seen": now.timestamp(), "status": "next at Mon 07:00",
            "mark": bench.app.store.mark(), **told,
        }  # fmt: skip
        monkeypatch.setattr("select.poll", lambda: self)

    # As select.poll is

    def register(self, descriptor, _):
        self.watched = [*getattr(self, "watched", []), descriptor]

    def poll(self, milliseconds):
        """Time passes; what was to happen in this turn happens."""
        watched, self.watched = self.watched, []
        self.turns += 1
        found = self.acts.get(self.turns, lambda: None)()
        self.bench.clock.move(timedelta(milliseconds=milliseconds))
        return [(one, 1) for one in watched if isinstance(found, list) and one in found]

    def look_out(self, **acts):
        self.acts = {int(name[1:]): act for name, act in acts.items()}
        made = Lookout(self.told, self.bench.clock, self.folders[0], self.signals[0])
        self.lookout = made
        return made.look_out()

    def lease(self):
        return self.bench.app.store.read_ledger(lambda ledger: ledger.lease("daemon"))


@pytest.fixture
def watch(bench, monkeypatch):
    made = []

    def make(**told):
        made.append(Watch(bench, monkeypatch, **told))
        return made[-1]

    yield make
    for one in made:
        for end in (*one.folders, *one.signals):
            os.close(end)


def test_it_lasts_until_something_is_due_and_keeps_the_place_all_the_time(watch, bench):
    looking = watch()
    begun, kept = bench.clock.now(), []

    def see():
        kept.append(looking.lease().until - bench.clock.now())

    why = looking.look_out(**{f"t{n}": see for n in range(1, 200)})

    assert why == "due"
    assert 10 * MINUTE <= bench.clock.now() - begun < 10 * MINUTE + SECOND
    assert looking.turns == 10 * MINUTE / NAP
    assert min(kept) > PLACE / 2 - NAP
    assert max(kept) == PLACE == LEASE
    assert len(set(kept)) == 3  # the place is written each 15 seconds, not each five
    assert looking.lease().epoch == 1


def test_it_lets_go_of_the_database_when_it_ends(watch):
    looking = watch()
    looking.look_out()

    with pytest.raises(TROUBLE, match="closed"):
        looking.lookout._vigil.mark()


@pytest.mark.parametrize("end", ["folders", "signals"])
def test_a_file_that_changes_or_a_signal_ends_it_at_once(watch, end):
    looking = watch()

    why = looking.look_out(t3=lambda: [getattr(looking, end)[0]])

    assert why == {"folders": "files", "signals": "signal"}[end]
    assert looking.turns == 3


@pytest.mark.parametrize(
    "write",
    [
        lambda app: app.note("tried"),
        lambda app: app.store.write_now(
            lambda c: c.exec_driver_sql("INSERT INTO told VALUES ('x', 'y')")
        ),
    ],
    ids=["audited", "anything"],
)
def test_what_another_process_writes_ends_it(watch, bench, write):
    looking = watch()
    other = bench.fresh()

    assert looking.look_out(t2=lambda: write(other)) == "written"
    assert looking.turns == 2


def plan_again(app, now):
    """As 'dayhand resume-schedule --run-new-slot' does."""
    since = now - timedelta(days=1)
    assert app.store.write_ledger_now(lambda ledger: ledger.reinstate("r", since))


@pytest.mark.parametrize(
    "write", [lambda app, _: app.note("answered"), plan_again], ids=["audited", "planned again"]
)
def test_what_was_written_between_the_daemons_last_look_and_its_first_ends_it(watch, bench, write):
    now = bench.clock.now()
    row = Planned("r/1", "r", "cron", now + 5 * MINUTE, "", "UTC", "", "")
    bench.app.store.write_ledger_now(lambda ledger: ledger.plan([row], now))
    bench.app.store.write_ledger_now(
        lambda ledger: ledger.decide("r/1", "superseded", f"it ran {BEFORE_THE_EDIT}", now)
    )
    looking = watch()
    write(bench.app, now)

    assert looking.look_out() == "written"
    assert looking.turns == 0


def test_what_the_daemon_itself_writes_last_is_no_change(watch, bench):
    looking = watch()
    bench.app.store.write_now(
        lambda c: c.exec_driver_sql("UPDATE leases SET until = '2099-01-01T00:00:00.000000+00:00'")
    )

    assert looking.look_out() == "due"


def test_a_sleep_of_the_machine_and_a_clock_set_forwards_end_it(watch, bench):
    looking = watch()

    def sleep():
        bench.clock._now += 3 * MINUTE  # and not the clock that stops in sleep

    assert looking.look_out(t2=sleep) == "slept"
    assert looking.turns == 2


def test_a_clock_set_back_ends_it_and_what_was_seen_is_handed_back(watch, bench):
    looking = watch()
    begun = bench.clock.now()

    assert looking.look_out(t4=lambda: bench.clock.move(-2 * MINUTE)) == "clock"
    assert looking.lookout.seen == pytest.approx((begun + 3 * NAP).timestamp(), abs=0.01)


def test_it_ends_when_another_process_has_the_place(watch, bench):
    looking = watch()

    def take():
        bench.app.store.write_now(
            lambda c: c.exec_driver_sql("UPDATE leases SET owner = 'there:3:4', epoch = 2")
        )

    looking.told["until"] += 1  # not due before
    assert looking.look_out(t1=take) in ("written", "place")
    assert looking.lease().owner == "there:3:4"


def test_a_file_that_is_replaced_by_another_ends_it(watch, bench):
    looking = watch()
    path, _ = bench.app.store.file

    def replace():
        copy = path.with_name("copy")
        copy.write_bytes(path.read_bytes())
        copy.replace(path)

    assert looking.look_out(t2=replace) in ("written", "trouble")
    assert looking.turns == 2


@pytest.mark.parametrize("wrong", [{"key": "00" * 32}, {"database": "/nowhere/dayhand.db"}])
def test_a_database_that_does_not_open_is_trouble(watch, wrong):
    looking = watch(**wrong)

    assert looking.look_out() == "trouble"
    assert looking.turns == 0


def test_after_trouble_it_waits_and_leaves_the_database_alone(watch, bench):
    looking = watch(trouble="the disk is full", database="/nowhere/dayhand.db")
    looking.told["until"] = (bench.clock.now() + 30 * SECOND).timestamp()

    assert looking.look_out() == "due"
    assert looking.turns == 1


def test_systemd_hears_of_it_each_time(watch, monkeypatch, tmp_path):
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        channel.settimeout(60)
        looking = watch()
        looking.look_out(t3=lambda: [looking.signals[0]])
        heard = [channel.recv(4096) for _ in range(3)]

    assert heard == [b"WATCHDOG=1\nSTATUS=next at Mon 07:00"] * 3


def test_the_place_is_given_up_at_once(watch, bench):
    looking = watch()

    let_go(looking.told, bench.clock.now())

    assert looking.lease().until == bench.clock.now()


@pytest.mark.parametrize("level", ["info", "warning"])
def test_its_lines_are_those_of_the_daemons_log(level):
    record = logging.LogRecord(
        "dayhand.daemon", getattr(logging, level.upper()), "", 0, "stopped", None, None
    )
    record.created = 1_790_000_000.25
    moment = datetime.fromtimestamp(record.created, UTC)

    assert line("text", moment, "stopped", level) == _Lines().format(record)
    assert line("json", moment, "stopped", level) == _JsonLines().format(record)


def test_begun_by_hand_it_says_what_it_is():
    done = subprocess.run(
        [sys.executable, "-m", "dayhand.lookout"], capture_output=True, text=True, timeout=100
    )

    assert done.returncode == 1
    assert done.stderr == (
        "the lookout is begun by 'dayhand daemon', when that has nothing to do\n"
    )


def test_it_imports_next_to_nothing():
    code = "import sys, dayhand.lookout; print(*sys.modules, sep='\\n')"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=100
    ).stdout.split()

    large = {"asyncio", "click", "dataclasses", "logging", "pydantic", "sqlalchemy", "yaml", "ssl"}
    assert large.isdisjoint(loaded)
    ours = {name for name in loaded if name.startswith("dayhand.")}
    assert ours == {
        "dayhand.clock", "dayhand.daemon", "dayhand.daemon.handover", "dayhand.daemon.pulse",
        "dayhand.daemon.supervisor", "dayhand.lookout", "dayhand.store", "dayhand.store.file_connection",
        "dayhand.store.moments", "dayhand.store.vigil",
    }  # fmt: skip


def test_a_systemd_that_does_not_read_holds_nothing_up(tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        told = Supervisor({"NOTIFY_SOCKET": address}, SystemClock())
        for turn in range(1000):  # more than it keeps for who does not read
            told.alive(f"turn {turn}")
        first = channel.recv(4096)
        told.alive("read again")
        channel.setblocking(False)
        heard = []
        while not heard or not heard[-1].endswith(b"read again"):
            heard.append(channel.recv(4096))

    assert first == b"WATCHDOG=1\nSTATUS=turn 0"
    assert told.turns == 1001
