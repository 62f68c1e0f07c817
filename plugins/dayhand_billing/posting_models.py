"""What the steps for payments from files, and for reminders, take and return."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dayhand import Sensitive

__all__ = [
    "Adjustment",
    "DueReminder",
    "DueReminders",
    "JudgedAdjustment",
    "MatchedPayment",
    "MatchedPayments",
    "NotedReminder",
    "PaymentFile",
    "PaymentRow",
    "PostedPayments",
    "UnmatchedPayment",
    "WrittenList",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class NotedReminder(_Data):
    """A reminder of an invoice, at one step."""

    invoice: str
    after_days: int


class DueReminder(NotedReminder):
    """An overdue invoice to be reminded of; `name` and `email` are of whoever pays."""

    client_id: str
    initials: str
    name: Sensitive[str]
    email: Sensitive[str]
    email_scopes: list[str]
    due_on: date
    days_overdue: int
    open: Decimal


class DueReminders(_Data):
    """What is to be reminded of; `summary` is Markdown with ids and initials only."""

    items: list[DueReminder]
    total: Decimal
    summary: str


class Adjustment(_Data):
    """What an insurer took off a charge: its group (CO, PR, OA, PI), reason code and amount."""

    group: str
    reason: str
    amount: Decimal
    service_date: date | None = None
    denies: bool = False
    """Nothing was paid for what it is taken off, and nothing of it is the patient's."""


class JudgedAdjustment(Adjustment):
    """An adjustment with what becomes of it; `why` says why it is not written off."""

    becomes: Literal["written_off", "client", "undecided"]
    why: str = ""


class PaymentRow(_Data):
    """A payment as a processor's or an insurer's file tells it, before it is known whose it is."""

    line: int
    """The line of a CSV file, or the claim's place in a remittance."""
    received_on: date
    amount: Decimal
    fee: Decimal = Decimal("0.00")
    method: str = "card"
    reference: str
    number: str = ""
    """Our own number where the file has one: an invoice's, or a client's id."""
    service_date: date | None = None
    charge: Decimal | None = None
    note: str = ""
    """Why it is not posted as it stands: a denial, a reversal, a refund."""
    claim_status: str = ""
    """Of a remittance's claim, as the insurer codes it (CLP02)."""
    adjustments: list[Adjustment] = []


class PaymentFile(_Data):
    """A file's payments, in balance with the file's own total."""

    path: str
    kind: Literal["csv", "835"]
    rows: list[PaymentRow]
    total: Decimal
    kept_back: Decimal = Decimal("0.00")
    """What an insurer kept of its payments for no claim of the file."""


class MatchedPayment(_Data):
    """A payment whose it is, and by what that was told."""

    row: PaymentRow
    client_id: str
    invoice: str
    by: Literal["number", "amount and date"]
    adjusts: str = ""
    """The issued invoice that an insurer's adjustments are of, also where nothing of it is open."""
    adjustments: list[JudgedAdjustment] = []


class UnmatchedPayment(_Data):
    """A payment that nobody can be told to have made, or that is not posted by itself, and why."""

    row: PaymentRow
    reason: str


class MatchedPayments(_Data):
    """Every row of the file: matched, known before, or unmatched."""

    path: str
    matched: list[MatchedPayment]
    known: list[str]
    unmatched: list[UnmatchedPayment]
    kept_back: Decimal = Decimal("0.00")


class PostedPayments(_Data):
    """What was posted of a file."""

    path: str
    new: int
    unchanged: int
    total: Decimal
    ids: list[str]
    written_off: Decimal = Decimal("0.00")
    """What the contract with an insurer took off invoices."""
    write_offs: list[str] = []
    """Their numbers."""


class WrittenList(_Data):
    """A list under `out/`, and how many rows it has."""

    path: str
    rows: int
