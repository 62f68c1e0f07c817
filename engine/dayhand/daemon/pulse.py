"""Whether the machine slept, or its clock was set: the two clocks of a process, compared again and again."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from dayhand.clock import Clock

__all__ = ["Interval", "Pulse"]

ASLEEP_AFTER = timedelta(seconds=90)
"""More than this between wall and monotonic time is a sleep, or somebody set the clock."""


class Interval(NamedTuple):
    """What passed between two looks: by the wall clock, and by the one that stops in sleep."""

    wall: timedelta
    monotonic: timedelta

    @property
    def slept(self) -> bool:
        """The wall clock went on while this process did not: sleep, or the clock was set forwards."""
        return self.wall - self.monotonic > ASLEEP_AFTER


class Pulse:
    """Compares the two clocks each time it is felt."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._wall, self._monotonic = clock.now(), clock.monotonic()

    def feel(self) -> Interval:
        """What passed since the last time."""
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        passed = Interval(wall - self._wall, timedelta(seconds=monotonic - self._monotonic))
        self._wall, self._monotonic = wall, monotonic
        return passed
