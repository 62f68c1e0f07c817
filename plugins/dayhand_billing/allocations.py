"""Which payment or credit note pays which invoice, and what is open on any day.

Rows of `billing_allocations` are only added. What is taken back (a void, a credit, a refund) is a
negative row with its own day. An allocation is never dated before its invoice or its payment, so
for every day: open invoices less unused credit = invoices less payments less credit notes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand_billing import tables
from dayhand_billing.amounts import cover
from dayhand_billing.books import Books

__all__ = [
    "OpenInvoice",
    "allocate",
    "allocated_to",
    "open_invoices",
    "release_invoice",
    "release_payment",
    "settle",
    "unused_credit",
]

Fund = tuple[str, str]
"""`payment` or `credit_note`, and its id."""

_i, _p = tables.invoices.c, tables.payments.c
_c, _a = tables.credit_notes.c, tables.allocations.c


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice with what is still to be paid of it."""

    id: str
    number: str
    client_id: str
    initials: str
    issued_on: date
    due_on: date
    total: int
    open: int


def open_invoices(
    connection: sa.Connection,
    *,
    clients: Collection[str] | None = None,
    as_of: date | None = None,
) -> list[OpenInvoice]:
    """Invoices with something left to pay, first due first, on a past day or in all."""
    made = _a.made_on <= as_of if as_of else sa.true()
    used = (
        sa.select(_a.invoice_id, sa.func.sum(_a.amount).label("amount"))
        .where(made)
        .group_by(_a.invoice_id)
        .subquery()
    )
    left = _i.total - sa.func.coalesce(used.c.amount, 0)
    query = (
        sa.select(
            _i.id,
            _i.number,
            _i.client_id,
            _i.initials,
            _i.issued_on,
            _i.due_on,
            _i.total,
            left.label("open"),
        )
        .join_from(tables.invoices, used, used.c.invoice_id == _i.id, isouter=True)
        .where(_i.state != "draft", left != 0, *_of(_i.client_id, clients), *_live(as_of))
        .order_by(_i.due_on, _i.issued_on, _i.sequence, _i.number)
    )
    return [OpenInvoice(**row) for row in connection.execute(query).mappings()]


def _live(as_of: date | None) -> list[sa.ColumnElement[bool]]:
    if as_of is None:
        return [_i.state == "issued"]
    return [_i.issued_on <= as_of, sa.or_(_i.voided_on.is_(None), _i.voided_on > as_of)]


def _of(
    column: sa.ColumnElement[str], clients: Collection[str] | None
) -> list[sa.ColumnElement[bool]]:
    return [] if clients is None else [column.in_(clients)]


def unused_credit(
    connection: sa.Connection,
    *,
    clients: Collection[str] | None = None,
    as_of: date | None = None,
) -> dict[str, int]:
    """By client, what payments and credit notes leave unused; refunds have been taken off."""
    credit: dict[str, int] = defaultdict(int)
    for table, day in ((tables.payments, _p.received_on), (tables.credit_notes, _c.issued_on)):
        query = sa.select(table.c.client_id, sa.func.sum(table.c.amount)).where(
            *_of(table.c.client_id, clients), *([day <= as_of] if as_of else [])
        )
        for client, amount in connection.execute(query.group_by(table.c.client_id)):
            credit[client] += int(amount)
    query = (
        sa.select(_i.client_id, sa.func.sum(_a.amount))
        .join_from(tables.allocations, tables.invoices, _a.invoice_id == _i.id)
        .where(*_of(_i.client_id, clients), *([_a.made_on <= as_of] if as_of else []))
    )
    for client, amount in connection.execute(query.group_by(_i.client_id)):
        credit[client] -= int(amount)
    return {client: amount for client, amount in credit.items() if amount}


def settle(books: Books, client_id: str, *, on: date) -> None:
    """Use the client's credit, oldest first, for what the client owes, first due first."""
    allocate(books, open_invoices(books.connection, clients=[client_id]), client_id, on=on)


