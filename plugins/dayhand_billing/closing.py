"""Holds the month's records against one another: calendar, sessions, notes, invoices, payments, ledger.

Each pair is compared by what the two have in common (the event's key, the session's id, the invoice's
number, the account), and what stands in one of them alone is told. Nothing is changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa

from dayhand_billing import tables
from dayhand_billing.allocations import open_invoices, unused_credit
from dayhand_billing.books import Books
from dayhand_billing.closing_models import (
    Close,
    CloseFigures,
    CloseFinding,
    CloseKind,
    MatchIn,
    NoteIn,
)
from dayhand_billing.ledger import Entry, entries, totals
from dayhand_billing.listing import days_of
from dayhand_practice.vocabulary import Service, Session, cents, from_cents

__all__ = ["Records", "close"]

_l, _i = tables.lines.c, tables.invoices.c


@dataclass(frozen=True, slots=True)
class Records:
    """What other plugins know of the month."""

    matches: Sequence[MatchIn]
    sessions: Sequence[Session]
    notes: Sequence[NoteIn]
    services: Sequence[Service] = ()
    tolerance: int = 7
    """So many minutes a session may differ from its service's."""


@dataclass(slots=True)
class _Bill:
    number: str
    state: str
    amount: int


@dataclass(slots=True)
class _Books:
    """What the books know of the month."""

    invoiced: int
    paid: int
    receivable: int
    bills: dict[str, list[_Bill]] = field(default_factory=dict)
    in_ledger: dict[str, int] = field(default_factory=dict)


def close(books: Books, month: str, records: Records) -> Close:
    """Compare a month's records; what differs, and the figures of each."""
    first, last = days_of(month)
    kept = _kept(books, first, last, records.sessions)
    findings = [
        *_calendar(records),
        *_notes(records),
        *_minutes(records),
        *_bills(books, records, kept),
        *_ledger(kept),
    ]
    findings.sort(key=lambda each: (each.kind, each.day or first, each.client_id, each.about))
    return Close(
        month=month,
        figures=_figures(records, kept),
        findings=findings,
        counts=dict(sorted(Counter(each.kind for each in findings).items())),
    )


def _finding(kind: CloseKind, session: Session, message: str) -> CloseFinding:
    return CloseFinding(
        kind=kind,
        client_id=session.client.id,
        day=session.start.date(),
        about=session.id,
        message=message,
    )


def _calendar(records: Records) -> Iterator[CloseFinding]:
    """Calendar against sessions."""
    slots = {(each.client.id, each.start.timestamp()): each for each in records.sessions}
    met = set()
    for match in records.matches:
        slot = (match.client_id, match.event.start.timestamp())
        session = slots.get(slot)
        met.add(slot)
        if session is None:
            if match.attendance not in {"cancelled", "scheduled"}:
                yield CloseFinding(
                    kind="not_recorded",
                    client_id=match.client_id,
                    day=match.event.start.date(),
                    about=f"{match.event.start:%H:%M}",
                    message=f"{match.attendance} in the calendar, and no session is recorded",
                )
        elif match.attendance not in {session.status, "scheduled"}:
            told = f"the calendar says {match.attendance}, the session {session.status}"
            yield _finding("other_status", session, told)
    for slot, session in slots.items():
        if slot not in met and session.status == "attended":
            yield _finding("not_in_calendar", session, "attended, and not in the calendar")


def _notes(records: Records) -> Iterator[CloseFinding]:
    """Sessions against notes."""
    by_session = {note.session_id: note for note in records.notes}
    attended = {each.id: each for each in records.sessions if each.status == "attended"}
    for session in attended.values():
        note = by_session.get(session.id)
        if note is None:
            yield _finding("no_note", session, "attended, and there is no note")
        elif note.state != "signed":
            yield _finding("note_not_signed", session, f"its note {note.id} is not signed")
    for note in records.notes:
        if note.session_id not in attended:
            yield CloseFinding(
                kind="note_without_session",
                client_id=note.client_id,
                about=note.id,
                message=f"a note of {note.session_id}, which is no attended session of the month",
            )


def _minutes(records: Records) -> Iterator[CloseFinding]:
    """Minutes of the note against the session's, and the session's against its service's."""
    by_session = {note.session_id: note for note in records.notes}
    listed = {each.code: each.minutes for each in records.services}
    for session in records.sessions:
        if session.status != "attended":
            continue
        note = by_session.get(session.id)
        if note is not None and note.minutes and note.minutes != session.minutes:
            told = f"{note.minutes} minutes in the note, {session.minutes} in the session"
            yield _finding("minutes_differ", session, told)
        usual = listed.get(session.service)
        if usual is not None and abs(usual - session.minutes) > records.tolerance:
            told = f"{session.minutes} minutes, and {session.service} is {usual}"
            yield _finding("minutes_unlike_service", session, told)


