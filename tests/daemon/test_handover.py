"""What one process of the daemon tells the one it becomes, and that it waits for what is being installed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from dayhand import lookout
from dayhand.cli.daemon import _live
from dayhand.daemon import handover
from dayhand.daemon.handover import SIGNALS, VARIABLE, become, let_signals, received
from dayhand.daemon.housekeeping import Housekeeping
from dayhand.daemon.renewal import Renewal
from dayhand.lookout import AGAIN, come_back, wait_until_still


@pytest.fixture
def _signals_as_they_were():
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, before)


@pytest.mark.usefixtures("_signals_as_they_were")
def test_what_it_becomes_is_told_once_and_signals_wait_for_it(monkeypatch):
    became = []
    monkeypatch.setattr(os, "execv", lambda *words: became.append(words))

    become(["python", "x"], {"owner": "me", "descriptors": []})

    assert became == [(sys.executable, ["python", "x"])]
    assert set(handover.SIGNALS) <= signal.pthread_sigmask(signal.SIG_BLOCK, [])
    number = int(os.environ[VARIABLE])
    assert os.get_inheritable(number)
    assert received("me") == {"owner": "me", "descriptors": [], "form": 1}
    assert VARIABLE not in os.environ
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    assert received("me") is None


@pytest.mark.usefixtures("_signals_as_they_were")
def test_where_it_cannot_nothing_is_left_behind(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    before = len(list(Path("/proc/self/fd").iterdir()))

    with pytest.raises(FileNotFoundError):
        become(["python", "x"], {"owner": "me"})

    assert VARIABLE not in os.environ
    assert len(list(Path("/proc/self/fd").iterdir())) == before


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"form": 1, "owner": "another"}', b'{"form": 0, "owner": "me"}']
)
def test_what_is_not_for_it_is_not_taken(monkeypatch, tmp_path, content):
    file = tmp_path / "told"
    file.write_bytes(content)
    monkeypatch.setenv(VARIABLE, str(os.open(file, os.O_RDONLY)))

    assert received("me") is None
    assert VARIABLE not in os.environ


@pytest.mark.parametrize("number", ["", "x", "-1", "987654"])
def test_a_variable_that_names_no_descriptor_is_nothing(monkeypatch, number):
    monkeypatch.setenv(VARIABLE, number)
    assert received() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_signal_that_comes_just_as_it_leaves_stops_it(house, number):
    ends = []

    class Leaving:
        app, busy, folders = house.bench.app, 0, None
        supervisor = SimpleNamespace(farewell="")

        async def live(self):
            os.kill(os.getpid(), number)
            self.folders = 7

        async def end(self):
            ends.append("ended")

        def stop(self):
            """It has stopped by now."""

    daemon = Leaving()
    renewal = Renewal(daemon, 0, lambda _: None)
    before = [signal.getsignal(one) for one in SIGNALS]
    try:
        asyncio.run(_live(daemon, Housekeeping(house.bench.app, "me"), renewal))
    finally:
        let_signals()
        for one, handler in zip(SIGNALS, before, strict=True):
            signal.signal(one, handler)

    assert ends == ["ended"]
    assert daemon.folders is None


# What is being installed ---------------------------------------------------------------------------


class Installing:
    """A clock beside a folder into which packages go for so long."""

    def __init__(self, place, seconds):
        self.place, self.left, self.at = place, seconds, 2_000_000_000.0
        self.touch()

    def touch(self):
        os.utime(self.place, (self.at, self.at))

    def now(self):
        return datetime.fromtimestamp(self.at, UTC)

    def monotonic(self):
        return self.at

    def nap(self, seconds):
        self.at += seconds
        if self.left > 0:
            self.left -= seconds
            self.touch()


@pytest.mark.parametrize(("installs", "waits"), [(0, 10), (25, 35), (500, 60)])
def test_it_waits_for_an_installation_but_not_for_ever(tmp_path, installs, waits):
    clock = Installing(tmp_path, installs)
    begun = clock.at

    wait_until_still(tmp_path, clock, lambda: False, nap=clock.nap)

    assert clock.at - begun == pytest.approx(waits, abs=1)


def test_it_does_not_wait_when_nothing_was_installed_or_it_is_told_to_stop(tmp_path):
    clock = Installing(tmp_path, 0)
    clock.at += 11
    begun = clock.at
    wait_until_still(tmp_path, clock, lambda: False, nap=clock.nap)
    assert clock.at == begun

    clock.touch()
    wait_until_still(tmp_path, clock, lambda: True, nap=clock.nap)
    assert clock.at == begun


def test_an_installation_that_is_replaced_is_waited_for(tmp_path):
    place = tmp_path / "site-packages"
    place.mkdir()
    clock = Installing(place, 0)
    clock.at += 11
    begun = clock.at
    place.rmdir()

    def nap(seconds):
        clock.at += seconds
        if clock.at - begun == 5:
            place.mkdir()
            os.utime(place, (begun, begun))

    wait_until_still(place, clock, lambda: False, nap=nap)

    assert clock.at - begun == 5 + 5  # and ten seconds after it was put there


def test_where_this_python_cannot_be_begun_it_tries_again(monkeypatch, bench, capsys):
    tries, naps = [], []

    def cannot(command, told):
        tries.append((command, told["why"]))
        if len(tries) < 4:
            raise FileNotFoundError(2, "No such file or directory")
        raise SystemExit(7)

    monkeypatch.setattr(lookout, "become", cannot)
    told = {"command": ["dayhand"], "why": "due", "status": "", "log": "text"}

    with pytest.raises(SystemExit, match="7"):
        come_back(told, bench.clock, [], nap=naps.append)

    let_signals()
    assert tries == 4 * [(["dayhand"], "due")]
    assert naps == 3 * [AGAIN]
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith(
        f"cannot be begun: {sys.executable}: No such file or directory; trying again"
    )
