"""The ledger as text that beancount, hledger and spreadsheets read."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

import sqlalchemy as sa

from dayhand import Practice
from dayhand_billing import tables
from dayhand_billing.allocations import open_invoices, unused_credit
from dayhand_billing.books import Books
from dayhand_billing.ledger import Entry, account_of, brought_forward, entries, totals
from dayhand_billing.listing import days_of
from dayhand_billing.models import Exported
from dayhand_billing.opening import OPENING
from dayhand_practice.vocabulary import from_cents

__all__ = ["LedgerFormat", "as_beancount", "as_csv", "as_hledger", "export", "guarded"]

LedgerFormat = Literal["beancount", "hledger", "csv"]

_TITLES = {
    "brought_forward": "balances brought forward",
    "opening": "opening balance",
    "invoice": "invoice",
    "payment": "payment",
    "refund": "refund",
    "credit_note": "credit note",
    "write_off": "written off by an insurer's contract",
    "void": "void",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """Entries, with what clients owe at the end of them as the invoices and payments tell it."""

    title: str
    currency: str
    first: date
    last: date
    entries: Sequence[Entry]
    owed: Mapping[str, int]


def export(practice: Practice, form: LedgerFormat, month: str | None) -> Exported:
    """Write the whole ledger, or a month of it, under `out/ledger/`.

    A month's file stands alone: it begins with the balances brought forward.
    """
    with practice.connect() as connection:
        books = Books.of(practice, connection)
        if form == "csv":
            rows = _rows(books, month)
            text, count = as_csv(rows), len(rows)
        else:
            ledger = _ledger(books, month)
            text = as_beancount(ledger) if form == "beancount" else as_hledger(ledger)
            count = len(ledger.entries)
    ending = {"beancount": "beancount", "hledger": "journal", "csv": "csv"}[form]
    written = practice.files.write(f"ledger/{month or 'all'}.{ending}", text)
    return Exported(path=written.path, size=written.size, sha256=written.sha256, entries=count)


def _ledger(books: Books, month: str | None) -> Ledger:
    every = entries(books)
    days = [books.today, *(entry.day for entry in every)]
    first, last = days_of(month) if month else (min(days), max(days))
    before = totals(entry for entry in every if entry.day < first)
    chosen = [entry for entry in every if first <= entry.day <= last]
    return Ledger(
        title=books.info.name,
        currency=books.info.currency,
        first=first,
        last=last,
        entries=[*brought_forward(books, before, first), *chosen],
        owed=_owed(books, last, {entry.client_id for entry in every}),
    )


def _owed(books: Books, day: date, clients: Iterable[str]) -> dict[str, int]:
    """What each client's account must come to; told by the invoices, not by the entries."""
    accounts = books.settings.accounts
    owed = {account_of(accounts, client): 0 for client in clients}
    for client, credit in unused_credit(books.connection, as_of=day).items():
        owed[account_of(accounts, client)] = -credit
    for invoice in open_invoices(books.connection, as_of=day):
        account = account_of(accounts, invoice.client_id)
        owed[account] = owed.get(account, 0) + invoice.open
    return owed


def as_beancount(ledger: Ledger) -> str:
    """Text for beancount, which checks at loading that each client's account is what is owed."""
    accounts = totals(ledger.entries)
    title = ledger.title.replace("\\", "").replace('"', "'")
    lines = [
        f'option "title" "{title}"',
        f'option "operating_currency" "{ledger.currency}"',
        "",
        *(f"{ledger.first} open {account} {ledger.currency}" for account in accounts),
    ]
    for entry in ledger.entries:
        link = f" ^{_link(entry.about)}" if entry.about else ""
        own = f" ^{_link(entry.document)}" if entry.document else ""
        head = f'{entry.day} * "{entry.document or "ledger"}" "{_narration(entry)}"'
        lines += ["", f"{head} #{entry.kind.replace('_', '-')}{own}{link}"]
        lines += _amounts(entry, ledger.currency)
    after = ledger.last + timedelta(days=1)
    lines.append("")
    lines += [
        f"{after} balance {account}  {from_cents(ledger.owed[account])} {ledger.currency}"
        for account in accounts
        if account in ledger.owed
    ]
    return "\n".join(lines) + "\n"


