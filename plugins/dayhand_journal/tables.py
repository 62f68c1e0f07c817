"""The tables of the journal.

Psychotherapy notes have one of their own, joined to nothing: their protection by
45 CFR 164.501 lasts only while they are kept apart from the record. Their texts, and check-ins, are
sealed with the second key; reading one's own check-ins is not noted in the audit log.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from dayhand import Sealed

__all__ = [
    "addenda",
    "checkins",
    "goals",
    "measures",
    "metadata",
    "moment",
    "next_id",
    "notes",
    "plan_reviews",
    "plans",
    "psychotherapy",
    "scores",
    "stored",
]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

notes = sa.Table(
    "journal_notes",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("session_id", sa.String(40), nullable=False, unique=True),
    sa.Column("client_id", sa.String(40), nullable=False, index=True),
    sa.Column("initials", sa.String(20), nullable=False),
    sa.Column("format", sa.String(10), nullable=False),
    sa.Column("start", sa.String(40), nullable=False),
    sa.Column("stop", sa.String(40), nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("place_of_service", sa.String(10), nullable=False),
    sa.Column("modality", sa.String(20), nullable=False),
    sa.Column("service", sa.String(40), nullable=False),
    sa.Column("sections", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False, index=True),
    sa.Column("signed_at", sa.String(40)),
    sa.Column("signed_by", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("late_entry", sa.Boolean, nullable=False),
)

addenda = sa.Table(
    "journal_addenda",
    metadata,
    sa.Column("note_id", sa.String(20), sa.ForeignKey("journal_notes.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("written_at", sa.String(40), nullable=False),
    sa.Column("signed_at", sa.String(40)),
    sa.Column("signed_by", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)

psychotherapy = sa.Table(
    "journal_psychotherapy",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("client_id", sa.String(40), nullable=False, index=True),
    sa.Column("initials", sa.String(20), nullable=False),
    sa.Column("written_at", sa.String(40), nullable=False),
    sa.Column("text", Sealed(), nullable=False),
)

checkins = sa.Table(
    "journal_checkins",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("key", sa.String(64), nullable=False, unique=True),
    sa.Column("on", sa.Date, nullable=False, index=True),
    sa.Column("scales", Sealed(audit=False), nullable=False),
    sa.Column("text", Sealed(audit=False), nullable=False),
)

plans = sa.Table(
    "journal_plans",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("client_id", sa.String(40), nullable=False, index=True),
    sa.Column("initials", sa.String(20), nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("review_by", sa.Date),
    sa.Column("ended_on", sa.Date),
    sa.Column("diagnoses", sa.Text, nullable=False),  # one a line
    sa.Column("problem", sa.Text, nullable=False),
)

goals = sa.Table(
    "journal_goals",
    metadata,
    sa.Column("plan_id", sa.String(20), sa.ForeignKey("journal_plans.id"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("goal", sa.Text, nullable=False),
    sa.Column("objective", sa.Text, nullable=False),
    sa.Column("intervention", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("changed_on", sa.Date),  # since when it is met or dropped
)

plan_reviews = sa.Table(
    "journal_plan_reviews",
    metadata,
    sa.Column("plan_id", sa.String(20), sa.ForeignKey("journal_plans.id"), primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

measures = sa.Table(
    "journal_measures",
    metadata,
    sa.Column("client_id", sa.String(40), primary_key=True),
    sa.Column("measure", sa.String(40), primary_key=True),
    sa.Column("initials", sa.String(20), nullable=False),
    sa.Column("every_days", sa.Integer, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
)

scores = sa.Table(
    "journal_scores",
    metadata,
    sa.Column("client_id", sa.String(40), primary_key=True),
    sa.Column("measure", sa.String(40), primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    sa.Column("score", sa.Integer, nullable=False),
)


def next_id(connection: sa.Connection, table: sa.Table, prefix: str) -> str:
    """The next identifier of a table, such as `N-000007`."""
    last = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
    number = int(last.split("-")[1]) + 1 if last else 1
    return f"{prefix}-{number:06}"


def stored(value: datetime) -> str:
    """A moment as it stands in a table: ISO 8601 in UTC."""
    return value.astimezone(UTC).isoformat(timespec="seconds")


def moment(text: str) -> datetime:
    """A moment from a table, in UTC."""
    return datetime.fromisoformat(text)
