"""P07 with a real daemon: seven plugins misbehave in the same minute, and the next routine is on time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from tests_support.strange import Site

# waits for a minute of the clock and the one after it
pytestmark = pytest.mark.soak

LIMIT = 2
"""Seconds a step may take."""
GRACE = 60
"""Seconds more within which it has failed, beyond what a step takes that is as it should be: nine processes begin at
once, on a machine that may be busy. What is not ended goes on for ten minutes and more."""
SEVEN = ["raises", "loop", "exit", "die", "fork_on", "kill", "close"]
ROUTINE = "routine: {name}\ntriggers:\n  - cron: '{minute} * * * *'\nsteps:\n  - {{id: a, uses: odd.{step}}}\n"


class Live:
    """A practice whose owner has approved the plugin in a process of its own, and `dayhand` in it."""

    def __init__(self, root, site):
        self.folder, self.home = root / "practice", root / "home"
        self.home.mkdir()
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        self.environment = {
            **kept, "HOME": str(self.home), "PYTHONPATH": str(site.folder),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }  # fmt: skip
        self.say("init", str(self.folder), "--name", "Lakeside", "--timezone", "UTC")
        self.say(
            "plugins", "approve", "odd", "--yes", "--own-process", "--time", f"{LIMIT} seconds"
        )
        for file in (self.folder / "routines").rglob("*.yaml"):
            file.unlink()

    def say(self, *arguments):
        done = subprocess.run(
            self.command(*arguments), env=self.environment, cwd=self.home,
            capture_output=True, text=True, timeout=250,
        )  # fmt: skip
        assert done.returncode == 0, done
        return done.stdout

    def command(self, *arguments):
        where = ["--practice", str(self.folder)] if self.folder.exists() else []
        return [sys.executable, "-m", "dayhand", *where, *arguments]

    def write(self, name, step, moment):
        text = ROUTINE.format(name=name, step=step, minute=moment.minute)
        (self.folder / f"routines/{name}.yaml").write_text(text)

    def ended(self):
        """The runs that have ended, by routine."""
        runs = json.loads(self.say("runs", "--json"))
        return {run["routine"]: run for run in runs if run["ended_at"]}

    def took(self, run):
        (step,) = json.loads(self.say("show", run["id"], "--json"))["steps"]
        begun, end = (datetime.fromisoformat(step[key]) for key in ("started_at", "ended_at"))
        return (end - begun).total_seconds()


def test_p07_each_has_failed_in_its_time_and_the_daemon_goes_on(tmp_path, monkeypatch, capsys):
    site = Site(tmp_path / "site", monkeypatch)
    site.install()
    live = Live(tmp_path, site)
    first = (datetime.now(UTC) + timedelta(seconds=90)).replace(second=0, microsecond=0)
    then = first + timedelta(minutes=1)
    for step in SEVEN:
        live.write(step.replace("_", "-"), step, first)
    live.write("control", "process", first)
    live.write("following", "process", then)
    log = (tmp_path / "log").open("w+")
    daemon = subprocess.Popen(
        live.command("daemon"), env=live.environment, cwd=live.home, stdout=log, stderr=log
    )

    try:
        until = time.monotonic() + 600
        while "following" not in live.ended():
            assert daemon.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < until, (tmp_path / "log").read_text()
            time.sleep(2)
        ended = live.ended()
        took = {name: live.took(run) for name, run in ended.items()}
        is_alive = daemon.poll() is None
    finally:
        daemon.kill()
        daemon.wait()
        log.close()

    with capsys.disabled():
        print(f"\nseconds: {took}")
    assert is_alive
    for step in SEVEN:
        name = step.replace("_", "-")
        assert ended[name]["state"] == "failed"
        assert took[name] <= took["control"] + LIMIT + GRACE
    why = live.say("why", "following", then.date().isoformat())
    assert f"{then:%Y-%m-%d %H:%M}" in why
    assert "ran late" not in why
