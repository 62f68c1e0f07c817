"""An occurrence: one moment at which a trigger makes a routine due, or would have."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

__all__ = ["NO_SUCH_TIME", "ClockChange", "Occurrence", "delay", "key", "short_time", "short_when"]

ClockChange = Literal["gap", "overlap"]
NO_SUCH_TIME = "no such local time"
"""Why a time inside a gap of more than three hours is skipped, word for word in the ledger."""
_SECOND = timedelta(seconds=1)


def key(routine: str, trigger: str, nominal: datetime, fold: int) -> str:
    """What an occurrence is known by, for ever: unique in the database, whenever it is due.

    Neither the instant nor anything that an edit of other fields changes is part of it, so that
    planning twice, a restart, a second daemon or a new tzdata cannot make a second one.
    """
    wall = nominal.replace(tzinfo=None, fold=0)
    text = wall.isoformat(timespec="minutes" if not wall.second else "seconds")
    return f"{routine}/{trigger}/{text}/{fold}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment of a trigger. Two with the same `key` are the same occurrence.

    `nominal` is the wall minute the trigger names, and `at` the instant it means, which is another
    one where a gap or a day rule moves it. `fold` is 1 for the second copy of a nominal that fires
    twice. `nominals` lists all that fall together on `at`, in order. `skipped` says why it does not
    run; nothing if it does. `clock` says which change of the clock touched it.
    """

    routine: str
    trigger: str
    nominal: datetime
    fold: int
    at: datetime
    zone: str
    nominals: tuple[datetime, ...]
    notes: tuple[str, ...] = ()
    skipped: str | None = None
    clock: ClockChange | None = None
    delay: timedelta = timedelta(0)

    @property
    def key(self) -> str:
        """What it is known by, for ever."""
        return key(self.routine, self.trigger, self.nominal, self.fold)

    @property
    def due(self) -> datetime:
        """When it is started: `at`, and its share of the trigger's jitter."""
        return self.at + self.delay

    @property
    def wall(self) -> datetime:
        """What the clock shows at `at`: naive; not the nominal where it was moved."""
        return self.at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    @property
    def is_to_run(self) -> bool:
        """True unless it is only recorded, with its reason."""
        return self.skipped is None


def delay(occurrence_key: str, longest: timedelta, room: timedelta | None) -> timedelta:
    """The same for the same key: whole seconds, below `longest` and the `room` to the next one."""
    span = int((longest if room is None else min(longest, room)) / _SECOND)
    share = int.from_bytes(hashlib.sha256(occurrence_key.encode()).digest()[:8], "big")
    return (span * share >> 64) * _SECOND


def short_time(wall: datetime) -> str:
    """`02:30`, with seconds only where there are some."""
    return f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"


def short_when(wall: datetime) -> str:
    """`Sun 1 Nov`."""
    return f"{wall:%a} {wall.day} {wall:%b}"
