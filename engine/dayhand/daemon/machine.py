"""The machine the daemon lives on: its memory, and whether it is online."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import sys
from datetime import timedelta

__all__ = ["give_memory_back", "online"]


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
