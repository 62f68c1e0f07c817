"""Hours, weekly logs, and questions for supervision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "supervision_entries",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("track", sa.String(40), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("category", sa.String(40), nullable=False),
        sa.Column("setting", sa.String(80), nullable=False),
        sa.Column("supervisor", sa.String(120), nullable=False),
        sa.Column("telehealth", sa.Boolean, nullable=False),
        sa.Column("group_size", sa.Integer),
        sa.Column("topics", sa.String(300), nullable=False),
        sa.Column("reference", sa.String(80), nullable=False),
        sa.Column("source", sa.String(10), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supervision_entries"),
        sa.UniqueConstraint("identity", name="uq_supervision_entries_identity"),
    )
    op.create_index("ix_supervision_entries_on", "supervision_entries", ["on"])
    op.create_table(
        "supervision_logs",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("track", sa.String(40), nullable=False),
        sa.Column("week", sa.Date, nullable=False),
        sa.Column("setting", sa.String(80), nullable=False),
        sa.Column("supervisor", sa.String(120), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("signed_on", sa.Date),
        sa.Column("signed_by", sa.String(120), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_supervision_logs"),
    )
    op.create_index("ix_supervision_logs_week", "supervision_logs", ["week"])
    op.create_table(
        "supervision_questions",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("risk", sa.Boolean, nullable=False),
        sa.Column("raised_on", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_supervision_questions"),
    )
    op.create_index("ix_supervision_questions_raised_on", "supervision_questions", ["raised_on"])


def downgrade() -> None:
    op.drop_table("supervision_questions")
    op.drop_table("supervision_logs")
    op.drop_table("supervision_entries")
