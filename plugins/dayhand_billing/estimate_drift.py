"""What was billed against good-faith estimates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa

from dayhand_billing import tables
from dayhand_billing.books import Books
from dayhand_billing.estimate_models import Drift, Drifts
from dayhand_billing.estimate_rules import EstimateRules
from dayhand_practice.vocabulary import cents, from_cents

__all__ = ["drift"]

_e = tables.estimates.c
_l, _i = tables.lines.c, tables.invoices.c


def drift(books: Books, rules: EstimateRules) -> Drifts:
    """What was billed in the time of each estimate that was given and has begun."""
    query = sa.select(tables.estimates).where(_e.state == "delivered", _e.starts_on <= books.today)
    rows = books.connection.execute(query.order_by(_e.client_id, _e.starts_on)).mappings().all()
    items = [_drift(books, rules, row) for row in rows]
    return Drifts(
        items=items,
        over=[each.client_id for each in items if each.state == "over"],
        disputable=[each.client_id for each in items if each.state == "disputable"],
    )


def _drift(books: Books, rules: EstimateRules, row: Mapping[Any, Any]) -> Drift:
    billed = _billed(books, row["client_id"], row["starts_on"], row["ends_on"])
    over = billed - row["total"]
    state: Literal["within", "over", "disputable"] = "within"
    if over > 0:
        state = "disputable" if over >= cents(rules.dispute_from) else "over"
    return Drift(
        estimate=row["id"],
        client_id=row["client_id"],
        initials=row["initials"],
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        estimated=from_cents(row["total"]),
        billed=from_cents(billed),
        over=from_cents(max(over, 0)),
        state=state,
    )


def _billed(books: Books, client_id: str, first: date, last: date) -> int:
    """Rendered services on issued invoices, less what was credited of them; no missed sessions."""
    query = (
        sa.select(_l.id, _l.amount)
        .join_from(tables.lines, tables.invoices, _l.invoice_id == _i.id)
        .where(
            _i.state == "issued",
            _i.client_id == client_id,
            _l.kind == "session",
            _l.service_date.between(first, last),
        )
    )
    lines = {row.id: row.amount for row in books.connection.execute(query)}
    notes = sa.select(tables.credit_notes.c.parts).where(
        tables.credit_notes.c.client_id == client_id
    )
    credited = sum(
        part["amount"]
        for parts in books.connection.execute(notes).scalars()
        for part in json.loads(parts)
        if part["line"] in lines
    )
    return int(sum(lines.values()) - credited)
