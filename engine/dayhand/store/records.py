"""Rows of a plugin's table as models: kept once, changed in place, found by their id, listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, Literal, TypeVar

import sqlalchemy as sa
from pydantic import BaseModel

from dayhand.csv_rows import Taken
from dayhand.errors import UserError

__all__ = ["Records", "next_id"]

M = TypeVar("M", bound=BaseModel)
State = Literal["new", "changed", "unchanged"]


def next_id(connection: sa.Connection, table: sa.Table, prefix: str) -> str:
    """The id after the highest of its kind in a table's column `id`, such as `K-000007`."""
    column = table.c.id
    query = sa.select(column).where(column.like(f"{prefix}-%"))
    longest_first = query.order_by(sa.func.length(column).desc(), column.desc())
    start = len(prefix) + 1
    tails = (one[start:] for one in connection.execute(longest_first).scalars())
    last = next((int(tail) for tail in tails if tail.isdecimal()), 0)
    return f"{prefix}-{last + 1:06}"


@dataclass(frozen=True)
class Records(Generic[M]):
    """The rows of a table whose columns are fields of a model, one of them `id`.

    A row is known by its id, else by what makes it the same one. A list is kept as text with `;`
    between its parts, a moment as text in UTC; the model reads both.

    Attributes:
        table: the table.
        model: what a row is.
        prefix: what ids begin with, such as `K` of `K-000001`.
        known_by: the columns that make a row without an id the same one.
        order: the columns that rows are listed by.
        title: what a row is called, such as `contact`.
        shown_by: the command that shows the ids, such as `dayhand contacts list`.
    """

    table: sa.Table
    model: type[M]
    prefix: str
    known_by: tuple[str, ...]
    order: tuple[str, ...]
    title: str
    shown_by: str

    @property
    def columns(self) -> list[str]:
        """The columns of the table, and of a CSV file."""
        return [column.name for column in self.table.columns]

    def all(self, connection: sa.Connection, *conditions: sa.ColumnElement[bool]) -> list[M]:
        """The rows that meet every condition, in their order."""
        query = sa.select(self.table).where(*conditions)
        rows = connection.execute(query.order_by(*(self.table.c[one] for one in self.order)))
        return [self.model.model_validate(dict(row)) for row in rows.mappings()]

    def find(self, connection: sa.Connection, row_id: str) -> M:
        """One by its id.

        Raises:
            UserError: there is none.
        """
        query = sa.select(self.table).where(self.table.c.id == row_id.strip().upper())
        row = connection.execute(query).mappings().first()
        if row is None:
            raise UserError(
                f"there is no {self.title} {row_id}", hint=f"'{self.shown_by}' shows the ids"
            )
        return self.model.model_validate(dict(row))

    def same(self, connection: sa.Connection, value: M) -> M | None:
        """The one that is there already, if it is."""
        row = self._same(connection, value)
        return None if row is None else self.model.model_validate(dict(row))

    def put(self, connection: sa.Connection, value: M) -> tuple[M, State]:
        """Keep one, with the id it has there; one that is there already is changed in place."""
        there = self._same(connection, value)
        row = self._row(value)
        if there is None:
            made = _id_of(value) or next_id(connection, self.table, self.prefix)
            connection.execute(self.table.insert().values(id=made, **row))
            return value.model_copy(update={"id": made}), "new"
        kept = value.model_copy(update={"id": there["id"]})
        if all(there[column] == cell for column, cell in row.items()):
            return kept, "unchanged"
        this = self.table.c.id == there["id"]
        connection.execute(self.table.update().where(this).values(**row))
        return kept, "changed"

    def take_in(
        self, connection: sa.Connection, values: Iterable[M], *, only_new: bool = False
    ) -> Taken:
        """Keep many; with `only_new`, one that is there already stays as it is."""
        done = Taken()
        for value in values:
            there = self.same(connection, value) if only_new else None
            kept, state = (there, "unchanged") if there else self.put(connection, value)
            done.rows += 1
            done.ids.append(_id_of(kept))
            setattr(done, state, getattr(done, state) + 1)
        return done

    def _row(self, value: M) -> dict[str, Any]:
        return {name: _cell(getattr(value, name)) for name in self.columns if name != "id"}

    def _same(self, connection: sa.Connection, value: M) -> sa.RowMapping | None:
        query = sa.select(self.table)
        if known := _id_of(value):
            query = query.where(self.table.c.id == known)
        else:
            for name in self.known_by:
                cell, column = _cell(getattr(value, name)), self.table.c[name]
                query = query.where(column.is_(None) if cell is None else column == cell)
        return connection.execute(query).mappings().first()


def _id_of(value: Any) -> str:
    return str(value.id).strip().upper()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds")
    return value
