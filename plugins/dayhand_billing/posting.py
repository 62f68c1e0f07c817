"""Whose a payment is: by our own number, then by amount and date, and never by a guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from dayhand import Practice, StepError, UserError, counted, write_csv
from dayhand_billing import tables
from dayhand_billing.adjustments import judged, reason_of
from dayhand_billing.allocations import OpenInvoice, open_invoices
from dayhand_billing.books import Books
from dayhand_billing.corrections import left_to_credit, write_off
from dayhand_billing.payments import Receipt, receive
from dayhand_billing.posting_models import (
    MatchedPayment,
    MatchedPayments,
    PaymentFile,
    PaymentRow,
    PostedPayments,
    UnmatchedPayment,
    WrittenList,
)
from dayhand_billing.summary import aligned_table
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["match", "post", "read_file", "write_unmatched"]

_BEFORE, _AFTER = timedelta(days=7), timedelta(days=60)
"""A payment of an amount is taken for an invoice of it issued at most so long before, or after."""


def read_file(content: bytes, path: str) -> PaymentFile:
    """A processor's CSV, or a remittance, told by how it begins."""
    from dayhand_billing.processor_file import read_processor_file
    from dayhand_billing.remittance import read_remittance

    if content.lstrip()[:3] == b"ISA":
        return read_remittance(content.lstrip(), path)
    return read_processor_file(content, path)


@dataclass(slots=True)
class _Desk:
    books: Books
    open: list[OpenInvoice]
    numbers: dict[str, tuple[str, str]]
    clients: set[str]
    left: dict[str, int]
    credited: dict[str, int] = field(default_factory=dict)


def match(books: Books, file: PaymentFile) -> MatchedPayments:
    """Tell each row's client and invoice. What could be two, or none, is listed and not posted."""
    desk = _desk(books)
    known = _known(books.connection, [row.reference for row in file.rows])
    found = MatchedPayments(
        path=file.path, matched=[], known=[], unmatched=[], kept_back=file.kept_back
    )
    waiting = []
    for row in file.rows:
        if row.reference in known:
            found.known.append(row.reference)
        elif row.note:
            found.unmatched.append(UnmatchedPayment(row=row, reason=row.note))
        else:
            waiting.append(row)
    for row in waiting:  # our numbers first, whatever their place: they take what is open
        made = _by_number(desk, row)
        if made:
            found.matched.append(made)
    rest = [row for row in waiting if row not in [each.row for each in found.matched]]
    for row in rest:
        _by_amount(desk, row, rest, found)
    return found


def _desk(books: Books) -> _Desk:
    heads = tables.invoices.c
    query = sa.select(heads.number, heads.client_id, heads.state).where(heads.number.is_not(None))
    rows = books.connection.execute(query).all()
    owed = open_invoices(books.connection)
    return _Desk(
        books=books,
        open=owed,
        numbers={row.number.casefold(): (row.client_id, row.state) for row in rows},
        clients={row.client_id for row in rows},
        left={each.number: each.open for each in owed},
    )


def _known(connection: sa.Connection, references: Sequence[str]) -> set[str]:
    found: set[str] = set()
    # A claim of which all is the patient's has no payment, but its write-off.
    for column in (tables.payments.c.reference, tables.credit_notes.c.reference):
        for at in range(0, len(references), 500):  # an old SQLite allows 999 parameters
            part = list(references[at : at + 500])
            found.update(connection.execute(sa.select(column).where(column.in_(part))).scalars())
    return found


def _by_number(desk: _Desk, row: PaymentRow) -> MatchedPayment | None:
    """By an invoice number, or a client's id, that stands in the row as a word of its own."""
    words = set(re.findall(r"[A-Za-z0-9][A-Za-z0-9._/-]*[A-Za-z0-9]", row.number))
    numbers = sorted(word for word in words if word.casefold() in desk.numbers)
    if len(numbers) == 1:
        client, state = desk.numbers[numbers[0].casefold()]
        number = next(n for n in (*desk.left, numbers[0]) if n.casefold() == numbers[0].casefold())
        is_owed = state == "issued" and desk.left.get(number, 0) > 0
        adjusts = number if state == "issued" else ""
        return _matched(desk, row, client, number if is_owed else "", "number", adjusts)
    clients = sorted(words & desk.clients)
    if not numbers and len(clients) == 1:
        return _matched(desk, row, clients[0], "", "number")
    return None


