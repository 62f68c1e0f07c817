"""What the steps take and give."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive
from dayhand_practice.vocabulary import SessionStatus

__all__ = [
    "WEEKDAYS",
    "Block",
    "CancelledSession",
    "CheckinIn",
    "DayLoad",
    "EventIn",
    "Flag",
    "Hold",
    "Holds",
    "Leave",
    "LeaveClient",
    "LeaveLetter",
    "LeavePage",
    "LeavePlan",
    "Load",
    "MatchIn",
    "Page",
    "TakenBlock",
]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class EventIn(_Data):
    """An event of the calendar, as `calendar.agenda` gives it."""

    key: str = ""
    uid: str = ""
    start: datetime
    end: datetime
    all_day: bool = False
    status: str = "confirmed"
    kind: str = "other"
    busy: bool = True


class MatchIn(_Data):
    """A session with its client, as `calendar.match` gives it."""

    event: EventIn
    client_id: str
    initials: str = ""
    attendance: SessionStatus = "scheduled"


class CheckinIn(_Data):
    """A check-in without its words, as `journal.checkins` gives it."""

    on: date
    scales: dict[str, int] = Field(default_factory=dict)


class Block(_Data):
    """Protected time: so many minutes on a weekday."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    start: str = Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    minutes: int = Field(ge=5, le=720)
    since: date
    until: date | None = None


class Flag(_Data):
    """A client whose sessions weigh more, for a time."""

    client_id: str = Field(pattern=r"^[A-Z]{1,6}-[0-9]{1,9}$")
    since: date
    until: date | None = None


class Leave(_Data):
    """A leave that was planned."""

    first_on: date
    last_on: date
    contact: str = ""
    contact_phone: str = ""
    billing_cutoff: date
    sessions: int = 0


class DayLoad(_Data):
    """What a day holds. Warnings name times and numbers, never people."""

    day: date
    sessions: int
    minutes: int
    shortest_break: int | None = None
    """Minutes between two sessions; negative where they overlap."""
    longest_stretch: int = 0
    """Minutes from the first session to the last without a rest between."""
    in_a_row: int = 0
    """The most sessions in a row with clients who weigh more."""
    warnings: list[str] = Field(default_factory=list)


class Load(_Data):
    """What some days hold, and what is too much."""

    days: list[DayLoad]
    weeks: list[str] = Field(default_factory=list)
    """Warnings about whole weeks."""
    warnings: int


class Hold(_Data):
    """Protected time that is not in the calendar yet."""

    name: str
    on: date
    title: str
    start: datetime
    end: datetime


class TakenBlock(_Data):
    """Protected time that something else lies over."""

    name: str
    on: date
    start: datetime
    end: datetime
    by: Literal["session", "event"]


class Holds(_Data):
    """Protected time against the calendar."""

    wanted: list[Hold]
    taken: list[TakenBlock]
    there: int
    given_up: int
    """Holds that were made and that you took out again: they are not made anew."""


class CancelledSession(_Data):
    """A session that a leave cancels."""

    key: str
    client_id: str
    initials: str
    start: datetime
    end: datetime


class LeaveClient(_Data):
    """A client whom a leave touches."""

    client_id: str
    initials: str
    name: Sensitive[str] = ""
    first_name: Sensitive[str] = ""
    email: Sensitive[str] = ""
    email_scopes: list[str] = Field(default_factory=list)
    cancelled: list[datetime]
    when: list[str] = Field(default_factory=list)
    """The cancelled sessions as a letter tells them."""
    last_before: date | None = None
    next_on: datetime | None = None
    next: str = ""
    """The same, as a letter tells it."""


class LeavePlan(_Data):
    """A leave, and what has to be done for it."""

    first_on: date
    last_on: date
    return_on: date
    starts: datetime
    """Midnight of the first day."""
    ends: datetime
    """Midnight after the last day."""
    billing_cutoff: date
    contact: str = ""
    contact_phone: str = ""
    sessions: list[CancelledSession]
    clients: list[LeaveClient]
    problems: list[str] = Field(default_factory=list)


class Page(_Data):
    """Where a page was written; `pdf` is empty if the settings want none."""

    path: str
    pdf: str
    warnings: int = 0


class LeaveLetter(_Data):
    """A letter to a client about a leave."""

    client_id: str
    path: str


class LeavePage(_Data):
    """Where the plan of a leave and its letters were written."""

    path: str
    pdf: str
    letters: list[LeaveLetter]
