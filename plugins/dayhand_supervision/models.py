"""What the steps take and give: hours, weeks, progress, questions, memos."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dayhand import Confidence, Sensitive, Unverified
from dayhand_supervision.rule_set import Category, Stage

__all__ = [
    "ENTRY_COLUMNS",
    "Agenda",
    "Entry",
    "EventIn",
    "HeldEntry",
    "KeptLog",
    "LimitStatus",
    "LogFile",
    "LogRow",
    "Lost",
    "Meeting",
    "Memo",
    "PageFiles",
    "Progress",
    "Projection",
    "Question",
    "Ratio",
    "Recorded",
    "Requirement",
    "SettingWeek",
    "Source",
    "Units",
    "Week",
    "WeekLog",
    "WindowOver",
]

Source = Literal["hand", "csv", "session", "meeting"]


def _line(text: str) -> str:
    if any(ord(letter) < 32 for letter in text):
        raise ValueError("it is one line of text")
    return text.strip()


Line = Annotated[str, AfterValidator(_line)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Entry(_Data):
    """Time on one day, of one category, in one setting. It names no client."""

    id: str = ""
    track: str = ""
    on: date
    minutes: int = Field(gt=0, le=1440)
    category: Category
    setting: Annotated[Line, Field(max_length=80)] = ""
    supervisor: Annotated[Line, Field(max_length=120)] = ""
    telehealth: bool = False
    group_size: int | None = Field(default=None, ge=2, le=100)
    topics: Annotated[Line, Field(max_length=300)] = ""
    reference: Annotated[Line, Field(max_length=80)] = ""
    """Tells apart two rows of one day and category; of a session its id."""
    source: Source = "hand"


ENTRY_COLUMNS = tuple(name for name in Entry.model_fields if name not in {"id", "track"})
"""Those of a CSV file of hours."""


class HeldEntry(_Data):
    """An hour that was not kept as it is now, since its week's log is signed, and why."""

    reference: str
    on: date
    reason: str


class Recorded(_Data):
    """What was done with the hours given."""

    ids: list[str] = Field(default_factory=list)
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    held: list[HeldEntry] = Field(default_factory=list)


class Units(_Data):
    """How many units of supervision a week with so many direct hours needs."""

    rule_set: str
    stage: Stage
    direct_hours: Decimal
    needed: int
    averaged: bool
    """Whether it is an average to date rather than of each week."""
    confidence: Confidence
    as_of: str


class SettingWeek(_Data):
    """A week in one setting: what was worked, supervised and counts."""

    start: date
    end: date
    setting: str
    stage: Stage
    direct: Decimal
    other: Decimal
    supervision: Decimal
    counted: Decimal
    units: Decimal
    needed: int
    met: bool
    is_over: bool = True
    problem: str = ""
    """Empty while the week goes on."""


class Ratio(_Data):
    """Direct hours for each unit of supervision in a setting, to date."""

    setting: str
    stage: Stage
    direct: Decimal
    units: Decimal
    per_unit: Decimal | None
    """Null where there was no unit."""
    most: Decimal | None = None
    """What the rule allows on average; null where it goes by weeks only."""
    met: bool


class WindowOver(_Data):
    """Consecutive days with more hours than count."""

    start: date
    end: date
    hours: Decimal
    max: Decimal
    over: Decimal


class Lost(_Data):
    """Hours of a week that do not count, and why."""

    week: date
    setting: str
    hours: Decimal
    reason: str


class Requirement(_Data):
    """Something the board asks, in hours, weeks or papers."""

    id: str
    title: str
    unit: Literal["hours", "weeks", "paper"]
    required: Decimal
    counted: Decimal
    missing: Decimal
    met: bool
    confidence: Confidence
    note: str = ""
    done_by: date | None = None
    """When it will be met at the pace of the last weeks."""


class LimitStatus(_Data):
    """Hours of which only so many count."""

    id: str
    title: str
    max: Decimal
    worked: Decimal
    counted: Decimal
    left: Decimal
    confidence: Confidence


