"""Real daemon processes of a practice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from tests_support.daemons import QUICK_DAEMON

PATIENCE = 3
"""Times what a wait takes at most on a machine that does nothing else."""


class Fleet:
    """Daemon processes of a practice, with their logs."""

    def __init__(self, bench):
        self.bench = bench
        self.processes = []
        self.environment = {
            **os.environ, **bench.environment,
            "PYTHONPATH": str(Path(QUICK_DAEMON).parents[1]), "XDG_CACHE_HOME": str(bench.home / "cache"),
        }  # fmt: skip
        self.started = 0

    def start(self, *options, **more):
        self.started += 1
        log = (self.bench.home / f"daemon-{self.started}.log").open("wb")
        command = [
            sys.executable,
            QUICK_DAEMON,
            "--practice",
            str(self.bench.folder),
            "daemon",
            *options,
        ]
        process = subprocess.Popen(
            command, env={**self.environment, **more}, stderr=log, stdout=log, cwd=self.bench.home
        )
        log.close()
        self.processes.append(process)
        return process

    def stop(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            process.wait(60 * PATIENCE)

    def logs(self):
        return "\n".join(path.read_text() for path in sorted(self.bench.home.glob("daemon-*.log")))

    def kill(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds * PATIENCE} s: {what}")
