"""Estimates that clients ask for, and those that a change of charges makes necessary.

| what is noted | last day | ended by |
|---|---|---|
| a client asked (G1) | 3 business days later | an estimate given since, or one on paper |
| charges change from a day on (G2) | the business day before | the estimate made for it, or one on paper |

A draft ends neither: it may be declined, or not go out. Either can be withdrawn.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa

from dayhand import UserError
from dayhand_billing import tables
from dayhand_billing.books import Books
from dayhand_billing.estimate_models import EstimateRequest, PaperIn
from dayhand_billing.estimate_rules import BusinessDays, EstimateRules
from dayhand_billing.payments import CLIENT_ID
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["Expected", "answered", "close_on_paper", "note", "open_for", "requests", "withdraw"]

_r, _e = tables.estimate_requests.c, tables.estimates.c
_CODE = 32
_LIST = "'dayhand estimates requests' shows those that are open"


@dataclass(frozen=True, slots=True)
class Expected:
    """What the estimate is to be of, as far as it is known."""

    service: str = ""
    fee: Decimal | None = None
    visits: int = 0


def note(
    books: Books,
    rules: EstimateRules,
    client_id: str,
    *,
    on: date,
    starts_on: date | None = None,
    expected: Expected,
) -> EstimateRequest:
    """Note that a client asked on a day, or with `starts_on` that charges change from that day on.

    Raises:
        UserError: the day is still to come, or for a change is past; one of the client is open; or
            the fee or the service cannot be one.
    """
    _check(books, client_id, on=on, starts_on=starts_on)
    _check_expected(expected)
    books.write()
    if before := _open(books, client_id):
        raise UserError(
            f"that {_told(before)} is noted already; the estimate is due on {before.due_on}",
            hint=f"{_LIST}; 'dayhand estimates withdraw {client_id}' takes it back",
        )
    days = BusinessDays(rules.country)
    due_on = rules.due_on_change(starts_on, days) if starts_on else rules.due_on_request(on, days)
    row = tables.estimate_requests.insert().values(
        client_id=client_id,
        kind="change" if starts_on else "request",
        noted_on=on,
        starts_on=starts_on,
        due_on=due_on,
        service=expected.service,
        fee=None if expected.fee is None else cents(expected.fee),
        visits=expected.visits,
        outcome="open",
    )
    books.connection.execute(row)
    (kept,) = requests(books, client_id=client_id)
    return kept


def _open(books: Books, client_id: str) -> EstimateRequest | None:
    return next(iter(requests(books, client_id=client_id)), None)


def _check(books: Books, client_id: str, *, on: date, starts_on: date | None) -> None:
    if not CLIENT_ID.fullmatch(client_id):
        raise UserError(
            f"'{client_id}' is no client's id", hint="'dayhand clients list' shows the ids"
        )
    if on > books.today:
        raise UserError(f"{on} is still to come", hint="note it once the client has asked")
    if starts_on is not None and starts_on < books.today:
        raise UserError(
            f"{starts_on} has passed", hint="give the day of the next session with the new charge"
        )


def _check_expected(expected: Expected) -> None:
    if expected.fee is not None and expected.fee <= 0:
        raise UserError("a fee is above 0", hint="without one the client's last fee is taken")
    if len(expected.service) > _CODE:
        raise UserError(
            f"the code of a service has at most {_CODE} letters",
            hint="'dayhand services list' shows the codes",
        )


def _told(one: EstimateRequest) -> str:
    if one.kind == "change":
        return f"charges of {one.client_id} change from {one.starts_on} on"
    return f"{one.client_id} asked on {one.noted_on}"


def withdraw(books: Books, client_id: str) -> EstimateRequest:
    """End an open request without an estimate: it was a mistake, or the client wants none.

    Raises:
        UserError: none of the client is open.
    """
    books.write()
    one = _open(books, client_id)
    if one is None:
        raise UserError(f"no estimate is noted as to be given to {client_id}", hint=_LIST)
    _close(books, one.id, outcome="withdrawn")
    return one


def requests(
    books: Books, *, client_id: str | None = None, closed: bool = False
) -> list[EstimateRequest]:
    """What is open, and with `closed` what has ended too; the first due first."""
    query = sa.select(tables.estimate_requests).order_by(_r.due_on, _r.id)
    if not closed:
        query = query.where(_r.closed_on.is_(None))
    if client_id is not None:
        query = query.where(_r.client_id == client_id)
    return [_request(books, row) for row in books.connection.execute(query).mappings()]


def _request(books: Books, row: Mapping[Any, Any]) -> EstimateRequest:
    state: Literal["due", "overdue", "given", "on paper", "withdrawn"] = row["outcome"]
    if row["closed_on"] is None:
        state = "overdue" if row["due_on"] < books.today else "due"
    fee = None if row["fee"] is None else from_cents(row["fee"])
    return EstimateRequest.model_validate(dict(row) | {"state": state, "fee": fee})


def open_for(books: Books) -> dict[str, EstimateRequest]:
    """What is open for each client, of what was noted until today."""
    return {one.client_id: one for one in requests(books) if one.noted_on <= books.today}


def close_on_paper(books: Books, papers: Iterable[PaperIn]) -> None:
    """End what was answered by an estimate on paper since; those that dayhand made end otherwise."""
    given = sa.select(_e.client_id, _e.delivered_on, _e.ends_on).where(_e.delivered_on.is_not(None))
    made = {tuple(row) for row in books.connection.execute(given)}
    waiting = open_for(books)
    for paper in papers:
        one = waiting.get(paper.client_id)
        own = (paper.client_id, paper.signed_on, paper.expires_on) not in made
        if one and own and paper.kind == "gfe" and one.noted_on <= paper.signed_on <= books.today:
            _close(books, one.id, outcome="on paper", on=paper.signed_on)
            del waiting[paper.client_id]


def answered(books: Books, estimate: Mapping[Any, Any], *, on: date) -> None:
    """End what the estimate, given on the day, was asked for or made for."""
    content = json.loads(estimate["content"])
    services = {line["service"] for line in content["lines"]}
    for one in requests(books, client_id=estimate["client_id"]):
        made_for_it = content.get("request") == one.id
        if made_for_it or (one.kind == "request" and _meets(one, services, on)):
            _close(books, one.id, outcome="given", on=on, estimate_id=estimate["id"])


def _meets(one: EstimateRequest, services: Collection[str], on: date) -> bool:
    return one.noted_on <= on and (not one.service or one.service in services)


def _close(
    books: Books, name: int, *, outcome: str, on: date | None = None, estimate_id: str | None = None
) -> None:
    change = tables.estimate_requests.update().where(_r.id == name)
    books.connection.execute(
        change.values(closed_on=on or books.today, outcome=outcome, estimate_id=estimate_id)
    )
