"""The ageing report as Markdown and as CSV."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from dayhand import Practice
from dayhand_billing.ageing import BUCKETS
from dayhand_billing.ledger_text import guarded
from dayhand_billing.models import Ageing, WrittenAgeing
from dayhand_billing.summary import aligned_table

__all__ = ["ageing_as_csv", "ageing_as_markdown", "write_ageing"]

_BASES = {
    "invoice_date": "the invoice's date",
    "due_date": "the due date",
    "service_date": "the date of service",
}


def write_ageing(practice: Practice, report: Ageing) -> WrittenAgeing:
    """Write the report twice under `out/reports/`."""
    name = f"reports/ageing-{report.as_of}"
    markdown = practice.files.write(f"{name}.md", ageing_as_markdown(report))
    table = practice.files.write(f"{name}.csv", ageing_as_csv(report))
    return WrittenAgeing(
        path=markdown.path,
        csv=table.path,
        as_of=report.as_of,
        gross=report.gross,
        credits=report.credits,
        net=report.net,
    )


def ageing_as_markdown(report: Ageing) -> str:
    """A table with a line for each client and a line of totals; ids and initials only."""
    header = ["Client", "Initials", *(f"{name} days" for name in BUCKETS)]
    header += ["Gross", "Credits", "Net"]
    rows = [
        [
            row.client_id,
            row.initials,
            *(_amount(row.buckets[name]) for name in BUCKETS),
            *(_amount(amount) for amount in (row.gross, row.credits, row.net)),
        ]
        for row in report.rows
    ]
    foot = ["Total", "", *(_amount(report.buckets[name]) for name in BUCKETS)]
    foot += [_amount(amount) for amount in (report.gross, report.credits, report.net)]
    body = "Nobody owes anything, and nobody has credit."
    if rows:
        body = aligned_table(header, [*rows, foot], left=2)
    return (
        f"# Accounts receivable by age, {report.as_of}\n\n"
        f"Amounts in {report.currency}; age counted from {_BASES[report.basis]}. Gross is what open"
        f" invoices come to, credits what clients have paid beyond them, net the difference.\n\n"
        f"{body}\n"
    )


def ageing_as_csv(report: Ageing) -> str:
    """A row for each client, without totals, for a spreadsheet to add up."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(
        ["as_of", "client", "initials", *BUCKETS, "gross", "credits", "net", "oldest_days"]
    )
    for row in report.rows:
        writer.writerow(
            [
                report.as_of,
                guarded(row.client_id),
                guarded(row.initials),
                *(row.buckets[name] for name in BUCKETS),
                row.gross,
                row.credits,
                row.net,
                row.oldest_days,
            ]
        )
    return out.getvalue()


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}" if amount else "-"
