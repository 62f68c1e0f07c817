"""The steps that list, record and import payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dayhand import Effect, Month, StepContext, step
from dayhand_billing.models import ImportedPayments, Payment, PaymentReceipt
from dayhand_practice.vocabulary import cents

__all__ = ["STEPS"]

# SQLAlchemy is imported inside the steps, so that describing these costs little.


@step("billing.payments", effect=Effect.READ, summary="Payments of a month, of clients, or all")
def list_payments(
    context: StepContext,
    *,
    client_ids: list[str] | None = None,
    month: Month | None = None,
    start: date | None = None,
    end: date | None = None,
) -> list[Payment]:
    """Payments and refunds in order of their day, each with the invoices it paid.

    Args:
        client_ids: only those of these clients.
        month: only those received in this month.
        start: only those received on this day or later.
        end: only those received on this day or earlier.
    """
    from dayhand_billing.listing import days_of
    from dayhand_billing.payments import payments

    first, last = days_of(month) if month else (start, end)
    with context.connect() as connection:
        return payments(connection, clients=client_ids, start=first, end=last)


@step("billing.record_payment", effect=Effect.RECORD, summary="Record a payment or a refund")
def record_payment(
    context: StepContext,
    *,
    client_id: str,
    amount: Decimal,
    received_on: date | None = None,
    method: str = "other",
    reference: str = "",
    fee: Decimal = Decimal("0.00"),
    invoice: str | None = None,
    refund_of: str | None = None,
) -> PaymentReceipt:
    """Record money received, or given back; it pays what is due first, the rest is credit.

    A reference recorded before, with the same content, is returned as it was.

    Args:
        client_id: whose account it is for.
        amount: how much, more than nothing, also for a refund.
        received_on: the day the money moved; today where it is not given.
        method: a word such as card, check, cash or transfer.
        reference: what the bank or the processor calls it; it names one payment.
        fee: what the processor kept of it.
        invoice: the invoice to pay first.
        refund_of: the id of the payment that is given back, wholly or in part.
    """
    from dayhand_billing import payments
    from dayhand_billing.books import Books

    day = received_on or context.today
    receipt = payments.Receipt(client_id, cents(amount), day, method, reference.strip(), cents(fee))
    with context.connect() as connection:
        books = Books.of(context, connection)
        if refund_of:
            return payments.refund(books, refund_of, receipt)
        return payments.receive(books, receipt, invoice=invoice or "")


@step("billing.import_payments", effect=Effect.RECORD, summary="Import payments from a CSV file")
def import_payments(context: StepContext, *, path: str) -> ImportedPayments:
    """Record every payment of a CSV file, or none of them if a row is wrong.

    The columns are date, client_id, amount, method, reference and fee. A payment is known again
    by its reference: the same file twice changes nothing.

    Args:
        path: the file, relative to the practice folder.
    """
    from dayhand_billing import payment_file
    from dayhand_billing.books import Books

    content = context.files.read(path)
    with context.connect() as connection:
        return payment_file.import_payments(Books.of(context, connection), path, content)


STEPS = (list_payments, record_payment, import_payments)
