"""A plugin's processes: one for each step that runs, and one kept a while for the next.

To start one takes as long as Python and the plugin need to be imported (about 0.4 s), to ask one that
waits a millisecond (`tests/benchmarks/own_process.py`): so the last one to finish waits half a minute.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dayhand.own_process.child import Child
from dayhand.own_process.frames import Frame
from dayhand.trust import Bounds

__all__ = ["IDLE", "Pool"]

IDLE = 30.0
"""Seconds after which a process that waits ends itself."""


@dataclass(slots=True)
class Pool:
    """The processes of one plugin. `begin` is what each is told first, as `plugin_process` reads it."""

    plugin: str
    begin: bytes
    bounds: Bounds
    _waiting: Child | None = None

    def describe(self) -> Mapping[str, Any]:
        """What the plugin declares, as the JSON of a catalogue. Raises `StepError`."""
        child = self.take()
        answer = child.ask(Frame("describe"))
        self.give_back(child)
        return answer.told

    def take(self) -> Child:
        """A process that serves nobody: the one that waits, or a new one. Raises `StepError`."""
        with _taking:
            child, self._waiting = self._waiting, None
        if child is not None:
            if child.is_there():
                return child
            child.kill()
        return Child(self.plugin, self.begin, self.bounds)

    def give_back(self, child: Child) -> None:
        """Let a process wait for the next step."""
        with _taking:
            if self._waiting is None:
                self._waiting = child
                return
        child.kill()

    def close(self) -> None:
        """End the one that waits."""
        with _taking:
            child, self._waiting = self._waiting, None
        if child is not None:
            child.kill()


_taking = threading.Lock()
"""Held for an assignment: steps run side by side, in threads too."""
