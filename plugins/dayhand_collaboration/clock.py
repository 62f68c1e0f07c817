"""The clock of a request for records (pure): due in so many days, extended once, in time."""

from __future__ import annotations

from datetime import date, timedelta

from dayhand import UserError
from dayhand_collaboration.models import RecordsRequest, RequestClock
from dayhand_collaboration.rule_set import Rules

__all__ = ["clock", "refuse_extension"]


def _first_due(request: RecordsRequest, rules: Rules) -> date:
    return request.requested_on + timedelta(days=rules.access_days)


def clock(request: RecordsRequest, rules: Rules, on: date, *, warn_days: int) -> RequestClock:
    """The request with its clock on a day."""
    due = _first_due(request, rules)
    may_extend = None if request.extended_on or request.closed_on else due
    if request.extended_on:
        due += timedelta(days=rules.access_extension_days)
    left = (due - on).days
    if request.closed_on:
        state = "closed"
    elif left < 0:
        state = "overdue"
    else:
        state = "pressing" if left <= warn_days else "open"
    return RequestClock.model_validate(
        request.model_dump()
        | {"due_on": due, "days_left": left, "state": state, "may_extend_until": may_extend}
        | {"recipient": request.deliver_to.partition(";")[0].strip()}
    )


def refuse_extension(request: RecordsRequest, rules: Rules, on: date) -> None:
    """Say why a request cannot be extended on a day.

    Raises:
        UserError: it is closed, was extended before, or its day has passed.
    """
    if request.closed_on:
        raise UserError(
            f"{request.id} is closed since {request.closed_on}",
            hint="'dayhand requests list' shows those that are open",
        )
    if request.extended_on:
        raise UserError(
            f"{request.id} was extended on {request.extended_on}; it can be once only",
            hint="act on it by the day it is due now: dayhand requests list",
        )
    due = _first_due(request, rules)
    if on > due:
        raise UserError(
            f"{request.id} was due on {due} and cannot be extended any more",
            hint="answer it now, and say why it is late",
        )
