"""What the steps of this plugin take and give: events, agendas, matches, conflicts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive
from dayhand_calendar.settings import EventKind
from dayhand_practice.vocabulary import SessionStatus

__all__ = [
    "Agenda",
    "ChangedEvent",
    "ClosedDay",
    "Conflict",
    "Event",
    "Match",
    "Matches",
    "OpenDay",
    "SkippedEvent",
    "StaleSource",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Event(_Data):
    """An event at one moment: a series gives one for each time it takes place.

    `start` and `end` are aware, in the practice's zone; an all-day event runs from midnight to
    midnight. `key` is the same as long as the occurrence is the same, however it is moved.
    """

    uid: str
    recurrence_id: str | None = None
    key: str
    source: str
    summary: Sensitive[str] = ""
    description: Sensitive[str] = ""
    location: Sensitive[str] = ""
    start: datetime
    end: datetime
    all_day: bool = False
    status: Literal["confirmed", "tentative", "cancelled"] = "confirmed"
    categories: list[str] = Field(default_factory=list)
    minutes: int
    video: bool = False
    kind: EventKind = "other"
    url: Sensitive[str] = ""
    attendees: list[Sensitive[str]] = Field(default_factory=list)
    """E-mail addresses of those invited."""
    busy: bool = True
    """False where the event is marked as leaving its time free."""
    time_off: bool = False
    """True for an all-day hold, and for what is marked as out of office or time off."""


class SkippedEvent(_Data):
    """An event that was left out, and why.

    `line` is in the source's text, or for CalDAV in the object of that event.
    """

    source: str
    uid: str
    line: int
    reason: str


class StaleSource(_Data):
    """A source that could not be read now. With `as_of`, its events are those of that moment."""

    source: str
    reason: str
    as_of: datetime | None = None


class Agenda(_Data):
    """What is on from `start` to `end`, both included, in the order of time."""

    start: date
    end: date
    timezone: str
    events: list[Event] = Field(default_factory=list)
    skipped: list[SkippedEvent] = Field(default_factory=list)
    stale: list[StaleSource] = Field(default_factory=list)


class Match(_Data):
    """An event that is a session with a client. `how` says by what it was told."""

    event: Event
    client_id: str
    initials: str
    how: str
    attendance: SessionStatus


class Matches(_Data):
    """Events by whom they are with. `reasons` says for each of `unknown`, by its key, why."""

    matched: list[Match] = Field(default_factory=list)
    unknown: list[Event] = Field(default_factory=list)
    others: list[Event] = Field(default_factory=list)
    client_ids: list[str] = Field(default_factory=list)
    reasons: dict[str, str] = Field(default_factory=dict)


class Conflict(_Data):
    """Something that will not fit. `message` names times, never people."""

    kind: Literal["overlap", "no_buffer", "outside_hours"]
    keys: list[str]
    start: datetime
    end: datetime
    message: str


class ClosedDay(_Data):
    """A day that was passed over, and why."""

    day: date
    reason: str


class OpenDay(_Data):
    """The next day on which the practice works, its hours, and the days passed over before it."""

    day: date
    weekday: str
    hours: list[str] = Field(default_factory=list)
    closed: list[ClosedDay] = Field(default_factory=list)


class ChangedEvent(_Data):
    """An event as it now stands on the server, and what was done.

    `warnings` are those of the title check.
    """

    change: Literal["created", "moved", "cancelled", "deleted"]
    source: str
    uid: str
    key: str
    start: datetime | None = None
    end: datetime | None = None
    etag: str = ""
    warnings: list[str] = Field(default_factory=list)
