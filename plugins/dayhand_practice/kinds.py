"""The kinds of record the practice keeps: their fields, in the order of the CSV columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args
from zoneinfo import ZoneInfo

from dayhand_practice.fields import (
    Field,
    date_field,
    email,
    icd,
    line,
    list_field,
    matching,
    moment_field,
    money_field,
    one_of,
    percent_field,
    phone,
    region,
    several,
    text_field,
    whole_field,
    yes_field,
)
from dayhand_practice.models import ImportKind
from dayhand_practice.settings import CLIENT_ID
from dayhand_practice.vocabulary import Modality, NoteFormat, PaperworkKind, SessionStatus

__all__ = ["KINDS", "SERVICE_CODE", "Kind", "kind_of"]

KINDS: tuple[str, ...] = get_args(ImportKind)
SERVICE_CODE = r"[A-Z0-9][A-Z0-9._-]{0,23}"

_ID = matching(CLIENT_ID.pattern, "an id is capital letters, a hyphen and a number, as C-0017")
_CODE = matching(SERVICE_CODE, "a service code is capital letters, digits, '.', '_' and '-'")
_PLACE = matching(r"\d{2}", "a place of service is two digits, as 11")
_MODIFIER = matching("[A-Z0-9]{2}", "a modifier is two capital letters or digits")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record.

    `key` names the fields that identify a record in its table, `same` those by which a row without
    an id is recognised.
    """

    name: str
    title: str
    key: tuple[str, ...]
    same: tuple[str, ...]
    fields: tuple[Field, ...]
    internal: tuple[str, ...] = ()
    """Columns of the table that no file holds."""

    def field(self, name: str) -> Field:
        """The field of that name."""
        return next(field for field in self.fields if field.name == name)

    @property
    def names(self) -> list[str]:
        """The names of the fields, which are the columns of its CSV file."""
        return [field.name for field in self.fields]


def kind_of(name: str, zone: ZoneInfo) -> Kind:
    """The kind of that name, one of `KINDS`; `zone` is the practice's."""
    return {
        "clients": _clients,
        "diagnoses": _diagnoses,
        "fee_agreements": _fee_agreements,
        "opening_balances": _opening_balances,
        "services": _services,
        "sessions": lambda: _sessions(zone),
        "paperwork": _paperwork,
    }[name]()


def _id(name: str, about: str, *, required: bool = True) -> Field:
    return text_field(name, about, _ID, required=required, is_id=True)


def _clients() -> Kind:
    address = several(line(120), 6)
    return Kind(
        "clients",
        "client",
        ("id",),
        ("name", "date_of_birth"),
        (
            _id("id", "pseudonym; given by dayhand where empty", required=False),
            text_field("name", "full legal name", required=True, exposes=True),
            text_field(
                "initials",
                "at most four letters; made from the name where empty",
                matching(r"[^\W\d_]{1,4}|([^\W\d_]\.){1,4}", "initials are one to four letters"),
            ),
            text_field("preferred_name", "how the client likes to be called", exposes=True),
            date_field("date_of_birth", "date of birth", exposes=True),
            text_field("email", "e-mail address", email, exposes=True),
            text_field("phone", "telephone", phone, exposes=True),
            list_field("address", "lines of the postal address", address, exposes=True),
            text_field("region", "state the client is in, as NY", region),
            text_field("bill_to_name", "who pays, if not the client", exposes=True),
            text_field("bill_to_email", "their e-mail address", email, exposes=True),
            list_field("bill_to_address", "their postal address", address, exposes=True),
            text_field("status", "state", one_of("active", "paused", "discharged")),
            date_field("discharged_on", "day the treatment ended, if discharged"),
            text_field("note_format", "form of notes", one_of(*get_args(NoteFormat))),
            yes_field("wants_superbill", "gets a superbill each month"),
            text_field("payer", "insurer named on the superbill", exposes=True),
            text_field("member_id", "number with that insurer", line(40), exposes=True),
            list_field("aliases", "names in the calendar", several(line(120)), exposes=True),
        ),
        ("created_at",),
    )


