"""Releases, disclosures and requests in the database: kept, changed, listed.

A row is known by its id, else by what makes it the same one: of a release the client, the recipient
and the day it was signed; of a disclosure the client, the day, the recipient and the document; of a
request the client and the day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel

from dayhand import UserError
from dayhand_collaboration import tables
from dayhand_collaboration.models import (
    Disclosure,
    Part2Client,
    RecordsRequest,
    Release,
    Taken,
)

__all__ = [
    "KINDS",
    "Kind",
    "all_of",
    "find",
    "is_part2",
    "mark_part2",
    "part2_clients",
    "put",
    "take_in",
]

State = Literal["new", "changed", "unchanged"]


@dataclass(frozen=True)
class Kind:
    """One of the three: its table, its model, its ids, and what makes a row the same one."""

    name: str
    title: str
    table: sa.Table
    model: type[BaseModel]
    prefix: str
    known_by: tuple[str, ...]
    order: tuple[str, ...]

    @property
    def columns(self) -> list[str]:
        """The columns of the table, and of a CSV file."""
        return [column.name for column in self.table.columns]


KINDS: Mapping[str, Kind] = {
    "releases": Kind(
        "releases",
        "release",
        tables.releases,
        Release,
        "R",
        ("client_id", "recipient", "signed_on"),
        ("client_id", "id"),
    ),
    "disclosures": Kind(
        "disclosures",
        "disclosure",
        tables.disclosures,
        Disclosure,
        "X",
        ("client_id", "on", "recipient", "document"),
        ("on", "id"),
    ),
    "requests": Kind(
        "requests",
        "request",
        tables.requests,
        RecordsRequest,
        "Q",
        ("client_id", "requested_on"),
        ("requested_on", "id"),
    ),
}


def _row(kind: Kind, value: BaseModel) -> dict[str, Any]:
    row = {name: getattr(value, name) for name in kind.columns if name != "id"}
    if "information" in row and isinstance(row["information"], list):
        row["information"] = "; ".join(row["information"])
    return row


def all_of(
    connection: sa.Connection, name: str, *, client_id: str = "", since: date | None = None
) -> list[Any]:
    """All of a kind, or those of a client, in their order."""
    kind = KINDS[name]
    query = sa.select(kind.table)
    if client_id:
        query = query.where(kind.table.c.client_id == client_id)
    if since:
        query = query.where(kind.table.c.on >= since)
    rows = connection.execute(query.order_by(*(kind.table.c[one] for one in kind.order)))
    return [kind.model.model_validate(dict(row)) for row in rows.mappings()]


def find(connection: sa.Connection, name: str, row_id: str) -> Any:
    """One of a kind by its id.

    Raises:
        UserError: there is none.
    """
    kind = KINDS[name]
    query = sa.select(kind.table).where(kind.table.c.id == row_id.strip().upper())
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UserError(
            f"there is no {kind.title} {row_id}", hint=f"'dayhand {name} list' shows the ids"
        )
    return kind.model.model_validate(dict(row))


def put(connection: sa.Connection, name: str, value: Any) -> tuple[Any, State]:
    """Keep one; if it is there already it is changed in place."""
    kind = KINDS[name]
    there = _same(connection, kind, value)
    row = _row(kind, value)
    if there is None:
        made = value.id.strip().upper() or _next_id(connection, kind)
        connection.execute(kind.table.insert().values(id=made, **row))
        return value.model_copy(update={"id": made}), "new"
    kept = value.model_copy(update={"id": there["id"]})
    if all(there[column] == cell for column, cell in row.items()):
        return kept, "unchanged"
    same = kind.table.c.id == there["id"]
    connection.execute(kind.table.update().where(same).values(**row))
    return kept, "changed"


def _same(connection: sa.Connection, kind: Kind, value: Any) -> sa.RowMapping | None:
    table = kind.table
    if value.id:
        query = sa.select(table).where(table.c.id == value.id.strip().upper())
    else:
        query = sa.select(table)
        for name in kind.known_by:
            cell = getattr(value, name)
            same = table.c[name].is_(None) if cell is None else table.c[name] == cell
            query = query.where(same)
    return connection.execute(query).mappings().first()


def _next_id(connection: sa.Connection, kind: Kind) -> str:
    ids = connection.execute(
        sa.select(kind.table.c.id).where(kind.table.c.id.like(f"{kind.prefix}-%"))
    ).scalars()
    numbers = [int(one[2:]) for one in ids if one[2:].isdigit()]
    return f"{kind.prefix}-{max(numbers, default=0) + 1:06}"


def take_in(connection: sa.Connection, name: str, values: Iterable[Any]) -> Taken:
    """Keep many."""
    done = Taken(rows=0, new=0, changed=0, unchanged=0)
    for value in values:
        kept, state = put(connection, name, value)
        done.rows += 1
        done.ids.append(kept.id)
        setattr(done, state, getattr(done, state) + 1)
    return done


def part2_clients(connection: sa.Connection) -> list[Part2Client]:
    """The clients whose records are, or were, under part 2."""
    query = sa.select(tables.part2_clients).order_by(tables.part2_clients.c.client_id)
    return [Part2Client.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def is_part2(connection: sa.Connection, client_id: str) -> bool:
    """Whether something of the client is under part 2: what was once, stays so."""
    table = tables.part2_clients
    query = sa.select(table.c.client_id).where(table.c.client_id == client_id)
    return connection.execute(query).first() is not None


def mark_part2(connection: sa.Connection, marked: Part2Client) -> None:
    """Note that a client's records are under part 2, from a day on."""
    table = tables.part2_clients
    connection.execute(table.delete().where(table.c.client_id == marked.client_id))
    connection.execute(table.insert().values(**marked.model_dump()))