def _matched(
    desk: _Desk, row: PaymentRow, client: str, invoice: str, by: str, adjusts: str = ""
) -> MatchedPayment:
    adjusts = adjusts or invoice
    left = left_to_credit(desk.books.connection, adjusts) if adjusts and row.adjustments else 0
    groups = desk.books.settings.remittance.write_off
    found = judged(row, groups=groups, invoice=adjusts, left=left - desk.credited.get(adjusts, 0))
    gone = sum(cents(each.amount) for each in found if each.becomes == "written_off")
    desk.credited[adjusts] = desk.credited.get(adjusts, 0) + gone
    if invoice:
        desk.left[invoice] = max(0, desk.left[invoice] - cents(row.amount) - gone)
    return MatchedPayment.model_validate(
        {
            "row": row, "client_id": client, "invoice": invoice, "by": by,
            "adjusts": adjusts if row.adjustments else "", "adjustments": found,
        }
    )  # fmt: skip


def _by_amount(
    desk: _Desk, row: PaymentRow, rest: Sequence[PaymentRow], found: MatchedPayments
) -> None:
    """By the amount that is open and the date, where exactly one invoice fits, and one payment."""
    fitting = [each for each in desk.open if _fits(desk, row, each)]
    rivals = [
        other for other in rest
        if other is not row and fitting and _fits(desk, other, fitting[0])
    ]  # fmt: skip
    if len(fitting) == 1 and not rivals:
        invoice = fitting[0]
        found.matched.append(
            _matched(desk, row, invoice.client_id, invoice.number, "amount and date")
        )
        return
    if len(fitting) > 1:
        reason = f"{counted(len(fitting), 'open invoice')} of this amount: it could be any of them"
    elif rivals:
        reason = f"{counted(len(rivals) + 1, 'payment')} of this amount for one open invoice"
    else:
        reason = "no number of ours in it, and no open invoice of this amount and date"
    found.unmatched.append(UnmatchedPayment(row=row, reason=reason))


def _fits(desk: _Desk, row: PaymentRow, invoice: OpenInvoice) -> bool:
    in_time = invoice.issued_on - _BEFORE <= row.received_on <= invoice.due_on + _AFTER
    # An insurer pays less than the charge: what it paid may be another invoice's amount by chance.
    amount = row.charge if row.adjustments and row.charge is not None else row.amount
    return in_time and desk.left.get(invoice.number) == cents(amount)


def post(books: Books, found: MatchedPayments) -> PostedPayments:
    """Record the matched payments, all of them or none.

    Raises:
        UserError: one cannot be recorded; told with its line.
    """
    books.write()
    done = PostedPayments(
        path=found.path, new=0, unchanged=len(found.known), total=from_cents(0), ids=[]
    )
    for each in sorted(found.matched, key=lambda one: (one.row.received_on, one.row.line)):
        try:
            _post(books, each, done)
        except StepError as error:
            raise UserError(
                f"{found.path}, line {each.row.line}: {error.message}", hint="nothing was posted"
            ) from error
    return done


def _post(books: Books, each: MatchedPayment, done: PostedPayments) -> None:
    """The payment, if money came, then what its adjustments take off the invoice."""
    row = each.row
    recorded = True
    if row.amount > 0:
        receipt = Receipt(
            each.client_id, cents(row.amount), row.received_on, row.method, row.reference,
            cents(row.fee),
        )  # fmt: skip
        made = receive(books, receipt, invoice=each.invoice)
        recorded = made.recorded
        done.ids.append(made.payment.id)
        done.new += recorded
        done.unchanged += not recorded
        done.total += made.payment.amount if recorded else 0
    gone = [one for one in each.adjustments if one.becomes == "written_off"]
    if gone and recorded:
        wanted = [(one.service_date, cents(one.amount)) for one in gone]
        note = write_off(
            books, each.adjusts, wanted, reason=reason_of(gone), reference=row.reference
        )
        if note is not None:
            done.write_offs.append(note.number)
            done.written_off += note.amount


def write_unmatched(practice: Practice, found: MatchedPayments) -> WrittenList:
    """What was not posted, with its line and the reason, as Markdown and CSV. No name is in it."""
    stem = re.sub(r"[^A-Za-z0-9._-]", "-", found.path.rsplit("/", 1)[-1])
    name = f"payments/unmatched-{practice.today}-{stem}"
    head = ["Line", "Received", "Amount", "Reference", "Why"]
    rows = [
        [
            str(each.row.line),
            each.row.received_on.isoformat(),
            f"{each.row.amount:,.2f}",
            each.row.reference,
            each.reason,
        ]
        for each in found.unmatched
    ]
    posted = counted(len(found.matched), "payment")
    body = aligned_table(head, rows, left=0) if rows else "Everything could be told."
    written = practice.files.write(
        f"{name}.md",
        f"# Payments that nobody can be told to have made\n\nFrom {found.path}, {practice.today}."
        f" {posted} matched, {len(found.known)} known before,"
        f" {len(rows)} below.\n\n{body}\n\n"
        "Record each by hand with `dayhand payments add CLIENT AMOUNT --reference REFERENCE`.\n",
    )
    practice.files.write(f"{name}.csv", write_csv([each.lower() for each in head], rows))
    return WrittenList(path=written.path, rows=len(rows))
