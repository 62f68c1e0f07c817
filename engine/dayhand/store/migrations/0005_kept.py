"""What plugins keep to fall back on, such as a calendar as it was last read."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, LargeBinary, Text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "kept",
        Column("plugin", TEXT, primary_key=True),
        Column("name", TEXT, primary_key=True),
        Column("at", TEXT, nullable=False),
        Column("data", LargeBinary, nullable=False),
    )
