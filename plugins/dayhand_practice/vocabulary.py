"""The shared vocabulary: what a client, a service, a session and an amount of money are.

The one module of a bundled plugin that other plugins may import. Sessions and clients travel
between plugins as data, through the routine; nothing here reads a database.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Sensitive
from dayhand_practice.identifiers import Found, found_in, without
from dayhand_practice.paperwork_kinds import PaperworkKind

__all__ = [
    "BillTo",
    "Client",
    "Diagnosis",
    "EmailScope",
    "Found",
    "Modality",
    "NoteFormat",
    "PaperworkKind",
    "Service",
    "Session",
    "SessionStatus",
    "cents",
    "found_in",
    "from_cents",
    "to_money",
    "without",
]

NoteFormat = Literal["SOAP", "DAP", "BIRP", "GIRP", "PIE"]
EmailScope = Literal["reminders", "billing", "clinical"]
SessionStatus = Literal["scheduled", "attended", "no_show", "late_cancelled", "cancelled"]
Modality = Literal["in_person", "video", "phone"]
_CENT = Decimal("0.01")


def to_money(amount: Decimal | int | str) -> Decimal:
    """The amount with two decimals, halves rounded up (domain rule: two places per line)."""
    return Decimal(amount).quantize(_CENT, rounding=ROUND_HALF_UP)


def cents(amount: Decimal) -> int:
    """The amount as whole minor units, which is how tables keep money."""
    return int(to_money(amount) * 100)


def from_cents(amount: int) -> Decimal:
    """An amount kept as whole minor units, as a Decimal with two places."""
    return (Decimal(amount) / 100).quantize(_CENT)


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Diagnosis(_Data):
    """An ICD-10-CM code with a dot, and the days it holds for (R-SB2)."""

    code: Sensitive[str]
    effective_from: date
    effective_to: date | None = None


class BillTo(_Data):
    """Who pays, where it is not the client: a guarantor or a minor's guardian."""

    name: Sensitive[str]
    email: Sensitive[str] = ""
    address: list[Sensitive[str]] = Field(default_factory=list)


class Client(_Data):
    """A client. `id` such as `C-0017` is the pseudonym that may stand in files and logs."""

    id: str
    name: Sensitive[str]
    initials: str = ""
    preferred_name: Sensitive[str] = ""
    date_of_birth: Sensitive[date] | None = None
    email: Sensitive[str] = ""
    phone: Sensitive[str] = ""
    address: list[Sensitive[str]] = Field(default_factory=list)
    region: str = ""
    """The state or province the client is in, as `NY` or `CA-ON`: a licence must hold there."""
    bill_to: BillTo | None = None
    status: Literal["active", "paused", "discharged"] = "active"
    discharged_on: date | None = None
    """The day the treatment ended: from it on the years count for which the record is kept."""
    note_format: NoteFormat = "DAP"
    email_scopes: list[EmailScope] = Field(default_factory=list)
    """What the client has agreed to be e-mailed about, after being told of the risk (rule E3)."""
    wants_superbill: bool = False
    payer: Sensitive[str] = ""
    member_id: Sensitive[str] = ""
    diagnoses: list[Diagnosis] = Field(default_factory=list)
    aliases: list[Sensitive[str]] = Field(default_factory=list)
    """Other texts by which the calendar names the client."""


class Service(_Data):
    """A service with its fee from a day on. Codes are the practice's own; samples use `SVC-45`."""

    code: str
    name: str
    minutes: int
    fee: Decimal
    effective_from: date
    effective_to: date | None = None


class Session(_Data):
    """A session; the client owes `fee + adjustment`.

    `start` and `end` are aware, in the practice's zone; `fee` is the listed charge and `adjustment`
    (negative or zero) the sliding scale, both as they were when the session was recorded.
    """

    id: str
    client: Client
    start: datetime
    end: datetime
    minutes: int
    status: SessionStatus
    service: str = ""
    service_name: str = ""
    fee: Decimal = Decimal("0.00")
    adjustment: Decimal = Decimal("0.00")
    adjustment_reason: str = ""
    place_of_service: str = "11"
    modality: Modality = "in_person"
    modifiers: list[str] = Field(default_factory=list)
    uid: str = ""
    document: str | None = None
    """The number of the invoice it is on, once billed."""
