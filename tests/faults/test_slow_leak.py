"""A21: thousands of runs in one daemon leave no memory, no open file and no growing log behind.

Each is measured in a process of its own: one that has run other tests has room for a leak to hide in, and
tables that shrink meanwhile. See `leaking`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest
from tests_support import leaking

RUNS = int(os.environ.get("DAYHAND_LEAK_RUNS", "10000"))
SCRIPT = Path(leaking.__file__)
MOST_KEPT = 0.5
"""MiB for each 1,000 runs."""
MOST_BLOCKS = 0.6
"""For each run: 0.2 to 0.3 are seen where nothing leaks, 1.0 where one object does."""

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process holds")


class Measured:
    """What was held before and after each part of so many runs."""

    def __init__(self, folder: Path, runs: int, mutant: str = "") -> None:
        command = [
            sys.executable,
            str(SCRIPT),
            str(folder),
            str(runs),
            *([mutant] if mutant else []),
        ]
        environment = {
            "PYTHONPATH": str(SCRIPT.parents[1]), "HOME": str(folder), "PATH": os.environ["PATH"],
        }  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
        told = json.loads(done.stdout.splitlines()[-1])
        self.parts: list[dict[str, float]] = told["held"]
        self.begun: int = told["begun"]
        self.states: list[str] = told["states"]
        self.log: float = told["log"]

    def grown(self, what: str) -> float:
        """How much more there was at the end."""
        return self.parts[-1][what] - self.parts[0][what]

    @property
    def memory_kept(self) -> float:
        """MiB for each 1,000 runs."""
        return self.grown("memory") * 1000 / self.begun

    @property
    def blocks_kept(self) -> float:
        """Blocks for each run, in the middle one of the parts.

        What leaks does so in each part. A table that grows, or a cache that is emptied, is seen in one or two, with
        some 1,400 blocks more or less.
        """
        parts = [later["blocks"] - earlier["blocks"] for earlier, later in pairwise(self.parts)]
        return median(parts) * leaking.PARTS / self.begun

    def __str__(self) -> str:
        return (
            f"{self.begun} runs of one daemon: memory {self.parts[0]['memory']:.1f} MiB {self.grown('memory'):+.2f} MiB"
            f" ({self.memory_kept:+.3f} for each 1,000), Python's blocks {self.grown('blocks'):+.0f}"
            f" ({self.blocks_kept:+.3f} for each run), open files {self.grown('files'):+.0f}, log {self.log:.1f} MiB"
        )


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a21_ten_thousand_runs_leave_no_memory_and_no_open_file(tmp_path):
    found = Measured(tmp_path, RUNS)

    print(found)
    assert found.grown("memory") <= 10
    assert found.memory_kept <= MOST_KEPT
    assert found.blocks_kept < MOST_BLOCKS
    assert found.grown("files") == 0
    assert found.log <= 64
    assert found.states == ["done"]


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a21_the_control_that_keeps_four_kilobytes_a_run_is_seen(tmp_path):
    found = Measured(tmp_path, RUNS // 3, "memory")

    print(found)
    assert found.memory_kept > MOST_KEPT


@needs_proc
@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a21_the_control_that_keeps_one_object_a_run_is_seen(tmp_path):
    found = Measured(tmp_path, RUNS // 2, "object")

    print(found)
    assert found.blocks_kept > MOST_BLOCKS
