"""The statements, in SQL that both databases read; `?` stands for a value.

They are plain text because this is the hot path: a checkpoint is one prepared statement, and building
it anew from expressions would cost more than the commit's share.
"""

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
    changed = ", ".join(
        f"{name} = excluded.{name}" for name in columns if name not in key
    )
    return f"{_insert(table, columns)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changed}"


INSERT_RUN = _insert("runs", rows.RUN)
INSERT_TEXT = (
    "INSERT INTO texts (digest, routine, text) VALUES (?, ?, ?) ON CONFLICT (digest) DO NOTHING"
)
UPSERT_STEP = _upsert("run_steps", rows.STEP, ["run_n", "path"])
START_STEP = UPSERT_STEP + " WHERE run_steps.state = 'running'"
UPSERT_ATTEMPT = _upsert("attempts", rows.ATTEMPT, ["run_id", "path", "number"])
# An effect that is done stays done: whatever comes later cannot unsend it.
UPSERT_EFFECT = (
    _upsert("effects", rows.EFFECT, ["key"])
    + " WHERE effects.state <> 'done' OR excluded.state = 'done'"
)
INSERT_QUESTION = _insert("questions", rows.QUESTION) + " ON CONFLICT (id) DO NOTHING"

_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Statements:
    """The statements of the hot path, for one driver."""

    def __init__(self, dialect: str) -> None:
        self.is_postgresql = dialect == "postgresql"
        self.step = for_driver(UPSERT_STEP, dialect)
        self.started = for_driver(START_STEP, dialect)
        self.attempt = for_driver(UPSERT_ATTEMPT, dialect)
        self.effect = for_driver(UPSERT_EFFECT, dialect)
        self.question = for_driver(INSERT_QUESTION, dialect)
        self._leases = {size: self._leases_of(size) for size in _SIZES}

    def _leases_of(self, size: int) -> str:
        if self.is_postgresql:
            # locked until the commit, so that no other process can claim the run in between
            return "SELECT id, epoch, n FROM runs WHERE id = ANY(%s) ORDER BY id FOR SHARE"
        return f"SELECT id, epoch, n FROM runs WHERE id IN ({', '.join('?' * size)})"

    def leases(self, cursor: Any, run_ids: list[str]) -> dict[str, tuple[int, int]]:
        """Epoch and number of each of the runs that exist. Few different shapes, so that they stay
        prepared."""
        found: dict[str, tuple[int, int]] = {}
        for start in range(0, len(run_ids), _SIZES[-1]):
            part = run_ids[start : start + _SIZES[-1]]
            size = next(size for size in _SIZES if size >= len(part))
            values = (part,) if self.is_postgresql else part + part[-1:] * (size - len(part))
            cursor.execute(self._leases[size], values)
            for run_id, epoch, number in cursor.fetchall():
                found[run_id] = (epoch, number)
        return found


@cache
def for_driver(statement: str, dialect: str) -> str:
    """The statement with the driver's own sign for a value."""
    return statement.replace("?", "%s") if dialect == "postgresql" else statement


def execute(connection: Connection, statement: str, *values: Any) -> CursorResult[Any]:
    """Run a statement on a connection of either database."""
    return connection.exec_driver_sql(for_driver(statement, connection.dialect.name), values)
