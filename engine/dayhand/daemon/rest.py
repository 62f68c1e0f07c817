"""When the daemon may rest: nothing is due, and neither the files nor the database have changed.

A pass that found nothing to do, and during which nobody wrote, is not made again for a minute, unless

- a row falls due, or a run's moment comes; half a minute before that one pass makes ready for it;
- a file in the practice's folders has changed;
- another process, or a run of this one, has written to the database;
- the clock was set, or the machine slept.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from dayhand.app import App
from dayhand.clock import Clock
from dayhand.daemon.folder_events import FolderEvents
from dayhand.daemon.machine import give_memory_back

__all__ = ["READY", "Quiet", "Rest"]

LONGEST = timedelta(minutes=1)
READY = timedelta(seconds=30)
"""So long before a row is due what it needs is read."""
_RESTLESS = 12.0
"""Seconds after a change in a folder in which every pass is made, and looks at the files: what is in the
inbox has to be found unchanged, and what is gone has to be missed, by two passes."""
_UNSEEN = 600.0
"""Seconds after which files are looked at without a reason: a shared folder does not tell all."""
_UNTIDY = 600.0
"""Seconds for which memory that was used may be kept, once there is nothing to do."""


class Quiet(NamedTuple):
    """That there is nothing to do: for how long by now, the database's mark, and what ends it when."""

    age: timedelta
    mark: str
    ends: tuple[datetime, ...]


class Rest:
    """Whether the next pass can be left out."""

    def __init__(self, app: App, stir: Callable[[], None]) -> None:
        self._app = app
        self._clock: Clock = app.clock
        self._stir = stir
        self._events = FolderEvents(lambda: _folders(app.folder), self._happened)
        self._version: int | None = None
        self._since = self._until = datetime.min.replace(tzinfo=self._clock.now().tzinfo)
        self._changed_at = self._clock.monotonic()
        self._begun_at: float | None = None
        self.mark = ""
        """By what another process sees that nothing was written since the last pass."""
        self._looked_at: float | None = None
        self._tidied_at: float | None = None
        self._is_tidy = False

    def listen(self) -> None:
        """Begin to watch the practice's folders."""
        self._events.listen()

    def hand_over(self) -> int:
        """Leave the watch to another process; the descriptor that can be read once something changes."""
        return self._events.hand_over()

    def close(self) -> None:
        """Stop watching."""
        self._events.close()

    def expect_quiet(self) -> None:
        """Nothing has changed since this process was another."""
        self._changed_at = self._clock.monotonic() - _RESTLESS - 1

    def _happened(self) -> None:
        self._changed_at = self._clock.monotonic()
        self._looked_at = None
        self.end()
        self._stir()

    @property
    def is_quiet(self) -> bool:
        """True if no file has changed for a moment."""
        return self._clock.monotonic() - self._changed_at > _RESTLESS

    def needs_a_look(self) -> bool:
        """True if the files may have changed; they count as looked at from here on."""
        now = self._clock.monotonic()
        seen = self._looked_at is not None and now - self._looked_at < _UNSEEN
        if self._events.is_listening and seen and self.is_quiet:
            return False
        self._events.renew()
        self._looked_at = now
        return True

    def version(self) -> int | None:
        """What a pass has to find unchanged at its end; None where there can be no rest."""
        return self._app.store.version() if self._events.is_listening else None

    def begin(self, before: int | None, following: datetime | None) -> None:
        """A pass found nothing to do; `before` is the version at its beginning."""
        now = self._clock.now()
        self.mark = self._app.store.mark() if before is not None else ""
        if before is None or not self.is_quiet or self.version() != before:
            self.end()
            return
        self._version, self._since, self._until = before, now, now + LONGEST
        if self._begun_at is None:
            self._begun_at = self._clock.monotonic()
        if following is not None:
            ready = following - READY
            self._until = min(self._until, ready if ready > now else following)
        self._tidy_up()

    def _tidy_up(self) -> None:
        """Give back what was used to read routines and to run them."""
        now = self._clock.monotonic()
        is_early = self._tidied_at is not None and now - self._tidied_at < _UNTIDY
        if not self._is_tidy and not is_early:
            give_memory_back()
            self._tidied_at, self._is_tidy = now, True

    def lasts(self) -> bool:
        """True as long as a pass would find nothing."""
        if self._version is None or not self._since <= self._clock.now() < self._until:
            return False
        return self._app.store.version() == self._version

    def keep(self) -> None:
        """What was written since `lasts` was asked is the daemon's own.

        What another process wrote in that very moment is found a minute later.
        """
        self._since, self._version = self._clock.now(), self._app.store.version()

    def end(self) -> None:
        """The next pass is to be made."""
        self._version, self._begun_at, self._is_tidy = None, None, False

    @property
    def age(self) -> timedelta | None:
        """How long there has been nothing to do; None while there is something."""
        if self._begun_at is None:
            return None
        return timedelta(seconds=self._clock.monotonic() - self._begun_at)


def _folders(practice: Path) -> Iterator[Path]:
    """Where routines, settings and files to be handled are."""
    yield practice
    for name in ("routines", "inbox"):
        for folder, _, _ in os.walk(practice / name):
            yield Path(folder)
