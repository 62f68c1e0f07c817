"""The table of the outreach plugin. Columns are the fields of the model `Post`."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["metadata", "posts"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "pk": "pk_%(table_name)s",
    }
)

posts = sa.Table(
    "outreach_posts",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("planned_on", sa.Date, nullable=False, index=True),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("reference", sa.String(200), nullable=False),
    sa.Column("channel", sa.String(80), nullable=False),
    sa.Column("tags", sa.Text, nullable=False),
    sa.Column("outline", sa.Text, nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("status_on", sa.Date),
    sa.Column("path", sa.String(500), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
)
