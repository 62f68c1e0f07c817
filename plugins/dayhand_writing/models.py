"""What the steps take and give: words, submissions, findings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from dayhand import Sensitive

__all__ = [
    "SUBMISSION_COLUMNS",
    "CheckedDrafts",
    "DayCount",
    "DeadlineList",
    "DigestNote",
    "EventIn",
    "Finding",
    "Page",
    "ProjectProgress",
    "Recorded",
    "Submission",
    "SubmissionStatus",
    "WritingSlot",
]

SubmissionStatus = Literal[
    "planned",
    "drafting",
    "submitted",
    "under_review",
    "revise_and_resubmit",
    "accepted",
    "rejected",
    "published",
    "withdrawn",
]


def _line(text: str) -> str:
    if any(ord(letter) < 32 for letter in text):
        raise ValueError("it is one line of text")
    return text.strip()


Line = Annotated[str, AfterValidator(_line)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class DayCount(_Data):
    """How many words a project had at the end of a day."""

    project: Annotated[Line, Field(min_length=1, max_length=40)]
    on: date
    words: int = Field(ge=0)
    minutes: int = Field(default=0, ge=0, le=1440)
    """Time held for writing on that day."""
    source: Literal["files", "git", "csv", "hand"] = "files"


class Recorded(_Data):
    """What was kept."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0


class ProjectProgress(_Data):
    """How a project stands: `added` are the words of the days looked at, `last` the last day."""

    project: str
    title: str
    words: int
    added: int
    days_written: int
    minutes: int
    goal: int = 0
    goal_days: int = 0
    """Days on which the goal was reached."""
    last: date | None = None
    days: list[DayCount] = Field(default_factory=list)


class EventIn(_Data):
    """What is needed of a calendar event."""

    key: str = Field(min_length=1)
    start: datetime
    end: datetime
    summary: Sensitive[str] = ""
    status: str = "confirmed"
    all_day: bool = False
    categories: list[str] = Field(default_factory=list)


class WritingSlot(_Data):
    """Time in the calendar that is for writing, and is over."""

    key: str
    start: datetime
    end: datetime
    minutes: int


class Submission(_Data):
    """A piece on its way to a journal, an editor or a conference."""

    id: str = ""
    title: Annotated[Line, Field(min_length=1, max_length=300)]
    venue: Annotated[Line, Field(max_length=200)] = ""
    kind: Annotated[Line, Field(max_length=40)] = "article"
    status: SubmissionStatus = "planned"
    due_on: date | None = None
    submitted_on: date | None = None
    decided_on: date | None = None
    project: Annotated[Line, Field(max_length=40)] = ""
    note: Annotated[Line, Field(max_length=500)] = ""
    days_left: int | None = None
    """To the deadline; below zero once it is past. Told by `writing.submissions`."""
    days_waiting: int | None = None
    problem: str = ""

    @model_validator(mode="after")
    def _in_order(self) -> Submission:
        if self.submitted_on and self.decided_on and self.decided_on < self.submitted_on:
            raise ValueError("it was decided before it was submitted")
        if self.status in ("submitted", "under_review") and self.submitted_on is None:
            raise ValueError(f"what is {self.status} has the day it was submitted on")
        return self


SUBMISSION_COLUMNS = tuple(Submission.model_fields)[1:10]
"""Those of a CSV file of submissions: from the title to the note."""


class DeadlineList(_Data):
    """The page of submissions, and how many need something."""

    path: str
    overdue: int
    soon: int
    waiting_long: int


class Finding(_Data):
    """A place in a draft that could tell who a client is. `shown` is its first letter, no more."""

    file: str
    line: int
    column: int
    identifier: str
    """The letter of 45 CFR 164.514(b)(2)(i), A to R."""
    kind: str
    shown: str
    known: bool = False
    """True if it is a detail of a client of this practice."""


class CheckedDrafts(_Data):
    """What was found in drafts, by the identifiers of 45 CFR 164.514(b)(2)(i)."""

    files: list[str]
    findings: list[Finding] = Field(default_factory=list)
    known: int = 0


class Page(_Data):
    """A page as written."""

    path: str
    findings: int = 0


class DigestNote(_Data):
    """What is needed of a reading note."""

    title: str
    citation: str = ""
    topics: list[str] = Field(default_factory=list)
    finished_on: date | None = None
    summary: str = ""
    method: str = ""
    use: str = ""
    quotes: list[str] = Field(default_factory=list)
