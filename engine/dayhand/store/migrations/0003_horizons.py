"""How far ahead each trigger is planned, and by which rule."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create it."""
    op.create_table(
        "horizons",
        Column("routine", TEXT, primary_key=True),
        Column("trigger", TEXT, primary_key=True),
        Column("rule", TEXT, nullable=False),
        Column("until", TEXT, nullable=False),
    )
