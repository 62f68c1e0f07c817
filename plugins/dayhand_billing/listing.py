"""Lists of invoices with what is open of each."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import Literal

import sqlalchemy as sa

from dayhand_billing import tables
from dayhand_billing.allocations import open_invoices
from dayhand_billing.books import Books, from_list
from dayhand_billing.models import InvoiceItem
from dayhand_practice.vocabulary import from_cents

__all__ = ["InvoiceState", "days_of", "invoice_list"]

InvoiceState = Literal["draft", "issued", "void", "open", "overdue"]

_i = tables.invoices.c


def days_of(month: str) -> tuple[date, date]:
    """The first and the last day of a month written `2026-11`."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def invoice_list(
    books: Books,
    *,
    state: InvoiceState | None = None,
    month: str | None = None,
    clients: Collection[str] | None = None,
) -> list[InvoiceItem]:
    """Invoices in order of their day and number, drafts last."""
    query = sa.select(tables.invoices).order_by(
        _i.number.is_(None), _i.issued_on, _i.sequence, _i.number, _i.id
    )
    if state:
        query = query.where(_i.state == ("issued" if state in ("open", "overdue") else state))
    if month:
        first, last = days_of(month)
        query = query.where(sa.func.coalesce(_i.issued_on, _i.created_on).between(first, last))
    if clients is not None:
        query = query.where(_i.client_id.in_(clients))
    left = {each.id: each.open for each in open_invoices(books.connection, clients=clients)}
    items = [_item(books, row, left) for row in books.connection.execute(query).mappings()]
    if state == "open":
        return [item for item in items if item.balance]
    return [item for item in items if item.days_overdue] if state == "overdue" else items


def _item(books: Books, row: sa.RowMapping, left: dict[str, int]) -> InvoiceItem:
    balance = left.get(row["id"], 0)
    late = (books.today - row["due_on"]).days if row["due_on"] and balance > 0 else 0
    return InvoiceItem(
        number=row["number"] or row["id"],
        state=row["state"],
        client_id=row["client_id"],
        initials=row["initials"],
        name=row["bill_to"],
        email=row["email"],
        email_scopes=from_list(row["email_scopes"]),
        issued_on=row["issued_on"],
        due_on=row["due_on"],
        total=from_cents(row["total"]),
        balance=from_cents(balance),
        days_overdue=max(late, 0),
    )
