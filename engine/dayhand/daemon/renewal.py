"""Begins the daemon anew in its own place: when it has grown, or when it is asked to.

What runs have used does not all go back to the system, and what they imported stays; a program that was
upgraded is used only by a process that begins. So the daemon waits until no run goes on, leaves as if it
were stopped, and the process becomes a new one with the same number. Nothing is cut off, and what falls due
meanwhile is found by the new one.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from dayhand.daemon.handover import become
from dayhand.daemon.supervisor import STOPPING

if TYPE_CHECKING:
    from dayhand.daemon.daemon import Daemon

__all__ = ["Renewal", "begin_anew", "resident"]

EVERY = timedelta(minutes=1)
SOONEST = timedelta(hours=1)
"""A process that is as large as that when it begins would else begin for ever."""
MEGABYTE = 1_000_000


def resident() -> int | None:
    """The memory of this process, in bytes; None where the system does not say (other than Linux)."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


class Renewal:
    """Watches one daemon. `is_due` once it was stopped in order to begin anew.

    Args:
        above: begin anew above so many MB; 0 never does because of memory.
        hindrance: why this process cannot begin anew; empty if it can.
        memory: the process's memory, in bytes.
    """

    def __init__(
        self, daemon: Daemon, above: int, tell: Callable[[str], None], *, hindrance: str = "",
        memory: Callable[[], int | None] = resident, every: timedelta = EVERY,
    ) -> None:  # fmt: skip
        self.is_due = False
        self._daemon = daemon
        self._above = 0 if hindrance else above
        self._hindrance = hindrance
        self._tell = tell
        self._memory = memory
        self._every = every
        self.is_over = False
        """Once it is to stop for good."""
        self._asked = asyncio.Event()
        self._begun = daemon.app.clock.monotonic()

    def ask(self) -> None:
        """Begin anew as soon as no run goes on."""
        if self._hindrance:
            self._tell(f"asked to begin anew, which it cannot: {self._hindrance}")
            return
        if not self._asked.is_set():
            self._tell("asked to begin anew: as soon as no run goes on")
        self._asked.set()

    def stop(self) -> None:
        """Stop the daemon for good: whatever was asked before, it does not begin anew."""
        self.is_over, self.is_due = True, False
        self._daemon.supervisor.farewell = STOPPING
        self._daemon.stop()

    async def live(self) -> None:
        """Watch, until there is reason to begin anew and no run goes on; then stop the daemon."""
        while not self.is_over:
            reason = self._reason()
            if reason and not self._daemon.busy:
                self._begin(reason)
                return
            await self._pause(asked=bool(reason))

    def _begin(self, reason: str) -> None:
        self._tell(f"beginning anew: {reason}")
        self.is_due = True
        self._daemon.supervisor.farewell = (
            f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}"
        )
        self._daemon.stop()

    def _reason(self) -> str:
        if self._asked.is_set():
            return "it was asked to"
        age = timedelta(seconds=self._daemon.app.clock.monotonic() - self._begun)
        memory = self._memory()
        if not self._above or age < SOONEST or memory is None:
            return ""
        grown = memory > self._above * MEGABYTE
        return f"it uses {memory // MEGABYTE} MB, more than {self._above}" if grown else ""

    async def _pause(self, *, asked: bool) -> None:
        if asked:
            await asyncio.sleep(min(self._every.total_seconds(), 1))
            return
        try:
            async with asyncio.timeout(self._every.total_seconds()):
                await self._asked.wait()
        except TimeoutError:
            return


def begin_anew() -> NoReturn:
    """Become a new process with the same command and the same number. Raises `OSError`."""
    become(sys.orig_argv)
