"""The steps that make and typeset superbills."""

from __future__ import annotations

from datetime import date

from dayhand import Effect, Month, StepContext, UserError, step
from dayhand_billing.models import RenderedFile, Superbills
from dayhand_practice.vocabulary import Session

__all__ = ["STEPS"]

# SQLAlchemy and Typst are imported inside the steps, so that describing these costs little.


@step("billing.superbills", effect=Effect.RECORD, summary="Make the superbills of a period")
def superbills(
    context: StepContext,
    *,
    sessions: list[Session],
    month: Month | None = None,
    start: date | None = None,
    end: date | None = None,
    wanted_only: bool = True,
) -> Superbills:
    """Make a superbill for each client who wants one, of what was rendered and invoiced.

    A client for whom something required is missing is in `blocked`, with every reason. The same
    sessions again give the same superbill; if a figure changed, a new version that supersedes it.

    Args:
        sessions: the sessions, as practice.sessions returns them in items.
        month: the month it is for.
        start: the first day it is for, instead of a month.
        end: the last day it is for; the first day may be the last.
        wanted_only: only for clients who asked for superbills.
    """
    from dayhand_billing.books import Books
    from dayhand_billing.listing import days_of
    from dayhand_billing.superbills import Period, make_superbills

    if month:
        period = Period(*days_of(month))
    elif start and end:
        period = Period(start, end)
    else:
        raise UserError(
            "billing.superbills needs a month, or a start and an end",
            hint="give it with: month, or start and end",
        )
    if period.end < period.start:
        raise UserError(
            f"the end {period.end} is before the start {period.start}",
            hint="swap them in the routine",
        )
    with context.connect() as connection:
        books = Books.of(context, connection)
        return make_superbills(books, sessions, period, wanted_only=wanted_only)


@step("billing.render_superbill", effect=Effect.WRITE, summary="Typeset a superbill as PDF")
def render_superbill(context: StepContext, *, superbill: str) -> RenderedFile:
    """Typeset a superbill as it was made; one that was superseded says so.

    The file is PDF/A-3a and PDF/UA-1, with a line to sign on.

    Args:
        superbill: the id of a superbill, as billing.superbills returns it.
    """
    from dayhand_billing.superbills import write_superbill

    return write_superbill(context, superbill)


STEPS = (superbills, render_superbill)
