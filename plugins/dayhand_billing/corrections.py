"""Correcting what was issued: a credit note, or a void. Nothing issued is deleted or changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import date

import sqlalchemy as sa

from dayhand import StepError
from dayhand_billing import tables
from dayhand_billing.allocations import OpenInvoice, allocate, allocated_to, release_invoice, settle
from dayhand_billing.amounts import split
from dayhand_billing.books import Books
from dayhand_billing.invoices import Row, billed_sessions, find, lines_of
from dayhand_billing.models import BilledSession, CreditNote, Voided
from dayhand_practice.vocabulary import from_cents

__all__ = [
    "credit",
    "credited_by_line",
    "freed",
    "left_to_credit",
    "note_of",
    "void",
    "write_off",
]

_c = tables.credit_notes.c


def credited_by_line(connection: sa.Connection, invoice_id: str) -> dict[int, int]:
    """What credit notes have taken off each line of an invoice."""
    query = sa.select(_c.parts).where(_c.invoice_id == invoice_id)
    credited: dict[int, int] = {}
    for (parts,) in connection.execute(query):
        for part in json.loads(parts):
            credited[part["line"]] = credited.get(part["line"], 0) + part["amount"]
    return credited


def note_of(connection: sa.Connection, number: str) -> Row | None:
    """The credit note with this number, if there is one."""
    query = sa.select(tables.credit_notes).where(_c.number == number)
    return connection.execute(query).mappings().one_or_none()


def credit(
    books: Books,
    number: str,
    *,
    reason: str,
    amount: int | None = None,
    sessions: Collection[str] = (),
) -> CreditNote:
    """Write a credit note on an issued invoice: on all of it, on some sessions, or on a part.

    It reduces what is owed; what had been paid beyond that becomes the client's credit.

    Raises:
        StepError: the invoice is not issued, or there is not so much left of it to credit.
    """
    books.write()
    row = _issued(books, number, "credited")
    return _credited(books, row, _parts(books, row, amount, sessions), {"reason": reason})


def left_to_credit(connection: sa.Connection, number: str) -> int:
    """How many cents of an invoice no credit note and no write-off has taken off yet."""
    row = find(connection, number)
    return int(row["total"]) - sum(credited_by_line(connection, row["id"]).values())


def write_off(
    books: Books,
    number: str,
    wanted: Sequence[tuple[date | None, int]],
    *,
    reason: str,
    reference: str,
) -> CreditNote | None:
    """Take off an issued invoice what a contract with an insurer takes off; once for each reference.

    Args:
        books: where.
        number: the invoice's.
        wanted: the day of service, where it is known, and the cents. Of one day they go to that day's
            line, otherwise they are spread over the lines.
        reason: the insurer's codes.
        reference: what the insurer calls the claim's payment.

    Returns:
        What was taken off; none where this reference was written off before.

    Raises:
        StepError: the invoice is not issued, or there is not so much left of it.
    """
    books.write()
    if books.connection.execute(sa.select(_c.number).where(_c.reference == reference)).first():
        return None
    row = _issued(books, number, "written off")
    parts: dict[int, dict[str, int]] = {}
    for service_date, amount in wanted:
        for part in _parts(books, row, amount, on=service_date, besides=parts):
            kept = parts.setdefault(part["line"], {"line": part["line"], "amount": 0, "tax": 0})
            kept["amount"] += part["amount"]
            kept["tax"] += part["tax"]
    about = {"reason": reason, "kind": "write_off", "reference": reference}
    return _credited(books, row, list(parts.values()), about)


def _credited(
    books: Books, row: Row, parts: Sequence[dict[str, int]], about: dict[str, str]
) -> CreditNote:
    total = sum(part["amount"] for part in parts)
    day = max(books.today, row["issued_on"], *_days_of_notes(books.connection))
    note = _insert(books, row, parts, day, about)
    paid, credited = allocated_to(books.connection, row["id"])
    released = max(0, total - (row["total"] - paid - credited))
    release_invoice(books, row["id"], released, on=day)
    _use_note(books, row, note, total)
    settle(books, row["client_id"], on=day)
    paid, credited = allocated_to(books.connection, row["id"])
    return CreditNote(
        number=note,
        invoice=row["number"],
        client_id=row["client_id"],
        issued_on=day,
        amount=from_cents(total),
        released=from_cents(released),
        balance=from_cents(row["total"] - paid - credited),
    )


def _insert(
    books: Books, row: Row, parts: Sequence[dict[str, int]], day: date, about: dict[str, str]
) -> str:
    numbering = books.settings.numbering
    is_credit = about.get("kind", "credit") == "credit"
    taken = books.number(numbering.credit_notes if is_credit else numbering.write_offs, day)
    books.connection.execute(
        tables.credit_notes.insert().values(
            **taken._asdict(),
            invoice_id=row["id"],
            client_id=row["client_id"],
            issued_on=day,
            parts=json.dumps(parts),
            tax=sum(part["tax"] for part in parts),
            amount=sum(part["amount"] for part in parts),
            **about,
        )
    )
    return taken.number


def _days_of_notes(connection: sa.Connection) -> list[date]:
    """The day of the last credit note: dates follow the numbers."""
    latest = connection.execute(sa.select(sa.func.max(_c.issued_on))).scalar_one()
    return [latest] if latest else []


def _use_note(books: Books, row: Row, number: str, amount: int) -> None:
    owed = OpenInvoice(
        id=row["id"],
        number=row["number"],
        client_id=row["client_id"],
        initials=row["initials"],
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        total=row["total"],
        open=amount,
    )
    fund = ("credit_note", number)
    allocate(books, [owed], row["client_id"], on=row["issued_on"], only=fund)


def _issued(books: Books, number: str, done: str) -> Row:
    row = find(books.connection, number)
    if row["state"] == "draft":
        raise StepError(f"{number} is a draft and cannot be {done}", hint="discard it")
    if row["state"] == "void":
        raise StepError(f"{number} is void and cannot be {done}")
    return row


def _parts(
    books: Books,
    row: Row,
    amount: int | None,
    sessions: Collection[str] = (),
    *,
    on: date | None = None,
    besides: Mapping[int, Mapping[str, int]] = {},
) -> list[dict[str, int]]:
    """How much of each line is credited, and the tax in it; by largest remainder.

    `on` is the day of service whose lines are taken first, `besides` what is taken off already.
    """
    rows = lines_of(books.connection, row["id"])
    unknown = set(sessions) - {each["session_id"] for each in rows}
    if unknown:
        raise StepError(f"{row['number']} does not bill session {min(unknown)}")
    before = credited_by_line(books.connection, row["id"])
    for line, part in besides.items():
        before[line] = before.get(line, 0) + part["amount"]
    chosen = [each for each in rows if not sessions or each["session_id"] in sessions]
    left = [each["amount"] - before.get(each["id"], 0) for each in chosen]
    wanted = sum(left) if amount is None else amount
    of_day = [each["service_date"] == on for each in chosen]
    if on is not None and wanted <= sum(
        part for part, is_of_day in zip(left, of_day, strict=True) if is_of_day
    ):
        left = [part if is_of_day else 0 for part, is_of_day in zip(left, of_day, strict=True)]
    if not 0 < wanted <= sum(left):
        raise StepError(
            f"{from_cents(wanted)} cannot be credited on {row['number']};"
            f" {from_cents(sum(left))} of it is left to credit"
        )
    return [
        {"line": line["id"], "amount": part, "tax": _tax_in(line, part)}
        for line, part in zip(chosen, split(wanted, left), strict=True)
        if part
    ]


def _tax_in(line: Row, part: int) -> int:
    net = line["amount"] - line["tax"]
    tax, _ = split(part, [line["tax"], net])
    return tax


def void(books: Books, number: str, *, reason: str) -> Voided:
    """Void an issued invoice: it keeps its number, and its sessions can be billed again.

    What had been paid on it becomes the client's credit. An invoice that is void already is
    returned as it is.

    Raises:
        StepError: it is a draft, or there is a credit note on it.
    """
    books.write()
    row = find(books.connection, number)
    if row["state"] == "void":
        return _voided(row, lines_of(books.connection, row["id"]), 0)
    row = _issued(books, number, "voided")
    query = sa.select(_c.number).where(_c.invoice_id == row["id"])
    note = books.connection.execute(query).scalars().first()
    if note:
        raise StepError(
            f"{row['number']} has the credit note {note} and cannot be voided",
            hint="credit what is left of it instead",
        )
    day = max(books.today, row["issued_on"])
    paid, _ = allocated_to(books.connection, row["id"])
    release_invoice(books, row["id"], paid, on=day)
    own = tables.invoices.c.id == row["id"]
    books.connection.execute(
        tables.invoices.update().where(own).values(state="void", voided_on=day, void_reason=reason)
    )
    lines = tables.lines.c.invoice_id == row["id"]
    books.connection.execute(
        tables.lines.update().where(lines).values(billed_session=None, billed_slot=None)
    )
    settle(books, row["client_id"], on=day)
    return _voided(find(books.connection, row["id"]), lines_of(books.connection, row["id"]), paid)


def freed(connection: sa.Connection) -> list[BilledSession]:
    """The sessions of void invoices that are on no other invoice: they can be billed again."""
    lines, heads = tables.lines.c, tables.invoices.c
    query = (
        sa.select(lines.session_id, heads.number)
        .join_from(tables.lines, tables.invoices, lines.invoice_id == heads.id)
        .where(heads.state == "void", lines.session_id != "")
        .order_by(lines.session_id, heads.sequence)
    )
    found = [(session, number) for session, number in connection.execute(query)]
    live = billed_sessions(connection, (session for session, _ in found))
    return [
        BilledSession(session_id=session, document=None, was=number)
        for session, number in found
        if session not in live
    ]


def _voided(row: Row, rows: Sequence[Row], released: int) -> Voided:
    sessions = [each["session_id"] for each in rows if each["session_id"]]
    return Voided(
        number=row["number"],
        client_id=row["client_id"],
        voided_on=row["voided_on"],
        released=from_cents(released),
        session_ids=sessions,
        freed=[
            BilledSession(session_id=session, document=None, was=row["number"])
            for session in sessions
        ],
    )