def _bills(books: Books, records: Records, kept: _Books) -> Iterator[CloseFinding]:
    """Sessions against invoices."""
    signed = {note.session_id for note in records.notes if note.state == "signed"}
    began = books.settings.books_began_on
    for session in records.sessions:
        bills = kept.bills.get(session.id, [])
        live = next((bill for bill in bills if bill.state == "issued"), None)
        if live is None:
            yield from _not_on_an_invoice(session, bills, began)
            continue
        owed = cents(session.fee) + cents(session.adjustment)
        if session.status == "attended" and session.id not in signed:
            told = f"on {live.number}, and its note is not signed"
            yield _finding("billed_without_signed_note", session, told)
        if session.status == "attended" and live.amount != owed:
            told = f"{from_cents(live.amount)} on {live.number}, {from_cents(owed)} in the session"
            yield _finding("amount_differs", session, told)


def _not_on_an_invoice(
    session: Session, bills: Sequence[_Bill], began: date | None
) -> Iterator[CloseFinding]:
    if session.document and any(bill.number == session.document for bill in bills):
        told = f"noted as billed on {session.document}, which is void"
        yield _finding("billed_on_void", session, told)
    elif session.document:
        told = f"noted as billed on {session.document}, which these books do not have"
        yield _finding("invoice_unknown", session, told)
    elif session.status == "attended" and not (began and session.start.date() < began):
        yield _finding("not_billed", session, "attended, and on no invoice")


def _ledger(kept: _Books) -> Iterator[CloseFinding]:
    """Documents against the ledger, which is made from them in another way."""
    for name, documents in (
        ("invoiced", kept.invoiced),
        ("paid", kept.paid),
        ("receivable", kept.receivable),
    ):
        booked = kept.in_ledger[name]
        if booked != documents:
            yield CloseFinding(
                kind="ledger_differs",
                about=name,
                message=f"{from_cents(documents)} by the documents, {from_cents(booked)} in the ledger",
            )


def _figures(records: Records, kept: _Books) -> CloseFigures:
    attended = [each for each in records.sessions if each.status == "attended"]
    live = {
        session for session, bills in kept.bills.items() if any(b.state == "issued" for b in bills)
    }
    return CloseFigures(
        calendar=sum(each.attendance == "attended" for each in records.matches),
        attended=len(attended),
        attended_minutes=sum(each.minutes for each in attended),
        notes=len(records.notes),
        notes_signed=sum(note.state == "signed" for note in records.notes),
        billed=sum(each.id in live for each in attended),
        invoiced=from_cents(kept.invoiced),
        paid=from_cents(kept.paid),
        ledger_invoiced=from_cents(kept.in_ledger["invoiced"]),
        ledger_paid=from_cents(kept.in_ledger["paid"]),
        receivable=from_cents(kept.receivable),
        ledger_receivable=from_cents(kept.in_ledger["receivable"]),
    )


# The books ----------------------------------------------------------------------------------------


def _kept(books: Books, first: date, last: date, sessions: Iterable[Session]) -> _Books:
    """The month's figures by the documents' own tables, and the same by the ledger's entries."""
    run = books.connection.execute
    heads = sa.select(sa.func.sum(_i.total)).where(
        _i.issued_on.between(first, last), _i.sequence.is_not(None)
    )
    paid = sa.select(sa.func.sum(tables.payments.c.amount)).where(
        tables.payments.c.received_on.between(first, last), tables.payments.c.method != "opening"
    )
    owed = sum(each.open for each in open_invoices(books.connection, as_of=last))
    owed -= sum(unused_credit(books.connection, as_of=last).values())
    return _Books(
        invoiced=int(run(heads).scalar_one() or 0),
        paid=int(run(paid).scalar_one() or 0),
        receivable=owed,
        bills=_bills_of(books, [each.id for each in sessions]),
        in_ledger=_booked(books, entries(books), first, last),
    )


def _booked(books: Books, every: Sequence[Entry], first: date, last: date) -> dict[str, int]:
    prefix = f"{books.settings.accounts.receivable}:"

    def received(chosen: Iterable[Entry]) -> int:
        return sum(
            posting.amount
            for entry in chosen
            for posting in entry.postings
            if posting.account.startswith(prefix)
        )

    within = [entry for entry in every if first <= entry.day <= last]
    balances: Mapping[str, int] = totals(entry for entry in every if entry.day <= last)
    return {
        "invoiced": received(entry for entry in within if entry.kind == "invoice"),
        "paid": -received(entry for entry in within if entry.kind in ("payment", "refund")),
        "receivable": sum(
            amount for account, amount in balances.items() if account.startswith(prefix)
        ),
    }


def _bills_of(books: Books, session_ids: Sequence[str]) -> dict[str, list[_Bill]]:
    found: dict[str, list[_Bill]] = {}
    query = sa.select(_l.session_id, _i.number, _i.state, _l.amount, _l.tax).join_from(
        tables.lines, tables.invoices, _l.invoice_id == _i.id
    )
    for at in range(0, len(session_ids), 500):  # an old SQLite allows 999 parameters
        part = list(session_ids[at : at + 500])
        rows = books.connection.execute(
            query.where(_l.session_id.in_(part), _i.state != "draft").order_by(_i.sequence)
        )
        for row in rows:
            bill = _Bill(row.number, row.state, row.amount - row.tax)
            found.setdefault(row.session_id, []).append(bill)
    return found
