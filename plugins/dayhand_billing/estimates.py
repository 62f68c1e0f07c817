"""Good-faith estimates: who is due one, drafts, and which were given."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import ROUND_CEILING, Decimal
from typing import Any, Literal

import sqlalchemy as sa

from dayhand import StepError, UserError, counted
from dayhand_billing import tables
from dayhand_billing.books import Books
from dayhand_billing.closing_models import MatchIn
from dayhand_billing.drafting import codes_on
from dayhand_billing.estimate_models import (
    DueEstimate,
    DueEstimates,
    Estimate,
    EstimateItem,
    EstimateLine,
    EstimateList,
    GivenPaper,
    PaperIn,
    UnestimatedClient,
)
from dayhand_billing.estimate_rules import BusinessDays, EstimateRules
from dayhand_billing.summary import aligned_table
from dayhand_practice.vocabulary import Client, Service, Session, cents, from_cents

__all__ = ["deliver", "draft", "due", "estimate_of", "listed", "row_of"]

_e, _d = tables.estimates.c, tables.estimate_dates.c


# Who is due one -----------------------------------------------------------------------------------


def due(
    books: Books,
    rules: EstimateRules,
    clients: Iterable[Client],
    matches: Sequence[MatchIn],
    papers: Sequence[PaperIn],
    *,
    weeks: int,
) -> DueEstimates:
    """Self-pay clients whose next appointment nothing covers, the most pressing first.

    An appointment is noted on the day it is first seen, which is taken for the day it was scheduled.
    """
    books.write()
    people = {each.id: each for each in clients if not each.payer}
    ahead = _ahead(books, people, matches)
    first_seen = _note(books, ahead)
    items = []
    for client_id, days in sorted(ahead.items()):
        covered = _covered(books, rules, client_id, papers)
        bare = [day for day in days if not any(start <= day <= end for start, end in covered)]
        if bare:
            seen = first_seen[client_id, bare[0]]
            made = _due(books, rules, people[client_id], bare[0], seen, covered)
            more = {"visits": len(days), "weeks": weeks, "minutes": days[bare[0]]}
            items.append(made.model_copy(update=more))
    items.sort(key=lambda one: (one.due_on or date.max, one.client_id))
    ids = [one.client_id for one in items]
    return DueEstimates(items=items, client_ids=ids, rules=rules.told())


def _ahead(
    books: Books, people: Mapping[str, Client], matches: Iterable[MatchIn]
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
    """The times that an estimate of the client's covers: given by dayhand, or noted as a paper."""
    query = sa.select(_e.starts_on, _e.ends_on).where(
        _e.client_id == client_id, _e.state == "delivered"
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
    client: Client,
    service_on: date,
    scheduled_on: date,
    covered: Sequence[tuple[date, date]],
) -> DueEstimate:
    by = rules.due(scheduled_on, service_on, BusinessDays(rules.country))
    state: Literal["due", "overdue", "no duty"] = "no duty"
    if by is not None:
        state = "overdue" if by < books.today else "due"
    return DueEstimate(
        client_id=client.id,
        initials=client.initials,
        kind="renewal" if any(end < service_on for _, end in covered) else "new",
        scheduled_on=scheduled_on,
        service_on=service_on,
        due_on=by,
        state=state,
        visits=0,
        weeks=0,
    )


# Drafts and delivery ------------------------------------------------------------------------------


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
    """Draft an estimate for each: its last service and fee, or the one named, as often as ahead."""
    books.write()
    people = {each.id: each for each in clients}
    done = EstimateItem(ids=[], items=[], left_out=[], summary="")
    for one in items:
        client, price = people.get(one.client_id), None
        if client is not None:
            price = _price(client, services, sessions, service, one.minutes)
        if client is None or price is None or price.charge <= 0:
            why = "no fee is known: name the service" if client else "the client is not known"
            done.left_out.append(UnestimatedClient(client_id=one.client_id, reason=why))
            continue
        done.ids.append(_keep(books, rules, client, one, price))
    done.items += [estimate_of(books, each) for each in done.ids]
    return done.model_copy(update={"summary": _summary(books, done)})


def _price(
    client: Client,
    services: Sequence[Service],
    sessions: Sequence[Session],
    service: str,
    minutes: int,
) -> _Price | None:
    """By the client's last session, else by the service named, else by the appointment's minutes."""
    own = [each for each in sessions if each.client.id == client.id and each.fee > 0]
    if own:
        last = max(own, key=lambda each: each.start)
        owed = cents(last.fee) + cents(last.adjustment)
        return _Price(last.service, last.service_name or last.service, owed)
    listed = next((each for each in services if each.code == service), None)
    if listed is None and not service:
        of_length = [each for each in services if each.minutes == minutes]
        listed = of_length[0] if len(of_length) == 1 else None
    return _Price(listed.code, listed.name, cents(listed.fee)) if listed else None


def _keep(
    books: Books, rules: EstimateRules, client: Client, one: DueEstimate, price: _Price
) -> str:
    starts = one.service_on
    ends = rules.last_day(starts)
    weeks = Decimal((ends - starts).days + 1) / 7
    often = Decimal(one.visits or 1) / (one.weeks or 1)
    quantity = int((weeks * often).to_integral_value(ROUND_CEILING))
    content = _content(client, one) | {
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


def _content(client: Client, one: DueEstimate) -> dict[str, Any]:
    """What the document says besides its lines, as it is today."""
    born = client.date_of_birth
    return {
        "client": {
            "name": str(client.name),
            "date_of_birth": born.isoformat() if born else "",
            "email": str(client.email),
            "email_scopes": list(client.email_scopes),
        },
        "diagnoses": codes_on(client, one.service_on),
        "scheduled_on": one.scheduled_on.isoformat(),
        "visits": one.visits,
        "weeks": one.weeks,
    }


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
