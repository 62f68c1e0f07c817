"""What the steps that keep notes take and give."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Private, Sensitive
from dayhand_practice.vocabulary import NoteFormat

__all__ = [
    "Addendum",
    "Checkin",
    "CheckinScales",
    "LastPlan",
    "Note",
    "NoteState",
    "NoteStub",
    "PsychotherapyHeader",
    "PsychotherapyNote",
    "PsychotherapyWritten",
    "ScaleTrend",
    "SignedNote",
    "SkippedSession",
    "Stubs",
    "UnsignedNote",
    "UnsignedNotes",
    "Warned",
]

NoteState = Literal["draft", "signed"]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class NoteStub(_Data):
    """A note by its header alone."""

    id: str
    client_id: str
    initials: str
    session_id: str
    format: NoteFormat
    state: NoteState
    start: datetime | None = None
    minutes: int = 0
    created: bool = False
    late_entry: bool = False


class SkippedSession(_Data):
    """A session for which nothing was done, and why."""

    session_id: str
    reason: str


class Stubs(_Data):
    """The notes of the sessions given, whether they were there before or not."""

    notes: list[NoteStub]
    new: int
    skipped: list[SkippedSession] = Field(default_factory=list)


class Addendum(_Data):
    """Something added to a signed note, itself signed."""

    n: int
    text: Sensitive[str]
    state: NoteState
    written_at: datetime
    signed_at: datetime | None = None
    signed_by: str = ""
    sha256: str = ""


class Note(_Data):
    """A progress note, whole."""

    id: str
    session_id: str
    client_id: str
    initials: str
    format: NoteFormat
    start: datetime
    stop: datetime
    minutes: int
    place_of_service: str
    modality: str
    service: str
    sections: dict[str, Sensitive[str]]
    state: NoteState
    signed_at: datetime | None = None
    signed_by: str = ""
    sha256: str = ""
    late_entry: bool = False
    addenda: list[Addendum] = Field(default_factory=list)


class LastPlan(_Data):
    """What the last written note of a client says for the next session."""

    client_id: str
    note_id: str
    date: date
    plan: Sensitive[str] = ""
    goals: list[Sensitive[str]] = Field(default_factory=list)
    homework: Sensitive[str] = ""
    risk: Sensitive[str] = ""
    measures: Sensitive[str] = ""
    addenda: int = 0
    unsigned: bool = False


class UnsignedNote(_Data):
    """A note that still has to be signed."""

    note_id: str
    client_id: str
    initials: str
    session_date: date
    age_hours: int
    late: bool
    empty: bool = False
    """Nothing is written yet."""
    addendum: int | None = None
    """It is the addendum of this number that is not signed."""


class UnsignedNotes(_Data):
    """Notes to sign, oldest first."""

    items: list[UnsignedNote] = Field(default_factory=list)
    over_24h: int = 0
    over_72h: int = 0


class SignedNote(_Data):
    """A note that is now signed and locked."""

    id: str
    client_id: str
    initials: str
    signed_at: datetime
    signed_by: str
    sha256: str
    late_entry: bool


class ScaleTrend(_Data):
    """How a scale goes: today's value beside the mean of up to four entries before."""

    scale: str
    value: int
    mean_before: Decimal | None = None


class Checkin(_Data):
    """A check-in as kept."""

    id: str
    on: date
    trend: list[ScaleTrend] = Field(default_factory=list)


class CheckinScales(_Data):
    """A check-in without its words."""

    on: date
    scales: dict[str, int] = Field(default_factory=dict)


class Warned(_Data):
    """A line of a psychotherapy note that reads like part of the progress note."""

    line: int
    field: str
    message: str


class PsychotherapyWritten(_Data):
    """A psychotherapy note as kept, without its text."""

    id: str
    client_id: str
    warnings: list[Warned] = Field(default_factory=list)


class PsychotherapyHeader(_Data):
    """A psychotherapy note without its text."""

    id: str
    client_id: str
    initials: str
    written_at: datetime


class PsychotherapyNote(PsychotherapyHeader):
    """A psychotherapy note, whole."""

    text: Private[str]
