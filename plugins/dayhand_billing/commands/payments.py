"""`dayhand payments`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import click

from dayhand import Day, Practice, json_option, pass_practice, show_json, show_table
from dayhand_billing.commands.screen import Amount, Month, money
from dayhand_practice.vocabulary import cents

__all__ = ["payments"]


@click.group()
def payments() -> None:
    """Payments: list, add, import.

    Example: dayhand payments add C-0017 150 --method check --reference 1042
    """


@payments.command("list")
@click.option("--month", type=Month(), help="Only those of this month, as 2026-11.")
@click.option("--client", help="Only those of this client's id.")
@json_option
@pass_practice
def list_payments(
    practice: Practice, *, month: str | None, client: str | None, as_json: bool
) -> None:
    """List payments with the invoices they paid.

    Example: dayhand payments list --month 2026-10
    """
    from dayhand_billing import payments as kept
    from dayhand_billing.listing import days_of

    start, end = days_of(month) if month else (None, None)
    with practice.connect() as connection:
        found = kept.payments(
            connection, clients=[client] if client else None, start=start, end=end
        )
    if as_json:
        show_json(found)
    elif not found:
        click.echo("no payments")
    else:
        header = ["PAYMENT", "CLIENT", "RECEIVED", "METHOD", "FOR", "AMOUNT", "FEE", "CREDIT"]
        rows = [
            [
                each.id,
                each.client_id,
                str(each.received_on),
                each.method,
                ", ".join(part.invoice for part in each.allocated) or each.refund_of or "-",
                money(each.amount),
                money(each.fee),
                money(each.unallocated),
            ]
            for each in found
        ]
        show_table(header, rows, left=5)


@payments.command()
@click.argument("client_id")
@click.argument("amount", type=Amount())
@click.option(
    "--on", "received_on", type=Day, metavar="DAY", help="The day it came in; today by default."
)
@click.option("--method", default="other", show_default=True, help="card, check, cash, transfer…")
@click.option("--reference", default="", help="What the bank or the processor calls it.")
@click.option("--fee", type=Amount(), default="0", help="What the processor kept.")
@click.option("--invoice", default="", help="The invoice to pay first.")
@click.option("--refund-of", default="", help="The payment that is given back.")
@pass_practice
def add(
    practice: Practice,
    *,
    client_id: str,
    amount: Decimal,
    received_on: date | None,
    method: str,
    reference: str,
    fee: Decimal,
    invoice: str,
    refund_of: str,
) -> None:
    """Record a payment, or with --refund-of a refund.

    Example: dayhand payments add C-0017 150 --method check --reference 1042
    """
    from dayhand_billing import payments as kept
    from dayhand_billing.books import Books

    receipt = kept.Receipt(
        client_id=client_id,
        amount=cents(amount),
        received_on=received_on or practice.today,
        method=method,
        reference=reference.strip(),
        fee=cents(fee),
    )
    with practice.transaction(f"billing.record_payment {client_id}") as connection:
        books = Books.of(practice, connection)
        if refund_of:
            done = kept.refund(books, refund_of, receipt)
        else:
            done = kept.receive(books, receipt, invoice=invoice)
    said = "recorded" if done.recorded else "was recorded before"
    click.echo(f"{done.payment.id} {said}; {client_id} now owes {money(done.balance)}")


@payments.command("import")
@click.argument("path")
@pass_practice
def import_command(practice: Practice, *, path: str) -> None:
    """Record every payment of a CSV file, or none if a row is wrong.

    Example: dayhand payments import inbox/payments.csv
    """
    from dayhand_billing.books import Books
    from dayhand_billing.payment_file import import_payments

    content = practice.files.read(path)
    with practice.transaction(f"billing.import_payments {path}") as connection:
        done = import_payments(Books.of(practice, connection), path, content)
    click.echo(f"{done.new} new, {money(done.total)} in all; {done.unchanged} were known")
