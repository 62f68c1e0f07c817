"""What runs ask people."""
# ruff: noqa: S608 - only names are put together; values are bound

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from dayhand.errors import UserError
from dayhand.model.run import Question
from dayhand.store import rows
from dayhand.store.moments import moment_text
from dayhand.store.statements import execute
from dayhand.values import encode

__all__ = ["answer", "chosen", "close", "find", "listed"]

_QUESTION = (
    f"SELECT {', '.join(f'q.{name}' for name in rows.QUESTION)}, r.routine"
    " FROM questions q JOIN runs r ON r.id = q.run_id"
)


def listed(connection: Connection, *, state: str | None, run_id: str | None) -> list[Question]:
    """Questions, the one asked first at the top."""
    given = {"q.state = ?": state, "q.run_id = ?": run_id}
    where = " AND ".join(condition for condition, value in given.items() if value is not None)
    values = [value for value in given.values() if value is not None]
    statement = f"{_QUESTION} {'WHERE ' + where if where else ''} ORDER BY q.asked_at, q.id"
    return [rows.question_from(row) for row in execute(connection, statement, *values)]


def find(connection: Connection, text: str, *, lock: bool = False) -> Question:
    """The question of that id, or whose id begins so.

    Raises:
        UserError: there is none, or several begin like this.
    """
    ending = " FOR UPDATE OF q" if lock and connection.dialect.name == "postgresql" else ""
    statement = f"{_QUESTION} WHERE q.id >= ? AND q.id < ? ORDER BY q.id LIMIT 3{ending}"
    found = execute(connection, statement, text, text + "\U0010ffff").fetchall() if text else []
    if not found:
        raise UserError(
            f"there is no question '{text}'", hint="'dayhand inbox' lists the open ones"
        )
    if len(found) > 1 and found[0][0] != text:
        raise UserError(
            f"several questions begin with '{text}'",
            hint=f"such as {found[0][0]} and {found[1][0]}",
        )
    return rows.question_from(found[0])


def answer(
    connection: Connection, question_id: str, answer: Mapping[str, Any], *, by: str, now: datetime
) -> Question:
    """Answer an open question.

    Raises:
        UserError: there is no such question, or it is no longer open.
    """
    question = find(connection, question_id, lock=True)
    if question.state != "open":
        who = f" by {question.answered_by}" if question.answered_by else ""
        raise UserError(
            f"question {question.id} is no longer open: it was {question.state}{who}",
            hint="'dayhand inbox' lists the open ones",
        )
    execute(
        connection,
        "UPDATE questions SET state = 'answered', answer = ?, answered_at = ?, answered_by = ?"
        " WHERE id = ?",
        encode(dict(answer)), moment_text(now), by, question.id,
    )  # fmt: skip
    return find(connection, question.id)


def chosen(asked: Question) -> str:
    """What an answer chose, without what it says: `approved`, `declined`, `it was`, `filled in`."""
    given = asked.answer or {}
    if asked.kind == "approval":
        return "approved" if given.get("approved") else "declined"
    if asked.kind == "unknown_effect":
        return str(given.get("answer", "")).replace("_", " ")
    return "filled in"


def close(
    connection: Connection, run_id: str, path: str | None, *, state: str, now: datetime
) -> int:
    """Close the open questions of a step, or of a whole run, as expired or withdrawn."""
    where, values = ("AND path = ?", [path]) if path is not None else ("", [])
    statement = (
        "UPDATE questions SET state = ?, answered_at = ?"
        f" WHERE run_id = ? AND state = 'open' {where}"
    )
    return execute(connection, statement, state, moment_text(now), run_id, *values).rowcount
