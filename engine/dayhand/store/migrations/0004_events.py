"""The events of the practice's calendars as they were last read: their keys and times, nothing else."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "events",
        Column("kind", TEXT, primary_key=True),
        Column("key", TEXT, primary_key=True),
        Column("begins", TEXT, nullable=False),
        Column("ends", TEXT, nullable=False),
    )
    op.create_table(
        "readings",
        Column("kind", TEXT, primary_key=True),
        Column("begins", TEXT, nullable=False),
        Column("ends", TEXT, nullable=False),
        Column("read_at", TEXT, nullable=False),
    )
