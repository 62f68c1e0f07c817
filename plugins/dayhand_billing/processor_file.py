"""Reads a card processor's or a bank's CSV: columns by their usual names, amounts held to the cent.

| what | names of its column |
|---|---|
| day | date, created, created (utc), created date (utc), payment date, transaction date, posted |
| amount | amount, gross, total, credit |
| fee | fee, fees, processing fee |
| net | net, net total, net amount; where it is there, amount less fee has to be it |
| reference | reference, id, transaction id, payment id, balance transaction id |
| method | method, type, card brand, payment method |
| our number | invoice, invoice number, description, memo, number, client_id, order id |
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from dayhand import CsvRow, UserError, read_csv
from dayhand_billing.payments import METHOD
from dayhand_billing.posting_models import PaymentFile, PaymentRow

__all__ = ["read_processor_file"]

_NAMES = {
    "day": ("date", "created", "created (utc)", "created date (utc)", "payment date",
            "transaction date", "posted"),
    "amount": ("amount", "gross", "total", "credit"),
    "fee": ("fee", "fees", "processing fee"),
    "net": ("net", "net total", "net amount"),
    "reference": ("reference", "id", "transaction id", "payment id", "balance transaction id"),
    "method": ("method", "type", "card brand", "payment method"),
    "number": ("invoice", "invoice number", "description", "memo", "number", "client_id",
               "order id"),
}  # fmt: skip
_NEEDED = ("day", "amount", "reference")


def read_processor_file(content: bytes, path: str) -> PaymentFile:
    """The payments of a CSV file.

    Raises:
        UserError: a column is missing, or rows are wrong; each is told with its line, and no value
            of it is quoted.
    """
    try:
        rows = read_csv(content)
    except ValueError as error:
        raise UserError(
            f"{path} was not read: {error}",
            hint="export it anew from the processor, and leave its columns as they are",
        ) from error
    columns = _columns(rows, path)
    faults: list[str] = []
    seen: dict[str, int] = {}
    found = []
    for row in rows[1:]:
        if any(cell.strip() for cell in row.cells):
            made = _row(row, columns, faults, seen)
            found += [made] if made else []
    if faults:
        raise UserError(
            f"{path} was not read; {'; '.join(faults[:12])}",
            hint="nothing was taken from it: correct these lines, or export the file again",
        )
    total = sum((row.amount for row in found), Decimal("0.00"))
    return PaymentFile(path=path, kind="csv", rows=found, total=total)


def _columns(rows: list[CsvRow], path: str) -> dict[str, list[int]]:
    header = [cell.strip().casefold() for cell in rows[0].cells] if rows else []
    found = {
        what: [header.index(name) for name in names if name in header]
        for what, names in _NAMES.items()
    }
    missing = [what for what in _NEEDED if not found[what]]
    if missing:
        wanted = "; ".join(f"{what}: {', '.join(_NAMES[what])}" for what in missing)
        raise UserError(f"{path} has no column for {', '.join(missing)}", hint=wanted)
    return found


def _row(
    row: CsvRow, columns: dict[str, list[int]], faults: list[str], seen: dict[str, int]
) -> PaymentRow | None:
    def text(what: str) -> str:
        cells = [row.cells[at].strip() for at in columns[what] if at < len(row.cells)]
        return " ".join(cells) if what == "number" else next((one for one in cells if one), "")

    day, amount = _day(text("day")), _money(text("amount"))
    fee, net = _money(text("fee") or "0"), _money(text("net")) if text("net") else None
    reference = text("reference")
    wrong = [
        message
        for is_wrong, message in (
            (day is None, "its date is not written 2026-11-02 or 11/02/2026"),
            (amount is None, "its amount is no amount"),
            (fee is None, "its fee is no amount"),
            (not 0 < len(reference) <= 200, "its reference is empty or too long"),
            (reference in seen, f"its reference is that of line {seen.get(reference)}"),
            (not _adds_up(amount, fee, net), "amount less fee is not its net"),
        )
        if is_wrong
    ]
    faults += [f"line {row.line}: {message}" for message in wrong]
    if wrong or day is None or amount is None or fee is None:
        return None
    seen[reference] = row.line
    method = re.sub(r"[^A-Za-z0-9_-]+", "_", text("method")).strip("_")[:32]
    return PaymentRow(
        line=row.line,
        received_on=day,
        amount=amount,
        fee=abs(fee),
        method=method if METHOD.fullmatch(method) else "card",
        reference=reference,
        number=text("number"),
        note="money that went out: record a refund against its payment" if amount <= 0 else "",
    )


def _adds_up(amount: Decimal | None, fee: Decimal | None, net: Decimal | None) -> bool:
    return amount is None or fee is None or net is None or amount - abs(fee) == net


def _day(text: str) -> date | None:
    iso = re.match(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]|$)", text)
    us = re.match(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: |$)", text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3]))
        return date(int(us[3]), int(us[1]), int(us[2])) if us else None
    except ValueError:
        return None


def _money(text: str) -> Decimal | None:
    plain = re.sub(r"[$\s]", "", text)
    plain = f"-{plain[1:-1]}" if plain.startswith("(") and plain.endswith(")") else plain
    if re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d{1,2})?|-?\d{1,9}(\.\d{1,2})?", plain) is None:
        return None
    try:
        return Decimal(plain.replace(",", "")).quantize(Decimal("0.01"))
    except InvalidOperation:
        return None
