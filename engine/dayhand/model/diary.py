"""Events of the practice's calendars as a plugin told them: keys and times, nothing that names anyone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["KeptEvent", "Reading"]


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """An event. `key` stays the same however it is moved; both moments are aware."""

    key: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """The events of a kind between two moments, as they were at a third."""

    kind: str
    events: tuple[KeptEvent, ...]
    begins: datetime
    ends: datetime
    read_at: datetime
