"""`dayhand invoices`."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from dayhand import Practice, json_option, pass_practice, show_json, show_table
from dayhand_billing.commands.screen import YES, Amount, Month, money
from dayhand_practice.vocabulary import cents

__all__ = ["invoices"]

_HIDDEN = {"name", "email"}
"""What names the client: 'dayhand clients list --reveal' shows it, and notes that it did."""


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
@click.option("--month", type=Month(), help="Only those of this month, as 2026-11.")
@click.option("--client", help="Only those of this client's id.")
@json_option
@pass_practice
def list_command(
    practice: Practice, *, state: Any, month: str | None, client: str | None, as_json: bool
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
        show_json([each.model_dump(exclude=_HIDDEN) for each in found])
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
                money(each.total),
                money(each.balance),
                f"{each.days_overdue} d" if each.days_overdue else "-",
            ]
            for each in found
        ]
        show_table(header, rows, left=5)


@invoices.command()
@click.argument("number")
@json_option
@pass_practice
def show(practice: Practice, *, number: str, as_json: bool) -> None:
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
        show_json(shown)
        return
    click.echo(" · ".join(f"{name} {value}" for name, value in shown["facts"]))
    if shown["mark"]:
        click.echo(shown["mark"])
    click.echo()
    header = ["DATE", "SERVICE", "MINUTES", "CHARGE", "ADJUSTMENT", "AMOUNT"]
    names = ("day", "name", "minutes", "charge", "adjustment", "amount")
    show_table(header, [[line[name] for name in names] for line in shown["lines"]], left=2)
    click.echo()
    totals = [*shown["totals"], shown["balance"]]
    width = max(len(name) for name, _ in totals)
    for name, amount in totals:
        click.echo(f"{name.ljust(width)}  {amount:>14}")


@invoices.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why, as kept in the books.")
@YES
@pass_practice
def void(practice: Practice, *, number: str, reason: str, yes: bool) -> None:
    """Void an invoice: it keeps its number, its sessions can be billed again.

    Example: dayhand invoices void INV-2026-00042 --reason "wrong client"
    """
    from dayhand_billing import corrections
    from dayhand_billing.books import Books

    if not yes:
        click.confirm(f"Void {number}? This cannot be undone", abort=True)
    with practice.transaction(f"billing.void {number}") as connection:
        done = corrections.void(Books.of(practice, connection), number, reason=reason)
    click.echo(f"{done.number} is void; {money(done.released)} is {done.client_id}'s credit")
    if done.session_ids:
        click.echo(f"to bill its sessions again:  dayhand sessions free {done.number}")


@invoices.command()
@click.argument("number")
@click.option("--reason", required=True, help="Why, as printed on the credit note.")
@click.option("--amount", type=Amount(), help="How much; all that is left where it is not given.")
@click.option("--session", "sessions", multiple=True, help="Id of a session to credit; repeatable.")
@YES
@pass_practice
def credit(
    practice: Practice,
    *,
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
        what = money(amount) if amount is not None else "all that is left"
        click.confirm(f"Credit {what} on {number}? This cannot be undone", abort=True)
    with practice.transaction(f"billing.credit {number}") as connection:
        note = corrections.credit(
            Books.of(practice, connection),
            number,
            reason=reason,
            amount=None if amount is None else cents(amount),
            sessions=sessions,
        )
    click.echo(f"{note.number}: {money(note.amount)} off {note.invoice}")
    click.echo(f"still to pay on it: {money(note.balance)}")


@invoices.command()
@click.argument("number")
@pass_practice
def pdf(practice: Practice, *, number: str) -> None:
    """Typeset an invoice, a draft or a credit note under out/.

    Example: dayhand invoices pdf INV-2026-00042
    """
    from dayhand_billing.documents import write_invoice

    click.echo(write_invoice(practice, number).path)
