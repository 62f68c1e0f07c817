"""What must be true of a record beyond its single fields, and what dayhand fills in.

Each rule completes the record in place and yields `(field, reason)` for what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from dayhand_practice import clients, tables
from dayhand_practice.pricing import PriceList
from dayhand_practice.records import Record
from dayhand_practice.settings import PracticeRecords

__all__ = ["Known", "complete"]

Flaws = Iterator[tuple[str, str]]


@dataclass(slots=True)
class Known:
    """What the rules look things up in."""

    settings: PracticeRecords
    zone: ZoneInfo
    now: datetime
    emails: dict[str, str]
    """The e-mail address of each client, by id."""
    prices: PriceList
    codes: set[str]
    arriving: bool = False
    """A client who is added now is new to the practice, not brought along from another system."""

    @property
    def today(self) -> date:
        """The day in the practice's zone."""
        return self.now.astimezone(self.zone).date()

    @classmethod
    def load(
        cls,
        connection: Connection,
        settings: PracticeRecords,
        zone: ZoneInfo,
        now: datetime,
        *,
        arriving: bool = False,
    ) -> Known:
        """As the database stands."""
        table = tables.clients
        query = select(table.c.id, table.c.email)
        emails = {row.id: row.email for row in connection.execute(query)}
        services = clients.services(connection)
        prices = PriceList(services, clients.fee_agreements(connection), settings)
        codes = {one.code for one in services}
        return cls(settings, zone, now, emails, prices, codes, arriving)


def complete(name: str, record: Record, before: Record | None, known: Known) -> Flaws:
    """Complete a record of the kind; `before` is the record as it was, if it was."""
    if name != "clients" and "client_id" in record and record["client_id"] not in known.emails:
        yield "client_id", "there is no such client"
    yield from _RULES[name](record, before, known)


def _clients(record: Record, before: Record | None, known: Known) -> Flaws:
    born = record["date_of_birth"]
    if born is not None and born > known.today:
        yield "date_of_birth", "it is in the future"
    if born is not None and known.today.year - born.year > 120:
        yield "date_of_birth", "it is more than 120 years ago"
    if not record["initials"]:
        record["initials"] = clients.initials_of(record["name"], known.settings.initials)
    if not record["bill_to_name"] and (record["bill_to_email"] or record["bill_to_address"]):
        yield "bill_to_name", "an address to bill to needs a name"
    record["status"] = record["status"] or (before["status"] if before else "active")
    yield from _discharge(record, before, known)
    record["note_format"] = record["note_format"] or "DAP"
    now = known.now.astimezone(UTC).isoformat(timespec="seconds") if known.arriving else None
    record["created_at"] = before["created_at"] if before else now


def _discharge(record: Record, before: Record | None, known: Known) -> Flaws:
    """The day of the discharge: today's where a person discharges a client and names no other."""
    left, was = record["discharged_on"], before["status"] if before else ""
    if record["status"] != "discharged":
        if was == "discharged" and before and left == before["discharged_on"]:
            record["discharged_on"] = None  # the client is back
        elif left is not None:
            yield "discharged_on", "the client is not discharged"
        return
    if left is None and known.arriving and before and was != "discharged":
        record["discharged_on"] = known.today
    if left is not None and left > known.today:
        yield "discharged_on", "it is in the future"
    born = record["date_of_birth"]
    if left is not None and born is not None and left < born:
        yield "discharged_on", "it is before the date of birth"


def _dated(record: Record, before: Record | None, known: Known) -> Flaws:  # noqa: ARG001 - one shape
    last = record["effective_to"]
    if last is not None and last < record["effective_from"]:
        yield "effective_to", "it is before effective_from"


def _services(record: Record, before: Record | None, known: Known) -> Flaws:
    yield from _dated(record, before, known)
    if record["fee"] < 0:
        yield "fee", "a fee is not negative"


def _fee_agreements(record: Record, before: Record | None, known: Known) -> Flaws:
    yield from _dated(record, before, known)
    if (record["agreed_fee"] is None) == (record["percent"] is None):
        yield "agreed_fee", "give either agreed_fee or percent"
    if record["agreed_fee"] is not None and record["agreed_fee"] < 0:
        yield "agreed_fee", "a fee is not negative"
    if record["service"] and record["service"] not in known.codes:
        yield "service", "there is no such service"


def _opening_balances(record: Record, before: Record | None, known: Known) -> Flaws:  # noqa: ARG001 - one shape
    if record["as_of"] > known.today:
        yield "as_of", "it is in the future"


def _sessions(record: Record, before: Record | None, known: Known) -> Flaws:
    start: datetime = record["start"]
    record["day"] = start.astimezone(known.zone).date()
    ahead = start > known.now
    if not record["status"]:
        record["status"] = before["status"] if before else "scheduled" if ahead else "attended"
    if ahead and record["status"] in ("attended", "no_show"):
        yield "status", "the session has not begun yet"
    record["modality"] = record["modality"] or "in_person"
    _fill_place(record, known)
    _fill_internal(record, before)
    yield from _fill_price(record, before, known)
    yield from _check_billed(record, before)


