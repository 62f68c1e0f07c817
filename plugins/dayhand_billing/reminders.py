"""Neutral reminders of open invoices, by steps: each step of an invoice comes due once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from dayhand import counted
from dayhand_billing import tables
from dayhand_billing.allocations import OpenInvoice, open_invoices
from dayhand_billing.books import Books, from_list
from dayhand_billing.posting_models import DueReminder, DueReminders, NotedReminder
from dayhand_billing.summary import aligned_table
from dayhand_practice.vocabulary import from_cents

__all__ = ["note", "reminders_due"]

_r = tables.reminders.c


def reminders_due(books: Books, *, steps: Sequence[int]) -> DueReminders:
    """For each client's overdue invoice the latest step it has reached and was not reminded at."""
    said = _sent(books.connection)
    items = []
    for invoice in open_invoices(books.connection, as_of=books.today):
        late = (books.today - invoice.due_on).days
        reached = max((step for step in steps if step <= late), default=None)
        if reached is None or reached <= max(said.get(invoice.id, [0])):
            continue
        items.append(_due(books, invoice, reached, late))
    items.sort(key=lambda each: (each.client_id, each.invoice))
    return DueReminders(items=items, total=_total(items), summary=_summary(items, books))


def _due(books: Books, invoice: OpenInvoice, step: int, late: int) -> DueReminder:
    query = sa.select(tables.invoices).where(tables.invoices.c.id == invoice.id)
    row = books.connection.execute(query).mappings().one()
    return DueReminder(
        invoice=invoice.number,
        client_id=invoice.client_id,
        initials=invoice.initials,
        name=row["bill_to"],
        email=row["email"],
        email_scopes=from_list(row["email_scopes"]),
        due_on=invoice.due_on,
        days_overdue=late,
        after_days=step,
        open=from_cents(invoice.open),
    )


def _sent(connection: sa.Connection) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in connection.execute(sa.select(_r.invoice_id, _r.after_days)):
        found.setdefault(row.invoice_id, []).append(row.after_days)
    return found


def _total(items: Iterable[DueReminder]) -> Decimal:
    return sum((each.open for each in items), from_cents(0))


def _summary(items: Sequence[DueReminder], books: Books) -> str:
    if not items:
        return "Nobody is to be reminded.\n"
    header = ["Invoice", "Client", "Initials", "Due", "Step", "Late", f"Open {books.info.currency}"]
    rows = [
        [
            each.invoice,
            each.client_id,
            each.initials,
            each.due_on.isoformat(),
            f"{each.after_days} d",
            f"{each.days_overdue} d",
            f"{each.open:,.2f}",
        ]
        for each in items
    ]
    held = [e for e in items if not e.email or "billing" not in e.email_scopes]
    text = f"{counted(len(items), 'reminder')}\n\n{aligned_table(header, rows, left=4)}\n"
    if held:
        names = ", ".join(f"{each.invoice} ({each.client_id})" for each in held)
        text += f"\nNot by mail, no consent for billing mail: {names}\n"
    return text


def note(books: Books, reminders: Iterable[NotedReminder], on: date) -> int:
    """Note reminders as sent, so that their step does not come due again; how many were new."""
    books.write()
    said = _sent(books.connection)
    ids = dict(
        books.connection.execute(
            sa.select(tables.invoices.c.number, tables.invoices.c.id).where(
                tables.invoices.c.number.is_not(None)
            )
        ).all()
    )
    rows = [
        {"invoice_id": ids[each.invoice], "after_days": each.after_days, "sent_on": on}
        for each in reminders
        if each.invoice in ids and each.after_days not in said.get(ids[each.invoice], [])
    ]
    if rows:
        books.connection.execute(tables.reminders.insert(), rows)
    return len(rows)
