"""What is to be read, and what was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reading_items",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("title", sa.String(500), nullable=False),
        sa.Column("authors", sa.Text, nullable=False),
        sa.Column("year", sa.Integer),
        sa.Column("container", sa.String(300), nullable=False),
        sa.Column("volume", sa.String(40), nullable=False),
        sa.Column("pages", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("doi", sa.String(200), nullable=False),
        sa.Column("pmid", sa.String(12), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("topics", sa.Text, nullable=False),
        sa.Column("abstract", sa.Text, nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("added_on", sa.Date, nullable=False),
        sa.Column("picked_on", sa.Date),
        sa.Column("finished_on", sa.Date),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("reflection", sa.Text, nullable=False),
        sa.Column("credited_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_reading_items"),
        sa.UniqueConstraint("identity", name="uq_reading_items_identity"),
    )
    op.create_index("ix_reading_items_finished_on", "reading_items", ["finished_on"])


def downgrade() -> None:
    op.drop_table("reading_items")
