"""What the pages are made from: what other plugins' steps return, as far as a page shows it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive
from dayhand_practice.vocabulary import SessionStatus

__all__ = [
    "AgendaIn",
    "BalanceIn",
    "ConflictIn",
    "DaySheet",
    "EveningPage",
    "EventIn",
    "IntakePack",
    "MatchIn",
    "MeasuresPage",
    "PaperworkIn",
    "PaperworkPage",
    "PlanPage",
    "PrepCard",
    "ReleaseIn",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class EventIn(_Data):
    """An event of the calendar."""

    key: str
    source: str = ""
    summary: Sensitive[str] = ""
    start: datetime
    end: datetime
    all_day: bool = False
    status: str = "confirmed"
    video: bool = False


class AgendaIn(_Data):
    """The events of a day; of more days only the first is shown."""

    start: date
    timezone: str = ""
    events: list[EventIn] = Field(default_factory=list)
    skipped: list[Any] = Field(default_factory=list)
    stale: list[Any] = Field(default_factory=list)


class MatchIn(_Data):
    """An event that is a session with a client."""

    event: EventIn
    client_id: str
    initials: str = ""
    attendance: SessionStatus = "scheduled"


class ConflictIn(_Data):
    """Events that overlap, leave no break, or lie outside the hours."""

    kind: str = ""
    keys: list[str] = Field(default_factory=list)
    start: datetime | None = None
    end: datetime | None = None
    message: str = ""


class BalanceIn(_Data):
    """What a client owes."""

    client_id: str
    balance: Decimal
    overdue: Decimal = Decimal(0)
    credit: Decimal = Decimal(0)
    oldest_days: int = 0


class PaperworkIn(_Data):
    """A paper that is missing or runs out."""

    client_id: str
    initials: str = ""
    kind: str = ""
    title: str = ""
    expires: date | None = None
    days_left: int | None = None
    state: Literal["missing", "expired", "expiring"] = "missing"
    due_on: date | None = None


class ReleaseIn(_Data):
    """A release of information that does not hold, or soon will not."""

    release: str = ""
    client_id: str
    initials: str = ""
    state: str
    days_left: int | None = None


class PaperworkPage(_Data):
    """Where the list was written, and what it says in numbers."""

    path: str
    pdf: str
    gaps: int
    overdue: int
    clients: int


class DaySheet(_Data):
    """Where the day sheet was written; `pdf` is empty if the settings want none."""

    path: str
    pdf: str
    cards: int


class EveningPage(_Data):
    """Where the evening page was written, and what it says in numbers."""

    path: str
    pdf: str
    sessions: int
    unsigned: int
    tomorrow: int


class PlanPage(_Data):
    """Where the reviews were written, and what they say in numbers."""

    path: str
    pdf: str
    due: int
    overdue: int
    findings: int


class MeasuresPage(_Data):
    """Where the page of measures was written, and what it says in numbers."""

    path: str
    pdf: str
    due: int
    worse: int
    charts: int


class PrepCard(_Data):
    """Where the card of a session was written, and how much is due."""

    client_id: str
    path: str
    pdf: str
    measures: int
    papers: int


class IntakePack(_Data):
    """Where the checklist and the forms of a new client were written."""

    client_id: str
    initials: str
    path: str
    pdf: str
    forms: list[str]
    missing: int
    needs_gfe: bool
