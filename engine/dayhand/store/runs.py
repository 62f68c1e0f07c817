"""Runs and what belongs to them: found, listed, claimed, ended."""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from dayhand.errors import Fenced, StoreBusy, StoreError, UserError
from dayhand.model.run import FINAL, Attempt, EffectRecord, Run, StepRecord
from dayhand.store import rows
from dayhand.store.faults import is_constraint
from dayhand.store.moments import moment_text
from dayhand.store.statements import INSERT_RUN, INSERT_TEXT, execute, for_driver

__all__ = [
    "attempts",
    "claim",
    "create",
    "effects",
    "find",
    "finish",
    "get",
    "listed",
    "renew",
    "resumable",
    "steps",
]


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


_RUN = f"SELECT {_columns(rows.RUN)} FROM runs"
_STEP = f"SELECT {_columns(rows.STEP)} FROM run_steps"
_NUMBER = "(SELECT runs.n FROM runs WHERE runs.id = ?)"
_ATTEMPT = f"SELECT {_columns(rows.ATTEMPT)} FROM attempts"
_EFFECT = f"SELECT {_columns(rows.EFFECT)} FROM effects"

# A waiting run goes on when its time has come, or when a step of it waits for a question that is no
# longer open. The step says so, not the run: one answer of two must wake it, and only once.
_RESUMABLE = f"""{_RUN} WHERE state = 'queued'
    OR (state = 'running' AND (lease_until IS NULL OR lease_until <= ?))
    OR (state IN ('waiting', 'unknown') AND (wake_at <= ? OR EXISTS (
        SELECT 1 FROM run_steps s WHERE s.run_n = runs.n AND s.state IN ('waiting', 'unknown')
        AND EXISTS (SELECT 1 FROM questions q
                    WHERE q.run_id = runs.id AND q.path = s.path AND q.state <> 'open')
        AND NOT EXISTS (SELECT 1 FROM questions q
                        WHERE q.run_id = runs.id AND q.path = s.path AND q.state = 'open'))))
    ORDER BY id"""

_TO_CLAIM = {
    "sqlite": f"{_RUN} WHERE id = ?",
    "postgresql": f"{_RUN} WHERE id = ? FOR UPDATE",
}
_CLAIM = (
    "UPDATE runs SET state = 'running', epoch = ?, owner = ?, lease_until = ?, wake_at = NULL,"
    " reason = '', started_at = ? WHERE id = ?"
)
_FINISH = (
    "UPDATE runs SET state = ?, reason = ?, owner = '', lease_until = NULL, wake_at = ?, ended_at = ?"
    f" WHERE id = ? AND epoch = ? AND state NOT IN ({', '.join(map(repr, sorted(FINAL)))})"
)


def create(connection: Connection, run: Run, text: str) -> None:
    """Keep a new run and the text it is pinned to."""
    execute(connection, INSERT_TEXT, run.digest, run.routine, text)
    try:
        execute(connection, INSERT_RUN, *rows.run_row(run))
    except Exception as error:
        if is_constraint(error):
            raise StoreError(f"there is already a run {run.id}") from error
        raise


def get(connection: Connection, run_id: str, *, lock: bool = False) -> Run | None:
    """The run of that id."""
    ending = " FOR UPDATE" if lock and connection.dialect.name == "postgresql" else ""
    row = execute(connection, f"{_RUN} WHERE id = ?{ending}", run_id).first()
    return None if row is None else rows.run_from(row)


def find(connection: Connection, text: str) -> Run:
    """The run a person means: an id, the beginning of one, or `last`.

    Raises:
        UserError: there is none, or several begin like this.
    """
    if text == "last":
        row = execute(connection, f"{_RUN} ORDER BY id DESC LIMIT 1").first()
        if row is None:
            raise UserError("there is no run yet", hint="start one with 'dayhand run ROUTINE'")
        return rows.run_from(row)
    found = execute(
        connection,
        f"{_RUN} WHERE id >= ? AND id < ? ORDER BY id LIMIT 3",
        text,
        text + "\U0010ffff",
    ).fetchall()
    if not found or not text:
        raise UserError(f"there is no run '{text}'", hint="'dayhand runs' lists them")
    if len(found) > 1 and found[0][0] != text:
        raise UserError(
            f"several runs begin with '{text}'", hint=f"such as {found[0][0]} and {found[1][0]}"
        )
    return rows.run_from(found[0])


def listed(
    connection: Connection,
    *,
    routine: str | None,
    state: str | None,
    limit: int,
    before: str | None,
) -> list[Run]:
    """The newest runs, newest first; `before` is the id to go on from. Served by an index."""
    given = {"routine = ?": routine, "state = ?": state, "id < ?": before}
    where = " AND ".join(condition for condition, value in given.items() if value is not None)
    values = [value for value in given.values() if value is not None]
    statement = f"{_RUN} {'WHERE ' + where if where else ''} ORDER BY id DESC LIMIT ?"
    return [rows.run_from(row) for row in execute(connection, statement, *values, limit)]


def resumable(connection: Connection, now: datetime) -> list[Run]:
    """The runs that somebody should go on with, oldest first."""
    told = moment_text(now)
    return [rows.run_from(row) for row in execute(connection, _RESUMABLE, told, told)]


