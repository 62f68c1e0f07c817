"""The books as double entries: derived from documents, never kept, so that they cannot disagree.

| what happened | entry |
|---|---|
| invoice issued | receivable; to income, less sliding scale, and tax |
| balance carried over | receivable, or credit; to opening balances |
| invoice voided | the invoice's entry reversed, on the day it was voided |
| credit note | income and tax; to receivable |
| an insurer's write-off | written off, and tax; to receivable |
| payment | bank and fees; to receivable |
| refund | receivable and fees; to bank |

Only client ids stand in it: no names, no diagnoses, no references of banks.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand_billing import tables
from dayhand_billing.books import Books
from dayhand_billing.opening import OPENING
from dayhand_billing.settings import Accounts

__all__ = ["Entry", "Posting", "account_of", "brought_forward", "entries", "totals"]

_i, _l = tables.invoices.c, tables.lines.c


@dataclass(frozen=True, slots=True)
class Posting:
    """An amount, in whole cents, to an account; negative is a credit."""

    account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A transaction: its postings sum to zero. `about` is the document it corrects or pays."""

    day: date
    kind: str
    document: str
    client_id: str
    postings: tuple[Posting, ...]
    about: str = ""
    method: str = ""


_ORDER = (
    "brought_forward",
    "opening",
    "invoice",
    "payment",
    "refund",
    "credit_note",
    "write_off",
    "void",
)


def account_of(accounts: Accounts, client_id: str) -> str:
    """The client's receivable account.

    Signs an account cannot have become `-`, with a mark that keeps such ids apart.
    """
    part = re.sub(r"[^A-Za-z0-9-]", "-", client_id)
    part = part[:1].upper() + part[1:]
    if part != client_id:
        part += "-" + hashlib.sha256(client_id.encode()).hexdigest()[:6]
    return f"{accounts.receivable}:{part}"


def entries(books: Books) -> list[Entry]:
    """Every entry of the books, in order of day."""
    found = [*_invoice_entries(books), *_payment_entries(books), *_note_entries(books)]
    return sorted(found, key=lambda each: (each.day, _ORDER.index(each.kind), each.document))


def _invoice_entries(books: Books) -> Iterable[Entry]:
    lines: dict[str, list[Any]] = defaultdict(list)
    query = sa.select(_l.invoice_id, _l.kind, _l.charge, _l.adjustment, _l.tax)
    for line in books.connection.execute(query.order_by(_l.position)).mappings():
        lines[line["invoice_id"]].append(line)
    issued = sa.select(tables.invoices).where(_i.state != "draft")
    for row in books.connection.execute(issued).mappings():
        own = lines[row["id"]]
        entry = Entry(
            row["issued_on"],
            OPENING if any(line["kind"] == OPENING for line in own) else "invoice",
            row["number"],
            row["client_id"],
            _postings(_invoice_postings(books.settings.accounts, row["client_id"], own)),
        )
        yield entry
        if row["voided_on"]:
            turned = tuple(Posting(each.account, -each.amount) for each in entry.postings)
            yield replace(
                entry, day=row["voided_on"], kind="void", postings=turned, about=row["number"]
            )


def _invoice_postings(
    accounts: Accounts, client_id: str, lines: Sequence[Any]
) -> Iterable[tuple[str, int]]:
    for line in lines:
        income = {"session": accounts.income, OPENING: accounts.opening}
        amount = line["charge"] + line["adjustment"] + line["tax"]
        yield account_of(accounts, client_id), amount
        yield income.get(line["kind"], accounts.missed), -line["charge"]
        reduced = accounts.sliding_scale if line["kind"] == "session" else accounts.missed
        yield reduced, -line["adjustment"]
        yield accounts.tax, -line["tax"]


def _postings(amounts: Iterable[tuple[str, int]]) -> tuple[Posting, ...]:
    """Amounts of one account together, in the order the accounts come up; none of nothing."""
    together: dict[str, int] = defaultdict(int)
    for account, amount in amounts:
        together[account] += amount
    return tuple(Posting(account, amount) for account, amount in together.items() if amount)


def _payment_entries(books: Books) -> Iterable[Entry]:
    accounts = books.settings.accounts
    by_method = {method.casefold(): name for method, name in accounts.by_method.items()}
    for row in books.connection.execute(sa.select(tables.payments)).mappings():
        is_opening = row["method"] == OPENING
        bank = by_method.get(row["method"].casefold(), accounts.bank)
        yield Entry(
            row["received_on"],
            OPENING if is_opening else "refund" if row["refund_of"] else "payment",
            row["id"],
            row["client_id"],
            _postings(
                (
                    (accounts.opening if is_opening else bank, row["amount"] - row["fee"]),
                    (accounts.fees, row["fee"]),
                    (account_of(accounts, row["client_id"]), -row["amount"]),
                )
            ),
            about=row["refund_of"] or "",
            method=row["method"],
        )


def _note_entries(books: Books) -> Iterable[Entry]:
    accounts = books.settings.accounts
    kinds = dict(books.connection.execute(sa.select(_l.id, _l.kind)).all())
    income = {"session": accounts.income, OPENING: accounts.opening}
    numbers = sa.select(tables.credit_notes, _i.number.label("invoice")).join_from(
        tables.credit_notes, tables.invoices
    )
    for row in books.connection.execute(numbers).mappings():
        amounts = [(account_of(accounts, row["client_id"]), -row["amount"])]
        is_write_off = row["kind"] == "write_off"
        for part in json.loads(row["parts"]):
            account = income.get(kinds[part["line"]], accounts.missed)
            account = accounts.written_off if is_write_off else account
            amounts += [(account, part["amount"] - part["tax"]), (accounts.tax, part["tax"])]
        yield Entry(
            row["issued_on"],
            "write_off" if is_write_off else "credit_note",
            row["number"],
            row["client_id"],
            _postings(amounts),
            about=row["invoice"],
        )


def totals(found: Iterable[Entry]) -> dict[str, int]:
    """The balance of each account."""
    sums: dict[str, int] = defaultdict(int)
    for entry in found:
        for posting in entry.postings:
            sums[posting.account] += posting.amount
    return dict(sorted(sums.items()))


def brought_forward(books: Books, before: Mapping[str, int], day: date) -> list[Entry]:
    """The assets and liabilities of earlier entries as one entry, where there is any."""
    kept = [
        (account, amount)
        for account, amount in before.items()
        if account.startswith(("Assets:", "Liabilities:"))
    ]
    postings = _postings([*kept, (books.settings.accounts.opening, -sum(a for _, a in kept))])
    return [Entry(day, "brought_forward", "", "", postings)] if postings else []
