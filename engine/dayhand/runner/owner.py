"""Who holds a lease, told so that another process of the machine can see whether it still lives."""

from __future__ import annotations

import os
import socket
from pathlib import Path

__all__ = ["is_dead", "this_process"]


def this_process() -> str:
    """Who holds a lease: host, process id, and when the process began, so that a reused id is seen."""
    return f"{socket.gethostname()}:{os.getpid()}:{_began(os.getpid())}"


def is_dead(owner: str) -> bool:
    """True if the owner was a process of this machine that is gone for certain."""
    host, _, rest = owner.rpartition(":")[0].rpartition(":")
    began = owner.rpartition(":")[2]
    if host != socket.gethostname() or not rest.isdigit():
        return False
    return _began(int(rest)) != began


def _began(process: int) -> str:
    """When a process began, in ticks since the machine did; empty if it is gone."""
    try:
        status = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        return status.rpartition(")")[2].split()[19]
    except OSError:
        if Path("/proc/self").exists():
            return ""
    try:  # a machine without /proc
        os.kill(process, 0)
    except ProcessLookupError:
        return ""
    except PermissionError:
        pass
    return "alive"
