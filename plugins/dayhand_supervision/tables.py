"""The tables of the supervision plugin: hours, weekly logs, and questions.

Hours name no client: a session is known by its own id, `S-000042`. Questions hold the client's
pseudonym, and text that a person wrote.
"""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["entries", "logs", "metadata", "next_id", "questions"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

entries = sa.Table(
    "supervision_entries",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("identity", sa.String(64), nullable=False, unique=True),
    sa.Column("track", sa.String(40), nullable=False),
    sa.Column("on", sa.Date, nullable=False, index=True),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("category", sa.String(40), nullable=False),
    sa.Column("setting", sa.String(80), nullable=False),
    sa.Column("supervisor", sa.String(120), nullable=False),
    sa.Column("telehealth", sa.Boolean, nullable=False),
    sa.Column("group_size", sa.Integer),
    sa.Column("topics", sa.String(300), nullable=False),
    sa.Column("reference", sa.String(80), nullable=False),
    sa.Column("source", sa.String(10), nullable=False),
)

logs = sa.Table(
    "supervision_logs",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("track", sa.String(40), nullable=False),
    sa.Column("week", sa.Date, nullable=False, index=True),
    sa.Column("setting", sa.String(80), nullable=False),
    sa.Column("supervisor", sa.String(120), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("path", sa.String(500), nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("signed_on", sa.Date),
    sa.Column("signed_by", sa.String(120), nullable=False),
)

questions = sa.Table(
    "supervision_questions",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("client_id", sa.String(40), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("risk", sa.Boolean, nullable=False),
    sa.Column("raised_on", sa.Date, nullable=False, index=True),
    sa.Column("closed_on", sa.Date),
)


def next_id(connection: sa.Connection, table: sa.Table, prefix: str) -> str:
    """The next identifier of a table, such as `H-000007`."""
    last = connection.execute(sa.select(sa.func.max(table.c.id))).scalar()
    number = int(last.split("-")[1]) + 1 if last else 1
    return f"{prefix}-{number:06}"
