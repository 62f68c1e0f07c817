"""The last catcher of tasks that nobody waits for: a bug in one is logged, once, and ends only that task."""

from __future__ import annotations

import asyncio
import logging

__all__ = ["tell_of_a_bug"]

_log = logging.getLogger("dayhand.daemon")


def tell_of_a_bug(task: asyncio.Task[None]) -> None:
    """Log what a task stopped on; to be added to it as a callback."""
    if task.cancelled():
        return
    error = task.exception()
    if error is not None:
        _log.error("%s stopped on a bug", task.get_name(), exc_info=error)
