"""The sample's record files, as a therapist would bring them along: CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from dayhand import write_csv
from dayhand_practice.models import FeeAgreement
from dayhand_practice.pricing import PriceList
from dayhand_practice.sample.people import Person
from dayhand_practice.sample.schedule import Visit
from dayhand_practice.settings import PracticeRecords
from dayhand_practice.vocabulary import Service, to_money

__all__ = ["SAMPLE_FILES", "books_begin", "record_files"]

SAMPLE_FILES = (
    ("services", "services.csv"),
    ("clients", "clients.csv"),
    ("fee_agreements", "fee_agreements.csv"),
    ("diagnoses", "diagnoses.csv"),
    ("paperwork", "paperwork.csv"),
    ("opening_balances", "opening_balances.csv"),
    ("sessions", "sessions.csv"),
)
"""What `load_sample` imports, in an order in which each finds what it refers to."""

_FEES = (
    ("SVC-30", "Session, 30 minutes", 30, 95, 100),
    ("SVC-45", "Session, 45 minutes", 45, 140, 150),
    ("SVC-60", "Session, 60 minutes", 60, 175, 185),
    ("SVC-INTAKE", "First session", 75, 200, 210),
)
_HERE = Path(__file__).parent


def books_begin(today: date) -> date:
    """The first day of the month before: what was before is history and opening balances."""
    return (today.replace(day=1) - timedelta(days=1)).replace(day=1)


def record_files(
    everyone: list[Person], visits: list[Visit], today: date
) -> Iterator[tuple[str, str, int]]:
    """The name, the text and the number of rows of each file under `records/`."""
    services = list(_services(today))
    agreements = list(_agreements(everyone, today))
    prices = PriceList(
        [Service(**one) for one in services],
        [FeeAgreement(**one) for one in agreements],
        PracticeRecords(),
    )
    yield _file("services.csv", services)
    yield _file("clients.csv", [_client(person, today) for person in everyone])
    yield _file("fee_agreements.csv", agreements)
    yield _file("diagnoses.csv", _diagnoses(everyone, today))
    yield _file("paperwork.csv", _paperwork(everyone, today))
    yield _file("opening_balances.csv", _opening(everyone, today))
    yield _file("sessions.csv", _history(visits, today))
    yield _file("payments.csv", _payments(everyone, visits, prices, today))
    yield _file("credits.csv", _credits(today))


def _file(name: str, rows: Iterable[dict[str, Any]]) -> tuple[str, str, int]:
    listed = list(rows)
    header = list(listed[0])
    return name, write_csv(header, [list(row.values()) for row in listed]), len(listed)


def _services(today: date) -> Iterator[dict[str, Any]]:
    for code, name, minutes, before, now in _FEES:
        for fee, year in ((before, today.year - 2), (now, today.year)):
            yield {
                "code": code,
                "name": name,
                "minutes": minutes,
                "fee": Decimal(fee).quantize(Decimal("0.01")),
                "effective_from": date(year, 1, 1),
                "effective_to": None,
            }


def _client(person: Person, today: date) -> dict[str, Any]:
    names = (
        "id name preferred_name date_of_birth email phone address region status note_format"
        " wants_superbill payer member_id bill_to_name bill_to_email"
    )
    row: dict[str, Any] = {name: person[name] for name in names.split()}
    row["aliases"] = "; ".join(person.aliases)
    row["discharged_on"] = None
    if person["status"] == "discharged":
        row["discharged_on"] = person.last_day(today, today)
    return row


def _agreements(everyone: list[Person], today: date) -> Iterator[dict[str, Any]]:
    for person in everyone:
        if person["agreement"]:
            began = person.first_day(today)
            yield {
                "client_id": person.id,
                "service": "",
                "effective_from": began,
                "effective_to": None,
                "agreed_fee": person.agreed_fee,
                "percent": person.percent,
                "reason": "sliding scale",
                "review_on": began + timedelta(days=393 if person.weeks == 2 else 365),
            }


def _diagnoses(everyone: list[Person], today: date) -> Iterator[dict[str, Any]]:
    for person in everyone:
        for number, code in enumerate(person.diagnoses):
            yield {
                "client_id": person.id,
                "code": code,
                "effective_from": person.first_day(today) + timedelta(weeks=8 * number),
                "effective_to": None,
            }


_AT_START = ("consent_treatment", "npp_receipt", "fee_agreement", "no_show_policy")
_MISSING = {
    ("C-0014", "no_show_policy"),
    ("C-0020", "emergency_contact"),
    ("C-0027", "npp_receipt"),
    ("C-0027", "gfe"),
    ("C-0027", "emergency_contact"),
    ("C-0015", "consent_telehealth"),
}
_PLAN_DAYS_AGO = {"C-0003": 101, "C-0008": 95, "C-0016": 84, "C-0021": 77}
_TELEHEALTH_DAYS_LEFT = {"C-0006": -12, "C-0019": 9, "C-0024": 25}
_SCOPES = {"C-0009": "reminders", "C-0016": "reminders", "C-0023": "billing"}
_NO_EMAIL_CONSENT = {"C-0013", "C-0022"}


def _paperwork(everyone: list[Person], today: date) -> Iterator[dict[str, Any]]:
    for person in everyone:
        for row in _papers(person, today):
            if (person.id, row["kind"]) not in _MISSING:
                yield {"client_id": person.id} | row


def _paper(kind: str, signed: date, expires: date | None = None, **more: Any) -> dict[str, Any]:
    empty = {"scope": "", "address": "", "warned_at": None, "revoked_at": None}
    return {"kind": kind, "signed_on": signed, "expires_on": expires} | empty | more


def _papers(person: Person, today: date) -> Iterator[dict[str, Any]]:
    began = min(person.first_day(today), today) - timedelta(days=2)
    for kind in (*_AT_START, "emergency_contact"):
        yield _paper(kind, began)
    if person.is_video:
        left = _TELEHEALTH_DAYS_LEFT.get(person.id, 200)
        ends = today + timedelta(days=left)
        yield _paper("consent_telehealth", ends - timedelta(days=365), ends)
    if not person["payer"]:
        yield _paper("gfe", max(began, today - timedelta(days=200)))
    plan = today - timedelta(days=_PLAN_DAYS_AGO.get(person.id, 30))
    yield _paper("treatment_plan", max(plan, began))
    yield from _consents(person, began, today)
    yield from _releases(person, began, today)


def _consents(person: Person, began: date, today: date) -> Iterator[dict[str, Any]]:
    address = person["bill_to_email"] or person["email"]
    if address and person.id not in _NO_EMAIL_CONSENT:
        scope = _SCOPES.get(person.id, "reminders; billing")
        more = {"scope": scope, "address": address, "warned_at": began}
        revoked = today - timedelta(days=20) if person.id == "C-0010" else None
        yield _paper("email_consent", began, None, **more, revoked_at=revoked)


def _releases(person: Person, began: date, today: date) -> Iterator[dict[str, Any]]:
    ends = {"C-0005": 18, "C-0012": 150, "C-0017": -5, "C-0018": 80}.get(person.id)
    if ends is not None:
        expires = today + timedelta(days=ends)
        to = "Dr. Theodora Vance, psychiatrist"
        yield _paper("roi", max(began, expires - timedelta(days=365)), expires, scope=to)
    if person.id == "C-0001":
        to = "Northgate Family Medicine"
        yield _paper("roi", began, None, scope=to, revoked_at=today - timedelta(days=60))


def _opening(everyone: list[Person], today: date) -> Iterator[dict[str, Any]]:
    for person in everyone:
        if person["opening"]:
            amount, day = Decimal(person["opening"]), books_begin(today)
            yield {"client_id": person.id, "amount": amount, "as_of": day}


def _history(visits: list[Visit], today: date) -> Iterator[dict[str, Any]]:
    """Sessions before the books begin: billed by whatever the practice used before."""
    states = {"confirmed": "attended"}
    before = [visit for visit in visits if visit.start.date() < books_begin(today)]
    for visit in sorted(before, key=lambda one: (one.start, one.person.id)):
        status = states.get(visit.status, visit.status)
        billed = status == "attended"
        yield {
            "client_id": visit.person.id,
            "start": _moment(visit.start),
            "minutes": visit.minutes,
            "status": status,
            "modality": "video" if visit.person.is_video else "in_person",
            "document": f"EARLIER-{visit.start:%Y-%m}" if billed else "",
        }


def _moment(start: datetime) -> str:
    return start.isoformat(timespec="minutes")


def _payments(
    everyone: list[Person], visits: list[Visit], prices: PriceList, today: date
) -> Iterator[dict[str, Any]]:
    """Payments since the books began: by session, by month, in part, too much, not at all."""
    found: list[tuple[date, str, Decimal, str]] = []
    begin = books_begin(today)
    month_end = today.replace(day=1)
    for person in everyone:
        own = [visit for visit in visits if visit.person is person and visit.status == "confirmed"]
        owed = [
            (visit.start.date(), _owed(visit, prices))
            for visit in own
            if begin <= visit.start.date() <= today
        ]
        found += _paid(person, owed, month_end, today)
        opening = Decimal(person["opening"] or 0)
        if opening > 0 and person["habit"] != "never":
            found.append((begin + timedelta(days=8), person.id, opening, "check"))
    for number, (day, client_id, amount, method) in enumerate(sorted(found), 1):
        fee = to_money(amount * Decimal("0.029") + Decimal("0.30")) if method == "card" else None
        yield {
            "date": day,
            "client_id": client_id,
            "amount": amount,
            "method": method,
            "reference": f"{'TX' if method == 'card' else 'CK'}-{4000 + number}",
            "fee": fee or Decimal("0.00"),
        }


def _owed(visit: Visit, prices: PriceList) -> Decimal:
    day = visit.start.date()
    service = prices.service_for(visit.minutes, day)
    price = prices.price(visit.person.id, service, visit.minutes, day)
    return price.fee + price.adjustment


def _paid(
    person: Person, owed: list[tuple[date, Decimal]], month_end: date, today: date
) -> Iterator[tuple[date, str, Decimal, str]]:
    habit = person["habit"]
    if habit == "at_session":
        yield from ((day, person.id, amount, "card") for day, amount in owed if day < today)
        return
    total = sum((amount for day, amount in owed if day < month_end), Decimal("0.00"))
    shares = {
        "monthly": total,
        "partial": to_money(total / 2),
        "over": (total // 50 + 1) * 50,
        "never": Decimal(0),
    }
    day = month_end + timedelta(days=4 + int(person.id[-2:]) % 9)
    if total and shares[habit] and day <= today:
        method = "check" if int(person.id[-1]) % 3 == 0 else "card"
        yield day, person.id, to_money(shares[habit]), method


def _credits(today: date) -> Iterator[dict[str, Any]]:
    with (_HERE / "credits.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            day = today - timedelta(days=int(row.pop("days_ago")))
            has_certificate = row.pop("has_certificate") == "yes"
            path = f"records/certificates/{day}_{_slug(row['title'])}.txt"
            yield {"completed_on": day, **row, "certificate": path if has_certificate else ""}


def _slug(title: str) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in title.lower()).split()
    return "-".join(words[:5])
