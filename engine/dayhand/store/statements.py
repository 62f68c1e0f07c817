"""The statements, in SQL that both databases read; `?` stands for a value.

They are plain text because this is the hot path: a checkpoint is one prepared statement, and
building it anew from expressions would cost more than its share of the commit.
"""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.engine import CursorResult

from dayhand.store import rows

__all__ = ["Statements", "execute", "for_driver"]


def _insert(table: str, columns: list[str]) -> str:
    names = ", ".join(f'"{name}"' for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"


def _upsert(table: str, columns: list[str], key: list[str]) -> str:
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in key)
    return f"{_insert(table, columns)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"


INSERT_RUN = _insert("runs", rows.RUN)
INSERT_TEXT = (
    "INSERT INTO texts (digest, routine, text) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING"
)

_STEP_VALUES = ", ".join(
    "NULLIF(?, '')" if name in rows.STEP_NULLS else "?" for name in rows.STEP[1:]
)

# Writes nothing where the epoch is another: the fence costs no statement of its own. Where several
# processes write at once the run's row is locked until the commit: none claims it meanwhile.
_FENCED = (
    f"INSERT INTO run_steps ({', '.join(rows.STEP)})"
    f" SELECT n, {_STEP_VALUES} FROM runs WHERE id = ? AND epoch = ?"
)
_REPLACE = " ON CONFLICT (run_n, path) DO UPDATE SET " + ", ".join(
    f"{name} = excluded.{name}" for name in rows.STEP[2:]
)
# For a run whose number is known, and that is known to be at its epoch: see `checkpoints`.
PLAIN_STEP = f"INSERT INTO run_steps ({', '.join(rows.STEP)}) VALUES (?, {_STEP_VALUES})" + _REPLACE
UPSERT_STEP = {"sqlite": _FENCED + _REPLACE, "postgresql": _FENCED + " FOR SHARE" + _REPLACE}
START_STEP = {
    name: f"{statement} WHERE run_steps.state = 'running'"
    for name, statement in UPSERT_STEP.items()
}
UPSERT_ATTEMPT = _upsert("attempts", rows.ATTEMPT, ["run_id", "path", "number"])
# An effect that is done stays done: whatever comes later cannot unsend it.
UPSERT_EFFECT = (
    _upsert("effects", rows.EFFECT, ["key"])
    + " WHERE effects.state <> 'done' OR excluded.state = 'done'"
)
INSERT_QUESTION = _insert("questions", rows.QUESTION) + " ON CONFLICT (id) DO NOTHING"


class Statements:
    """The statements of the hot path, for one driver."""

    def __init__(self, dialect: str) -> None:
        self.step = for_driver(UPSERT_STEP[dialect], dialect)
        self.started = for_driver(START_STEP[dialect], dialect)
        self.attempt = for_driver(UPSERT_ATTEMPT, dialect)
        self.effect = for_driver(UPSERT_EFFECT, dialect)
        self.question = for_driver(INSERT_QUESTION, dialect)
        self.epoch = for_driver("SELECT epoch FROM runs WHERE id = ?", dialect)


@cache
def for_driver(statement: str, dialect: str) -> str:
    """The statement with the driver's own sign for a value; a `%` in it stays one."""
    if dialect != "postgresql":
        return statement
    return statement.replace("%", "%%").replace("?", "%s")


def execute(connection: Connection, statement: str, *values: Any) -> CursorResult[Any]:
    """Run a statement on a connection of either database."""
    return connection.exec_driver_sql(for_driver(statement, connection.dialect.name), values)
