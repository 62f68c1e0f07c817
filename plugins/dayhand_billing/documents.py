"""Invoices and credit notes as documents: figures are made here, the template only sets them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dayhand import Practice
from dayhand_billing.allocations import allocated_to
from dayhand_billing.books import Books, from_list
from dayhand_billing.corrections import note_of
from dayhand_billing.invoices import Row, find, lines_of
from dayhand_billing.models import RenderedFile
from dayhand_billing.printing import file_name, image_of, write_pdf
from dayhand_billing.wording import Wording, identity

__all__ = ["invoice_data", "write_invoice"]


def write_invoice(practice: Practice, number: str) -> RenderedFile:
    """Typeset an invoice, a draft or a credit note under `out/invoices/`."""
    with practice.connect() as connection:
        books = Books.of(practice, connection)
        data = invoice_data(books, number)
    data["logo"] = image_of(practice, books.settings.logo)
    folder = "invoices/drafts" if data["state"] == "draft" else f"invoices/{data['year']}"
    return write_pdf(practice, "invoice.typ", data, f"{folder}/{file_name(number)}.pdf")


def invoice_data(books: Books, number: str) -> dict[str, Any]:
    """What the template `invoice.typ` is given."""
    note = note_of(books.connection, number)
    row = find(books.connection, note["invoice_id"] if note else number)
    wording = Wording.of(books.info)
    data = {
        "lang": "en",
        "region": wording.locale.territory or "US",
        "paper": books.settings.paper,
        "sender": identity(books.info, books.settings),
        "tax_id": books.info.tax_id if books.settings.tax.rate else "",
        "bill_to": {"name": row["bill_to"], "address": from_list(row["address"])},
        "client": row["client_name"] if row["client_name"] != row["bill_to"] else "",
        "logo": None,
    }
    if note:
        return data | _credit_note(books, wording, row, note)
    return data | _invoice(books, wording, row)


def _invoice(books: Books, wording: Wording, row: Row) -> dict[str, Any]:
    rows = lines_of(books.connection, row["id"])
    is_draft, is_void = row["state"] == "draft", row["state"] == "void"
    name = row["number"] or row["id"]
    day = row["issued_on"] or row["created_on"]
    facts = [["Draft" if is_draft else "Invoice", name]]
    if not is_draft:
        facts += [["Issued", wording.day(day)], ["Due", wording.day(row["due_on"])]]
    facts.append(["Client", row["client_id"]])
    marks = {
        "draft": "Draft: not issued, not payable",
        "void": f"Void since {wording.day(row['voided_on'])}: not payable" if is_void else "",
    }
    return {
        "title": "Draft invoice" if is_draft else "Invoice",
        "number": name,
        "state": row["state"],
        "year": f"{day.year:04}",
        "mark": marks.get(row["state"], ""),
        "facts": facts,
        "has_adjustment": any(line["adjustment"] for line in rows),
        "has_tax": any(line["tax"] for line in rows),
        "lines": [_line(books, wording, line) for line in rows],
        "totals": _totals(books, wording, row, rows),
        "balance": _balance(books, wording, row),
        "instructions": "" if is_void else books.settings.payment_instructions.strip(),
    }


def _line(books: Books, wording: Wording, line: Row) -> dict[str, Any]:
    details = [line["adjustment_reason"]] if line["adjustment_reason"] else []
    codes = from_list(line["diagnoses"])
    if codes and books.settings.show_diagnosis_on_invoice:
        details.append("Diagnosis " + ", ".join(codes))
    return {
        "day": wording.short_day(line["service_date"]),
        "name": line["name"],
        "details": details,
        "minutes": str(line["minutes"] or ""),
        "charge": wording.figure(line["charge"]),
        "adjustment": wording.figure(line["adjustment"]) if line["adjustment"] else "",
        "tax": wording.figure(line["tax"]) if line["tax"] else "",
        "amount": wording.figure(line["amount"]),
    }


def _totals(books: Books, wording: Wording, row: Row, rows: Sequence[Row]) -> list[list[str]]:
    paid, credited = allocated_to(books.connection, row["id"])
    tax = books.settings.tax
    charge, adjustment = (sum(line[name] for line in rows) for name in ("charge", "adjustment"))
    found = [["Charges", wording.figure(charge)]]
    if adjustment:
        found.append(["Adjustments", wording.figure(adjustment)])
    for rate in sorted({line["tax_rate"] for line in rows if line["tax"]}):
        part = sum(line["tax"] for line in rows if line["tax_rate"] == rate)
        found.append([f"{tax.name} {wording.percent(rate)}", wording.figure(part)])
    found.append(["Total", wording.figure(row["total"])])
    if credited:
        found.append(["Credited", wording.figure(-credited)])
    if row["state"] == "issued":
        found.append(["Paid", wording.figure(-paid)])
    return found


def _balance(books: Books, wording: Wording, row: Row) -> list[str]:
    if row["state"] == "void":
        return ["Balance due", wording.money(0)]
    paid, credited = allocated_to(books.connection, row["id"])
    return ["Balance due", wording.money(row["total"] - paid - credited)]


def _credited_line(wording: Wording, line: Row, part: dict[str, int]) -> dict[str, Any]:
    is_whole = part["amount"] == line["amount"]
    return {
        "day": wording.short_day(line["service_date"]),
        "name": line["name"],
        "details": [] if is_whole else [f"part of {wording.money(line['amount'])}"],
        "minutes": str(line["minutes"] or ""),
        "charge": wording.figure(part["amount"] - part["tax"]),
        "adjustment": "",
        "tax": wording.figure(part["tax"]) if part["tax"] else "",
        "amount": wording.figure(part["amount"]),
    }


def _credit_note(books: Books, wording: Wording, row: Row, note: Row) -> dict[str, Any]:
    by_id = {line["id"]: line for line in lines_of(books.connection, row["id"])}
    parts = json.loads(note["parts"])
    totals = [["Credit before tax", wording.figure(note["amount"] - note["tax"])]]
    totals.append([books.settings.tax.name, wording.figure(note["tax"])])
    title = "Write-off" if note["kind"] == "write_off" else "Credit note"
    return {
        "title": title,
        "number": note["number"],
        "state": "credit_note",
        "year": f"{note['issued_on'].year:04}",
        "mark": "",
        "facts": [
            [title, note["number"]],
            ["Issued", wording.day(note["issued_on"])],
            ["For invoice", row["number"]],
            ["Invoice of", wording.day(row["issued_on"])],
            ["Client", row["client_id"]],
        ],
        "has_adjustment": False,
        "has_tax": bool(note["tax"]),
        "lines": [_credited_line(wording, by_id[part["line"]], part) for part in parts],
        "totals": totals if note["tax"] else [],
        "balance": [
            "Written off" if note["kind"] == "write_off" else "Credit",
            wording.money(note["amount"]),
        ],
        "instructions": f"Reason: {note['reason']}",
    }
