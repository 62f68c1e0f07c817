"""The machine the daemon lives on: whether it slept, whether it is online, and what systemd is told."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import os
import socket
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from dayhand.clock import Clock

__all__ = ["STOPPING", "Interval", "Pulse", "Supervisor", "give_memory_back", "online"]

STOPPING = "STOPPING=1"
"""The last that systemd is told, unless the daemon begins anew."""
ASLEEP_AFTER = timedelta(seconds=90)
"""More than this between wall and monotonic time is a sleep, or somebody set the clock."""


@dataclass(frozen=True, slots=True)
class Interval:
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


def give_memory_back() -> None:
    """Let the system have the memory that is no longer used: glibc keeps it for what may come."""
    gc.collect()
    if sys.platform.startswith("linux"):
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)


async def online(host: str, *, within: timedelta, pause: timedelta = timedelta(seconds=1)) -> bool:
    """Wait, so long at the most, until a host's name can be looked up; whether it could."""
    loop = asyncio.get_running_loop()
    end = loop.time() + within.total_seconds()
    while True:
        try:
            async with asyncio.timeout(max(end - loop.time(), 0.01)):
                await loop.getaddrinfo(host, None)
        except (OSError, TimeoutError):
            if loop.time() + pause.total_seconds() >= end:
                return False
            await asyncio.sleep(pause.total_seconds())
        else:
            return True


class Supervisor:
    """Tells systemd, where it listens, that the daemon is ready, alive, and what it does.

    The protocol is one datagram to the socket named by NOTIFY_SOCKET (sd_notify(3)).
    """

    def __init__(self, environment: Mapping[str, str], clock: Clock) -> None:
        self.status, self.turns = "starting", 0
        self.farewell = STOPPING
        self._clock, self._heard_at = clock, clock.monotonic()
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        watchdog = environment.get("WATCHDOG_USEC", "")
        owner = environment.get("WATCHDOG_PID", "")
        meant = not owner or owner == str(os.getpid())
        self.watchdog = (
            timedelta(microseconds=int(watchdog)) if watchdog.isdigit() and meant else None
        )

    @property
    def silence(self) -> float:
        """Seconds since the daemon was last heard of."""
        return self._clock.monotonic() - self._heard_at

    def _hear(self, status: str) -> None:
        self.status, self.turns, self._heard_at = status, self.turns + 1, self._clock.monotonic()

    def ready(self, status: str) -> None:
        """The daemon has planned once and is running."""
        self._hear(status)
        self._send(f"READY=1\nSTATUS={status}")

    def alive(self, status: str) -> None:
        """Another pass went well."""
        self._hear(status)
        self._send(f"WATCHDOG=1\nSTATUS={status}")

    def stopping(self) -> None:
        """The daemon is on its way out."""
        self._send(self.farewell)

    def _send(self, message: str) -> None:
        if not self._address:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            try:
                channel.connect(self._address)
                channel.sendall(message.encode())
            except OSError:
                self._address = ""  # nobody listens any more
