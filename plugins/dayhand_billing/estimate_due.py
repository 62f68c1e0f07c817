"""Who is to be given a good-faith estimate, and by when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Literal

import sqlalchemy as sa

from dayhand_billing import estimate_requests, tables
from dayhand_billing.books import Books
from dayhand_billing.closing_models import MatchIn
from dayhand_billing.estimate_models import DueEstimate, DueEstimates, EstimateRequest, PaperIn
from dayhand_billing.estimate_rules import BusinessDays, EstimateRules
from dayhand_practice.vocabulary import Client

__all__ = ["due"]

_e, _d = tables.estimates.c, tables.estimate_dates.c


def due(
    books: Books,
    rules: EstimateRules,
    clients: Iterable[Client],
    matches: Sequence[MatchIn],
    papers: Sequence[PaperIn],
    *,
    weeks: int,
) -> DueEstimates:
    """Self-pay clients whose next appointment nothing covers, and whoever asked; the pressing first.

    An appointment is noted on the day it is first seen, which is taken for the day it was scheduled.
    Who asked is told whether a payer is on file or not, and even where no client has the id.
    """
    books.write()
    estimate_requests.close_on_paper(books, papers)
    asked = estimate_requests.open_for(books)
    people = {each.id: each for each in clients}
    self_pay = {name for name, each in people.items() if not each.payer} | asked.keys()
    ahead = _ahead(books, self_pay, matches)
    first_seen = _note(books, ahead)
    items = []
    for client_id in sorted(ahead.keys() | asked.keys()):
        days = ahead.get(client_id, {})
        covered = _covered(books, rules, client_id, papers)
        bare = [day for day in days if not any(start <= day <= end for start, end in covered)]
        pressing = _pressing(bare, days, asked.get(client_id))
        if pressing:
            seen = first_seen.get((client_id, pressing.service_on)) if pressing.service_on else None
            made = _due(books, rules, client_id, pressing, seen, covered)
            more = {
                "initials": people[client_id].initials if client_id in people else "",
                "visits": len(days),
                "weeks": weeks,
                "minutes": days.get(pressing.service_on, 0) if pressing.service_on else 0,
            }
            items.append(made.model_copy(update=more))
    items.sort(key=lambda one: (one.due_on or date.max, one.client_id))
    ids = [one.client_id for one in items]
    return DueEstimates(items=items, client_ids=ids, rules=rules.told())


@dataclass(frozen=True, slots=True)
class _Pressing:
    """The one estimate that a client is to be given first."""

    service_on: date | None
    bare: bool
    """Whether the service is an appointment that no estimate covers."""
    request: EstimateRequest | None


def _pressing(
    bare: Sequence[date], days: Mapping[date, int], request: EstimateRequest | None
) -> _Pressing | None:
    """What comes first: an appointment before the day of a change has its own estimate before it."""
    if request and request.starts_on and not (bare and bare[0] < request.starts_on):
        return _Pressing(request.starts_on, bare=request.starts_on in bare, request=request)
    if request and not request.starts_on:
        first = next(iter([*bare, *days]), None)
        return _Pressing(first, bare=bool(bare), request=request)
    return _Pressing(bare[0], bare=True, request=None) if bare else None


def _ahead(
    books: Books, people: Collection[str], matches: Iterable[MatchIn]
) -> dict[str, dict[date, int]]:
    """The days of each client's appointments, in order, with their minutes."""
    found: dict[str, dict[date, int]] = {}
    for match in matches:
        day = match.event.start.astimezone(books.zone).date()
        if match.client_id in people and match.attendance == "scheduled" and day >= books.today:
            end = match.event.end or match.event.start
            length = end.astimezone(UTC) - match.event.start.astimezone(UTC)
            found.setdefault(match.client_id, {})[day] = round(length.total_seconds() / 60)
    return {client: dict(sorted(days.items())) for client, days in found.items()}


def _note(books: Books, ahead: Mapping[str, Iterable[date]]) -> dict[tuple[str, date], date]:
    """When each appointment was first seen; those never seen before, today."""
    query = sa.select(_d.client_id, _d.service_on, _d.scheduled_on)
    rows = books.connection.execute(query.where(_d.service_on >= books.today))
    known = {(row.client_id, row.service_on): row.scheduled_on for row in rows}
    wanted = [(client, day) for client, days in ahead.items() for day in days]
    new = [
        {"client_id": client, "service_on": day, "scheduled_on": books.today}
        for client, day in wanted
        if (client, day) not in known
    ]
    if new:
        books.connection.execute(tables.estimate_dates.insert(), new)
    return known | {(each["client_id"], each["service_on"]): books.today for each in new}


def _covered(
    books: Books, rules: EstimateRules, client_id: str, papers: Iterable[PaperIn]
) -> list[tuple[date, date]]:
    """The times that an estimate of the client's covers: given by dayhand, or noted as a paper.

    One that was given covers its time even where another has replaced it, from a later day on.
    """
    query = sa.select(_e.starts_on, _e.ends_on).where(
        _e.client_id == client_id, _e.delivered_on.is_not(None)
    )
    found = [(row.starts_on, row.ends_on) for row in books.connection.execute(query)]
    return found + [
        (paper.signed_on, paper.expires_on or rules.last_day(paper.signed_on))
        for paper in papers
        if paper.client_id == client_id and paper.kind == "gfe"
    ]


def _due(
    books: Books,
    rules: EstimateRules,
    client_id: str,
    pressing: _Pressing,
    scheduled_on: date | None,
    covered: Sequence[tuple[date, date]],
) -> DueEstimate:
    day, request = pressing.service_on, pressing.request
    by = request.due_on if request else None
    if pressing.bare and day and scheduled_on:
        scheduled = rules.due(scheduled_on, day, BusinessDays(rules.country))
        by = min((each for each in (scheduled, by) if each), default=None)
    state: Literal["due", "overdue", "no duty"] = "no duty"
    if by is not None:
        state = "overdue" if by < books.today else "due"
    renewal = day is not None and any(end < day for _, end in covered)
    return DueEstimate(
        client_id=client_id,
        initials="",
        kind=request.kind if request else "renewal" if renewal else "new",
        scheduled_on=scheduled_on,
        service_on=day,
        due_on=by,
        state=state,
        visits=0,
        weeks=0,
        request=request,
    )
