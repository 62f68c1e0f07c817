"""Planned posts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outreach_posts",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("planned_on", sa.Date, nullable=False),
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
        sa.PrimaryKeyConstraint("id", name="pk_outreach_posts"),
    )
    op.create_index("ix_outreach_posts_planned_on", "outreach_posts", ["planned_on"])


def downgrade() -> None:
    op.drop_table("outreach_posts")
