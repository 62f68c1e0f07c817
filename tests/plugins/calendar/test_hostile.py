"""Calendars made to harm: none takes long or much memory, and none harms its neighbours."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).with_name("hostile.py")
SPEC = importlib.util.spec_from_file_location("hostile", SCRIPT)
assert SPEC
assert SPEC.loader
hostile = importlib.util.module_from_spec(SPEC)
sys.modules["hostile"] = hostile
SPEC.loader.exec_module(hostile)


@pytest.fixture(scope="module")
def told() -> dict[str, dict[str, Any]]:
    """What came of each case, read in a child of its own with 1 GiB of memory."""
    path = os.pathsep.join(sys.path)
    output = subprocess.run(
        [sys.executable, "-W", "error", str(SCRIPT)],
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        check=True,
    )
    return dict(json.loads(line) for line in output.stdout.splitlines())


@pytest.mark.parametrize("name", hostile.CASES)
def test_c01_c02_c03_c13_a_hostile_or_odd_calendar_is_read_soon_and_its_good_event_comes_through(
    name: str, told: dict[str, dict[str, Any]]
) -> None:
    case, result = hostile.CASES[name], told[name]

    assert "died" not in result
    assert result["seconds"] <= hostile.SOON
    assert result["mb"] <= 250
    if case.broken:
        assert case.broken in result["broken"]
        return
    assert "good@example.org" in result["uids"]
    others = [uid for uid in result["uids"] if uid != "good@example.org"]
    assert case.others in (len(others), -1)
    if case.reason:
        assert any(re.search(re.escape(case.reason), reason) for reason in result["reasons"])
        assert result["named"][0][1] > 1
    else:
        assert result["reasons"] == []
