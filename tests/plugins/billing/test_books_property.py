"""Whatever happens in whatever order, ageing, ledger and allocations agree on every day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from billing_practice import client, session
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import StepError
from dayhand.testing import sample_info
from dayhand_billing import corrections, drafts, invoices, ledger, payments, tables
from dayhand_billing.ageing import ageing
from dayhand_billing.allocations import open_invoices
from dayhand_billing.books import Books
from dayhand_billing.settings import BillingSettings
from dayhand_practice.vocabulary import Session, cents

FIRST = date(2026, 11, 1)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["issue", "pay", "pay", "credit", "void", "refund"]),
        st.integers(1, 2),  # client
        st.integers(1, 40_000),  # amount in cents
        st.integers(0, 5),  # days later
        st.integers(0, 30),  # which one
    ),
    min_size=3,
    max_size=14,
)


def act(books, what, who, amount, which, number):
    if what == "issue":
        given_ = session(
            number, day="2026-10-05", hour=number % 24, who=client(who), fee=Decimal(amount) / 100
        )
        made = drafts.make_drafts(books, [Session.model_validate(given_)], now=books.now)
        invoices.issue(books, made.ids)
        return
    name = f"C-{who:04}"
    if what == "pay":
        payments.receive(books, payments.Receipt(name, amount, books.today, "card", "", 0))
        return
    with_number = sa.select(tables.invoices.c.number).where(tables.invoices.c.state == "issued")
    numbers = sorted(books.connection.execute(with_number).scalars())
    ids = [
        each.id
        for each in payments.payments(books.connection, clients=[name])
        if not each.refund_of
    ]
    if what == "refund" and ids:
        receipt = payments.Receipt(name, amount, books.today, "card", "", 0)
        payments.refund(books, ids[which % len(ids)], receipt)
    elif what == "credit" and numbers:
        corrections.credit(books, numbers[which % len(numbers)], reason="x", amount=amount)
    elif what == "void" and numbers:
        corrections.void(books, numbers[which % len(numbers)], reason="x")


class Day(Books):
    """The books with a moment, as a step's context has one."""

    __slots__ = ()

    @property
    def now(self):
        from datetime import UTC, datetime, time

        return datetime.combine(self.today, time(12), UTC)


@settings(max_examples=40, deadline=None)
@given(ACTS)
def test_the_books_agree_with_themselves_on_every_day(acts):
    engine = sa.create_engine("sqlite://")
    tables.metadata.create_all(engine)
    with engine.connect() as connection:
        day = FIRST
        for number, (what, who, amount, later, which) in enumerate(acts, 1):
            day += timedelta(days=later)
            books = Day(connection, BillingSettings(), sample_info(), day)
            try:
                with connection.begin_nested():
                    act(books, what, who, amount, which, number)
            except StepError:
                pass  # not so much is left: refused, and nothing changed
        books = Day(connection, BillingSettings(), sample_info(), day)
        entries = ledger.entries(books)
        past = FIRST
        while past <= day:
            report = ageing(books, as_of=past)
            kept = ledger.totals(entry for entry in entries if entry.day <= past)
            told = {f"Assets:Receivable:{row.client_id}": cents(row.net) for row in report.rows}
            accounts = {k: v for k, v in kept.items() if "Receivable" in k and v}
            assert accounts == {k: v for k, v in told.items() if v}
            assert sum(kept.values()) == 0
            for row in report.rows:
                assert row.gross >= 0
                assert row.credits >= 0
                assert sum(row.buckets.values()) == row.gross
            past += timedelta(days=1)
        for row in ageing(books).rows:  # nobody has both something open and unused credit
            assert row.gross == 0 or row.credits == 0
        assert all(0 < each.open <= each.total for each in open_invoices(connection))
    engine.dispose()
