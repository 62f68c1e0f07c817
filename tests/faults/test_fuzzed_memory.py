"""Each reader of what comes from outside, given thousands of inputs made by chance: none ends it, none takes more
time or memory than `engine/PRIVACY.md` says. See `fuzzing`.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("fuzzing.py")
PRIVACY = Path(__file__).parents[2] / "engine" / "PRIVACY.md"
SECONDS = 10
TIMES = int(os.environ.get("DAYHAND_FUZZ_TIMES", "1"))
"""How many times as many inputs."""
BOUNDS = {"yaml": 64, "expressions": 32, "calendars": 200, "csv": 400}
"""MiB at the peak, for one input of any size that is read."""
INPUTS = {"yaml": 2000, "expressions": 4000, "calendars": 600, "csv": 150}

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process held at most"),
]


def fuzzed(
    reader: str, number: int, folder: Path, *, seconds: float = SECONDS, seed: int = 1
) -> dict[str, Any]:
    """What the inputs took; and the number of the one that ended the process, if any did."""
    progress = folder / "progress"
    done = subprocess.run(
        [sys.executable, SCRIPT, reader, str(seed), str(number), str(seconds), progress],
        capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    if done.returncode:
        return {"ended": done.returncode, "at": int(progress.read_text()), "said": done.stderr}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("reader", BOUNDS)
def test_c02_t02_y06_whatever_is_read_takes_no_more_time_and_memory_than_is_said(reader, tmp_path):
    found = fuzzed(reader, INPUTS[reader] * TIMES, tmp_path)

    assert "ended" not in found, found
    print(
        f"{reader}: {found['inputs']} inputs, {found['bytes'] / 1024**2:.0f} MiB, the largest"
        f" {found['largest'] / 1024**2:.2f}; at most {found['seconds']:.2f} s of processor time and"
        f" {found['mib']:.1f} MiB of memory for one (bounds {SECONDS} s, {BOUNDS[reader]} MiB)"
    )
    assert found["wrong"] == []
    assert found["mib"] <= BOUNDS[reader]


def test_the_bounds_are_those_of_the_manual():
    text = PRIVACY.read_text(encoding="utf-8")
    told = re.search(
        r"YAML file (\d+) MiB, an expression (\d+), a calendar (\d+), a CSV file (\d+)", text
    )

    assert told is not None
    assert list(map(int, told.groups())) == list(BOUNDS.values())
    assert f"{SECONDS} seconds of processor time" in text


def test_the_controls_that_hoard_hang_and_raise_are_seen(tmp_path):
    hoarding = fuzzed("hoards", 3, tmp_path)
    hanging = fuzzed("hangs", 3, tmp_path, seconds=0.5)
    raising = fuzzed("raises", 30, tmp_path)

    assert hoarding["mib"] > 250
    assert hanging["ended"] < 0
    assert "UnicodeDecodeError" in str(raising["wrong"])
