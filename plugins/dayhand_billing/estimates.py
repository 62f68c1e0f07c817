"""Good-faith estimates: drafts, and which were given."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

import sqlalchemy as sa

from dayhand import StepError, UserError, counted
from dayhand_billing import estimate_requests, tables
from dayhand_billing.books import Books
from dayhand_billing.drafting import codes_on
from dayhand_billing.estimate_models import (
    DueEstimate,
    Estimate,
    EstimateItem,
    EstimateLine,
    EstimateList,
    GivenPaper,
    UnestimatedClient,
)
from dayhand_billing.estimate_rules import EstimateRules
from dayhand_billing.summary import aligned_table
from dayhand_practice.vocabulary import Client, Service, Session, cents, from_cents

__all__ = ["deliver", "draft", "estimate_of", "listed", "row_of"]

_e = tables.estimates.c


@dataclass(frozen=True, slots=True)
class _Price:
    service: str
    name: str
    charge: int


def draft(
    books: Books,
    rules: EstimateRules,
    items: Iterable[DueEstimate],
    clients: Iterable[Client],
    services: Sequence[Service],
    sessions: Sequence[Session],
    *,
    service: str,
) -> EstimateItem:
    """Draft an estimate for each: its last service and fee, or the one named, as often as ahead.

    What was said when it was asked for, or of a change of charges, goes before.
    """
    books.write()
    people = {each.id: each for each in clients}
    done = EstimateItem(ids=[], items=[], left_out=[], summary="")
    for one in items:
        client, price = people.get(one.client_id), None
        if client is not None:
            price = _price(client, services, sessions, service, one)
        if client is None or price is None or price.charge <= 0:
            done.left_out.append(_left_out(one, client))
            continue
        done.ids.append(_keep(books, rules, client, one, price))
    done.items += [estimate_of(books, each) for each in done.ids]
    return done.model_copy(update={"summary": _summary(books, done)})


def _left_out(one: DueEstimate, client: Client | None) -> UnestimatedClient:
    named = one.request.service if one.request else ""
    why = "the client is not known"
    if client:
        why = f"the price list has no {named}" if named else "no fee is known: name the service"
    return UnestimatedClient(client_id=one.client_id, reason=why, noted=one.request is not None)


def _price(
    client: Client,
    services: Sequence[Service],
    sessions: Sequence[Session],
    service: str,
    one: DueEstimate,
) -> _Price | None:
    """By what was said, else the client's last session, the service named, the appointment's minutes."""
    said = one.request
    named = said.service if said else ""
    own = [each for each in sessions if each.client.id == client.id and each.fee > 0]
    own = [each for each in own if not named or each.service == named]
    found = None
    if own:
        last = max(own, key=lambda each: each.start)
        owed = cents(last.fee) + cents(last.adjustment)
        found = _Price(last.service, last.service_name or last.service, owed)
    elif listed := _listed(services, named or service, one.minutes):
        found = _Price(listed.code, listed.name, cents(listed.fee))
    if found and said and said.fee is not None:
        return replace(found, charge=cents(said.fee))
    return found


def _listed(services: Sequence[Service], code: str, minutes: int) -> Service | None:
    if code:
        return next((each for each in services if each.code == code), None)
    of_length = [each for each in services if each.minutes == minutes]
    return of_length[0] if len(of_length) == 1 else None


def _keep(
    books: Books, rules: EstimateRules, client: Client, one: DueEstimate, price: _Price
) -> str:
    starts = one.service_on or (one.request.noted_on if one.request else books.today)
    ends = rules.last_day(starts)
    quantity = _quantity(one, weeks=Decimal((ends - starts).days + 1) / 7)
    content = _content(client, one, starts) | {
        "lines": [
            {
                "service": price.service, "name": price.name, "quantity": quantity,
                "charge": price.charge, "total": price.charge * quantity,
            }
        ],
    }  # fmt: skip
    kept = json.dumps(content, ensure_ascii=False)
    own = (_e.client_id == client.id, _e.state == "draft")
    same = sa.select(_e.id).where(*own, _e.starts_on == starts, _e.content == kept)
    before = books.connection.execute(same.order_by(_e.id)).scalars().first()
    if before is not None:
        return str(before)
    # Not deleted: it may have been printed, and handed over after all.
    books.connection.execute(tables.estimates.update().where(*own).values(state="replaced"))
    name = f"E-{books.count('E'):05}"
    books.connection.execute(
        tables.estimates.insert().values(
            id=name,
            client_id=client.id,
            initials=client.initials,
            state="draft",
            made_on=books.today,
            starts_on=starts,
            ends_on=ends,
            total=price.charge * quantity,
            content=kept,
            delivered_by="",
        )
    )
    return name


def _quantity(one: DueEstimate, *, weeks: Decimal) -> int:
    """As said when it was asked for, else as often as ahead, else every week."""
    if one.request and one.request.visits:
        return one.request.visits
    often = Decimal(one.visits) / one.weeks if one.visits and one.weeks else Decimal(1)
    return int((weeks * often).to_integral_value(ROUND_CEILING))


def _content(client: Client, one: DueEstimate, starts: date) -> dict[str, Any]:
    """What the document says besides its lines, as it is today."""
    born, said = client.date_of_birth, one.request
    content = {
        "client": {
            "name": str(client.name),
            "date_of_birth": born.isoformat() if born else "",
            "email": str(client.email),
            "email_scopes": list(client.email_scopes),
        },
        "diagnoses": codes_on(client, starts),
        "scheduled_on": one.scheduled_on.isoformat() if one.scheduled_on else "",
        "visits": 0 if said and said.visits else one.visits,
        "weeks": one.weeks,
    }
    if said:
        content |= {"request": said.id, "dated": one.service_on is not None}
        content |= {"weekly": not said.visits and not one.visits}
    return content


def row_of(books: Books, name: str) -> Mapping[Any, Any]:
    """An estimate's row.

    Raises:
        UserError: there is none.
    """
    query = sa.select(tables.estimates).where(_e.id == name)
    row = books.connection.execute(query).mappings().one_or_none()
    if row is None:
        raise UserError(
            f"there is no estimate {name}", hint="'dayhand estimates list' shows the ids"
        )
    return row


def estimate_of(books: Books, name: str) -> Estimate:
    """An estimate as the steps tell it."""
    row = row_of(books, name)
    content = json.loads(row["content"])
    lines = [
        EstimateLine(
            **each | {"charge": from_cents(each["charge"]), "total": from_cents(each["total"])}
        )
        for each in content["lines"]
    ]
    return Estimate(
        id=row["id"],
        client_id=row["client_id"],
        initials=row["initials"],
        name=content["client"]["name"],
        email=content["client"]["email"],
        email_scopes=content["client"]["email_scopes"],
        state=row["state"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        total=from_cents(row["total"]),
        lines=lines,
        delivered_on=row["delivered_on"],
        delivered_by=row["delivered_by"],
    )


def listed(
    books: Books,
    *,
    ids: Collection[str] | None = None,
    state: str | None = None,
    client_ids: Collection[str] | None = None,
    current: bool = False,
) -> EstimateList:
    """The estimates that meet every condition, in order of id; those given, as papers to file."""
    conditions: list[sa.ColumnElement[bool]] = []
    conditions += [_e.id.in_(ids)] if ids is not None else []
    conditions += [_e.state == state] if state else []
    conditions += [_e.client_id.in_(client_ids)] if client_ids is not None else []
    conditions += [_e.ends_on >= books.today] if current else []
    query = sa.select(_e.id).where(*conditions).order_by(_e.id)
    items = [estimate_of(books, name) for name in books.connection.execute(query).scalars()]
    papers = [
        GivenPaper(client_id=each.client_id, signed_on=each.delivered_on, expires_on=each.ends_on)
        for each in items
        if each.state == "delivered"
        and each.delivered_on is not None
        and each.delivered_on <= min(books.today, each.ends_on)
    ]
    return EstimateList(
        ids=[each.id for each in items], items=items, papers=papers, summary=_table(books, items)
    )


def deliver(books: Books, names: Iterable[str], *, by: str, on: date) -> list[Estimate]:
    """Note estimates as given; others of the client whose time they share are replaced.

    One that was given before stays as it is. A draft that another has replaced can still be noted,
    since it may have been printed.

    Raises:
        StepError: one was given, and has been replaced since; or the day is before it was made.
    """
    books.write()
    done = []
    for name in names:
        row = row_of(books, name)
        if row["state"] == "replaced" and row["delivered_on"]:
            raise StepError(f"estimate {name} was replaced", hint="draft it again")
        if row["state"] != "delivered":
            if on < row["made_on"]:
                raise StepError(f"estimate {name} was made on {row['made_on']}, after {on}")
            _note_given(books, row, by=by, on=on)
        done.append(estimate_of(books, name))
    return done


def _note_given(books: Books, row: Mapping[Any, Any], *, by: str, on: date) -> None:
    other = (_e.client_id == row["client_id"], _e.id != row["id"], _e.state != "replaced")
    shared = (_e.ends_on >= row["starts_on"], _e.starts_on <= row["ends_on"])
    change = tables.estimates.update()
    estimate_requests.answered(books, row, on=on)
    books.connection.execute(change.where(*other, *shared).values(state="replaced"))
    books.connection.execute(
        change.where(_e.id == row["id"]).values(state="delivered", delivered_on=on, delivered_by=by)
    )


def _summary(books: Books, done: EstimateItem) -> str:
    text = _table(books, done.items)
    if done.left_out:
        told = "\n".join(f"- {each.client_id}: {each.reason}" for each in done.left_out)
        text += f"\n**Left out**\n\n{told}\n"
    return text


def _table(books: Books, items: Sequence[Estimate]) -> str:
    header = ["Estimate", "Client", "Initials", "From", "To", f"Total {books.info.currency}"]
    rows = [
        [e.id, e.client_id, e.initials, str(e.starts_on), str(e.ends_on), f"{e.total:,.2f}"]
        for e in items
    ]
    text = f"{counted(len(rows), 'estimate')}\n\n"
    return text + (f"{aligned_table(header, rows, left=5)}\n" if rows else "")
