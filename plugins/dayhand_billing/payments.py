"""Payments and refunds as they are kept."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand import StepError, UserError
from dayhand_billing import tables
from dayhand_billing.allocations import (
    allocate,
    open_invoices,
    release_payment,
    settle,
    unused_credit,
)
from dayhand_billing.books import Books
from dayhand_billing.models import Allocated, Payment, PaymentReceipt
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["CLIENT_ID", "METHOD", "Receipt", "payment_of", "payments", "receive", "refund"]

CLIENT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,23}")
METHOD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")

_p, _a, _i = tables.payments.c, tables.allocations.c, tables.invoices.c


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment to record; amounts in whole cents."""

    client_id: str
    amount: int
    received_on: date
    method: str
    reference: str
    fee: int


def payments(
    connection: sa.Connection,
    *,
    clients: Collection[str] | None = None,
    start: date | None = None,
    end: date | None = None,
    ids: Collection[str] | None = None,
) -> list[Payment]:
    """Payments in order of their day, each with where it went."""
    query = sa.select(tables.payments).order_by(_p.received_on, _p.id)
    if clients is not None:
        query = query.where(_p.client_id.in_(clients))
    if ids is not None:
        query = query.where(_p.id.in_(ids))
    if start:
        query = query.where(_p.received_on >= start)
    if end:
        query = query.where(_p.received_on <= end)
    rows = connection.execute(query).mappings().all()
    went = _allocations(connection, ids)
    refunded = _refunds(connection, ids)
    return [_payment(row, went.get(row["id"], []), refunded.get(row["id"], 0)) for row in rows]


def _allocations(
    connection: sa.Connection, ids: Collection[str] | None
) -> dict[str, list[tuple[str, int]]]:
    total = sa.func.sum(_a.amount)
    query = (
        sa.select(_a.payment_id, _i.number, total)
        .join_from(tables.allocations, tables.invoices, _a.invoice_id == _i.id)
        .where(_a.payment_id.is_not(None) if ids is None else _a.payment_id.in_(ids))
        .group_by(_a.payment_id, _i.number)
        .having(total != 0)
        .order_by(_a.payment_id, _i.number)
    )
    went: dict[str, list[tuple[str, int]]] = {}
    for payment, number, amount in connection.execute(query):
        went.setdefault(payment, []).append((number, int(amount)))
    return went


def _refunds(connection: sa.Connection, ids: Collection[str] | None) -> dict[str, int]:
    query = (
        sa.select(_p.refund_of, sa.func.sum(_p.amount))
        .where(_p.refund_of.is_not(None) if ids is None else _p.refund_of.in_(ids))
        .group_by(_p.refund_of)
    )
    return {payment: int(amount) for payment, amount in connection.execute(query)}


def _payment(row: Any, went: list[tuple[str, int]], refunded: int) -> Payment:
    left = row["amount"] + refunded - sum(amount for _, amount in went)
    return Payment(
        id=row["id"],
        client_id=row["client_id"],
        received_on=row["received_on"],
        amount=from_cents(row["amount"]),
        fee=from_cents(row["fee"]),
        method=row["method"],
        reference=row["reference"] or "",
        refund_of=row["refund_of"],
        allocated=[Allocated(invoice=number, amount=from_cents(part)) for number, part in went],
        unallocated=from_cents(0 if row["refund_of"] else left),
    )


def payment_of(connection: sa.Connection, payment_id: str) -> Payment:
    """One payment.

    Raises:
        UserError: there is none of this id.
    """
    found = payments(connection, ids=[payment_id])
    if not found:
        raise UserError(
            f"there is no payment {payment_id}", hint="'dayhand payments list' shows the ids"
        )
    return found[0]


def receive(books: Books, receipt: Receipt, *, invoice: str = "") -> PaymentReceipt:
    """Record a payment and use it: for the named invoice first, then for what is due first.

    A reference recorded before, with the same client, day and amount, is returned as it was.

    Raises:
        StepError: the reference is known with another content, the day has not come, or the
            invoice is not one the client owes.
    """
    books.write()
    known = _known(books, receipt)
    if known:
        return _receipt(books, known, recorded=False)
    _check(books, receipt)
    payment_id = _insert(books, receipt, None)
    if invoice:
        _pay_first(books, receipt, payment_id, invoice)
    settle(books, receipt.client_id, on=receipt.received_on)
    return _receipt(books, payment_id, recorded=True)


