"""Loads the sample practice's opening balances and payments, where it has them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from dayhand import Practice, counted
from dayhand_billing.books import Books
from dayhand_billing.models import OpeningBalanceIn
from dayhand_billing.opening import open_balances
from dayhand_billing.payment_file import import_payments

__all__ = ["load"]

_OPENING = "records/opening_balances.csv"
_PAYMENTS = "records/payments.csv"


def load(practice: Practice) -> Iterable[str]:
    """Carry over the balances and record the payments; loading twice changes nothing."""
    told = []
    with practice.transaction("load the sample's balances and payments") as connection:
        books = Books.of(practice, connection)
        if practice.files.resolve(_OPENING).is_file():
            opened = open_balances(books, _balances(practice.files.read(_OPENING)))
            count = counted(opened.new + opened.unchanged, "opening balance")
            told.append(f"{count} from {_OPENING} ({opened.new} new)")
        if practice.files.resolve(_PAYMENTS).is_file():
            done = import_payments(books, _PAYMENTS, practice.files.read(_PAYMENTS))
            told.append(f"{counted(done.rows, 'payment')} from {_PAYMENTS} ({done.new} new)")
    return told


def _balances(content: bytes) -> list[OpeningBalanceIn]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""))
    return [
        OpeningBalanceIn(
            client_id=row["client_id"],
            amount=Decimal(row["amount"].lstrip("'")),
            as_of=date.fromisoformat(row["as_of"]),
        )
        for row in rows
    ]
