"""The table of the reading plugin, and the rows in it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand import UserError
from dayhand_reading.models import Citation, Item, Recorded

__all__ = ["add", "all_items", "find", "metadata", "put_items", "update"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

items = sa.Table(
    "reading_items",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("identity", sa.String(64), nullable=False, unique=True),
    sa.Column("title", sa.String(500), nullable=False),
    sa.Column("authors", sa.Text, nullable=False),
    sa.Column("year", sa.Integer),
    sa.Column("container", sa.String(300), nullable=False),
    sa.Column("volume", sa.String(40), nullable=False),
    sa.Column("pages", sa.String(40), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("doi", sa.String(200), nullable=False),
    sa.Column("pmid", sa.String(12), nullable=False),
    sa.Column("url", sa.String(500), nullable=False),
    sa.Column("topics", sa.Text, nullable=False),
    sa.Column("abstract", sa.Text, nullable=False),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("added_on", sa.Date, nullable=False),
    sa.Column("picked_on", sa.Date),
    sa.Column("finished_on", sa.Date, index=True),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("reflection", sa.Text, nullable=False),
    sa.Column("credited_on", sa.Date),
)
_LISTS = ("authors", "topics")


def _identity(one: Citation) -> str:
    """What makes two the same: the title's letters and the year."""
    letters = re.sub(r"[\W_]+", "", one.title.casefold())
    return hashlib.sha256(json.dumps([letters, one.year]).encode()).hexdigest()


def _row(one: Item) -> dict[str, Any]:
    values = one.model_dump()
    return values | {name: json.dumps(values[name], ensure_ascii=False) for name in _LISTS}


def _item(row: Any) -> Item:
    return Item.model_validate({**row, **{name: json.loads(row[name]) for name in _LISTS}})


def all_items(connection: sa.Connection) -> list[Item]:
    """Everything, in the order it was added."""
    rows = connection.execute(sa.select(items).order_by(items.c.id)).mappings()
    return [_item(row) for row in rows]


def find(connection: sa.Connection, item_id: str) -> Item:
    """An item by its id.

    Raises:
        UserError: there is none.
    """
    query = sa.select(items).where(items.c.id == item_id.strip().upper())
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UserError(f"there is no item {item_id}", hint="'dayhand reading list' shows the ids")
    return _item(row)


def _twin(connection: sa.Connection, one: Citation) -> Item | None:
    same = items.c.identity == _identity(one)
    if one.doi:
        same |= sa.func.lower(items.c.doi) == one.doi.lower()
    if one.pmid:
        same |= items.c.pmid == one.pmid
    row = connection.execute(sa.select(items).where(same).order_by(items.c.id)).mappings().first()
    return _item(row) if row else None


def add(connection: sa.Connection, citations: Iterable[Citation], on: date) -> Recorded:
    """Put citations into the queue. One that is there gains what it lacked, and loses nothing."""
    return put_items(
        connection,
        [Item.model_validate({"added_on": on, **one.model_dump()}) for one in citations],
        fill=True,
    )


def put_items(connection: sa.Connection, given: Iterable[Item], *, fill: bool = False) -> Recorded:
    """Keep items as they are; with `fill`, what is there already stands."""
    done = Recorded()
    for one in given:
        if not one.title:
            done.refused.append(one.doi or one.pmid or "without a title")
            continue
        there = _twin(connection, one)
        if there is None:
            last = connection.execute(sa.select(sa.func.max(items.c.id))).scalar()
            made = f"R-{int(last.split('-')[1]) + 1 if last else 1:06}"
            row = _row(one.model_copy(update={"id": made}))
            connection.execute(items.insert().values(identity=_identity(one), **row))
            done.new += 1
            done.ids.append(made)
            continue
        wanted = one.model_dump(exclude={"id"})
        if fill:
            have = there.model_dump(exclude={"id"})
            wanted = {name: have[name] or wanted[name] for name in have}
        changed = there.model_copy(update=wanted)
        done.ids.append(there.id)
        if changed == there:
            done.unchanged += 1
        else:
            update(connection, changed)
            done.changed += 1
    return done


def update(connection: sa.Connection, one: Item) -> None:
    """Write an item that is there."""
    row = _row(one)
    connection.execute(items.update().where(items.c.id == row.pop("id")).values(**row))
