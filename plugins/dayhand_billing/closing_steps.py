"""The steps of the month's close."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dayhand import Effect, Month, StepContext, step
from dayhand_billing.closing_models import Close, MatchIn, NoteIn
from dayhand_billing.posting_models import WrittenList
from dayhand_practice.vocabulary import Service, Session

__all__ = ["STEPS"]

# SQLAlchemy is imported inside the steps, so that describing these costs little.


@step(
    "billing.cross_check", effect=Effect.READ, summary="Hold a month's records against each other"
)
def cross_check(
    context: StepContext,
    *,
    month: Month,
    matches: list[MatchIn],
    sessions: list[Session],
    notes: list[NoteIn],
    services: list[Service] = [],  # noqa: B006 - copied by pydantic, and part of the schema
    tolerance: Annotated[int, Field(ge=0, le=120)] = 7,
) -> Close:
    """Compare calendar, sessions, notes, invoices, payments and ledger of a month.

    Args:
        month: the month, such as 2026-10.
        matches: the month's events as calendar.match returns them in matched.
        sessions: the month's sessions as practice.sessions returns them in items.
        notes: the month's notes as journal.notes returns them.
        services: the price list, as practice.services returns it; what a service's minutes are.
        tolerance: so many minutes a session may differ from its service's.
    """
    from dayhand_billing.books import Books
    from dayhand_billing.closing import Records, close

    with context.connect() as connection:
        records = Records(matches, sessions, notes, services, tolerance)
        return close(Books.of(context, connection), month, records)


@step("billing.close_report", effect=Effect.WRITE, summary="Write the report of a month's close")
def close_report(context: StepContext, *, close: Close) -> WrittenList:
    """Write what differs, and the figures side by side, under out/close/: ids only, no names.

    Args:
        close: as billing.cross_check returns it.
    """
    from dayhand_billing.closing_page import write_close

    return write_close(context, close)


STEPS = (cross_check, close_report)
