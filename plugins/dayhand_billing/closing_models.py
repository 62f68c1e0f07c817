"""What the steps of the month's close take and return."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

__all__ = [
    "Close",
    "CloseFigures",
    "CloseFinding",
    "CloseKind",
    "EventIn",
    "MatchIn",
    "NoteIn",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class EventIn(_Data):
    """What the close needs of a calendar event."""

    key: str
    start: AwareDatetime
    end: AwareDatetime | None = None


class MatchIn(_Data):
    """A calendar event that is a client's session, as `calendar.match` returns it."""

    event: EventIn
    client_id: str
    attendance: str


class NoteIn(_Data):
    """A progress note by its header, as `journal.notes` returns it."""

    id: str
    session_id: str
    client_id: str
    minutes: int = 0
    state: str = "draft"


CloseKind = Literal[
    "not_recorded",
    "other_status",
    "not_in_calendar",
    "no_note",
    "note_not_signed",
    "note_without_session",
    "minutes_differ",
    "minutes_unlike_service",
    "not_billed",
    "billed_without_signed_note",
    "billed_on_void",
    "invoice_unknown",
    "amount_differs",
    "ledger_differs",
]


class CloseFinding(_Data):
    """Two records that do not say the same; `about` names them, by ids only."""

    kind: CloseKind
    client_id: str = ""
    day: date | None = None
    about: str
    message: str


class CloseFigures(_Data):
    """How much each record of the month has."""

    calendar: int
    attended: int
    attended_minutes: int
    notes: int
    notes_signed: int
    billed: int
    invoiced: Decimal
    paid: Decimal
    ledger_invoiced: Decimal
    ledger_paid: Decimal
    receivable: Decimal
    ledger_receivable: Decimal


class Close(_Data):
    """What the month's records say of one another."""

    month: str
    figures: CloseFigures
    findings: list[CloseFinding]
    counts: dict[str, int]
    """How many findings there are of each kind."""
