"""What the steps `billing.*` take and return. Names, addresses and diagnoses are sensitive."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive
from dayhand_billing.settings import AgeingBasis

__all__ = [
    "Ageing",
    "AgeingRow",
    "Allocated",
    "Balance",
    "BilledSession",
    "CreditNote",
    "Discarded",
    "DraftInvoice",
    "DraftProblem",
    "Drafts",
    "Exported",
    "ImportedPayments",
    "InvoiceItem",
    "Issued",
    "IssuedInvoice",
    "OpenedBalances",
    "OpeningBalanceIn",
    "Payment",
    "PaymentReceipt",
    "RenderedFile",
    "SignedPolicy",
    "SkippedSession",
    "SuperbillItem",
    "SuperbillRefusal",
    "Superbills",
    "UnsignedNoteIn",
    "Voided",
    "WrittenAgeing",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class UnsignedNoteIn(_Data):
    """A note that is not signed, as `journal.unsigned` tells it."""

    client_id: str
    session_date: date


class SignedPolicy(_Data):
    """A paper on file, as `practice.paperwork` tells it; only the no-show policy counts here."""

    client_id: str
    signed_on: date
    kind: str = "no_show_policy"


class OpeningBalanceIn(_Data):
    """What a client owed (positive) or had in credit (negative) when the books began."""

    client_id: str
    amount: Decimal
    as_of: date
    initials: str = ""


class DraftProblem(_Data):
    """Something the approver should look at; `blocks` says that the session was left out for it."""

    code: str
    message: str
    client_id: str = ""
    session_id: str = ""
    blocks: bool = False


class SkippedSession(_Data):
    """A session that is on no draft, and why."""

    session_id: str
    reason: str


class DraftInvoice(_Data):
    """A draft: not numbered, not owed, free to be discarded."""

    id: str
    client_id: str
    initials: str
    sessions: int
    session_ids: list[str]
    first_day: date
    last_day: date
    charge: Decimal
    adjustment: Decimal
    tax: Decimal
    total: Decimal


class Drafts(_Data):
    """Drafts to approve; `summary` is Markdown with ids and initials only."""

    ids: list[str]
    invoices: list[DraftInvoice]
    total: Decimal
    summary: str
    problems: list[DraftProblem] = Field(default_factory=list)
    skipped: list[SkippedSession] = Field(default_factory=list)


class Discarded(_Data):
    """Drafts that are gone; their sessions can be drafted again."""

    ids: list[str]
    session_ids: list[str]


class BilledSession(_Data):
    """A session and the document that bills it; null frees it, after a void."""

    session_id: str
    document: str | None
    was: str | None = None
    """Free the session only from this document."""


class IssuedInvoice(_Data):
    """An issued invoice; `name` and `email` are of whoever it is addressed to."""

    number: str
    client_id: str
    initials: str
    name: Sensitive[str]
    email: Sensitive[str]
    email_scopes: list[str]
    issued_on: date
    due_on: date
    total: Decimal
    balance: Decimal
    lines: int
    session_ids: list[str]
    service_on: date | None = None
    """The day of its first service."""


class Issued(_Data):
    """Invoices with their numbers; `billed` is what `practice.mark_billed` takes."""

    invoices: list[IssuedInvoice]
    numbers: list[str]
    total: Decimal
    billed: list[BilledSession]


class InvoiceItem(_Data):
    """An invoice in a list; a draft's `number` is its draft id."""

    number: str
    state: Literal["draft", "issued", "void"]
    client_id: str
    initials: str
    name: Sensitive[str] = ""
    email: Sensitive[str] = ""
    email_scopes: list[str] = Field(default_factory=list)
    issued_on: date | None = None
    due_on: date | None = None
    total: Decimal
    balance: Decimal
    days_overdue: int = 0


class CreditNote(_Data):
    """A credit note; `released` is what had been paid and is now the client's credit."""

    number: str
    invoice: str
    client_id: str
    issued_on: date
    amount: Decimal
    released: Decimal
    balance: Decimal


class Voided(_Data):
    """A void invoice, which keeps its number; `freed` is what `practice.mark_billed` takes."""

    number: str
    client_id: str
    voided_on: date
    released: Decimal
    session_ids: list[str]
    freed: list[BilledSession]


class RenderedFile(_Data):
    """A file under `out/`, ready to attach."""

    path: str
    size: int
    sha256: str
    pages: int


class Allocated(_Data):
    """A part of a payment or a credit, and the invoice it went to."""

    invoice: str
    amount: Decimal


class Payment(_Data):
    """A payment; `amount` is negative for a refund, `unallocated` is what is left as credit."""

    id: str
    client_id: str
    received_on: date
    amount: Decimal
    fee: Decimal
    method: str
    reference: str
    refund_of: str | None = None
    allocated: list[Allocated] = Field(default_factory=list)
    unallocated: Decimal = Decimal("0.00")


class PaymentReceipt(_Data):
    """What was recorded; `recorded` is false where the reference had been recorded before."""

    payment: Payment
    recorded: bool
    balance: Decimal


class ImportedPayments(_Data):
    """What an import did with a file's rows."""

    path: str
    rows: int
    new: int
    unchanged: int
    total: Decimal
    ids: list[str]


class OpenedBalances(_Data):
    """What was carried over from before the books began."""

    new: int
    unchanged: int
    owed: Decimal
    credit: Decimal


class Balance(_Data):
    """What a client owes after credit; negative is in the client's favour.

    `overdue` is the part of open invoices past its due date, `credit` what is not allocated, and
    `oldest_days` the age of the oldest open invoice.
    """

    client_id: str
    balance: Decimal
    overdue: Decimal
    credit: Decimal
    oldest_days: int


class AgeingRow(_Data):
    """A client's open invoices by age; `net` is `gross` less `credits`."""

    client_id: str
    initials: str
    buckets: dict[str, Decimal]
    gross: Decimal
    credits: Decimal
    net: Decimal
    oldest_days: int


class Ageing(_Data):
    """Accounts receivable by age, as of a day."""

    as_of: date
    basis: AgeingBasis
    currency: str
    rows: list[AgeingRow]
    buckets: dict[str, Decimal]
    gross: Decimal
    credits: Decimal
    net: Decimal


class WrittenAgeing(_Data):
    """The ageing report as Markdown (`path`) and CSV (`csv`)."""

    path: str
    csv: str
    as_of: date
    gross: Decimal
    credits: Decimal
    net: Decimal


class SuperbillItem(_Data):
    """A superbill; `name` and `email` are the client's."""

    id: str
    version: int
    supersedes: str | None = None
    client_id: str
    initials: str
    name: Sensitive[str]
    email: Sensitive[str]
    email_scopes: list[str]
    lines: int
    total: Decimal
    paid: Decimal
    balance: Decimal
    new: bool


class SuperbillRefusal(_Data):
    """A client for whom there is no superbill, and every reason."""

    client_id: str
    reasons: list[str]


class Superbills(_Data):
    """Superbills of a period; `summary` is Markdown with ids and initials only."""

    ids: list[str]
    items: list[SuperbillItem]
    summary: str
    blocked: list[SuperbillRefusal] = Field(default_factory=list)
    left_out: list[SkippedSession] = Field(default_factory=list)


class Exported(_Data):
    """The ledger file; `accounts` and `entries` count what is in it."""

    path: str
    size: int
    sha256: str
    entries: int
