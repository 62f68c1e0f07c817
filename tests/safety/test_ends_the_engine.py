"""A stranger's step that ends or hangs dayhand's own process: a daemon under a supervisor lives on.

Real processes throughout: the command line, a supervisor that restarts what failed and, as systemd does,
ends what is silent for longer than its watchdog allows.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from tests_support.daemons import QUICK_DAEMON
from tests_support.strange import Site

from dayhand.runner.care import MOST_ENDS

pytestmark = pytest.mark.soak

WATCHDOG = 6
"""Seconds within which the daemon is to speak."""
SILENT = 25.0
"""Seconds of silence after which the supervisor ends it: the machine may be busy, and what hangs does so for good."""
PLUGIN = """
import os, time
from dayhand import Effect, StepContext, hookimpl, step

@step("odd.die", effect=Effect.READ, summary="Call os._exit")
def die(context: StepContext) -> None:
    \"\"\"Call os._exit.\"\"\"
    os._exit(7)

@step("odd.block", effect=Effect.READ, summary="Hold up the event loop")
async def block(context: StepContext) -> None:
    \"\"\"Hold up the event loop.\"\"\"
    time.sleep(3600)

@hookimpl
def dayhand_steps():
    return [die, block]
"""
ROUTINE = """\
routine: r
steps:
  - uses: file.write
    with: {{path: before.txt, text: "${{{{ run.id }}}}"}}
  - {{id: deadly, uses: odd.{step}}}
on_failure:
  - uses: file.write
    with: {{path: told.txt, text: "${{{{ failure.message }}}}"}}
"""


class Supervised:
    """A practice, and a daemon of it that is restarted."""

    def __init__(self, folder, site):
        self.folder = folder / "practice"
        self.home = folder / "home"
        self.home.mkdir()
        self.ends: list[int] = []
        self.said = ""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environment = {
            **kept, "HOME": str(self.home), "PYTHONPATH": str(site.folder),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }  # fmt: skip

    def dayhand(self, *arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "dayhand", *arguments], env=self.environment, cwd=self.home,
            capture_output=True, text=True, timeout=200,
        )  # fmt: skip
        assert done.returncode == code, done
        return done.stdout

    def found(self, step):
        options = ("--name", "Lakeside", "--timezone", "America/New_York")
        self.dayhand("init", str(self.folder), *options)
        self.dayhand("plugins", "approve", "odd", "--yes")
        (self.folder / "routines/r.yaml").write_text(ROUTINE.format(step=step))

    def supervise(self, *, starts):
        """Start the daemon, and again whenever it fails, until the run has ended."""
        with tempfile.TemporaryDirectory(prefix="sup") as place:
            ear = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            ear.bind(f"{place}/notify")
            self.environment |= {
                "NOTIFY_SOCKET": f"{place}/notify",
                "WATCHDOG_USEC": f"{WATCHDOG}000000",
            }
            for _ in range(starts):
                if self._once(ear, Path(place, "log")):
                    ear.close()
                    return
            ear.close()
        raise AssertionError(f"after {starts} starts it goes on so: {self.ends}\n{self.said}")

    def _once(self, ear, log):
        """One life of the daemon; whether it saw the run end."""
        with log.open("w") as file:
            daemon = subprocess.Popen(
                [sys.executable, QUICK_DAEMON, "--practice", str(self.folder), "daemon"],
                env=self.environment, cwd=self.home, stdout=file, stderr=file,
            )  # fmt: skip
        try:
            has_ended = self._watch(daemon, ear, log)
        finally:
            daemon.kill()
            daemon.wait()
            self.said += log.read_text()
        return has_ended

    def _watch(self, daemon, ear, log):
        heard, is_ready = time.monotonic(), False
        while daemon.poll() is None:
            if select.select([ear], [], [], 0.05)[0]:
                is_ready = b"READY" in ear.recv(4096) or is_ready
                heard = time.monotonic()
            if is_ready and time.monotonic() - heard > SILENT:
                daemon.send_signal(signal.SIGABRT)
                daemon.wait()
            if "r failed (run" in log.read_text():
                return True
        self.ends.append(daemon.returncode)
        return False


@pytest.fixture
def supervised(tmp_path, monkeypatch):
    site = Site(tmp_path / "site", monkeypatch)
    site.install(PLUGIN)
    return Supervised(tmp_path, site)


def test_a_step_that_ends_the_engine_does_not_do_so_for_ever(supervised):
    supervised.found("die")
    supervised.dayhand("--practice", str(supervised.folder), "run", "r", code=7)

    supervised.supervise(starts=2 + MOST_ENDS)

    out = supervised.folder / "out"
    shown = supervised.dayhand("--practice", str(supervised.folder), "show", "last")
    assert supervised.ends == [7] * MOST_ENDS
    assert "goes on with step deadly (odd.die)" in supervised.said
    assert (
        (out / "told.txt")
        .read_text()
        .startswith(f"the process ended {MOST_ENDS} times while it ran")
    )
    assert (out / "before.txt").read_text() in shown
    assert "plugin 'odd' ends or hangs dayhand in odd.die" in shown


def test_a_step_that_hangs_the_engine_is_ended_by_the_watchdog_and_not_for_ever(supervised):
    supervised.found("block")
    starting = subprocess.Popen(
        [sys.executable, "-m", "dayhand", "--practice", str(supervised.folder), "run", "r"],
        env=supervised.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not (supervised.folder / "out/before.txt").exists():
        assert starting.poll() is None
        time.sleep(0.05)
    starting.kill()
    starting.wait()

    supervised.supervise(starts=2 + MOST_ENDS)

    assert supervised.ends == [-signal.SIGABRT] * MOST_ENDS
    told = (supervised.folder / "out/told.txt").read_text()
    assert told.startswith(f"the process ended {MOST_ENDS} times while it ran")
