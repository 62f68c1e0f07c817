"""`dayhand ageing` and `dayhand ledger`."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from dayhand import Day, Practice, json_option, pass_practice, show_json, show_table
from dayhand_billing.commands.screen import Month, money

__all__ = ["ageing", "ledger"]


@click.command()
@click.option("--as-of", type=Day, metavar="DAY", help="A past day, as 2026-10-31.")
@click.option(
    "--basis",
    type=click.Choice(["invoice_date", "due_date", "service_date"]),
    help="What the age counts from.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@pass_practice
def ageing(
    practice: Practice, *, as_of: date | None, basis: Any, as_csv: bool, as_json: bool
) -> None:
    """Accounts receivable by age, now or on a past day.

    Example: dayhand ageing --as-of 2026-10-31 --csv
    """
    from dayhand_billing import ageing as kept
    from dayhand_billing.ageing_text import ageing_as_csv
    from dayhand_billing.books import Books

    with practice.connect() as connection:
        report = kept.ageing(Books.of(practice, connection), as_of=as_of, basis=basis)
    if as_json:
        show_json(report)
    elif as_csv:
        click.echo(ageing_as_csv(report), nl=False)
    else:
        rows = [
            [
                f"{row.client_id} {row.initials}".strip(),
                *(money(amount) for amount in row.buckets.values()),
                *(money(amount) for amount in (row.gross, row.credits, row.net)),
            ]
            for row in report.rows
        ]
        figures = (*report.buckets.values(), report.gross, report.credits, report.net)
        foot = ["TOTAL", *(money(amount) for amount in figures)]
        header = ["CLIENT", *report.buckets, "GROSS", "CREDITS", "NET"]
        show_table(header, [*rows, foot], left=1)


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
@click.option("--month", type=Month(), help="Only this month, as 2026-11.")
@pass_practice
def export_command(practice: Practice, *, form: Any, month: str | None) -> None:
    """Write the ledger under out/ledger/: client ids only, no names, no diagnoses.

    Example: dayhand ledger export --format beancount --month 2026-10
    """
    from dayhand_billing.ledger_text import export

    done = export(practice, form, month)
    click.echo(f"{done.path} ({done.entries} entries)")
