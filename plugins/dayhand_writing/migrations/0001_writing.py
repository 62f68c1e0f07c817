"""Words by day, and submissions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "writing_words",
        sa.Column("project", sa.String(40), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("words", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("project", "on", name="pk_writing_words"),
    )
    op.create_table(
        "writing_submissions",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("venue", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("status", sa.String(30), nullable=False),
        sa.Column("due_on", sa.Date),
        sa.Column("submitted_on", sa.Date),
        sa.Column("decided_on", sa.Date),
        sa.Column("project", sa.String(40), nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_writing_submissions"),
        sa.UniqueConstraint("identity", name="uq_writing_submissions_identity"),
    )


def downgrade() -> None:
    op.drop_table("writing_submissions")
    op.drop_table("writing_words")
