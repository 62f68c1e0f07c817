"""E24: a file under out/ appears whole or not at all, whenever the process that writes it is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

SIZE = 3_000_000
WRITER = f"""
import itertools, sys
from pathlib import Path
from dayhand.files import PracticeFiles
files = PracticeFiles(Path(sys.argv[1]))
print("on", flush=True)
for number in itertools.count():
    letter = b"ab"[number % 2 : number % 2 + 1]
    files.write("notes/day.txt", letter * {SIZE})
"""


def states_after_kills(folder, kills: int) -> dict[str, int]:
    """What is found after each kill: `old`, `new`, `none`, or what must not be."""
    for name in ("out", ".dayhand"):
        (folder / name).mkdir(exist_ok=True)
    weather = random.Random(20261124)
    environment = {"PYTHONPATH": os.pathsep.join(sys.path)}
    found: dict[str, int] = {}
    place = folder / "out/notes/day.txt"
    longest = 0.02
    for _ in range(kills):
        command = [sys.executable, "-c", WRITER, str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            child.stdout.readline()
            time.sleep(weather.uniform(0.0, longest))
            child.send_signal(signal.SIGKILL)
        data = place.read_bytes() if place.exists() else None
        whole = {None: "none", b"a" * SIZE: "old", b"b" * SIZE: "new"}.get(data, "partial")
        found[whole] = found.get(whole, 0) + 1
        if len(found) == 1:  # later and later, until a write outruns the kill: the disk may be slow
            longest = min(longest * 1.5, 5.0)
    seen = [one.name for one in place.parent.iterdir() if not one.name.startswith(".")]
    assert set(seen) <= {"day.txt"}, f"beside the file there is {seen}"
    return found


def test_e24_a_killed_writer_leaves_a_whole_file_or_none(tmp_path):
    found = states_after_kills(tmp_path, 6)

    assert "partial" not in found


@pytest.mark.soak
def test_e24_fifty_killed_writers_leave_a_whole_file_or_none(tmp_path):
    found = states_after_kills(tmp_path, 50)
    print(f"files after 50 kills: {found}")

    assert "partial" not in found
    assert len(found) >= 2
