"""Holds the books of a year against one another. It knows nothing of dayhand: it reads files.

    python cross_check.py FOLDER FIRST LAST

From the day FIRST to LAST, the last day of a month that is billed. FOLDER is a practice with `calendars/practice.ics`, `records/*.csv`, `out/ledger/all.beancount`, and in
`exports/` what the commands printed. Each line says one thing as several of them have it; exit code
1 if any two differ.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import icalendar
import recurring_ical_events
from beancount import loader
from beancount.core.data import Transaction

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Row:
    """One thing, as each source has it."""

    what: str
    told: dict[str, Any]

    @property
    def agrees(self) -> bool:
        return len({repr(value) for value in self.told.values()}) == 1

    def __str__(self) -> str:
        told = " = ".join(f"{value} ({source})" for source, value in self.told.items())
        return f"{'ok ' if self.agrees else 'BAD'} {self.what}: {told}"


class Books:
    """A practice's folder, read."""

    def __init__(self, folder: Path, first: date, last: date) -> None:
        self.folder, self.first, self.last = folder, first, last
        self.sessions = [one for one in self._export("sessions") if self._is_in(one["start"])]
        self.notes = [one for one in self._export("notes") if self._is_in(one["start"])]
        self.invoices = self._export("invoices")
        self.details = self._export("invoice-details")
        self.payments = self._export("payments")
        self.credits = self._export("credits")
        self.hours = self._table("exports/hours.csv")
        self.collected = self._table("exports/collected.csv")
        entries, errors, _ = loader.load_file(str(folder / "out/ledger/all.beancount"))
        self.ledger_errors = len(errors)
        self.accounts: Counter[str] = Counter()
        for entry in entries:
            for posting in entry.postings if isinstance(entry, Transaction) else ():
                self.accounts[posting.account] += posting.units.number

    def _export(self, name: str) -> Any:
        return json.loads((self.folder / "exports" / f"{name}.json").read_text("utf-8"))

    def _table(self, path: str) -> list[dict[str, str]]:
        text = (self.folder / path).read_text("utf-8-sig")
        return list(csv.DictReader(text.splitlines()))

    def _is_in(self, moment: str) -> bool:
        return self.first <= date.fromisoformat(moment[:10]) <= self.last

    def account(self, beginning: str) -> Decimal:
        return sum((v for k, v in self.accounts.items() if k.startswith(beginning)), Decimal(0))

    # The calendar ---------------------------------------------------------------------------------

    def calendar(self) -> dict[str, Counter[tuple[str, str]]]:
        """Client and start of each session, by how it ended."""
        text = (self.folder / "calendars/practice.ics").read_bytes()
        found: dict[str, Counter[tuple[str, str]]] = {}
        clients: dict[str, str] = {}
        whole = recurring_ical_events.of(icalendar.Calendar.from_ical(text), skip_bad_series=True)
        events = whole.between(self.first, self.last + timedelta(days=1))
        for (
            event
        ) in events:  # a client's series has the id in its UID, and what else is of the client
            client = str(event["UID"]).partition("@")[0].upper()  # has the same summary
            if client.startswith("C-"):
                clients[str(event["SUMMARY"])] = client
        for event in events:
            client, marks = clients.get(str(event["SUMMARY"]), ""), _categories(event)
            if not client or "SESSION" not in marks:
                continue
            start = event["DTSTART"].dt.strftime("%Y-%m-%d %H:%M")
            found.setdefault(_end(event, marks), Counter())[client, start] += 1
        return found

    def stated(self, status: str) -> Counter[tuple[str, str]]:
        return Counter((s["client"], s["start"]) for s in self.sessions if s["status"] == status)

    # Money ----------------------------------------------------------------------------------------

    def fee(self, session: dict[str, Any]) -> Decimal:
        """By the price list and the client's agreements, as the files have them."""
        day = session["start"][:10]
        listed = [
            one for one in self._table("records/services.csv") if one["code"] == session["service"]
        ]
        full = Decimal(_newest(listed, day)["fee"])
        agreed = [
            one for one in self._table("records/fee_agreements.csv")
            if one["client_id"] == session["client"] and one["service"] in ("", session["service"])
        ]  # fmt: skip
        chosen = _newest(agreed, day)
        if chosen is None:
            return full
        if chosen["agreed_fee"]:
            return min(full, Decimal(chosen["agreed_fee"]))
        return (full * Decimal(chosen["percent"]) / 100).quantize(CENT, ROUND_HALF_UP)

    def lines(self) -> list[tuple[bool, bool, Decimal]]:
        """Of each line of an invoice that stands: is it for this year, is it a fee for a missed
        session, and what it costs."""
        found = []
        for one in self.details:
            if one["state"] == "void":
                continue
            for line in one["lines"]:
                fee = "fee" in line["name"].lower()
                day = datetime.strptime(line["day"], "%b %d, %Y").date()
                found.append((self.first <= day <= self.last, fee, _money(line["amount"])))
        return found


