"""Columns whose texts are sealed one by one with the second key, and the change of that key.

What is read of them, and what may be written into them, is a `SealedText`: text in the clear is refused
before it reaches the database, and nothing can be searched for.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from dayhand.errors import StepMisuse, StoreError
from dayhand.keys import fingerprint
from dayhand.keys.sealing import HISTORY, KIND, SealedText, Vault, key_of_sealed
from dayhand.steps.declarations import Tables
from dayhand.store import sqlite
from dayhand.store.faults import translated
from dayhand.store.moments import moment_text
from dayhand.store.statements import execute

__all__ = [
    "Sealed",
    "attach",
    "change_key",
    "columns_of",
    "count",
    "expect_key",
    "expected_key",
    "in_the_clear",
    "place_of",
    "seal_column",
]

_VAULT = "dayhand_vault"
_PRIVATE = "private"
_HISTORY = (("run_steps", "n", "output"), ("questions", "id", "answer"), ("runs", "n", "inputs"))
"""Where the history of runs keeps private texts."""


class Sealed(sa.types.TypeDecorator[SealedText]):
    """A column for texts that are sealed with the second key.

    Write what `practice.seal(column, row, text)` gives, and read with `practice.unseal(column, row,
    value)`, `row` being the row's primary key. With `audit=False`, reading one is not noted.
    """

    impl = sa.Text
    cache_ok = True

    def __init__(self, *, audit: bool = True) -> None:
        super().__init__()
        self.audit = audit

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's
        if value is not None and not isinstance(value, SealedText):
            raise StepMisuse(
                "a text in the clear was to be written to, or compared with, a sealed column",
                hint="write what practice.seal(column, row, text) gives; sealed texts are not searched",
            )
        return None if value is None else str(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> SealedText | None:  # noqa: ARG002 - SQLAlchemy's
        return None if value is None else SealedText(value)


def place_of(column: sa.Column[Any], row: object) -> tuple[str, ...]:
    """What a sealed text is bound to: table, column and row, a tuple where the primary key is one.

    Raises:
        StepMisuse: the column is not sealed, or the row is not as its primary key is.
    """
    table = column.table
    if not isinstance(column.type, Sealed) or not isinstance(table, sa.Table):
        raise StepMisuse(f"the column {column} is not declared Sealed()")
    parts = row if isinstance(row, tuple) else (row,)
    if len(parts) != len(table.primary_key.columns):
        names = ", ".join(table.primary_key.columns.keys())
        raise StepMisuse(f"a row of {table.name} is named by its primary key: {names}")
    return table.name, column.name, *(str(part) for part in parts)


def columns_of(tables: Iterable[Tables]) -> Iterator[sa.Column[Any]]:
    """The sealed columns of plugins' tables."""
    for each in tables:
        metadata = each.metadata()
        for table in metadata.tables.values() if metadata is not None else ():
            yield from (column for column in table.columns if isinstance(column.type, Sealed))


def attach(connection: sa.Connection, vault: Vault | None) -> None:
    """Let the migrations that run on a connection seal."""
    connection.execution_options(**{_VAULT: vault})


def seal_column(connection: sa.Connection, table: str, column: str) -> int:
    """In a migration: seal what stands in a column in the clear; how many texts.

    Raises:
        StoreError: the table has no primary key.
        SecretMissing: the second key is not here.
    """
    found = sa.Table(table, sa.MetaData(), autoload_with=connection)
    keys = list(found.primary_key.columns)
    if not keys:
        raise StoreError(f"a text of {table} cannot be sealed: the table has no primary key")
    rows = connection.execute(sa.select(*keys, found.c[column])).all()
    vault: Vault | None = connection.get_execution_options().get(_VAULT)
    sealed = 0
    for *row, text in rows:
        if text is None or key_of_sealed(text):
            continue
        if vault is None:
            raise StoreError(f"the texts of {table} are to be sealed, and no second key was given")
        kept = vault.seal((table, column, *(str(part) for part in row)), text)
        is_it = [key == part for key, part in zip(keys, row, strict=True)]
        connection.execute(found.update().where(*is_it).values({column: str(kept)}))
        sealed += 1
    return sealed