def allocate(
    books: Books,
    owed: Sequence[OpenInvoice],
    client_id: str,
    *,
    on: date,
    only: Fund | None = None,
) -> None:
    """Use the client's credit, or one fund of it, for these invoices, in this order."""
    if not owed:
        return
    funds = _funds(books.connection, client_id)
    since = {fund: day for fund, _, day in funds}
    issued = {invoice.id: invoice.issued_on for invoice in owed}
    available = [(fund, amount) for fund, amount, _ in funds if only in (None, fund)]
    for fund, invoice, amount in cover([(each.id, each.open) for each in owed], available):
        _add(books, fund, invoice, amount, max(on, since[fund], issued[invoice]))


def _funds(connection: sa.Connection, client_id: str) -> list[tuple[Fund, int, date]]:
    """Payments and credit notes with something left, oldest first."""
    used: dict[Fund, int] = defaultdict(int)
    query = (
        sa.select(_a.payment_id, _a.credit_note, _a.amount)
        .join_from(tables.allocations, tables.invoices, _a.invoice_id == _i.id)
        .where(_i.client_id == client_id)
    )
    for payment, note, amount in connection.execute(query):
        used[("payment", payment) if payment else ("credit_note", note)] += amount
    payments = sa.select(tables.payments).where(_p.client_id == client_id)
    rows = connection.execute(payments).mappings().all()
    for row in rows:
        if row["refund_of"]:
            used["payment", row["refund_of"]] -= row["amount"]
    funds: list[tuple[Fund, int, date]] = [
        (("payment", row["id"]), row["amount"], row["received_on"])
        for row in rows
        if not row["refund_of"]
    ]
    notes = sa.select(_c.number, _c.amount, _c.issued_on).where(_c.client_id == client_id)
    funds += [(("credit_note", n), amount, day) for n, amount, day in connection.execute(notes)]
    left = [(fund, amount - used[fund], day) for fund, amount, day in funds]
    return sorted((each for each in left if each[1] > 0), key=lambda each: (each[2], each[0]))


def release_invoice(books: Books, invoice_id: str, amount: int, *, on: date) -> None:
    """Take back so much of what payments have paid on an invoice, the last allocation first."""
    found = _net(books.connection, _a.invoice_id == invoice_id, _a.payment_id.is_not(None))
    _release(books, sorted(found, key=lambda each: -each["last"]), amount, on)


def release_payment(books: Books, payment_id: str, amount: int, *, on: date) -> None:
    """Take back so much of what a payment has paid, from the invoice last due first."""
    found = _net(books.connection, _a.payment_id == payment_id)
    wanted = [each["invoice_id"] for each in found]
    dates = sa.select(_i.id, _i.due_on).where(_i.id.in_(wanted))
    due = dict(books.connection.execute(dates).all())
    ordered = sorted(found, key=lambda each: (due[each["invoice_id"]], each["last"]), reverse=True)
    _release(books, ordered, amount, on)


def _release(books: Books, found: Sequence[Any], amount: int, on: date) -> None:
    for each in found:
        part = min(amount, each["amount"])
        if part > 0:
            fund = ("payment", each["payment_id"])
            _add(books, fund, each["invoice_id"], -part, max(on, each["made_on"]))
            amount -= part


def _net(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
    total = sa.func.sum(_a.amount)
    query = (
        sa.select(
            _a.invoice_id,
            _a.payment_id,
            total.label("amount"),
            sa.func.max(_a.id).label("last"),
            sa.func.max(_a.made_on).label("made_on"),
        )
        .where(*where)
        .group_by(_a.invoice_id, _a.payment_id)
        .having(total > 0)
    )
    return connection.execute(query).mappings().all()


def allocated_to(connection: sa.Connection, invoice_id: str) -> tuple[int, int]:
    """What an invoice has been paid, and what it has been credited."""
    query = sa.select(
        sa.func.sum(sa.case((_a.payment_id.is_not(None), _a.amount), else_=0)),
        sa.func.sum(sa.case((_a.credit_note.is_not(None), _a.amount), else_=0)),
    ).where(_a.invoice_id == invoice_id)
    paid, credited = connection.execute(query).one()
    return int(paid or 0), int(credited or 0)


def _add(books: Books, fund: Fund, invoice_id: str, amount: int, day: date) -> None:
    kind, identity = fund
    books.connection.execute(
        tables.allocations.insert().values(
            invoice_id=invoice_id,
            payment_id=identity if kind == "payment" else None,
            credit_note=identity if kind == "credit_note" else None,
            made_on=day,
            amount=amount,
        )
    )
