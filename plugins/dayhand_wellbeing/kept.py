"""Protected time, flags, loads and leaves in the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from dayhand import UserError
from dayhand_wellbeing.models import Block, DayLoad, Flag, Leave
from dayhand_wellbeing.tables import blocks, flags, holds, leaves, loads

__all__ = [
    "KINDS",
    "Kind",
    "all_of",
    "end",
    "heavy",
    "holds_made",
    "keep_loads",
    "note_hold",
    "put",
]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: its model, its table, and what makes two rows the same."""

    model: type[BaseModel]
    table: sa.Table
    key: tuple[str, ...]
    title: str


KINDS = {
    "protected": Kind(Block, blocks, ("name",), "protected time"),
    "flags": Kind(Flag, flags, ("client_id", "since"), "flag"),
    "leaves": Kind(Leave, leaves, ("first_on",), "leave"),
}


def all_of(connection: sa.Connection, name: str) -> list[Any]:
    """The records of a kind, in order of their key."""
    kind = KINDS[name]
    query = sa.select(kind.table).order_by(*(kind.table.c[column] for column in kind.key))
    return [kind.model.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def put(connection: sa.Connection, name: str, rows: Iterable[BaseModel]) -> int:
    """Keep records; how many are new. The same again changes nothing."""
    kind = KINDS[name]
    new = 0
    for row in rows:
        values = row.model_dump()
        here = sa.and_(*(kind.table.c[column] == values[column] for column in kind.key))
        if not connection.execute(kind.table.update().where(here).values(**values)).rowcount:
            connection.execute(kind.table.insert().values(**values))
            new += 1
    return new


def end(connection: sa.Connection, name: str, wanted: str, on: date) -> None:
    """Note that protected time, or a flag, holds for the last time on a day.

    Raises:
        UserError: there is none that still holds.
    """
    kind = KINDS[name]
    key = kind.table.c[kind.key[0]]
    open_ones = (key == wanted) & (kind.table.c.until.is_(None) | (kind.table.c.until > on))
    if not connection.execute(kind.table.update().where(open_ones).values(until=on)).rowcount:
        hint = f"see 'dayhand wellbeing {name}'"
        raise UserError(f"there is no {kind.title} '{wanted}' that still holds", hint=hint)


def heavy(connection: sa.Connection, first: date, last: date) -> set[str]:
    """The clients who weigh more on one of the days."""
    return {
        one.client_id
        for one in all_of(connection, "flags")
        if one.since <= last and (one.until is None or one.until >= first)
    }


def holds_made(connection: sa.Connection) -> dict[tuple[str, date], str]:
    """The holds that were made, with the event's id."""
    rows = connection.execute(sa.select(holds)).mappings()
    return {(row["name"], row["on"]): row["uid"] for row in rows}


def note_hold(connection: sa.Connection, name: str, on: date, uid: str) -> bool:
    """Note that a hold was made; False if it was noted before."""
    if (name, on) in holds_made(connection):
        return False
    connection.execute(holds.insert().values(name=name, on=on, uid=uid))
    return True


def keep_loads(connection: sa.Connection, days: Sequence[DayLoad]) -> int:
    """Keep what days held; how many are new or changed."""
    changed = 0
    for day in days:
        values = {"sessions": day.sessions, "minutes": day.minutes, "warnings": len(day.warnings)}
        here = loads.c.day == day.day
        known = connection.execute(sa.select(loads).where(here)).mappings().first()
        if known is None:
            connection.execute(loads.insert().values(day=day.day, **values))
        elif any(known[name] != value for name, value in values.items()):
            connection.execute(loads.update().where(here).values(**values))
        else:
            continue
        changed += 1
    return changed