def _money(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", ""))


def _newest(rows: list[dict[str, str]], day: str) -> Any:
    valid = [
        one for one in rows
        if one["effective_from"] <= day and (not one["effective_to"] or day <= one["effective_to"])
    ]  # fmt: skip
    return max(valid, key=lambda one: one["effective_from"], default=None)


def _categories(event: Any) -> set[str]:
    value = event.get("CATEGORIES", [])
    return {str(c) for one in (value if isinstance(value, list) else [value]) for c in one.cats}


def _end(event: Any, marks: set[str]) -> str:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "cancelled"
    if "NO-SHOW" in marks:
        return "no_show"
    return "late_cancelled" if "LATE-CANCEL" in marks else "attended"


def rows(folder: Path, first: date, last: date) -> Iterator[Row]:
    """Every line of the comparison."""
    books = Books(folder, first, last)
    planned = books.calendar()
    for status in ("attended", "no_show", "late_cancelled"):
        there, kept = planned.get(status, Counter()), books.stated(status)
        yield Row(f"sessions {status}", {"calendar": there.total(), "sessions": kept.total()})
        yield Row(
            "   of them, in one and not the other",
            {"calendar": sorted(there - kept)[:5], "sessions": sorted(kept - there)[:5]},
        )
    yield from _work(books)
    yield from _money_rows(books)
    yield from _credits(books)


def _work(books: Books) -> Iterator[Row]:
    attended = [one for one in books.sessions if one["status"] == "attended"]
    signed = Counter(one["session_id"] for one in books.notes if one["state"] == "signed")
    yield Row(
        "notes",
        {
            "sessions attended": len(attended),
            "notes signed": signed.total(),
            "of different sessions": len(signed),
        },
    )
    yield Row(
        "   of them, on Sundays",
        {
            "sessions attended": sum(_is_sunday(one["start"]) for one in attended),
            "notes signed": sum(
                _is_sunday(one["start"]) for one in books.notes if one["state"] == "signed"
            ),
        },
    )
    direct = [one for one in books.hours if one["source"] == "session" and books._is_in(one["on"])]
    yield Row(
        "minutes with clients",
        {
            "sessions": sum(one["minutes"] for one in attended),
            "supervised hours": sum(int(one["minutes"]) for one in direct),
        },
    )


def _is_sunday(moment: str) -> bool:
    return date.fromisoformat(moment[:10]).weekday() == 6


def _money_rows(books: Books) -> Iterator[Row]:
    attended = [one for one in books.sessions if one["status"] == "attended"]
    lines = books.lines()
    billed = [amount for here, fee, amount in lines if here and not fee]
    yield Row("sessions billed", {"attended": len(attended), "lines of invoices": len(billed)})
    yield Row(
        "what they cost",
        {"price list": sum((books.fee(one) for one in attended), Decimal(0)), "sessions": sum((Decimal(one["owed"]) for one in attended), Decimal(0)),
         "lines of invoices": sum(billed, Decimal(0))},
    )  # fmt: skip
    whole = sum((amount for *_, amount in lines), Decimal(0))
    issued = [one for one in books.invoices if one["state"] == "issued"]
    opening = [one for one in issued if one["number"].startswith("OB-")]
    total = sum((Decimal(one["total"]) for one in issued), Decimal(0))
    opened = sum((Decimal(one["total"]) for one in opening), Decimal(0))
    yield Row(
        "invoiced in all",
        {"lines": whole, "invoices": total - opened, "ledger": -books.account("Income:")},
    )
    paid = sum((Decimal(p["amount"]) for p in books.payments), Decimal(0))
    free = sum((Decimal(p["unallocated"]) for p in books.payments), Decimal(0))
    fees = sum((Decimal(p["fee"]) for p in books.payments), Decimal(0))
    by_opening = sum(
        (Decimal(p["amount"]) for p in books.payments if p["method"] == "opening"), Decimal(0)
    )
    mine = [p for p in books.payments if p["received_on"] >= str(books.first)]
    yield Row(
        "paid",
        {"processor": sum((Decimal(one["Amount"]) for one in books.collected), Decimal(0)),
         "payments": sum((Decimal(p["amount"]) for p in mine), Decimal(0))},
    )  # fmt: skip
    yield Row("payments", {"processor": len(books.collected), "payments": len(mine)})
    yield Row(
        "in the bank",
        {"payments": paid - fees - by_opening, "ledger": books.account("Assets:Bank")},
    )
    owed = sum((Decimal(one["balance"]) for one in issued), Decimal(0))
    yield Row(
        "owed",
        {
            "invoices": owed - free,
            "ledger": books.account("Assets:Receivable"),
            "totals": total - paid,
        },
    )
    yield Row("mistakes in the ledger", {"beancount": books.ledger_errors, "none": 0})
    numbers = sorted(
        one["number"]
        for one in books.invoices
        if one["number"].startswith(f"INV-{books.first.year}")
    )
    yield Row("invoice numbers", {"given": len(numbers), "last": int(numbers[-1][-5:])})


def _credits(books: Books) -> Iterator[Row]:
    before = len(books._table("records/credits.csv"))
    taken = len(list((books.folder / "records" / "certificates").glob(f"{books.first.year}-*.pdf")))
    read = [one for one in books.credits if "reading" in json.dumps(one).lower()]
    yield Row(
        "credits",
        {"kept": len(books.credits), "brought, taken in, and read": before + taken + len(read)},
    )


def main() -> int:
    found = list(rows(Path(sys.argv[1]), *map(date.fromisoformat, sys.argv[2:4])))
    print("\n".join(map(str, found)))
    return 0 if all(row.agrees for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
