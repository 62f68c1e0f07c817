"""What tests of the engine share: a practice in a folder, and a plugin whose steps do as they are told."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from dayhand.testing import Workbench as Bench
from dayhand.testing.workbench import NOON

__all__ = ["NOON", "Bench"]

# The same examples every time, however slow the machine; others with DAYHAND_OTHER_EXAMPLES=1.
settings.register_profile(
    "dayhand",
    deadline=None,
    derandomize="DAYHAND_OTHER_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("dayhand")


SOAK_SECONDS = 900
"""What a long test may take at least: only what hangs is to be ended, on a slow machine and a busy one too."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        own = item.get_closest_marker("timeout")
        if item.get_closest_marker("soak") and (own is None or 0 < own.args[0] < SOAK_SECONDS):
            item.add_marker(pytest.mark.timeout(SOAK_SECONDS), append=False)


@pytest.fixture
def bench(tmp_path: Path):
    from tests_support import acting

    acting.reset()
    made = Bench(tmp_path, {"act": acting})
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_stray_tasks():
    yield
    assert asyncio._get_running_loop() is None
