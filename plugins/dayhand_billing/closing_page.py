"""The month's close as Markdown and CSV: client ids, session ids and numbers, no name."""

from __future__ import annotations

from collections.abc import Iterator

from dayhand import Practice, counted, write_csv
from dayhand_billing.closing_models import Close, CloseFigures
from dayhand_billing.posting_models import WrittenList
from dayhand_billing.summary import aligned_table

__all__ = ["as_markdown", "write_close"]

_TITLES = {
    "not_recorded": "In the calendar and not recorded",
    "other_status": "Calendar and session say different things",
    "not_in_calendar": "Attended and not in the calendar",
    "no_note": "Attended without a note",
    "note_not_signed": "Notes not signed",
    "note_without_session": "Notes without an attended session",
    "minutes_differ": "Minutes of note and session differ",
    "minutes_unlike_service": "Minutes unlike the service's",
    "not_billed": "Attended and not billed",
    "billed_without_signed_note": "Billed without a signed note",
    "billed_on_void": "Noted as billed on a void invoice",
    "invoice_unknown": "Noted as billed on an unknown invoice",
    "amount_differs": "Invoice and session have different amounts",
    "ledger_differs": "Ledger and documents have different totals",
}


def write_close(practice: Practice, found: Close) -> WrittenList:
    """Write the report under `out/close/`."""
    written = practice.files.write(f"close/{found.month}.md", as_markdown(practice, found))
    rows = [
        [each.kind, each.day or "", each.client_id, each.about, each.message]
        for each in found.findings
    ]
    table = write_csv(["kind", "day", "client_id", "about", "message"], rows)
    practice.files.write(f"close/{found.month}.csv", table)
    return WrittenList(path=written.path, rows=len(rows))


def as_markdown(practice: Practice, found: Close) -> str:
    """The figures side by side, then what differs, by kind."""
    said = counted(len(found.findings), "difference")
    lines = [
        f"# Close of {found.month}",
        "",
        f"{practice.info.name}, {practice.today}. **{said if found.findings else 'Everything agrees'}.**",
        "",
        aligned_table(["Record", "Figure", "Amount"], list(_rows(found.figures)), left=1),
        "",
        f"Amounts in {practice.info.currency}. Receivable: what clients owe less their credit, at its end.",
        "",
    ]
    for kind, number in found.counts.items():
        lines += [f"## {_TITLES[kind]} ({number})", ""]
        rows = [
            [str(each.day or "-"), each.client_id or "-", each.about, each.message]
            for each in found.findings
            if each.kind == kind
        ]
        lines += [aligned_table(["Day", "Client", "What", "Difference"], rows, left=4), ""]
    return "\n".join(lines)


def _rows(figures: CloseFigures) -> Iterator[list[str]]:
    yield ["Attended in the calendar", str(figures.calendar), ""]
    yield ["Attended sessions", str(figures.attended), f"{figures.attended_minutes} min"]
    yield ["Notes", str(figures.notes), ""]
    yield ["Notes signed", str(figures.notes_signed), ""]
    yield ["Attended sessions on an invoice", str(figures.billed), ""]
    yield ["Invoiced, by the invoices", "", f"{figures.invoiced:,.2f}"]
    yield ["Invoiced, by the ledger", "", f"{figures.ledger_invoiced:,.2f}"]
    yield ["Received, by the payments", "", f"{figures.paid:,.2f}"]
    yield ["Received, by the ledger", "", f"{figures.ledger_paid:,.2f}"]
    yield ["Receivable, by invoices and payments", "", f"{figures.receivable:,.2f}"]
    yield ["Receivable, by the ledger", "", f"{figures.ledger_receivable:,.2f}"]
