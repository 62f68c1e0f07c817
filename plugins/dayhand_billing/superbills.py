"""Superbills as they are made, kept in versions (R-SB6), and typeset."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand import Practice, UserError
from dayhand_billing import tables
from dayhand_billing.allocations import allocated_to
from dayhand_billing.amounts import cover
from dayhand_billing.books import Books, from_list
from dayhand_billing.corrections import credited_by_line
from dayhand_billing.invoices import Row, billed_sessions, find, lines_of
from dayhand_billing.models import (
    RenderedFile,
    SkippedSession,
    SuperbillItem,
    SuperbillRefusal,
    Superbills,
)
from dayhand_billing.printing import file_name, image_of, write_pdf
from dayhand_billing.summary import superbill_summary
from dayhand_billing.superbill_rules import Rendered, content, refusals
from dayhand_billing.wording import Wording
from dayhand_practice.vocabulary import Client, Session, from_cents

__all__ = ["Period", "make_superbills", "superbill_data", "write_superbill"]

_s = tables.superbills.c

# Place-of-service names as CMS publishes them for all to use; other codes are printed as they are.
PLACES = {
    "02": "telehealth, not in the client's home",
    "03": "school",
    "10": "telehealth in the client's home",
    "11": "office",
    "12": "client's home",
    "53": "community mental health centre",
    "99": "other place",
}


@dataclass(frozen=True, slots=True)
class Period:
    """The days a superbill is for, both included; one day is a period (R-SB5)."""

    start: date
    end: date


def make_superbills(
    books: Books, sessions: Sequence[Session], period: Period, *, wanted_only: bool
) -> Superbills:
    """A superbill for each client who wants one, of what was rendered and invoiced."""
    books.write()
    done = Superbills(ids=[], items=[], summary="")
    wanted = [each for each in sessions if each.client.wants_superbill or not wanted_only]
    billed = billed_sessions(books.connection, (each.id for each in wanted))
    by_client: dict[str, list[Session]] = {}
    for session in sorted(wanted, key=lambda each: (each.start, each.id)):
        reason = _left_out(books, session, period, billed)
        if reason:
            done.left_out.append(SkippedSession(session_id=session.id, reason=reason))
        elif session.id not in {each.id for each in by_client.get(session.client.id, [])}:
            by_client.setdefault(session.client.id, []).append(session)
    for client_id in sorted(by_client):
        _make(books, by_client[client_id], period, billed, done)
    done.summary = superbill_summary(
        done.items, done.blocked, done.left_out, currency=books.info.currency
    )
    return done


def _left_out(books: Books, session: Session, period: Period, billed: Mapping[str, str]) -> str:
    day = session.start.astimezone(books.zone).date()
    if session.status != "attended":  # R-SB1: a missed session is no rendered service
        return f"status is {session.status}"
    if day > books.today:
        return "in the future"
    if not period.start <= day <= period.end:
        return f"not between {period.start} and {period.end}"
    return "" if session.id in billed else "not on an issued invoice"


def _make(
    books: Books,
    sessions: Sequence[Session],
    period: Period,
    billed: Mapping[str, str],
    done: Superbills,
) -> None:
    client = sessions[-1].client
    signature = books.settings.superbill_signature or books.info.clinician.name
    services = _services(books.connection, sessions, billed)
    rendered = {each.session_id for each in services}
    done.left_out += [
        SkippedSession(session_id=each.id, reason="its invoice bills it as missed")
        for each in sessions
        if each.id not in rendered
    ]
    if not services:
        return
    reasons = refusals(books.info, signature, client, services)
    if reasons:
        done.blocked.append(SuperbillRefusal(client_id=client.id, reasons=reasons))
        return
    kept = content(books.info, signature, client, services)
    item = _keep(books, client, period, kept)
    done.items.append(item)
    done.ids.append(item.id)


def _services(
    connection: sa.Connection, sessions: Sequence[Session], billed: Mapping[str, str]
) -> list[Rendered]:
    wanted = {each.id for each in sessions}
    found: list[Rendered] = []
    for number in sorted({billed[session] for session in wanted}):
        row = find(connection, number)
        lines = lines_of(connection, row["id"])
        credited = credited_by_line(connection, row["id"])
        paid = _paid_by_line(connection, row, lines, credited)
        found += [
            Rendered(
                session_id=line["session_id"],
                invoice=number,
                day=line["service_date"],
                service=line["service"],
                name=line["name"],
                modifiers=tuple(from_list(line["modifiers"])),
                place_of_service=line["place_of_service"],
                units=line["units"],
                charge=line["charge"],
                adjustment=line["adjustment"],
                credited=credited.get(line["id"], 0),
                tax=line["tax"],
                paid=paid.get(line["id"], 0),
            )
            for line in lines
            if line["session_id"] in wanted and line["kind"] == "session"  # R-SB1
        ]
    return sorted(found, key=lambda each: (each.day, each.session_id))


def _paid_by_line(
    connection: sa.Connection, row: Row, lines: Sequence[Row], credited: Mapping[int, int]
) -> dict[int, int]:
    """What was received for an invoice, spread over its lines, the earliest service first."""
    received, _ = allocated_to(connection, row["id"])
    ordered = sorted(lines, key=lambda line: (line["service_date"], line["position"]))
    owed = [(line["id"], line["amount"] - credited.get(line["id"], 0)) for line in ordered]
    return {line: amount for _, line, amount in cover(owed, [("paid", received)])}


def _keep(books: Books, client: Client, period: Period, kept: dict[str, Any]) -> SuperbillItem:
    """The latest version if it says the same; else a new one that names what it supersedes."""
    query = (
        sa.select(tables.superbills)
        .where(_s.client_id == client.id, _s.starts_on == period.start, _s.ends_on == period.end)
        .order_by(_s.version.desc())
        .limit(1)
    )
    last = books.connection.execute(query).mappings().one_or_none()
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True)
    if last and last["content"] == text:
        return _item(last, is_new=False)
    taken = books.number(books.settings.numbering.superbills, books.today)
    row = {
        "id": taken.number,
        "version": last["version"] + 1 if last else 1,
        "supersedes": last["id"] if last else None,
        "client_id": client.id,
        "starts_on": period.start,
        "ends_on": period.end,
        "issued_on": books.today,
        "content": text,
    }
    books.connection.execute(tables.superbills.insert().values(**row))
    return _item(row, is_new=True)


def _item(row: Row, *, is_new: bool) -> SuperbillItem:
    kept = json.loads(row["content"])
    totals = kept["totals"]
    return SuperbillItem(
        id=row["id"],
        version=row["version"],
        supersedes=row["supersedes"],
        client_id=row["client_id"],
        initials=kept["client"]["initials"],
        name=kept["client"]["name"],
        email=kept["client"]["email"],
        email_scopes=kept["client"]["email_scopes"],
        lines=len(kept["lines"]),
        total=from_cents(totals["charge"] + totals["adjustment"] + totals["tax"]),
        paid=from_cents(totals["paid"]),
        balance=from_cents(totals["balance"]),
        new=is_new,
    )


# Typesetting --------------------------------------------------------------------------------------


def write_superbill(practice: Practice, superbill: str) -> RenderedFile:
    """Typeset a superbill under `out/superbills/`."""
    with practice.connect() as connection:
        books = Books.of(practice, connection)
        data, year = superbill_data(books, superbill)
    data["logo"] = image_of(practice, books.settings.logo)
    return write_pdf(
        practice, "superbill.typ", data, f"superbills/{year}/{file_name(superbill)}.pdf"
    )


def superbill_data(books: Books, superbill: str) -> tuple[dict[str, Any], int]:
    """What the template `superbill.typ` is given, and the year the superbill is of.

    Raises:
        UserError: there is no such superbill.
    """
    row = _find(books.connection, superbill)
    later = sa.select(_s.id).where(_s.supersedes == row["id"])
    successor = books.connection.execute(later).scalar_one_or_none()
    kept = json.loads(row["content"])
    wording = Wording.of(books.info)
    has_tax = bool(kept["totals"]["tax"])
    names = ["charge", "adjustment", *(["tax"] if has_tax else []), "paid", "balance"]
    places = sorted({line["place_of_service"] for line in kept["lines"]})
    data = {
        "lang": "en",
        "region": wording.locale.territory or "US",
        "paper": books.settings.paper,
        "sender": kept["practice"],
        "id": row["id"],
        "version": str(row["version"]),
        "client_id": row["client_id"],
        "mark": f"Superseded by {successor}" if successor else "",
        "client": _client_facts(kept, wording, row["client_id"]),
        "provider": _provider_facts(kept["provider"]),
        "supervisor": _supervisor_facts(kept["supervisor"]),
        "document": _document_facts(row, wording),
        "has_tax": has_tax,
        "lines": [_line(line, wording) for line in kept["lines"]],
        "totals": [wording.figure(kept["totals"][name]) for name in names],
        "currency": kept["currency"],
        "places": [f"{code} {PLACES[code]}" for code in places if code in PLACES],
        "statement": "" if kept["totals"]["balance"] else "Paid in full.",
        "signature": f"{kept['provider']['signature']}, {kept['provider']['credentials']}",
    }
    return data, row["ends_on"].year


def _find(connection: sa.Connection, superbill: str) -> Row:
    query = sa.select(tables.superbills).where(_s.id == superbill)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UserError(
            f"there is no superbill {superbill}",
            hint="look at its id in out/superbills/, such as SB-2026-00001",
        )
    return row


def _client_facts(kept: Mapping[str, Any], wording: Wording, client_id: str) -> list[list[str]]:
    client = kept["client"]
    facts = [
        ["Name", client["name"]],
        ["Born", wording.day(date.fromisoformat(client["date_of_birth"]))],
        ["Address", ", ".join(client["address"])],
        ["Insurer", client["payer"]],
        ["Member id", client["member_id"]],
        ["Client id", client_id],
    ]
    return [fact for fact in facts if fact[1]]


def _provider_facts(provider: Mapping[str, Any]) -> list[list[str]]:
    facts = [
        ["Name", f"{provider['name']}, {provider['credentials']}"],
        ["NPI", provider["npi"]],
        ["Licence", "; ".join(provider["licences"])],
        ["Tax id", provider["tax_id"]],
        ["Taxonomy", provider["taxonomy"]],
        ["Group NPI", provider["group_npi"]],
    ]
    return [fact for fact in facts if fact[1]]


def _supervisor_facts(supervisor: Mapping[str, str]) -> list[list[str]]:
    names = {"name": "Name", "licence": "Licence", "npi": "NPI"}
    return [[label, supervisor[name]] for name, label in names.items() if supervisor.get(name)]


def _document_facts(row: Row, wording: Wording) -> list[list[str]]:
    version = str(row["version"])
    if row["supersedes"]:
        version += f", supersedes {row['supersedes']}"
    days = dict.fromkeys((wording.short_day(row["starts_on"]), wording.short_day(row["ends_on"])))
    return [
        ["Superbill", row["id"]],
        ["Version", version],
        ["Issued", wording.day(row["issued_on"])],
        ["Services", " – ".join(days)],
    ]


def _line(line: Mapping[str, Any], wording: Wording) -> dict[str, str]:
    amounts = ("charge", "adjustment", "tax", "paid", "balance")
    return {
        "day": wording.short_day(date.fromisoformat(line["day"])),
        "service": line["service"],
        "name": line["name"] if line["name"] != line["service"] else "",
        "modifiers": " ".join(line["modifiers"]),
        "place": line["place_of_service"],
        "units": str(line["units"]),
        "diagnoses": ", ".join(line["diagnoses"]),
        **{name: wording.figure(line[name]) for name in amounts},
    }
