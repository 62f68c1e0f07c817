"""The tables of the writing plugin, and the rows in them. They name no client."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa

from dayhand import UserError
from dayhand_writing.models import DayCount, Recorded, Submission

__all__ = [
    "all_counts",
    "all_submissions",
    "metadata",
    "put_counts",
    "put_submissions",
    "remove_submission",
]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

words = sa.Table(
    "writing_words",
    metadata,
    sa.Column("project", sa.String(40), primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    sa.Column("words", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("source", sa.String(10), nullable=False),
)

submissions = sa.Table(
    "writing_submissions",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("identity", sa.String(64), nullable=False, unique=True),
    sa.Column("title", sa.String(300), nullable=False),
    sa.Column("venue", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("status", sa.String(30), nullable=False),
    sa.Column("due_on", sa.Date),
    sa.Column("submitted_on", sa.Date),
    sa.Column("decided_on", sa.Date),
    sa.Column("project", sa.String(40), nullable=False),
    sa.Column("note", sa.String(500), nullable=False),
)
_RECKONED = {"id", "days_left", "days_waiting", "problem"}


def all_counts(
    connection: sa.Connection, *, since: date | None = None, project: str = ""
) -> list[DayCount]:
    """The counts kept, by project and day."""
    query = sa.select(words).order_by(words.c.project, words.c.on)
    if since:
        query = query.where(words.c.on >= since)
    if project:
        query = query.where(words.c.project == project)
    return [DayCount.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def put_counts(connection: sa.Connection, counts: Iterable[DayCount]) -> Recorded:
    """Keep counts; the last of a project and day stands, and minutes that are kept are not lost."""
    done = Recorded()
    for count in counts:
        key = (words.c.project == count.project) & (words.c.on == count.on)
        there = connection.execute(sa.select(words).where(key)).mappings().first()
        row = count.model_dump()
        if there is None:
            connection.execute(words.insert().values(**row))
            done.new += 1
            continue
        row["minutes"] = max(row["minutes"], there["minutes"])
        if dict(there) == row:
            done.unchanged += 1
        else:
            connection.execute(words.update().where(key).values(**row))
            done.changed += 1
    return done


def _identity(submission: Submission) -> str:
    parts = [" ".join(text.casefold().split()) for text in (submission.title, submission.venue)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _row(submission: Submission) -> dict[str, Any]:
    return submission.model_dump(exclude=_RECKONED)


def put_submissions(connection: sa.Connection, given: Iterable[Submission]) -> Recorded:
    """Keep submissions; the same title to the same venue again is the same one, changed."""
    done = Recorded()
    for one in given:
        key = submissions.c.identity == _identity(one)
        there = connection.execute(sa.select(submissions).where(key)).mappings().first()
        if there is None:
            last = connection.execute(sa.select(sa.func.max(submissions.c.id))).scalar()
            number = int(last.split("-")[1]) + 1 if last else 1
            row = {"id": f"W-{number:06}", "identity": _identity(one), **_row(one)}
            connection.execute(submissions.insert().values(**row))
            done.new += 1
        elif _row(Submission.model_validate(dict(there))) == _row(one):
            done.unchanged += 1
        else:
            connection.execute(submissions.update().where(key).values(**_row(one)))
            done.changed += 1
    return done


def all_submissions(connection: sa.Connection) -> list[Submission]:
    """The submissions, in the order they were kept."""
    query = sa.select(submissions).order_by(submissions.c.id)
    return [Submission.model_validate(dict(row)) for row in connection.execute(query).mappings()]


def remove_submission(connection: sa.Connection, submission_id: str) -> None:
    """Remove a submission typed by mistake.

    Raises:
        UserError: there is none of that id.
    """
    gone = connection.execute(submissions.delete().where(submissions.c.id == submission_id))
    if gone.rowcount != 1:
        raise UserError(
            f"there is no submission {submission_id}", hint="'dayhand writing submissions list'"
        )
