"""A step in a process of its own: the first, which starts it, and the next, which finds it waiting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

from measuring import Line, by_turns
from practice import BenchPractice

from dayhand.plugin_host import PluginHost
from dayhand.trust import Approvals, Bounds

__all__ = ["lines"]

_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_FLOOR = "import click, pluggy, pydantic, asyncio"


def lines(practice: BenchPractice, place: Path, rounds: int) -> Iterator[Line]:
    """The first step beside a Python that imports as much, and the next by itself."""
    sys.path.insert(0, str(practice.installed))
    approvals = Approvals(place / "approvals.json")
    candidate = PluginHost(approvals=approvals).candidate("idle")
    approvals.approve(candidate, by="bench", at=_NOW, process=Bounds())
    host = PluginHost(approvals=approvals)
    step, _ = host.step("idle.noop")
    context = SimpleNamespace(
        info=None, settings={}, now=_NOW, run=None, step_id="a", key="k", attempt=1, dry_run=False,
        files=SimpleNamespace(root=place),
    )  # fmt: skip

    def called() -> float:
        begin = time.perf_counter()
        asyncio.run(step.function(context))
        return (time.perf_counter() - begin) * 1e3

    def first() -> float:
        host.close()
        return called()

    try:
        ours, floor = by_turns(rounds, first, _started)
        yield Line("a step that starts its own process, beside Python's imports", ours, floor, 3)
        (again,) = by_turns(rounds * 4, called)
        yield Line("   the next step in it, by itself", again, None, 20)
    finally:
        host.close()
        sys.path.remove(str(practice.installed))


def _started() -> float:
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-I", "-c", _FLOOR], check=True)
    return (time.perf_counter() - begin) * 1e3
