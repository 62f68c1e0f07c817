"""`dayhand invoices`, `payments`, `ageing`, `ledger`. Screens show ids and initials, no names."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from dayhand import Practice, pass_practice, plain
from dayhand_practice.vocabulary import cents

__all__ = ["COMMANDS"]

_DAY = click.DateTime(["%Y-%m-%d"])
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


class _Amount(click.ParamType[Decimal]):
    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        try:
            amount = Decimal(value)
        except InvalidOperation:
            self.fail(f"'{value}' is no amount; write it as 120.00", param, ctx)
        if not amount.is_finite() or amount != round(amount, 2):
            self.fail(f"'{value}' is no amount; write it as 120.00", param, ctx)
        return amount


class _Month(click.ParamType[str]):
    name = "month"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        try:
            return f"{datetime.strptime(value, '%Y-%m').date():%Y-%m}"  # noqa: DTZ007 - no time in it
        except ValueError:
            self.fail(f"'{value}' is no month; write it as 2026-11", param, ctx)


def _print_json(value: Any) -> None:
    click.echo(json.dumps(plain(value), default=str, indent=2, ensure_ascii=False))


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> None:
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    for row in (header, *rows):
        cells = (
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo("  ".join(cells).rstrip())


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


# Invoices -----------------------------------------------------------------------------------------


@click.group()
def invoices() -> None:
    """Invoices: list, show, void, credit, typeset.

    Example: dayhand invoices list --state overdue
    """


@invoices.command("list")
@click.option(
    "--state",
    type=click.Choice(["draft", "issued", "void", "open", "overdue"]),
    help="Only those in this state.",
)
@click.option("--month", type=_Month(), help="Only those of this month, as 2026-11.")
@click.option("--client", help="Only those of this client's id.")
@_JSON
@pass_practice
def list_command(
    practice: Practice, state: Any, month: str | None, client: str | None, as_json: bool
) -> None:
    """List invoices with what is open of each.

    Example: dayhand invoices list --state open --month 2026-10
    """
    from dayhand_billing.books import Books
    from dayhand_billing.listing import invoice_list

    with practice.connect() as connection:
        found = invoice_list(
            Books.of(practice, connection),
            state=state,
            month=month,
            clients=[client] if client else None,
        )
    if as_json:
        _print_json(found)
    elif not found:
        click.echo("no invoices")
    else:
        header = ["NUMBER", "STATE", "CLIENT", "ISSUED", "DUE", "TOTAL", "BALANCE", "LATE"]
        rows = [
            [
                each.number,
                each.state,
                f"{each.client_id} {each.initials}".strip(),
                str(each.issued_on or "-"),
                str(each.due_on or "-"),
                _money(each.total),
                _money(each.balance),
                f"{each.days_overdue} d" if each.days_overdue else "-",
            ]
            for each in found
        ]
        _print_table(header, rows, left=5)


@invoices.command()
@click.argument("number")
@_JSON
@pass_practice
def show(practice: Practice, number: str, as_json: bool) -> None:
    """Show an invoice's lines, payments and balance.

    Example: dayhand invoices show INV-2026-00042
    """
    from dayhand_billing.books import Books
    from dayhand_billing.documents import invoice_data

    with practice.connect() as connection:
        data = invoice_data(Books.of(practice, connection), number)
    private = ("bill_to", "client", "sender", "logo", "instructions", "paper", "lang", "region")
    shown = {name: value for name, value in data.items() if name not in private}
    if as_json:
        _print_json(shown)
        return
    click.echo(" · ".join(f"{name} {value}" for name, value in shown["facts"]))
    if shown["mark"]:
        click.echo(shown["mark"])
    click.echo()
    header = ["DATE", "SERVICE", "MINUTES", "CHARGE", "ADJUSTMENT", "AMOUNT"]
    names = ("day", "name", "minutes", "charge", "adjustment", "amount")
    _print_table(header, [[line[name] for name in names] for line in shown["lines"]], left=2)
    click.echo()
    totals = [*shown["totals"], shown["balance"]]
    width = max(len(name) for name, _ in totals)
    for name, amount in totals:
        click.echo(f"{name.ljust(width)}  {amount:>14}")


@invoices.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why, as kept in the books.")
@_YES
@pass_practice
def void(practice: Practice, number: str, reason: str, yes: bool) -> None:
    """Void an invoice: it keeps its number, its sessions can be billed again.

    Example: dayhand invoices void INV-2026-00042 --reason "wrong client"
    """
    from dayhand_billing import corrections
    from dayhand_billing.books import Books

    if not yes:
        click.confirm(f"Void {number}? This cannot be undone", abort=True)
    with practice.transaction(f"billing.void {number}") as connection:
        done = corrections.void(Books.of(practice, connection), number, reason=reason)
    click.echo(f"{done.number} is void; {_money(done.released)} is {done.client_id}'s credit")


@invoices.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why, as printed on the credit note.")
@click.option("--amount", type=_Amount(), help="How much; all that is left where it is not given.")
@click.option("--session", "sessions", multiple=True, help="Id of a session to credit; repeatable.")
@_YES
@pass_practice
def credit(  # noqa: PLR0917 - click calls it by name
    practice: Practice,
    number: str,
    reason: str,
    amount: Decimal | None,
    sessions: tuple[str, ...],
    yes: bool,
) -> None:
    """Write a credit note on an invoice.

    Example: dayhand invoices credit INV-2026-00042 --amount 40 --reason "agreed fee"
    """
    from dayhand_billing import corrections
    from dayhand_billing.books import Books

    if not yes:
        what = _money(amount) if amount is not None else "all that is left"
        click.confirm(f"Credit {what} on {number}? This cannot be undone", abort=True)
    with practice.transaction(f"billing.credit {number}") as connection:
        note = corrections.credit(
            Books.of(practice, connection),
            number,
            reason=reason,
            amount=None if amount is None else cents(amount),
            sessions=sessions,
        )
    click.echo(f"{note.number}: {_money(note.amount)} off {note.invoice}")
    click.echo(f"still to pay on it: {_money(note.balance)}")


@invoices.command()
@click.argument("number")
@pass_practice
def pdf(practice: Practice, number: str) -> None:
    """Typeset an invoice, a draft or a credit note under out/.

    Example: dayhand invoices pdf INV-2026-00042
    """
    from dayhand_billing.documents import write_invoice

    click.echo(write_invoice(practice, number).path)


# Payments -----------------------------------------------------------------------------------------


@click.group()
def payments() -> None:
    """Payments: list, add, import.

    Example: dayhand payments add C-0017 150 --method check --reference 1042
    """


@payments.command("list")
@click.option("--month", type=_Month(), help="Only those of this month, as 2026-11.")
@click.option("--client", help="Only those of this client's id.")
@_JSON
@pass_practice
def list_payments(practice: Practice, month: str | None, client: str | None, as_json: bool) -> None:
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
        _print_json(found)
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
                _money(each.amount),
                _money(each.fee),
                _money(each.unallocated),
            ]
            for each in found
        ]
        _print_table(header, rows, left=5)


@payments.command()
@click.argument("client_id")
@click.argument("amount", type=_Amount())
@click.option("--on", "received_on", type=_DAY, help="The day it came in; today by default.")
@click.option("--method", default="other", show_default=True, help="card, check, cash, transfer…")
@click.option("--reference", default="", help="What the bank or the processor calls it.")
@click.option("--fee", type=_Amount(), default="0", help="What the processor kept.")
@click.option("--invoice", default="", help="The invoice to pay first.")
@click.option("--refund-of", default="", help="The payment that is given back.")
@pass_practice
def add(  # noqa: PLR0917 - click calls it by name
    practice: Practice,
    client_id: str,
    amount: Decimal,
    received_on: datetime | None,
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
        received_on=received_on.date() if received_on else practice.today,
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
    click.echo(f"{done.payment.id} {said}; {client_id} now owes {_money(done.balance)}")


@payments.command("import")
@click.argument("path")
@pass_practice
def import_command(practice: Practice, path: str) -> None:
    """Record every payment of a CSV file, or none if a row is wrong.

    Example: dayhand payments import inbox/payments.csv
    """
    from dayhand_billing.books import Books
    from dayhand_billing.payment_file import import_payments

    content = practice.files.read(path)
    with practice.transaction(f"billing.import_payments {path}") as connection:
        done = import_payments(Books.of(practice, connection), path, content)
    click.echo(f"{done.new} new, {_money(done.total)} in all; {done.unchanged} were known")


# Ageing and ledger --------------------------------------------------------------------------------


@click.command()
@click.option("--as-of", type=_DAY, help="A past day, as 2026-10-31.")
@click.option(
    "--basis",
    type=click.Choice(["invoice_date", "due_date", "service_date"]),
    help="What the age counts from.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@_JSON
@pass_practice
def ageing(
    practice: Practice, as_of: datetime | None, basis: Any, as_csv: bool, as_json: bool
) -> None:
    """Accounts receivable by age, now or on a past day.

    Example: dayhand ageing --as-of 2026-10-31 --csv
    """
    from dayhand_billing import ageing as kept
    from dayhand_billing.ageing_text import ageing_as_csv
    from dayhand_billing.books import Books

    with practice.connect() as connection:
        report = kept.ageing(
            Books.of(practice, connection), as_of=as_of.date() if as_of else None, basis=basis
        )
    if as_json:
        _print_json(report)
    elif as_csv:
        click.echo(ageing_as_csv(report), nl=False)
    else:
        rows = [
            [
                f"{row.client_id} {row.initials}".strip(),
                *(_money(amount) for amount in row.buckets.values()),
                *(_money(amount) for amount in (row.gross, row.credits, row.net)),
            ]
            for row in report.rows
        ]
        figures = (*report.buckets.values(), report.gross, report.credits, report.net)
        foot = ["TOTAL", *(_money(amount) for amount in figures)]
        header = ["CLIENT", *report.buckets, "GROSS", "CREDITS", "NET"]
        _print_table(header, [*rows, foot], left=1)


@click.group()
def ledger() -> None:
    """The ledger as plain text.

    Example: dayhand ledger export --format hledger
    """


@ledger.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(["beancount", "hledger", "csv"]),
    default="beancount",
    show_default=True,
)
@click.option("--month", type=_Month(), help="Only this month, as 2026-11.")
@pass_practice
def export_command(practice: Practice, form: Any, month: str | None) -> None:
    """Write the ledger under out/ledger/: client ids only, no names, no diagnoses.

    Example: dayhand ledger export --format beancount --month 2026-10
    """
    from dayhand_billing.ledger_text import export

    done = export(practice, form, month)
    click.echo(f"{done.path} ({done.entries} entries)")


COMMANDS = (invoices, payments, ageing, ledger)
