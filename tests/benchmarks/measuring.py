"""How things are measured: by turns in one run, medians of several rounds, told as ratios.

Absolute times of a shared machine drift by half from minute to minute; a ratio of two things taken
in turn holds.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

__all__ = ["HEAD", "Line", "Taken", "by_turns", "process", "taken_by_turns"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. `ours` and `peer` are in `unit`; a peer of None is a bound itself.

    `target` is the most the ratio may be, or with `at_least` the least; None shows it for reference.
    """

    what: str
    ours: float
    peer: float | None
    target: float | None
    unit: str = "ms"
    at_least: bool = False

    @property
    def ratio(self) -> float:
        """Ours to the peer's."""
        return self.ours / self.peer if self.peer else self.ours

    @property
    def is_met(self) -> bool:
        """True if the target is, or there is none."""
        if self.target is None:
            return True
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def __str__(self) -> str:
        peer = "" if self.peer is None else _figure(self.peer, self.unit)
        ratio = "" if self.peer is None else f"{self.ratio:.2f}"
        if self.target is None:
            return f"{self.what:<62} {_figure(self.ours, self.unit):>12} {peer:>12} {ratio:>6}"
        bound = f"{'≥' if self.at_least else '≤'} {self.target:g}"
        if self.peer is None:
            bound += f" {self.unit}"
        met = "met" if self.is_met else "NOT met"
        return f"{self.what:<62} {_figure(self.ours, self.unit):>12} {peer:>12} {ratio:>6}  {bound:<8} {met}"


HEAD = f"{'':<62} {'dayhand':>12} {'beside':>12} {'ratio':>6}  target"


def _figure(value: float, unit: str) -> str:
    if unit == "/s":
        return f"{value:,.0f} /s"
    return f"{value:.1f} {unit}" if value >= 10 else f"{value:.3f} {unit}"


def by_turns(rounds: int, *measures: Callable[[], float]) -> list[float]:
    """The medians of measures taken in turn, A B A B, after one turn that does not count."""
    return [statistics.median(column) for column in taken_by_turns(rounds, *measures)]


def taken_by_turns(rounds: int, *measures: Callable[[], T]) -> list[tuple[T, ...]]:
    """All that was measured, a column for each measure."""
    for measure in measures:
        measure()
    rows = [[measure() for measure in measures] for _ in range(rounds)]
    return list(zip(*rows, strict=True))


@dataclass(frozen=True, slots=True)
class Taken:
    """What one process took: seconds from start to end, of them those on a processor (its own and
    the system's for it), and its largest resident size in MB."""

    seconds: float
    busy: float
    megabytes: float


def process(
    command: Sequence[str | Path], *, environment: Mapping[str, str], folder: Path
) -> Taken:
    """Run a process to its end; one that fails is an error, not a figure."""
    begin = time.perf_counter()
    running = subprocess.Popen(
        command, env=environment, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    assert running.stderr is not None
    told = running.stderr.read()
    _, status, used = os.wait4(running.pid, 0)
    seconds = time.perf_counter() - begin
    running.stderr.close()
    running.returncode = os.waitstatus_to_exitcode(status)
    if running.returncode != 0:
        raise RuntimeError(f"{command} ended with {running.returncode}: {told.decode()[-2000:]}")
    return Taken(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
