"""Imports payments from a CSV file, all of it or nothing.

The columns are `date, client_id, amount, method, reference, fee`, in any order; `fee` may be
absent. A row is known again by its reference, so the same file twice changes nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from dayhand import StepError, UserError
from dayhand_billing.books import Books
from dayhand_billing.models import ImportedPayments
from dayhand_billing.payments import CLIENT_ID, METHOD, Receipt, receive
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["import_payments", "read_rows"]

_NEEDED = ("date", "client_id", "amount", "method", "reference")
_KNOWN = (*_NEEDED, "fee")
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,2})?")
_MOST_SHOWN = 12
_LARGEST = 10 * 1024 * 1024


def import_payments(books: Books, path: str, content: bytes) -> ImportedPayments:
    """Record the file's payments.

    Raises:
        UserError: rows are wrong, or a reference is known with another content; each is told with
            its line, and nothing is recorded.
    """
    rows, problems = read_rows(content, path)
    _refuse(path, problems)
    books.write()
    done = ImportedPayments(
        path=path, rows=len(rows), new=0, unchanged=0, total=from_cents(0), ids=[]
    )
    for line, receipt in rows:
        try:
            made = receive(books, receipt)
        except StepError as error:
            problems.append((line, error.message))
            continue
        done.ids.append(made.payment.id)
        done.new += made.recorded
        done.unchanged += not made.recorded
        done.total += made.payment.amount if made.recorded else 0
    _refuse(path, problems)  # raising rolls everything back
    return done


def _refuse(path: str, problems: Sequence[tuple[int, str]]) -> None:
    if not problems:
        return
    in_order = sorted(problems, key=lambda problem: problem[0])
    shown = [f"line {line}: {message}" for line, message in in_order[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        shown.append(f"and {len(problems) - _MOST_SHOWN} more")
    raise UserError(
        f"{path} was not imported; {'; '.join(shown)}",
        hint="correct these lines and import the file again; nothing was recorded",
    )


def read_rows(content: bytes, path: str) -> tuple[list[tuple[int, Receipt]], list[tuple[int, str]]]:
    """The payments with their lines, and what is wrong with others. No value is quoted.

    Raises:
        UserError: it is no CSV in UTF-8 with these columns.
    """
    reader = csv.reader(io.StringIO(_text(content, path), newline=""), strict=True)
    rows: list[tuple[int, Receipt]] = []
    problems: list[tuple[int, str]] = []
    seen: dict[str, int] = {}
    begun = 1  # where the next row begins; a row may have several lines
    try:
        header = _header(next(reader, []), path)
        begun = reader.line_num + 1
        for cells in reader:
            line, begun = begun, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            row = dict(zip(header, (cell.strip() for cell in cells), strict=False))
            wrong = ["it has not as many cells as the header has"]
            if len(cells) == len(header):
                wrong = _problems(row, seen)
            if wrong:
                problems += [(line, message) for message in wrong]
            else:
                seen[row["reference"]] = line
                rows.append((line, _receipt(row)))
    except csv.Error as error:
        raise UserError(
            f"{path}, line {begun}: it is not well-formed CSV",
            hint="look for a quote that is not closed, or export it anew",
        ) from error
    return rows, problems


def _text(content: bytes, path: str) -> str:
    if len(content) > _LARGEST:
        raise UserError(
            f"{path} is larger than 10 MiB",
            hint="split it, each part with the line of column names",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path} is not UTF-8 text", hint="in the spreadsheet choose 'CSV UTF-8' when saving"
        ) from error


def _header(cells: Sequence[str], path: str) -> list[str]:
    header = [cell.strip().lower() for cell in cells]
    missing = [name for name in _NEEDED if name not in header]
    unknown = [name for name in header if name not in _KNOWN]
    if missing or unknown or len(set(header)) < len(header):
        what = f"has no column {', '.join(missing)}" if missing else "has other columns than it may"
        raise UserError(f"{path} {what}", hint=f"the columns are {', '.join(_KNOWN)}")
    return header


def _problems(row: dict[str, str], seen: dict[str, int]) -> list[str]:
    reference = row["reference"]
    checks = (
        (_is_day(row["date"]), "date is not a day written 2026-11-02"),
        (CLIENT_ID.fullmatch(row["client_id"]), "client_id is not an id such as C-0017"),
        (not row["amount"].startswith("-"), "a refund is recorded against its payment"),
        (_is_amount(row["amount"].lstrip("-")), "amount is not written 120.00"),
        (METHOD.fullmatch(row["method"]), "method is not a word such as card, check or cash"),
        (0 < len(reference) <= 200, "reference is empty or longer than 200 letters"),
        (reference not in seen, f"reference is that of line {seen.get(reference)}"),
        (not row.get("fee") or _is_amount(row["fee"], or_nothing=True), "fee is not written 3.20"),
    )
    return [message for is_right, message in checks if not is_right]


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


def _is_amount(text: str, *, or_nothing: bool = False) -> bool:
    return bool(_AMOUNT.fullmatch(text)) and (or_nothing or Decimal(text) > 0)


def _receipt(row: dict[str, str]) -> Receipt:
    return Receipt(
        client_id=row["client_id"],
        amount=cents(Decimal(row["amount"])),
        received_on=date.fromisoformat(row["date"]),
        method=row["method"],
        reference=row["reference"],
        fee=cents(Decimal(row.get("fee") or 0)),
    )
