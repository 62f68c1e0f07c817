"""The balances clients had when the books began."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa

from dayhand import StepError
from dayhand_billing import tables
from dayhand_billing.allocations import settle
from dayhand_billing.books import Books
from dayhand_billing.models import OpenedBalances, OpeningBalanceIn
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["OPENING", "open_balances"]

OPENING = "opening"
"""The method of a payment, and the kind of a line, that stand for a balance carried over."""

_p, _i = tables.payments.c, tables.invoices.c


def open_balances(books: Books, balances: Iterable[OpeningBalanceIn]) -> OpenedBalances:
    """Carry over what clients owed, or had in credit, when the books began; each client once.

    What was owed is an invoice `OB-<client>` outside the numbered series, due at once; a credit is
    a payment of that id. Both go against the ledger's opening balances, not against income.

    Raises:
        StepError: another balance was carried over for the client before.
    """
    books.write()
    done = OpenedBalances(new=0, unchanged=0, owed=from_cents(0), credit=from_cents(0))
    for balance in balances:
        amount = cents(balance.amount)
        if not amount:
            continue
        kept = _carried_over(books.connection, balance.client_id)
        if kept is None:
            _carry_over(books, balance, amount)
            done.new += 1
        elif kept == (amount, balance.as_of):
            done.unchanged += 1
        else:
            raise StepError(
                f"another opening balance of {balance.client_id} was carried over before",
                hint="credit it, or void OB-" + balance.client_id,
            )
        done.owed += from_cents(max(amount, 0))
        done.credit += from_cents(max(-amount, 0))
    return done


def _carried_over(connection: sa.Connection, client_id: str) -> tuple[int, date] | None:
    name = f"OB-{client_id}"
    owed = sa.select(_i.total, _i.issued_on).where(_i.id == name)
    credit = sa.select(-_p.amount, _p.received_on).where(_p.id == name)
    row = connection.execute(owed).one_or_none() or connection.execute(credit).one_or_none()
    return (int(row[0]), row[1]) if row else None


def _carry_over(books: Books, balance: OpeningBalanceIn, amount: int) -> None:
    name = f"OB-{balance.client_id}"
    if amount < 0:
        row = {"id": name, "client_id": balance.client_id, "received_on": balance.as_of}
        row |= {"amount": -amount, "fee": 0, "method": OPENING}
        books.connection.execute(tables.payments.insert().values(**row))
    else:
        _open_invoice(books, balance, amount)
    settle(books, balance.client_id, on=balance.as_of)


def _open_invoice(books: Books, balance: OpeningBalanceIn, amount: int) -> None:
    name = f"OB-{balance.client_id}"
    texts = ("client_name", "bill_to", "email", "void_reason")
    lists = ("address", "email_scopes")
    books.connection.execute(
        tables.invoices.insert().values(
            id=name,
            number=name,
            state="issued",
            client_id=balance.client_id,
            initials=balance.initials,
            created_on=books.today,
            issued_on=balance.as_of,
            due_on=balance.as_of,
            total=amount,
            **dict.fromkeys(texts, ""),
            **dict.fromkeys(lists, "[]"),
        )
    )
    blank = ("session_id", "start", "service", "place_of_service", "adjustment_reason", "tax_code")
    books.connection.execute(
        tables.lines.insert().values(
            invoice_id=name,
            position=1,
            kind=OPENING,
            service_date=balance.as_of,
            name="Balance brought forward",
            minutes=0,
            modifiers="[]",
            diagnoses="[]",
            units=1,
            charge=amount,
            adjustment=0,
            tax_rate="0",
            tax=0,
            amount=amount,
            **dict.fromkeys(blank, ""),
        )
    )