# The key ------------------------------------------------------------------------------------------


def expected_key(connection: sa.Connection) -> str:
    """The fingerprint of the second key, as the database tells; empty if it tells of none."""
    found = execute(connection, "SELECT key FROM sealing WHERE name = ?", _PRIVATE).scalar()
    return str(found or "")


def expect_key(connection: sa.Connection, key: str, *, now: datetime) -> None:
    """Note the fingerprint of the second key."""
    execute(connection, "DELETE FROM sealing WHERE name = ?", _PRIVATE)
    execute(
        connection,
        "INSERT INTO sealing (name, key, since) VALUES (?, ?, ?)",
        _PRIVATE, key, moment_text(now),
    )  # fmt: skip


def count(connection: sa.Connection, tables: Iterable[Tables]) -> dict[str, int]:
    """How many texts are sealed under each key, by its fingerprint; under "" those in the clear."""
    found: dict[str, int] = {}
    for column in columns_of(tables):
        query = sa.select(column).where(column.is_not(None))
        for sealed in connection.execute(query).scalars():
            key = key_of_sealed(sealed)
            found[key] = found.get(key, 0) + 1
    return found


def in_the_clear(path: Path, key: bytes | None, tables: Iterable[Tables]) -> int:
    """How many texts of sealed columns stand in the clear in a copy of the database's file."""
    with translated(), closing(sqlite.connect(path, key, "query_only = ON")) as connection:
        found = connection.execute(
            "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c"
        )
        there = set(found.fetchall())
        return sum(
            int(connection.execute(
                f'SELECT count(*) FROM "{column.table.name}" WHERE "{column.name}" NOT LIKE ?',
                (f"{KIND}:%",),
            ).fetchone()[0])
            for column in columns_of(tables)
            if (column.table.name, column.name) in there
        )  # fmt: skip


def change_key(
    connection: sa.Connection,
    tables: Iterable[Tables],
    *,
    before: Vault,
    after: bytes,
    now: datetime,
) -> int:
    """Seal everything anew, in the caller's transaction; how many texts.

    Raises:
        UserError: one of them does not open.
    """
    vault, changed = Vault.of_key(after), 0
    for column in columns_of(tables):
        changed += _change_column(connection, column, before, vault)
    for where in _HISTORY:
        changed += _change_history(connection, where, before, vault)
    expect_key(connection, fingerprint(after), now=now)
    return changed


def _change_column(
    connection: sa.Connection, column: sa.Column[Any], before: Vault, after: Vault
) -> int:
    keys = list(column.table.primary_key.columns)
    rows = connection.execute(sa.select(*keys, column).where(column.is_not(None))).all()
    for *row, sealed in rows:
        place = place_of(column, tuple(row))
        kept = after.seal(place, before.open(place, sealed))
        is_it = [key == part for key, part in zip(keys, row, strict=True)]
        connection.execute(sa.update(column.table).where(*is_it).values({column: kept}))
    return len(rows)


def _change_history(
    connection: sa.Connection, where: tuple[str, str, str], before: Vault, after: Vault
) -> int:
    table, key, column = where
    query = f"SELECT {key}, {column} FROM {table} WHERE {column} LIKE ?"
    rows = execute(connection, query, '%{"$sealed":%').fetchall()
    for row, text in map(tuple, rows):
        kept = json.dumps(_anew(json.loads(text), before, after), ensure_ascii=False)
        execute(connection, f"UPDATE {table} SET {column} = ? WHERE {key} = ?", kept, row)
    return len(rows)


def _anew(value: Any, before: Vault, after: Vault) -> Any:
    if isinstance(value, list):
        return [_anew(item, before, after) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["$sealed"]:
        return {"$sealed": str(after.seal(HISTORY, before.open(HISTORY, value["$sealed"])))}
    return {name: _anew(item, before, after) for name, item in value.items()}
