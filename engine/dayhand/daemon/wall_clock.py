"""Whether the clock on the wall can be relied on, held against what was handled before (rule 14)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from dayhand import durations
from dayhand.app import App

__all__ = ["WallClock"]

SET_BACK = timedelta(hours=3)
"""A clock that is further behind than this was set back on purpose."""
EARLIEST = datetime(2025, 1, 1, tzinfo=UTC)
"""A clock that shows less is wrong."""


class WallClock:
    """What the daemon knows of the clock."""

    def __init__(self, app: App, tell: Callable[[str], None]) -> None:
        self.seen: datetime | None = None
        """The latest moment that was handled."""
        self._app = app
        self._tell = tell
        self._warned = ""

    @property
    def is_in_doubt(self) -> bool:
        """True while it was waited for at the last look."""
        return bool(self._warned)

    @staticmethod
    def is_implausible(now: datetime) -> bool:
        """True of a moment before there was a dayhand."""
        return now < EARLIEST

    def is_waited_for(self, now: datetime) -> bool:
        """True while the wall clock is behind what was already handled, by up to three hours, or is
        plainly wrong: a machine without a clock of its own wakes up in 1970."""
        if self.is_implausible(now):
            self._warn(
                "wrong", f"the clock says {now:%Y-%m-%d}: nothing is started until it is right"
            )
            return True
        if self.seen is None:
            self.seen = max(self._latest_record() or now, now)
        behind = self.seen - now
        if behind > SET_BACK:
            self._tell(f"the clock was set back {durations.as_text(behind)}: going on from here")
        elif behind > timedelta(seconds=1):
            told = durations.as_text(behind)
            told = f"the clock is {told} behind: nothing is started until it has caught up"
            self._warn("behind", told)
            return True
        self._warned = ""
        self.seen = now
        return False

    def _latest_record(self) -> datetime | None:
        latest = self._app.store.runs(limit=1)
        return latest[0].created_at if latest else None

    def _warn(self, kind: str, text: str) -> None:
        """Tell a thing once for as long as it lasts."""
        if self._warned != kind:
            self._warned = kind
            self._tell(text)
