"""The steps for reminders of open invoices."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from dayhand import Effect, StepContext, step
from dayhand_billing.posting_models import DueReminders, NotedReminder

__all__ = ["STEPS"]

# SQLAlchemy is imported inside the steps, so that describing these costs little.


@step("billing.reminders_due", effect=Effect.READ, summary="Overdue invoices to be reminded of")
def reminders_due(
    context: StepContext,
    *,
    after_days: list[Annotated[int, Field(ge=1, le=3650)]] = [7, 30, 60],  # noqa: B006
) -> DueReminders:
    """Overdue invoices that have reached a step at which nobody was reminded yet.

    An invoice that has reached several comes once, at the latest.

    Args:
        after_days: the steps, in days after the due date.
    """
    from dayhand_billing import reminders
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return reminders.reminders_due(Books.of(context, connection), steps=after_days)


@step("billing.note_reminders", effect=Effect.RECORD, summary="Note reminders that went out")
def note_reminders(context: StepContext, *, reminders: list[NotedReminder]) -> int:
    """Note reminders as sent: their step does not come due again. How many were new.

    Args:
        reminders: as billing.reminders_due returns them in items.
    """
    from dayhand_billing import reminders as kept
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return kept.note(Books.of(context, connection), reminders, context.today)


STEPS = (reminders_due, note_reminders)
