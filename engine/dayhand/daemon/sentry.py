"""Notices that the event loop is held up, and by which step: from a thread, since nothing else runs then.

An async step that blocks, or loops without an await, stops everything: no other run goes on, nothing
that falls due begins. systemd ends a daemon that is silent for long (`WatchdogSec`) and starts it
again; what held it up is told here, in the log, before that.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import threading
import traceback
from collections.abc import Iterator
from datetime import timedelta
from types import FrameType
from typing import TYPE_CHECKING

from dayhand import durations

if TYPE_CHECKING:
    from dayhand.runner.attempts import StepRunner

__all__ = ["HELD_UP", "Sentry"]

HELD_UP = timedelta(seconds=20)
"""So long nothing else may run before it is told."""
_BEAT = timedelta(seconds=5)
_SHOWN = 3

_log = logging.getLogger("dayhand.daemon")


class Sentry:
    """Watches the loop it is begun in while runs go on."""

    def __init__(self, held_up: timedelta = HELD_UP, beat: timedelta = _BEAT) -> None:
        self._held_up = held_up
        self._beat = beat
        self._end: threading.Event | None = None
        self._heard = 0.0

    def begin(self) -> None:
        """Watch from now on, if it does not already."""
        if self._end is not None:
            return
        self._end = threading.Event()
        loop = asyncio.get_running_loop()
        self._hear(loop, self._end)
        watched = (loop, self._end, threading.get_ident())
        threading.Thread(target=self._watch, args=watched, name="sentry", daemon=True).start()

    def rest(self) -> None:
        """Nothing goes on: there is nothing to watch."""
        if self._end is not None:
            self._end.set()
            self._end = None

    def _hear(self, loop: asyncio.AbstractEventLoop, end: threading.Event) -> None:
        self._heard = loop.time()
        if not end.is_set():
            loop.call_later(self._beat.total_seconds(), self._hear, loop, end)

    def _watch(
        self, loop: asyncio.AbstractEventLoop, end: threading.Event, loop_thread: int
    ) -> None:
        told = 0.0
        while not (end.wait(self._beat.total_seconds()) or loop.is_closed()):
            heard = self._heard
            silent = timedelta(seconds=round(loop.time() - heard))
            if silent > self._held_up and heard != told:
                told = heard
                frame = sys._current_frames().get(loop_thread)  # noqa: SLF001 - there is no other way
                held = _what_holds(frame)
                _log.error("nothing else has run for %s: %s", durations.as_text(silent), held)


def _what_holds(frame: FrameType | None) -> str:
    """Which step the loop's thread is in, and where; no values."""
    places = [
        f"{one.name} ({one.filename.rpartition('/')[2]}:{one.lineno})"
        for one in traceback.extract_stack(frame)[-_SHOWN:]
    ]
    step = next((one.told for one in _steps(frame)), "what is at work")
    return (
        f"{step} does not give way, in {' → '.join(places)}; what blocks belongs into a plain 'def',"
        " or its plugin into a process of its own"
    )


def _steps(frame: FrameType | None) -> Iterator[StepRunner]:
    """The steps that a stack is in, the innermost first."""
    from dayhand.runner.attempts import StepRunner  # with jinja2, which a daemon that waits has not

    code = StepRunner.run.__code__
    while frame is not None:
        if frame.f_code is code:
            yield frame.f_locals["self"]
        frame = frame.f_back