def _diagnoses() -> Kind:
    key = ("client_id", "code", "effective_from")
    return Kind(
        "diagnoses",
        "diagnosis",
        key,
        key,
        (
            _id("client_id", "the client"),
            text_field("code", "ICD-10-CM code, as F41.1", icd, required=True, exposes=True),
            date_field("effective_from", "first day it holds", required=True),
            date_field("effective_to", "last day it holds"),
        ),
    )


def _fee_agreements() -> Kind:
    key = ("client_id", "service", "effective_from")
    return Kind(
        "fee_agreements",
        "fee agreement",
        key,
        key,
        (
            _id("client_id", "the client"),
            text_field("service", "service code; empty for every service", _CODE, is_id=True),
            date_field("effective_from", "first day it holds", required=True),
            date_field("effective_to", "last day it holds"),
            money_field("agreed_fee", "what the client pays a session"),
            percent_field("percent", "or the percentage of the listed fee the client pays"),
            text_field("reason", "reason shown with the adjustment, no client data", line(60)),
            date_field("review_on", "day to look at it again"),
        ),
    )


def _opening_balances() -> Kind:
    return Kind(
        "opening_balances",
        "opening balance",
        ("client_id",),
        ("client_id",),
        (
            _id("client_id", "the client"),
            money_field("amount", "owed (positive) or in credit (negative)", required=True),
            date_field("as_of", "the day the books begin", required=True),
        ),
    )


def _services() -> Kind:
    key = ("code", "effective_from")
    return Kind(
        "services",
        "service",
        key,
        key,
        (
            text_field("code", "your code, as SVC-45", _CODE, required=True, is_id=True),
            text_field("name", "what invoices call it", line(120), required=True),
            whole_field("minutes", "length in minutes", 1, 600, required=True),
            money_field("fee", "listed fee", required=True),
            date_field("effective_from", "first day of this fee", required=True),
            date_field("effective_to", "last day; empty until the next fee begins"),
        ),
    )


def _sessions(zone: ZoneInfo) -> Kind:
    return Kind(
        "sessions",
        "session",
        ("id",),
        ("client_id", "start"),
        (
            text_field(
                "id",
                "given by dayhand where empty",
                matching(r"S-\d{1,9}", "a session's id is S- and a number"),
                is_id=True,
            ),
            _id("client_id", "the client"),
            moment_field("start", "2026-11-24T09:00, in the practice's zone", zone, required=True),
            whole_field("minutes", "length in minutes", 1, 1440, required=True),
            text_field("status", "state", one_of(*get_args(SessionStatus))),
            text_field(
                "service", "service code; chosen by the minutes where empty", _CODE, is_id=True
            ),
            text_field("service_name", "what the service was called then", line(120)),
            money_field("fee", "listed fee then; taken from the service where empty"),
            money_field("adjustment", "sliding scale, negative or zero"),
            text_field("adjustment_reason", "its reason, no client data", line(60)),
            text_field("place_of_service", "two digits", _PLACE),
            text_field("modality", "how it was held", one_of(*get_args(Modality))),
            list_field("modifiers", "up to four", several(_MODIFIER, 4)),
            Field(
                "document",
                "number of the invoice it is on",
                line(64),
                empty=None,
                is_id=True,
            ),
            date_field("billed_on", "when it was put on it"),
        ),
        ("day", "status_by", "calendar_status", "priced_by"),
    )


def _paperwork() -> Kind:
    return Kind(
        "paperwork",
        "paper",
        ("id",),
        ("client_id", "kind", "signed_on", "scope"),
        (
            text_field(
                "id",
                "given by dayhand where empty",
                matching(r"D-\d{1,9}", "a paper's id is D- and a number"),
                is_id=True,
            ),
            _id("client_id", "the client"),
            text_field("kind", "what it is", one_of(*get_args(PaperworkKind)), required=True),
            date_field("signed_on", "signed, or of a plan: made", required=True),
            date_field("expires_on", "last day it is good for"),
            text_field(
                "scope", "e-mail: reminders; billing; clinical. Release: to whom", exposes=True
            ),
            text_field("address", "e-mail consent: the address", email, exposes=True),
            date_field("warned_at", "e-mail consent: told of the risk"),
            date_field("revoked_at", "taken back"),
        ),
    )
