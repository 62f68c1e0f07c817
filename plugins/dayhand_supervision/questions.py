"""What is to be brought to supervision: kept, listed, closed."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand import UserError, read_csv
from dayhand_supervision.models import Question
from dayhand_supervision.tables import next_id, questions

__all__ = ["close", "keep", "load_file", "open_questions"]


def open_questions(connection: sa.Connection, *, everything: bool = False) -> list[Question]:
    """The open questions, risk first, then the oldest."""
    query = sa.select(questions)
    if not everything:
        query = query.where(questions.c.closed_on.is_(None))
    rows = connection.execute(query.order_by(questions.c.raised_on, questions.c.id)).mappings()
    found = [Question.model_validate(dict(row)) for row in rows]
    return sorted(found, key=lambda one: not one.risk)


def keep(connection: sa.Connection, text: str, *, client_id: str, risk: bool, on: date) -> Question:
    """Keep a question; the same text about the same client is kept once while it is open.

    Raises:
        UserError: it has no text.
    """
    said = " ".join(text.split())
    if not said or len(said) > 2000:
        raise UserError(
            "a question has text, of at most 2,000 characters", hint="say it with --text"
        )
    for one in open_questions(connection):
        if (one.client_id, str(one.text)) == (client_id, said):
            return one
    row: dict[str, Any] = {
        "id": next_id(connection, questions, "Q"),
        "client_id": client_id.strip().upper(),
        "text": said,
        "risk": risk,
        "raised_on": on,
        "closed_on": None,
    }
    connection.execute(questions.insert().values(**row))
    return Question.model_validate(row)


def close(connection: sa.Connection, question_id: str, on: date) -> None:
    """Note that a question is settled.

    Raises:
        UserError: there is no such question.
    """
    wanted = questions.c.id == question_id.strip().upper()
    done = connection.execute(questions.update().where(wanted).values(closed_on=on))
    if not done.rowcount:
        raise UserError(
            f"there is no question {question_id}",
            hint="'dayhand supervision questions' shows the ids",
        )


def load_file(connection: sa.Connection, data: bytes, name: str, today: date) -> int:
    """Keep the questions of a CSV file with `client_id`, `text`, `risk` and `raised_on`.

    Raises:
        UserError: it is no such file, or a row is wrong.
    """
    try:
        header, *rows = read_csv(data)
        places = [
            header.cells.index(column) for column in ("client_id", "text", "risk", "raised_on")
        ]
    except ValueError as error:
        raise UserError(
            f"{name} is no file of questions: {error}",
            hint="correct it, or take it away: it is made anew with the next question",
        ) from error
    for row in rows:
        client_id, text, risk, raised_on = (row.cells[place] for place in places)
        on = date.fromisoformat(raised_on) if raised_on else today
        keep(connection, text, client_id=client_id, risk=risk == "yes", on=on)
    return len(rows)
