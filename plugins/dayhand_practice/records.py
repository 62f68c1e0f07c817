"""Records of any kind in their tables, as plain dicts named after the kind's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, func, insert, select, update

from dayhand_practice import tables
from dayhand_practice.kinds import Kind

__all__ = ["Record", "add", "all_of", "change", "identity", "next_number", "table_of"]

Record = dict[str, Any]


def table_of(kind: Kind) -> Table:
    """The table that keeps the kind."""
    table: Table = getattr(tables, kind.name)
    return table


def identity(kind: Kind, record: Mapping[str, Any]) -> tuple[Any, ...]:
    """What identifies the record in its table."""
    return tuple(record[name] for name in kind.key)


def all_of(connection: Connection, kind: Kind, *conditions: Any) -> list[Record]:
    """The records of a kind, all or those that meet the conditions, in order of their key."""
    table = table_of(kind)
    query = select(table).where(*conditions).order_by(*(table.c[name] for name in kind.key))
    return [_loaded(kind, row) for row in connection.execute(query)]


def _loaded(kind: Kind, row: Row[Any]) -> Record:
    kept = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for a row as a mapping
    record = {field.name: field.from_table(kept[field.name]) for field in kind.fields}
    return record | {name: kept[name] for name in kind.internal}


def add(connection: Connection, kind: Kind, records: Iterable[Mapping[str, Any]]) -> None:
    """Add records that are not there yet."""
    rows = [_stored(kind, record) for record in records]
    if rows:
        connection.execute(insert(table_of(kind)), rows)


def change(connection: Connection, kind: Kind, record: Mapping[str, Any]) -> None:
    """Bring the record's row to what the record says."""
    table = table_of(kind)
    stored = _stored(kind, record)
    here = and_(*(table.c[name] == stored[name] for name in kind.key))
    rest = {name: value for name, value in stored.items() if name not in kind.key}
    connection.execute(update(table).where(here).values(rest))


def _stored(kind: Kind, record: Mapping[str, Any]) -> dict[str, Any]:
    stored = {field.name: field.to_table(record[field.name]) for field in kind.fields}
    return stored | {name: record[name] for name in kind.internal}


def next_number(connection: Connection, table: Table, prefix: str) -> int:
    """The number after the highest among ids that begin with the prefix.

    None is used again, because no record with an id is ever deleted.
    """
    query = (
        select(table.c.id)
        .where(table.c.id.startswith(prefix, autoescape=True))
        .order_by(func.length(table.c.id).desc(), table.c.id.desc())
        .limit(1)
    )
    highest = connection.execute(query).scalar()
    numbers = [int(i.removeprefix(prefix)) for i in [highest] if i and i[len(prefix) :].isdigit()]
    return max(numbers, default=0) + 1
