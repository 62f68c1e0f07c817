"""The line to dayhand's process: read by a thread of its own, which ends all of this when the line is cut."""

from __future__ import annotations

import os
import queue
import signal
import socket
import threading

from dayhand.own_process import frames
from dayhand.own_process.frames import Frame, FrameError

__all__ = ["Line"]


class Line:
    """One end of the line. What is asked on it is answered in the order it was asked in."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._calls: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._answers: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._asking = threading.Lock()
        self._saying = threading.Lock()
        self._process = os.getpid()
        threading.Thread(target=self._read, name="dayhand's line", daemon=True).start()

    def next(self, within: float | None) -> Frame | None:
        """The next thing asked of this process; None if nothing was within so many seconds."""
        try:
            return self._calls.get(timeout=within)
        except queue.Empty:
            return None

    def tell(self, frame: Frame) -> None:
        """Say something that is not answered. Whatever cannot be said ends this process.

        A step that forked is in two processes now: only the first of them is heard, the other ends here.
        """
        if os.getpid() != self._process:
            os._exit(0)
        with self._saying:
            try:
                frames.send(self._line, frame)
            except FrameError:
                _end()

    def ask(self, frame: Frame) -> Frame:
        """Ask, and wait for the answer. Several threads may."""
        with self._asking:
            self.tell(frame)
            return self._answers.get()

    def _read(self) -> None:
        """Dayhand's process is gone, killed perhaps: nothing of the plugin's may go on after it."""
        while True:
            try:
                frame = frames.receive(self._line)
            except FrameError:
                _end()
            is_answer = frame.kind in ("answer", "refused")
            (self._answers if is_answer else self._calls).put(frame)


def _end() -> None:
    os.killpg(os.getpgrp(), signal.SIGKILL)
