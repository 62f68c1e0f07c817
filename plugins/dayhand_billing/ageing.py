"""What clients owe, by age, on any day: recomputed from the books, credit never netted silently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from dayhand_billing import tables
from dayhand_billing.allocations import OpenInvoice, open_invoices, unused_credit
from dayhand_billing.amounts import cover
from dayhand_billing.books import Books
from dayhand_billing.models import Ageing, AgeingRow, Balance
from dayhand_billing.settings import AgeingBasis
from dayhand_practice.vocabulary import from_cents

__all__ = ["BUCKETS", "ageing", "balances", "bucket_of"]

BUCKETS = ("0-30", "31-60", "61-90", "91-120", "120+")
_LAST_DAYS = (30, 60, 90, 120)


def bucket_of(days: int) -> str:
    """The bucket of an age; what is not due yet is in the first."""
    return BUCKETS[sum(days > last for last in _LAST_DAYS)]


def balances(
    books: Books, *, clients: Sequence[str] | None = None, as_of: date | None = None
) -> list[Balance]:
    """What each client owes; with `clients` one for each, in their order."""
    day = as_of or books.today
    credit = unused_credit(books.connection, clients=clients, as_of=as_of)
    owed: dict[str, list[OpenInvoice]] = defaultdict(list)
    for invoice in open_invoices(books.connection, clients=clients, as_of=as_of):
        owed[invoice.client_id].append(invoice)
    names = sorted({*owed, *credit}) if clients is None else list(dict.fromkeys(clients))
    basis = books.settings.ageing_basis
    return [
        _balance(name, owed[name], credit.get(name, 0), day, aged)
        for name in names
        for aged in [_aged(books.connection, owed[name], day, basis)]
    ]


def _balance(
    client_id: str,
    owed: Sequence[OpenInvoice],
    credit: int,
    day: date,
    aged: Sequence[tuple[int, int]],
) -> Balance:
    return Balance(
        client_id=client_id,
        balance=from_cents(sum(each.open for each in owed) - credit),
        overdue=from_cents(sum(each.open for each in owed if each.due_on < day)),
        credit=from_cents(credit),
        oldest_days=max(0, *(age for age, _ in aged), 0),
    )


def ageing(
    books: Books,
    *,
    as_of: date | None = None,
    basis: AgeingBasis | None = None,
    clients: Collection[str] | None = None,
) -> Ageing:
    """Open invoices by age, with unused credit in its own column, as of the end of a day."""
    day = as_of or books.today
    basis = basis or books.settings.ageing_basis
    credit = unused_credit(books.connection, clients=clients, as_of=day)
    owed: dict[str, list[OpenInvoice]] = defaultdict(list)
    for invoice in open_invoices(books.connection, clients=clients, as_of=day):
        owed[invoice.client_id].append(invoice)
    initials = _initials(books.connection)
    rows = [
        _row((client, initials.get(client, "")), credit.get(client, 0), aged)
        for client in sorted({*owed, *credit})
        for aged in [_aged(books.connection, owed[client], day, basis)]
    ]
    return Ageing(
        as_of=day,
        basis=basis,
        currency=books.info.currency,
        rows=rows,
        buckets={name: _sum(row.buckets[name] for row in rows) for name in BUCKETS},
        gross=_sum(row.gross for row in rows),
        credits=_sum(row.credits for row in rows),
        net=_sum(row.net for row in rows),
    )


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, Decimal("0.00"))


def _initials(connection: sa.Connection) -> dict[str, str]:
    """Each client's initials as they stand on the latest of their invoices."""
    columns = tables.invoices.c
    query = sa.select(columns.client_id, columns.initials).where(columns.initials != "")
    return dict(connection.execute(query.order_by(columns.created_on, columns.id)).all())


def _row(client: tuple[str, str], credit: int, aged: Sequence[tuple[int, int]]) -> AgeingRow:
    gross = sum(amount for _, amount in aged)
    buckets: dict[str, int] = dict.fromkeys(BUCKETS, 0)
    for age, amount in aged:
        buckets[bucket_of(age)] += amount
    return AgeingRow(
        client_id=client[0],
        initials=client[1],
        buckets={name: from_cents(amount) for name, amount in buckets.items()},
        gross=from_cents(gross),
        credits=from_cents(credit),
        net=from_cents(gross - credit),
        oldest_days=max(0, *(age for age, _ in aged), 0),
    )


def _aged(
    connection: sa.Connection, owed: Sequence[OpenInvoice], day: date, basis: AgeingBasis
) -> list[tuple[int, int]]:
    """Each open amount with its age in days."""
    if basis == "service_date":
        return _aged_by_service(connection, owed, day)
    dates = {each.id: each.issued_on if basis == "invoice_date" else each.due_on for each in owed}
    return [((day - dates[each.id]).days, each.open) for each in owed]


def _aged_by_service(
    connection: sa.Connection, owed: Sequence[OpenInvoice], day: date
) -> list[tuple[int, int]]:
    """What was paid is taken for the earliest services, so that the latest are the open ones."""
    aged: list[tuple[int, int]] = []
    lines = _lines(connection, [each.id for each in owed])
    for invoice in owed:
        amounts = lines[invoice.id]
        paid: Mapping[int, int] = {
            place: part
            for _, place, part in cover(
                [(place, amount) for place, (_, amount) in enumerate(amounts)],
                [("paid", invoice.total - invoice.open)],
            )
        }
        aged += [
            ((day - served).days, amount - paid.get(place, 0))
            for place, (served, amount) in enumerate(amounts)
            if amount > paid.get(place, 0)
        ]
    return aged


def _lines(
    connection: sa.Connection, invoice_ids: Sequence[str]
) -> dict[str, list[tuple[date, int]]]:
    columns = tables.lines.c
    query = sa.select(columns.invoice_id, columns.service_date, columns.amount)
    found: dict[str, list[tuple[date, int]]] = defaultdict(list)
    wanted = set(invoice_ids)
    for invoice, day, amount in connection.execute(
        query.order_by(columns.service_date, columns.position)
    ):
        if invoice in wanted:
            found[invoice].append((day, amount))
    return found
