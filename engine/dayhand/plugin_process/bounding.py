"""What a plugin's process takes upon itself before the plugin is imported: bounds that it cannot raise.

Linux counts the memory a process maps (`RLIMIT_AS`). macOS takes the limit and does not hold to it: there
memory is not bounded, and what is told of it in the manual says so.
"""

from __future__ import annotations

import resource
import sys
from pathlib import Path

__all__ = ["bound"]

_FILES = 256
_LARGEST_FILE = 1_000_000_000


def bound(memory: int) -> None:
    """Bound this process: memory beyond what it has now, open files, the size of a file, no core."""
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_NOFILE, _FILES)
    _set(resource.RLIMIT_FSIZE, _LARGEST_FILE)
    if sys.platform == "linux":
        _set(resource.RLIMIT_AS, _mapped() + memory)


def _set(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (most, most))


def _mapped() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()