def as_hledger(ledger: Ledger) -> str:
    """Text for hledger, with a last entry that asserts what each client owes."""
    accounts = totals(ledger.entries)
    lines = [f"; {ledger.title}".replace("\n", " "), f"commodity 1000.00 {ledger.currency}", ""]
    lines += [f"account {account}" for account in accounts]
    for entry in ledger.entries:
        code = f" ({entry.document})" if entry.document else ""
        about = f"  ; for:{entry.about}" if entry.about else ""
        lines += ["", f"{entry.day} *{code} {_narration(entry)}{about}"]
        lines += _amounts(entry, ledger.currency)
    asserted = [account for account in accounts if account in ledger.owed]
    if asserted:
        lines += ["", f"{ledger.last} * what clients owe"]
        lines += [
            f"  {account}  0.00 {ledger.currency} = {from_cents(ledger.owed[account])}"
            f" {ledger.currency}"
            for account in asserted
        ]
    return "\n".join(lines) + "\n"


def _narration(entry: Entry) -> str:
    return " ".join(filter(None, (entry.client_id, _TITLES[entry.kind], entry.method)))


def _link(document: str) -> str:
    return re.sub(r"[^A-Za-z0-9_/.-]", "-", document)


def _amounts(entry: Entry, currency: str) -> list[str]:
    width = max(len(posting.account) for posting in entry.postings) if entry.postings else 0
    return [
        f"  {posting.account.ljust(width)}  {from_cents(posting.amount):>12} {currency}"
        for posting in entry.postings
    ]


# A flat table for a bookkeeper --------------------------------------------------------------------

_COLUMNS = [
    "date",
    "document",
    "kind",
    "client",
    "service",
    "charge",
    "adjustment",
    "tax",
    "amount",
    "paid",
    "fee",
    "method",
    "about",
]


def _rows(books: Books, month: str | None) -> list[dict[str, Any]]:
    first, last = days_of(month) if month else (date.min, date.max)
    rows = [*_line_rows(books), *_entry_rows(books)]
    chosen = [row for row in rows if first <= row["date"] <= last]
    return sorted(chosen, key=lambda row: (row["date"], row["document"], row["kind"]))


def _line_rows(books: Books) -> Iterable[dict[str, Any]]:
    invoices, lines = tables.invoices.c, tables.lines.c
    query = (
        sa.select(tables.invoices, tables.lines)
        .join_from(tables.invoices, tables.lines)
        .where(invoices.state != "draft")
        .order_by(invoices.id, lines.position)
    )
    for row in books.connection.execute(query):
        told = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
        amounts = {name: told[lines[name]] for name in ("charge", "adjustment", "tax", "amount")}
        base = {
            "date": told[invoices.issued_on],
            "document": told[invoices.number],
            "kind": OPENING if told[lines.kind] == OPENING else "invoice",
            "client": told[invoices.client_id],
            "service": told[lines.service] or told[lines.kind],
        }
        yield base | amounts
        if told[invoices.voided_on]:
            turned = {name: -amount for name, amount in amounts.items()}
            yield base | turned | {"date": told[invoices.voided_on], "kind": "void"}


def _payment_kind(row: sa.RowMapping) -> str:
    if row["method"] == OPENING:
        return OPENING
    return "refund" if row["refund_of"] else "payment"


def _entry_rows(books: Books) -> Iterable[dict[str, Any]]:
    for row in books.connection.execute(sa.select(tables.payments)).mappings():
        yield {
            "date": row["received_on"],
            "document": row["id"],
            "kind": _payment_kind(row),
            "client": row["client_id"],
            "paid": row["amount"],
            "fee": row["fee"],
            "method": row["method"],
            "about": row["refund_of"] or "",
        }
    number = tables.invoices.c.number.label("about")
    notes = sa.select(tables.credit_notes, number).join_from(tables.credit_notes, tables.invoices)
    for row in books.connection.execute(notes).mappings():
        yield {
            "date": row["issued_on"],
            "document": row["number"],
            "kind": "write_off" if row["kind"] == "write_off" else "credit_note",
            "client": row["client_id"],
            "tax": -row["tax"],
            "amount": -row["amount"],
            "about": row["about"],
        }


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV, in which no cell is a formula (OWASP ASVS 1.2.10)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    for row in rows:
        writer.writerow([_cell(row.get(name, "")) for name in _COLUMNS])
    return out.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, int):
        return str(from_cents(value))
    return guarded(str(value))


_SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20\t\r\n\x00"
"""The wide ones too: a spreadsheet in Japanese takes them for the others."""


def guarded(text: str) -> str:
    """The cell with an apostrophe before a sign that would make a spreadsheet calculate."""
    return f"'{text}" if text and text[0] in _SIGNS else text
