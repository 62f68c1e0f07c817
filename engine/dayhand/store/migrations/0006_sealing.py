"""Which of a practice's keys, other than the one of the file, values are sealed with."""

from __future__ import annotations

from alembic import op
from sqlalchemy import Column, Text

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "sealing",
        Column("name", TEXT, primary_key=True),
        Column("key", TEXT, nullable=False),
        Column("since", TEXT, nullable=False),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("sealing")