class Projection(_Data):
    """When everything will be met, at the pace of the last weeks."""

    weeks_looked_at: int
    hours_a_week: Decimal
    done_by: date | None = None
    slowest: str = ""
    """The requirement that takes longest."""
    earliest: date | None = None
    """The first day on which it could be, at the most hours that count."""
    lapsing: Decimal = Decimal(0)
    """Hours counted now that will be too old by then."""
    reason: str = ""
    rest_by: date | None = None
    """Where no day can be told: when all else will be met."""


class Progress(_Data):
    """How far a track has come, by the rules as of `as_of`."""

    track: str
    person: str
    rule_set: str
    rule_title: str
    licence: str
    stage: Stage
    computed_on: date
    since: date | None
    total: Decimal
    worked: Decimal
    weeks: int
    status: Literal["complete", "open", "problems"]
    summary: str
    requirements: list[Requirement] = Field(default_factory=list)
    limits: list[LimitStatus] = Field(default_factory=list)
    recent: list[SettingWeek] = Field(default_factory=list)
    """The last twelve weeks, the latest first."""
    ratios: list[Ratio] = Field(default_factory=list)
    windows: list[WindowOver] = Field(default_factory=list)
    lost: list[Lost] = Field(default_factory=list)
    projection: Projection
    as_of: str
    source: str
    sources: list[str]
    confidence: Confidence
    unverified: list[Unverified] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


class LogRow(_Data):
    """A category's minutes on each day of the week."""

    category: Category
    minutes: list[int]
    total: int
    telehealth: int = 0


class WeekLog(_Data):
    """One week in one setting under one supervisor: what the supervisor signs."""

    setting: str
    supervisor: str
    supervisor_licence: str = ""
    rows: list[LogRow]
    direct: int
    other: int
    supervision: int
    sha256: str
    """The hash of the hours on it, which stands on the page."""
    topics: list[str] = Field(default_factory=list)


class Week(_Data):
    """A week of a track, as its logs show it. Minutes are whole minutes."""

    track: str
    person: str
    start: date
    end: date
    days: list[date]
    logs: list[WeekLog] = Field(default_factory=list)
    settings: list[SettingWeek] = Field(default_factory=list)
    total: Decimal = Decimal(0)
    to_date: Decimal = Decimal(0)
    windows: list[WindowOver] = Field(default_factory=list)
    rules: str = ""
    as_of: str = ""
    confidence: Confidence = "L"
    unverified: list[Unverified] = Field(default_factory=list)


class LogFile(_Data):
    """A log as a file: `sha256` of its hours, `file_sha256` of the PDF."""

    setting: str
    supervisor: str
    path: str
    sha256: str
    file_sha256: str


class KeptLog(_Data):
    """A log whose hash is kept, and its signature if it has one."""

    id: str
    track: str
    week: date
    setting: str
    supervisor: str
    sha256: str
    path: str = ""
    made_on: date
    signed_on: date | None = None
    signed_by: str = ""
    state: Literal["open", "signed", "changed"] = "open"
    """`changed`: the hours are no longer those on it."""


class EventIn(_Data):
    """What is needed of a calendar event."""

    key: str = Field(min_length=1)
    start: datetime
    end: datetime
    summary: Sensitive[str] = ""
    status: str = "confirmed"
    all_day: bool = False
    categories: list[str] = Field(default_factory=list)
    video: bool = False


class Meeting(_Data):
    """A calendar event that is supervision."""

    key: str
    start: datetime
    end: datetime
    minutes: int
    category: Category
    supervisor: str = ""
    video: bool = False
    is_over: bool = False


class Question(_Data):
    """Something to bring to supervision. `client_id` is the pseudonym."""

    id: str
    client_id: str = ""
    text: Sensitive[str]
    risk: bool = False
    raised_on: date
    closed_on: date | None = None


class PageFiles(_Data):
    """Where a page was written; `pdf` is empty if the settings want none."""

    path: str
    pdf: str


class Agenda(PageFiles):
    """The agenda, and what was taken out of the texts on it."""

    cases: int
    removed: list[str] = Field(default_factory=list)


class Memo(PageFiles):
    """A consultation memo. `sha256` is that of its text."""

    sha256: str
    names_client: bool
