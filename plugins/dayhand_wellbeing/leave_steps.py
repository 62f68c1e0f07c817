"""The steps about a leave."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from dayhand import Effect, StepContext, UserError, step
from dayhand_practice.vocabulary import Client
from dayhand_wellbeing.models import Leave, LeavePage, LeavePlan, MatchIn

__all__ = ["ALL"]

_MOST_DAYS = 200


@step(
    "wellbeing.leave",
    effect=Effect.NONE,
    summary="Which sessions a leave cancels, whom it touches, and what is to be settled",
)
def leave(
    context: StepContext,
    *,
    first: date,
    last: date,
    matches: list[MatchIn],
    clients: list[Client],
    contact: str = "",
    contact_phone: str = "",
    billing_cutoff: date | None = None,
) -> LeavePlan:
    """The plan of a leave. Give the sessions of some weeks before and after too: so it can tell each
    client's last session before and the next one after.

    Args:
        first: the first day of the leave.
        last: the last day, included.
        matches: sessions with their clients, `matched` of `calendar.match`.
        clients: the clients they are with, from `practice.clients`.
        contact: who covers.
        contact_phone: how they are reached.
        billing_cutoff: the last day whose sessions are invoiced before; the day before if left out.
    """
    from dayhand_wellbeing.leave import plan_of

    if last < first:
        raise UserError("the leave ends before it begins", hint="give the first day first")
    if (last - first).days >= _MOST_DAYS:
        raise UserError(
            f"a leave of more than {_MOST_DAYS} days is not planned here", hint="plan it in parts"
        )
    if last < context.today:
        raise UserError("the leave is over already", hint="give days to come")
    return plan_of(
        first,
        last,
        matches,
        clients,
        contact=contact,
        phone=contact_phone,
        cutoff=billing_cutoff,
        today=context.today,
        zone=ZoneInfo(context.info.timezone),
    )


@step("wellbeing.keep_leave", effect=Effect.RECORD, summary="Keep a leave that was planned")
def keep_leave(context: StepContext, *, plan: LeavePlan) -> Leave:
    """Keeps the leave; one that begins on the same day is changed.

    Args:
        plan: what `wellbeing.leave` gave.
    """
    from dayhand_wellbeing import kept

    row = Leave(
        first_on=plan.first_on,
        last_on=plan.last_on,
        contact=plan.contact,
        contact_phone=plan.contact_phone,
        billing_cutoff=plan.billing_cutoff,
        sessions=len(plan.sessions),
    )
    with context.connect() as connection:
        kept.put(connection, "leaves", [row])
    return row


@step(
    "wellbeing.leave_page",
    effect=Effect.WRITE,
    summary="Write the plan of a leave, and a letter to each client it touches",
)
def leave_page(context: StepContext, *, plan: LeavePlan) -> LeavePage:
    """Writes `out/leave/<first day>/plan.md`, unless the settings want none a PDF, and
    `letters/<client>.md` beside it: drafts, to be printed or mailed by you.

    Args:
        plan: what `wellbeing.leave` gave.
    """
    from dayhand_wellbeing.page import write_leave

    return write_leave(context, plan)


ALL = (leave, keep_leave, leave_page)
"""All of them."""