def _fill_place(record: Record, known: Known) -> None:
    if not record["place_of_service"]:
        away = record["modality"] != "in_person"
        settings = known.settings
        record["place_of_service"] = (
            settings.video_place_of_service if away else settings.place_of_service
        )


def _fill_internal(record: Record, before: Record | None) -> None:
    kept: dict[str, Any] = before or {"status": "", "status_by": "", "calendar_status": ""}
    record["status_by"] = kept["status_by"]
    record["calendar_status"] = kept["calendar_status"]
    if record["status"] != kept["status"]:
        record["status_by"] = "calendar" if record["status"] == "scheduled" else "person"
        record["calendar_status"] = ""


def _fill_price(record: Record, before: Record | None, known: Known) -> Flaws:
    minutes, day = record["minutes"], record["day"]
    if not record["service"]:
        record["service"] = known.prices.service_for(minutes, day)
    elif record["service"] not in known.codes and record["fee"] is None and before is None:
        yield "service", "there is no such service"
    price = known.prices.price(record["client_id"], record["service"], minutes, day)
    renamed = before is not None and record["service"] != before["service"]
    if renamed and before is not None and record["service_name"] == before["service_name"]:
        record["service_name"] = ""
    record["service_name"] = record["service_name"] or price.service_name
    given = record["fee"] is not None
    if not given:
        record["fee"] = before["fee"] if before else price.fee
        if record["adjustment"] is None:
            record["adjustment"] = before["adjustment"] if before else price.adjustment
            record["adjustment_reason"] = record["adjustment_reason"] or price.adjustment_reason
    if record["adjustment"] is None:
        record["adjustment"] = Decimal("0.00")
    amounts = ("fee", "adjustment", "service")
    same = before is not None and all(record[name] == before[name] for name in amounts)
    record["priced_by"] = (
        before["priced_by"] if before and same else ("person" if given else "rules")
    )
    yield from _check_amounts(record)


def _check_amounts(record: Record) -> Flaws:
    fee, adjustment = record["fee"], record["adjustment"]
    if fee < 0:
        yield "fee", "a fee is not negative"
    elif adjustment > 0:
        yield "adjustment", "a sliding scale is negative or zero"
    elif fee + adjustment < 0:
        yield "adjustment", "it is more than the fee"


def _check_billed(record: Record, before: Record | None) -> Flaws:
    if record["document"] and record["status"] in ("cancelled", "scheduled"):
        yield "document", f"a session that is {record['status']} is not billed"
    if record["billed_on"] and not record["document"]:
        yield "billed_on", "it stands without a document"
    if before is not None and before["document"]:
        changed = [name for name in record if record[name] != before[name]]
        if changed:
            yield changed[0], f"the session is billed on {before['document']} and does not change"


_SCOPES = ("reminders", "billing", "clinical")


def _paperwork(record: Record, before: Record | None, known: Known) -> Flaws:
    signed = record["signed_on"]
    if signed > known.today:
        yield "signed_on", "it is in the future"
    for name in ("expires_on", "revoked_at"):
        if record[name] is not None and record[name] < signed:
            yield name, "it is before signed_on"
    if record["kind"] == "email_consent":
        yield from _consent(record, before, known)
        return
    if record["kind"] == "roi" and not record["scope"]:
        yield "scope", "say to whom information may be released"
    for name in ("address", "warned_at"):
        if record[name]:
            yield name, "only an e-mail consent has one"


def _consent(record: Record, before: Record | None, known: Known) -> Flaws:
    scopes = {part.strip().lower() for part in record["scope"].replace(",", ";").split(";")} - {""}
    if not scopes or not scopes <= set(_SCOPES):
        yield "scope", "write what for: reminders, billing, clinical, with ';' between"
    record["scope"] = "; ".join(scope for scope in _SCOPES if scope in scopes)
    if record["warned_at"] is None:
        yield "warned_at", "a consent counts only after telling of the risk; give the day"
    elif record["warned_at"] > known.today:
        yield "warned_at", "it is in the future"
    if not record["address"]:
        # The address as it was when the consent was given: a new one needs a new consent.
        kept = before["address"] if before else ""
        record["address"] = kept or known.emails.get(record["client_id"], "")
    if not record["address"]:
        yield "address", "the client has no e-mail address; say which one it is for"


_RULES: dict[str, Callable[[Record, Record | None, Known], Flaws]] = {
    "clients": _clients,
    "diagnoses": _dated,
    "fee_agreements": _fee_agreements,
    "opening_balances": _opening_balances,
    "services": _services,
    "sessions": _sessions,
    "paperwork": _paperwork,
}
