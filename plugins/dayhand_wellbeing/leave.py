"""A leave (pure): which sessions it cancels, whom it touches, what is still to be settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dayhand_practice.vocabulary import Client
from dayhand_wellbeing.models import CancelledSession, LeaveClient, LeavePlan, MatchIn

__all__ = ["moment_text", "plan_of"]

_LONG = 28
_WEEKEND = (5, 6)


def _next_weekday(day: date) -> date:
    following = day + timedelta(days=1)
    while following.weekday() in _WEEKEND:
        following += timedelta(days=1)
    return following


def moment_text(moment: datetime) -> str:
    """A moment as a letter tells it, such as `Monday, December 7, 2026, at 10:00 AM`."""
    clock = f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"
    return f"{moment:%A, %B} {moment.day}, {moment.year}, at {clock}"


def plan_of(
    first: date,
    last: date,
    matches: Iterable[MatchIn],
    clients: Sequence[Client],
    *,
    contact: str,
    phone: str,
    cutoff: date | None,
    today: date,
    zone: ZoneInfo,
) -> LeavePlan:
    """The plan of a leave from the first day to the last; days before and after are looked at too."""
    ahead = sorted(
        (one for one in matches if one.attendance in ("scheduled", "attended")),
        key=lambda one: (one.event.start, one.client_id),
    )
    during = [one for one in ahead if first <= one.event.start.astimezone(zone).date() <= last]
    sessions = [
        CancelledSession(
            key=one.event.key,
            client_id=one.client_id,
            initials=one.initials,
            start=one.event.start,
            end=one.event.end,
        )
        for one in during
    ]
    touched = dict.fromkeys(one.client_id for one in during)
    known = {client.id: client for client in clients}
    plan = LeavePlan(
        first_on=first,
        last_on=last,
        return_on=_next_weekday(last),
        starts=datetime.combine(first, time(), zone),
        ends=datetime.combine(last + timedelta(days=1), time(), zone),
        billing_cutoff=cutoff or first - timedelta(days=1),
        contact=contact.strip(),
        contact_phone=phone.strip(),
        sessions=sessions,
        clients=[_client(one, known.get(one), ahead, (first, last), zone) for one in touched],
    )
    plan.problems = list(_problems(plan, today))
    return plan


def _client(
    client_id: str,
    client: Client | None,
    ahead: Sequence[MatchIn],
    days: tuple[date, date],
    zone: ZoneInfo,
) -> LeaveClient:
    own = [one.event.start.astimezone(zone) for one in ahead if one.client_id == client_id]
    before = [start.date() for start in own if start.date() < days[0]]
    after = [start for start in own if start.date() > days[1]]
    initials = next(one.initials for one in ahead if one.client_id == client_id)
    cancelled = [start for start in own if days[0] <= start.date() <= days[1]]
    following = min(after, default=None)
    name = str(client.name) if client else ""
    return LeaveClient(
        client_id=client_id,
        initials=initials,
        name=name,
        first_name=str(client.preferred_name) or name.partition(" ")[0] if client else "",
        email=client.email if client else "",
        email_scopes=list(client.email_scopes) if client else [],
        cancelled=cancelled,
        when=[moment_text(start) for start in cancelled],
        last_before=max(before, default=None),
        next_on=following,
        next=moment_text(following) if following else "",
    )


def _problems(plan: LeavePlan, today: date) -> Iterator[str]:
    if not plan.contact or not plan.contact_phone:
        yield "nobody is named who covers, with a telephone number"
    if plan.billing_cutoff >= plan.first_on:
        yield "the last day for billing is not before the leave"
    if plan.billing_cutoff < today:
        yield "the last day for billing is past"
    without = [one.client_id for one in plan.clients if one.next_on is None]
    if without:
        yield f"no next session is in the calendar of {', '.join(without)}"
    if (plan.last_on - plan.first_on).days >= _LONG:
        yield "it is longer than four weeks: refer those who cannot wait"
