"""What systemd is told, where it listens: that the daemon is ready, alive, and what it does.

The protocol is one datagram to the socket named by NOTIFY_SOCKET (sd_notify(3)).
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta

from dayhand.clock import Clock

__all__ = ["STOPPING", "Supervisor"]

STOPPING = "STOPPING=1"
"""The last that systemd is told, unless the daemon begins anew."""


class Supervisor:
    """Tells systemd of one daemon."""

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
            channel.settimeout(0)  # who does not read must not hold up what is due
            try:
                channel.connect(self._address)
                channel.send(message.encode())
            except BlockingIOError:
                return  # it has not read what it was told before: this is no news
            except OSError:
                self._address = ""  # nobody listens any more
