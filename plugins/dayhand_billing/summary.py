"""The Markdown an approver reads: aligned tables, ids and initials only."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from dayhand import counted
from dayhand_billing.models import (
    DraftInvoice,
    DraftProblem,
    SkippedSession,
    SuperbillItem,
    SuperbillRefusal,
)

__all__ = ["aligned_table", "draft_summary", "superbill_summary"]


def aligned_table(
    header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int, last: int = 0
) -> str:
    """A table whose columns also line up as text.

    Args:
        header: the names of the columns.
        rows: the cells.
        left: so many of the first columns are text, the others numbers.
        last: so many of the last columns are text again.
    """
    safe = [[cell.replace("|", "\\|") for cell in row] for row in (header, *rows)]
    widths = [max(3, *(len(row[place]) for row in safe)) for place in range(len(header))]
    is_text = [place < left or place >= len(header) - last for place in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        padded = (
            cell.ljust(width) if text else cell.rjust(width)
            for text, cell, width in zip(is_text, cells, widths, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = [
        ":" + "-" * (width - 1) if text else "-" * (width - 1) + ":"
        for text, width in zip(is_text, widths, strict=True)
    ]
    return "\n".join([line(safe[0]), line(rule), *(line(row) for row in safe[1:])])


def draft_summary(
    invoices: Sequence[DraftInvoice],
    problems: Sequence[DraftProblem],
    skipped: Sequence[SkippedSession],
    *,
    currency: str,
) -> str:
    """The drafts of a month, with their totals, what to look at, and what was left out."""
    parts = [_drafts_table(invoices, currency)] if invoices else ["There is nothing to invoice."]
    if problems:
        parts.append("**Please look at**")
        parts.append("\n".join(f"- {_told(problem)}" for problem in problems))
    blocked = {problem.session_id for problem in problems if problem.blocks}
    others = [each for each in skipped if each.session_id not in blocked]
    if others:
        parts.append(f"**Left out: {counted(len(others), 'session')}**")
        parts.append(_grouped(others))
    return "\n\n".join(parts) + "\n"


def _drafts_table(invoices: Sequence[DraftInvoice], currency: str) -> str:
    has_tax = any(each.tax for each in invoices)

    def cells(each: DraftInvoice) -> list[str]:
        tax = [_amount(each.tax)] if has_tax else []
        figures = [_amount(each.charge), _amount(each.adjustment), *tax, _amount(each.total)]
        return [each.id, each.client_id, each.initials, str(each.sessions), *figures]

    def total(amounts: list[Decimal]) -> str:
        return _amount(sum(amounts, Decimal("0.00")))

    foot = [
        counted(len(invoices), "draft"),
        "",
        "",
        str(sum(each.sessions for each in invoices)),
        total([each.charge for each in invoices]),
        total([each.adjustment for each in invoices]),
        *([total([each.tax for each in invoices])] if has_tax else []),
        total([each.total for each in invoices]),
    ]
    header = ["Draft", "Client", "Initials", "Sessions", "Charge", "Adjustment"]
    header += [*(["Tax"] if has_tax else []), f"Total {currency}"]
    return aligned_table(header, [*(cells(each) for each in invoices), foot], left=3)


def _told(problem: DraftProblem) -> str:
    where = problem.client_id or "Practice"
    session = f", session {problem.session_id}" if problem.session_id else ""
    return f"{where}{session}: {problem.message}{' (left out)' if problem.blocks else ''}"


def _grouped(skipped: Sequence[SkippedSession]) -> str:
    reasons: dict[str, list[str]] = {}
    for each in skipped:
        reasons.setdefault(each.reason, []).append(each.session_id)
    return "\n".join(f"- {reason}: {_some(ids)}" for reason, ids in reasons.items())


def _some(ids: Sequence[str], most: int = 6) -> str:
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more


def superbill_summary(
    items: Sequence[SuperbillItem],
    blocked: Sequence[SuperbillRefusal],
    left_out: Sequence[SkippedSession],
    *,
    currency: str,
) -> str:
    """The superbills of a period, and why others are not made."""
    parts = ["There is no superbill to make."]
    if items:
        header = ["Superbill", "Client", "Initials", "Dates", "Paid", "Balance"]
        header.append(f"Total {currency}")
        rows = [
            [
                item.id + (f" (replaces {item.supersedes})" if item.supersedes else ""),
                item.client_id,
                item.initials,
                str(item.lines),
                _amount(item.paid),
                _amount(item.balance),
                _amount(item.total),
            ]
            for item in items
        ]
        parts = [aligned_table(header, rows, left=3)]
    if blocked:
        parts.append("**Not made**")
        parts.append(
            "\n".join(f"- {each.client_id}: {'; '.join(each.reasons)}" for each in blocked)
        )
    if left_out:
        parts.append(f"**Left out: {counted(len(left_out), 'session')}**")
        parts.append(_grouped(left_out))
    return "\n\n".join(parts) + "\n"


def _amount(amount: Decimal) -> str:
    return f"{amount:,.2f}"