def claim(
    cursor: Any,
    dialect: str,
    run_id: str,
    *,
    owner: str,
    lease: timedelta,
    now: datetime,
    stale: Callable[[str], bool],
) -> Run:
    """Take the lease and a new epoch, which fences off whoever held it before.

    Raises:
        StoreBusy: another holds a lease that has not run out, and is not known to be dead.
        UserError: there is no such run, or it has ended.
    """
    cursor.execute(for_driver(_TO_CLAIM[dialect], dialect), (run_id,))
    row = cursor.fetchone()
    if row is None:
        raise UserError(f"there is no run '{run_id}'", hint="'dayhand runs' lists them")
    found = dict(zip(rows.RUN, row, strict=True))
    if found["state"] in FINAL:
        raise UserError(
            f"run {run_id} has already ended as {found['state']}",
            hint="'dayhand retry' makes a new run of it; 'dayhand show' tells how it ended",
        )
    holder, until, told = found["owner"], found["lease_until"], moment_text(now)
    if holder not in ("", owner) and until is not None and until > told and not stale(holder):
        raise StoreBusy(
            f"run {run_id} is being worked on by {holder}", hint=f"its lease ends at {until}"
        )
    epoch, until, began = (
        found["epoch"] + 1, moment_text(now + lease), found["started_at"] or told,
    )  # fmt: skip
    cursor.execute(for_driver(_CLAIM, dialect), (epoch, owner, until, began, run_id))
    was_cut_off = found["state"] == "running"
    found |= {
        "state": "running", "epoch": epoch, "owner": owner, "lease_until": until, "wake_at": None,
        "reason": "", "started_at": began,
    }  # fmt: skip
    return rows.run_from(tuple(found.values()), was_cut_off=was_cut_off)


def renew(connection: Connection, run_id: str, epoch: int, *, until: datetime) -> None:
    """Keep the lease."""
    done = execute(
        connection,
        "UPDATE runs SET lease_until = ? WHERE id = ? AND epoch = ? AND state = 'running'",
        moment_text(until), run_id, epoch,
    )  # fmt: skip
    if done.rowcount != 1:
        raise Fenced(run_id, epoch)


def finish(
    cursor: Any,
    dialect: str,
    run_id: str,
    epoch: int,
    *,
    state: str,
    reason: str,
    now: datetime,
    wake_at: datetime | None,
) -> None:
    """Let go of the run in the state given. To say the same end twice does no harm."""
    ended_at = moment_text(now) if state in FINAL else None
    values = (state, str(reason), moment_text(wake_at), ended_at, run_id, epoch)
    cursor.execute(for_driver(_FINISH, dialect), values)
    if cursor.rowcount == 1:
        return
    cursor.execute(for_driver("SELECT state, epoch FROM runs WHERE id = ?", dialect), (run_id,))
    row = cursor.fetchone()
    if row is None or row[1] != epoch:
        raise Fenced(run_id, epoch)
    if row[0] != state:
        raise StoreError(f"run {run_id} has already ended as {row[0]}")


def text(connection: Connection, digest: str) -> str:
    """The text of a routine as it was when a run began."""
    row = execute(connection, "SELECT text FROM texts WHERE digest = ?", digest).first()
    if row is None:
        raise StoreError(f"the routine's text {digest} is not in the database")
    return str(row[0])


def steps(connection: Connection, run_id: str) -> list[StepRecord]:
    """The steps of a run in the order in which they were first written down."""
    found = execute(connection, f"{_STEP} WHERE run_n = {_NUMBER} ORDER BY n", run_id)
    return [rows.step_from(row) for row in found]


def attempts(connection: Connection, run_id: str, path: str | None) -> list[Attempt]:
    """The attempts of a run, or of one of its steps, in the order they were made."""
    where, values = ("AND path = ?", [run_id, path]) if path is not None else ("", [run_id])
    failed = execute(connection, f"{_ATTEMPT} WHERE run_id = ? {where}", *values)
    last = execute(
        connection, f"{_STEP} WHERE run_n = {_NUMBER} AND inputs IS NOT NULL {where}", *values
    )
    found = [*map(rows.attempt_from, failed), *map(rows.attempt_in, last)]
    return sorted(found, key=lambda each: (each.started_at, each.path, each.number))


def effects(
    connection: Connection,
    *,
    run_id: str | None,
    state: str | None,
    limit: int,
    since: datetime | None = None,
) -> list[EffectRecord]:
    """What was to leave the machine, newest first; with `since`, what was begun then or later."""
    given = {
        "run_id = ?": run_id, "state = ?": state, "intended_at >= ?": moment_text(since),
    }  # fmt: skip
    where = " AND ".join(condition for condition, value in given.items() if value is not None)
    values = [value for value in given.values() if value is not None]
    statement = f"{_EFFECT} {'WHERE ' + where if where else ''} ORDER BY intended_at DESC LIMIT ?"
    return [rows.effect_from(row) for row in execute(connection, statement, *values, limit)]


def effect(connection: Connection, key: str) -> EffectRecord | None:
    """The effect of that key."""
    row = execute(connection, f"{_EFFECT} WHERE key = ?", key).first()
    return None if row is None else rows.effect_from(row)


def copy_checkpoints(
    connection: Connection, from_run: str, to_run: str, paths: Sequence[str]
) -> None:
    """Give a run the checkpoints of another."""
    others = ", ".join(name for name in rows.STEP if name != "run_n")
    statement = (
        f"INSERT INTO run_steps (run_n, {others}) SELECT {_NUMBER}, {others} FROM run_steps"
        f" WHERE run_n = {_NUMBER} AND path = ?"
    )
    for path in paths:
        execute(connection, statement, to_run, from_run, path)


def check_epoch(connection: Connection, run_id: str, epoch: int) -> None:
    """Raise `Fenced` unless the run is still at this epoch; keep it so until the commit."""
    ending = " FOR SHARE" if connection.dialect.name == "postgresql" else ""
    row: Any = execute(connection, f"SELECT epoch FROM runs WHERE id = ?{ending}", run_id).first()
    if row is None or row[0] != epoch:
        raise Fenced(run_id, epoch)