def _check(books: Books, receipt: Receipt) -> None:
    if not CLIENT_ID.fullmatch(receipt.client_id):
        raise StepError("a client id has letters, digits and . _ - only, such as C-0017")
    if not METHOD.fullmatch(receipt.method):
        raise StepError("a method is a word such as card, check, cash or transfer")
    if receipt.amount <= 0:
        raise StepError(
            "a payment is more than nothing", hint="to give money back, name the payment: refund_of"
        )
    if not 0 <= receipt.fee <= receipt.amount:
        raise StepError("a fee is between nothing and the payment")
    if receipt.received_on > books.today:
        raise StepError(
            f"{receipt.received_on} has not come yet; a payment is recorded when it is in"
        )


def _known(books: Books, receipt: Receipt, refund_of: str | None = None) -> str:
    """The id of the payment with this reference, if it is the same; nothing if there is none."""
    if not receipt.reference:
        return ""
    query = sa.select(tables.payments).where(_p.reference == receipt.reference)
    row = books.connection.execute(query).mappings().one_or_none()
    if row is None:
        return ""
    told = (receipt.client_id, receipt.received_on, receipt.amount, receipt.fee, refund_of)
    kept = ("client_id", "received_on", "amount", "fee", "refund_of")
    if told != tuple(row[name] for name in kept):
        raise StepError(
            f"the reference of {row['id']} is used again for another payment",
            hint="a reference names one payment: compare the client, the day, the amount, the fee",
        )
    return str(row["id"])


def _insert(books: Books, receipt: Receipt, refund_of: str | None) -> str:
    taken = books.number(books.settings.numbering.payments, receipt.received_on)
    books.connection.execute(
        tables.payments.insert().values(
            id=taken.number,
            client_id=receipt.client_id,
            received_on=receipt.received_on,
            amount=receipt.amount,
            fee=receipt.fee,
            method=receipt.method,
            reference=receipt.reference or None,
            refund_of=refund_of,
        )
    )
    return taken.number


def _pay_first(books: Books, receipt: Receipt, payment_id: str, invoice: str) -> None:
    owed = open_invoices(books.connection, clients=[receipt.client_id])
    named = [each for each in owed if each.number == invoice]
    if not named:
        raise StepError(
            f"{receipt.client_id} owes nothing on {invoice}", hint="dayhand invoices list"
        )
    fund = ("payment", payment_id)
    allocate(books, named, receipt.client_id, on=receipt.received_on, only=fund)


def _receipt(books: Books, payment_id: str, *, recorded: bool) -> PaymentReceipt:
    payment = payment_of(books.connection, payment_id)
    return PaymentReceipt(
        payment=payment,
        recorded=recorded,
        balance=from_cents(_balance(books.connection, payment.client_id)),
    )


def _balance(connection: sa.Connection, client_id: str) -> int:
    owed = sum(each.open for each in open_invoices(connection, clients=[client_id]))
    return owed - unused_credit(connection, clients=[client_id]).get(client_id, 0)


def refund(books: Books, payment_id: str, receipt: Receipt) -> PaymentReceipt:
    """Give money back from a payment: first what is unused of it, then what it has paid.

    Raises:
        StepError: there is no such payment, or not so much of it left.
    """
    books.write()
    given = Receipt(
        receipt.client_id,
        -receipt.amount,
        receipt.received_on,
        receipt.method,
        receipt.reference,
        receipt.fee,
    )
    known = _known(books, given, payment_id)
    if known:
        return _receipt(books, known, recorded=False)
    _check(books, receipt)
    payment = payment_of(books.connection, payment_id)
    if payment.refund_of or payment.client_id != receipt.client_id:
        raise StepError(f"{payment_id} is not a payment of {receipt.client_id}")
    left = cents(payment.unallocated) + sum(cents(each.amount) for each in payment.allocated)
    if receipt.amount > left or receipt.received_on < payment.received_on:
        raise StepError(
            f"{from_cents(receipt.amount)} cannot be given back from {payment_id}:"
            f" {from_cents(left)} is left of it, received on {payment.received_on}"
        )
    beyond = receipt.amount - cents(payment.unallocated)
    if beyond > 0:
        release_payment(books, payment_id, beyond, on=receipt.received_on)
    refund_id = _insert(books, given, payment_id)
    settle(books, receipt.client_id, on=receipt.received_on)
    return _receipt(books, refund_id, recorded=True)
