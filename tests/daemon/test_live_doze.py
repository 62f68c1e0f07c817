"""A real daemon that leaves a lookout, and is back for whatever there is to do: one process, and nothing lost."""

from __future__ import annotations

import os
import random
import signal
import socket
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from tests_support.daemons import EVER
from tests_support.fleet import wait_for

from dayhand.daemon.handover import SIGNALS, VARIABLE
from dayhand.model.ledger import Pause

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux alone")

EVERY = """\
routine: {name}
triggers:
  - every: {every}
    if_missed: run_all
    overlap: queue_all
steps:
  - uses: value.set
    with: {{x: 1}}
"""


class Dozer:
    """One daemon that dozes for two seconds or more, and what the kernel says of it."""

    def __init__(self, bench, fleet, **more):
        self.bench, self.fleet = bench, fleet
        self.process = fleet.start(TEST_DOZE="2", **more)

    @property
    def about(self):
        return Path(f"/proc/{self.process.pid}")

    @property
    def is_lookout(self):
        return b"dayhand.lookout" in (self.about / "cmdline").read_bytes()

    def memory(self):
        """What is resident, in MB."""
        pages = int((self.about / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    def until_it_dozes(self):
        wait_for(lambda: self.is_lookout, 60, "the lookout")

    def until_it_is_back(self):
        wait_for(lambda: not self.is_lookout, 60, "the daemon")

    def started(self):
        """When the kernel began the process."""
        return (self.about / "stat").read_text().rpartition(")")[2].split()[19]

    def lease(self):
        return self.bench.app.store.read_ledger(lambda ledger: ledger.lease("daemon"))


@pytest.fixture
def dozer(bench, fleet):
    return lambda **more: Dozer(bench, fleet, **more)


def write(bench, name, text):
    (bench.folder / "routines" / f"{name}.yaml").write_text(text)


def ran(bench, routine):
    rows = bench.app.store.read_ledger(lambda ledger: ledger.between(*EVER, routine=routine))
    return sorted((row for row in rows if row.run_id), key=lambda row: row.due)


def all_is_well(fleet):
    logs = fleet.logs()
    assert "Traceback" not in logs
    assert " error " not in logs
    return logs


def test_it_becomes_small_and_is_back_in_time_as_the_same_process(bench, dozer):
    write(bench, "often", EVERY.format(name="often", every="15 seconds"))
    one = dozer()
    wait_for(lambda: "runs the practice now" in one.fleet.logs(), 60, "the start")
    large, began = one.memory(), one.started()
    one.until_it_dozes()
    small = one.memory()
    assert str(bench.folder).encode() in (one.about / "cmdline").read_bytes()  # for `ps`
    wait_for(lambda: len(ran(bench, "often")) > 2, 100, "three runs")
    one.until_it_dozes()
    assert one.started() == began
    one.fleet.stop()

    assert one.process.returncode == 0
    assert small < 30 < large
    rows = ran(bench, "often")
    late = [bench.app.store.run(row.run_id).created_at - row.due for row in rows]
    assert max(late) < timedelta(seconds=60)  # it is back before, however slow the machine
    gaps = {later.due - row.due for row, later in pairwise(rows)}
    assert gaps == {timedelta(seconds=15)}
    assert one.lease().epoch == 1
    logs = all_is_well(one.fleet)
    for once in ("watching", "runs the practice now", "stopped"):
        assert logs.count(once) == 1


def remark(file):
    file.write_text(file.read_text() + "# a remark\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda bench: write(bench, "soon", EVERY.format(name="soon", every="1 second")),
        lambda bench: bench.app.store.write_ledger_now(
            lambda ledger: ledger.pause(Pause("x", datetime.now(UTC)))
        ),
        lambda bench: bench.app.note("tried"),
        lambda bench: (bench.folder / "inbox" / "post.csv").write_text("a\n1\n"),
        lambda bench: remark(bench.folder / "practice.yaml"),
    ],
    ids=["a routine", "a pause", "the audit log", "a file", "the settings"],
)
def test_whatever_changes_brings_it_back(bench, dozer, change):
    one = dozer()
    one.until_it_dozes()
    change(bench)
    one.until_it_is_back()
    one.fleet.stop()

    assert one.process.returncode == 0
    all_is_well(one.fleet)


def test_a_new_routine_runs_though_it_dozed_when_its_file_came(bench, dozer):
    one = dozer()
    one.until_it_dozes()
    write(bench, "soon", EVERY.format(name="soon", every="1 second"))
    wait_for(lambda: len(ran(bench, "soon")) > 1, 60, "its runs")
    one.fleet.stop()

    assert one.process.returncode == 0
    all_is_well(one.fleet)


def test_told_to_stop_while_it_dozes_it_stops_and_gives_its_place_up(bench, dozer):
    one = dozer()
    one.until_it_dozes()
    one.process.terminate()

    assert one.process.wait(100) == 0
    assert one.lease().until <= datetime.now(UTC)
    logs = all_is_well(one.fleet)
    assert logs.rstrip().endswith("Z info    stopped")


def test_signals_in_quick_succession_neither_kill_it_nor_get_lost(bench, dozer):
    one = dozer()
    for pause in (0, 0.05, 0.2, 0.5):  # whichever of the two it is by then
        one.until_it_dozes()
        one.process.send_signal(signal.SIGUSR2)
        time.sleep(pause)
        one.process.send_signal(signal.SIGUSR2)
        one.until_it_is_back()
    one.until_it_dozes()
    one.process.send_signal(signal.SIGUSR2)
    one.process.send_signal(signal.SIGTERM)

    assert one.process.wait(100) == 0
    all_is_well(one.fleet)


def blocked(about):
    status = dict(line.split(":\t", 1) for line in (about / "status").read_text().splitlines())
    mask = int(status["SigBlk"], 16)
    return {number for number in SIGNALS if mask >> (number - 1) & 1}


def test_no_signal_is_held_for_longer_than_it_takes_to_change(bench, dozer):
    one = dozer()
    one.until_it_dozes()
    wait_for(lambda: not blocked(one.about), 30, "signals of the lookout")
    bench.app.note("tried")
    one.until_it_is_back()
    wait_for(lambda: not blocked(one.about), 30, "signals of the daemon")
    one.process.send_signal(signal.SIGINT)

    assert one.process.wait(100) == 0
    all_is_well(one.fleet)


def test_systemd_hears_of_it_without_a_break_and_of_no_stop(bench, fleet, tmp_path):
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(address)
        channel.settimeout(60)
        one = Dozer(bench, fleet, NOTIFY_SOCKET=address)
        told = [channel.recv(4096)]
        while not one.is_lookout:
            told.append(channel.recv(4096))
        told += [channel.recv(4096) for _ in range(3)]
        bench.app.note("tried")
        one.until_it_is_back()
        told.append(channel.recv(4096))
        one.until_it_dozes()
        one.process.terminate()
        assert one.process.wait(100) == 0
        channel.setblocking(False)
        while not told[-1].startswith(b"STOPPING"):
            told.append(channel.recv(4096))

    assert told[0].startswith(b"READY=1")
    assert all(one.startswith((b"READY=1", b"WATCHDOG=1")) for one in told[:-1])
    assert told[-1] == b"STOPPING=1"


def test_k06_the_key_handed_to_the_lookout_is_nowhere_to_be_seen(bench, dozer):
    _, key = bench.app.store.file
    one = dozer()
    for wait in (one.until_it_dozes, lambda: bench.app.note("tried") or one.until_it_is_back()):
        wait()
        wait_for(lambda: not blocked(one.about), 30, "the change")
        for place in ("environ", "cmdline"):
            content = (one.about / place).read_bytes()
            assert key.hex().encode() not in content
            assert key not in content
        open_files = [file.readlink() for file in (one.about / "fd").iterdir()]
        assert not [file for file in open_files if "memfd" in str(file)]
    assert VARIABLE not in os.environ


def test_a_second_daemon_stands_by_beside_a_lookout_and_takes_over_when_it_is_killed(
    bench, fleet, dozer
):
    one = dozer()
    one.until_it_dozes()
    fleet.start()
    wait_for(lambda: "standing by" in fleet.logs(), 60, "the second one")
    time.sleep(3)
    assert one.is_lookout
    assert "takeover 2" not in fleet.logs()
    one.process.kill()
    one.process.wait()
    wait_for(lambda: "takeover 2" in fleet.logs(), 60, "the takeover")


def test_settings_with_mistakes_do_not_end_it(bench, dozer):
    write(bench, "often", EVERY.format(name="often", every="15 seconds"))
    one = dozer()
    one.until_it_dozes()
    path = bench.folder / "practice.yaml"
    text = path.read_text()
    path.write_text(text + "nonsense: [\n")
    wait_for(lambda: "the last good one stays" in one.fleet.logs(), 60, "a word about it")
    before = len(ran(bench, "often"))
    wait_for(lambda: len(ran(bench, "often")) > before, 60, "a run by the last good one")
    path.write_text(text)
    one.until_it_dozes()
    one.fleet.stop()

    assert one.process.returncode == 0


def test_a_key_that_is_gone_for_a_while_is_told_once_and_nothing_is_lost(bench, dozer):
    write(bench, "often", EVERY.format(name="often", every="15 seconds"))
    one = dozer()
    wait_for(lambda: ran(bench, "often"), 60, "a run")
    one.until_it_dozes()
    (file,) = [f for f in bench.home.rglob("*.key") if "private" not in f.name]
    file.rename(file.with_suffix(".away"))
    wait_for(lambda: "; trying again" in one.fleet.logs(), 60, "a word about it")
    time.sleep(5)
    file.with_suffix(".away").rename(file)
    wait_for(lambda: "all is well again" in one.fleet.logs(), 60, "the key")
    before = len(ran(bench, "often"))
    wait_for(lambda: len(ran(bench, "often")) > before, 60, "a run")
    one.fleet.stop()

    assert one.process.returncode == 0
    logs = one.fleet.logs()
    assert logs.count("; trying again") == 1
    assert "Traceback" not in logs
    gaps = {later.due - row.due for row, later in pairwise(ran(bench, "often"))}
    assert gaps == {timedelta(seconds=15)}


def test_a_key_that_was_moved_with_the_settings_that_name_it_is_found(bench, dozer):
    one = dozer()
    one.until_it_dozes()
    (file,) = [f for f in bench.home.rglob("*.key") if "private" not in f.name]
    moved, path = bench.home / "moved.key", bench.folder / "practice.yaml"
    file.rename(moved)
    path.write_text(f"{path.read_text()}\nstorage:\n  key: {{file: {moved}}}\n")
    one.until_it_is_back()
    one.until_it_dozes()
    one.fleet.stop()

    assert one.process.returncode == 0
    all_is_well(one.fleet)


def test_a_laptop_that_has_another_name_by_now_has_the_same_daemon(bench, dozer):
    host = bench.home / "hostname"
    host.write_text("laptop")
    one = dozer(TEST_HOST=str(host))
    one.until_it_dozes()
    host.write_text("laptop.office")
    bench.app.note("tried")
    one.until_it_is_back()
    one.until_it_dozes()
    one.fleet.stop()

    assert one.process.returncode == 0
    assert one.lease().epoch == 1
    assert all_is_well(one.fleet).count("watching") == 1


def test_it_can_be_told_to_stay(bench, fleet):
    process = fleet.start("--no-doze", TEST_DOZE="2")
    wait_for(lambda: "runs the practice now" in fleet.logs(), 60, "the start")
    end = time.monotonic() + 8
    while time.monotonic() < end:
        assert b"lookout" not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        time.sleep(0.1)


@pytest.mark.soak
def test_killed_at_random_while_it_dozes_and_comes_back_it_loses_nothing(bench, fleet, capsys):
    """A routine of every fifteen seconds, so that it dozes between; who is killed is begun anew."""
    write(bench, "often", EVERY.format(name="often", every="15 seconds"))
    chance, killed = random.Random(7), Counter()
    one = Dozer(bench, fleet)
    for turn in range(40):
        if turn % 2:
            one.until_it_dozes()
        time.sleep(chance.uniform(0, 1 if turn % 2 else 8))
        killed["a lookout" if one.is_lookout else "a daemon"] += 1
        one.process.kill()
        one.process.wait()
        one = Dozer(bench, fleet)
    wait_for(lambda: len(ran(bench, "often")) > 2, 100, "the last runs")
    wait_for(lambda: not late(bench), 100, "what was late")
    fleet.stop()

    rows = ran(bench, "often")
    runs = Counter(row.run_id for row in rows)
    gaps = {later.due - row.due for row, later in pairwise(rows)}
    told = f"{killed.total()} killed ({dict(killed)}), {len(rows)} occurrences, each with one run"
    with capsys.disabled():
        print(f"\ndozing: {told}")
    assert set(runs.values()) == {1}
    assert gaps == {timedelta(seconds=15)}
    assert min(killed["a lookout"], killed["a daemon"]) > 2
    assert {bench.app.store.run(row.run_id).state for row in rows} == {"done"}
    assert "Traceback" not in fleet.logs()


def late(bench):
    now = datetime.now(UTC)
    rows = bench.app.store.read_ledger(lambda ledger: ledger.between(*EVER, routine="often"))
    return [row for row in rows if row.due < now and row.state in ("planned", "started")]
