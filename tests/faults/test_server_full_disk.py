"""A15: the disk under PostgreSQL is really full while a run records and mails: nothing is lost or doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("server_full_disk.py")
SUPPORT = Path(__file__).parents[1] / "support"
PEOPLE = 40


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("kept", ["tables", "log"])
def test_a15_a_disk_that_is_full_under_the_server_loses_nothing_and_does_nothing_twice(
    tmp_path, kept
):
    """A full disk for the tables is an error of one statement; one for the log ends the server."""
    command = [sys.executable, SCRIPT, tmp_path / "work", kept]
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(SUPPORT)}
    )
    assert done.returncode == 0, done.stderr[-4000:]
    found = json.loads(done.stdout)
    if "no small disk" in found:
        pytest.skip(found["no small disk"])

    print(
        f"\nA15, the {kept} on a full disk: {found['arrived']} messages had arrived; told:"
        f" {found['first']}; begun again: {found['second']}; after there was room {found['state']},"
        f" asked about {found['asked']}; {PEOPLE} messages, 0 lost, {found['twice']} twice"
    )
    assert found["first"] != "done"
    assert found["second"] != "done"
    assert found["state"] == "done"
    assert found["to"] == {f"c{number}@example.org": 1 for number in range(PEOPLE)}
    assert found["rows"] == [f"row {number}" for number in range(PEOPLE)]
    assert set(found["effects"]) == {"done"}
    assert (found["twice"], found["open"], found["damage"]) == (0, 0, [])
