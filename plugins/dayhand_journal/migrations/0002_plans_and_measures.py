"""Treatment plans with their goals and reviews; measures and scores."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_plans()
    op.create_table(
        "journal_measures",
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("every_days", sa.Integer, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.PrimaryKeyConstraint("client_id", "measure", name="pk_journal_measures"),
    )
    op.create_table(
        "journal_scores",
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("measure", sa.String(40), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("score", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "measure", "on", name="pk_journal_scores"),
    )


def _create_plans() -> None:
    op.create_table(
        "journal_plans",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("review_by", sa.Date),
        sa.Column("ended_on", sa.Date),
        sa.Column("diagnoses", sa.Text, nullable=False),
        sa.Column("problem", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_plans"),
    )
    op.create_index("ix_journal_plans_client_id", "journal_plans", ["client_id"])
    op.create_table(
        "journal_goals",
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("goal", sa.Text, nullable=False),
        sa.Column("objective", sa.Text, nullable=False),
        sa.Column("intervention", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("changed_on", sa.Date),
        sa.PrimaryKeyConstraint("plan_id", "n", name="pk_journal_goals"),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["journal_plans.id"], name="fk_journal_goals_plan_id_journal_plans"
        ),
    )
    op.create_table(
        "journal_plan_reviews",
        sa.Column("plan_id", sa.String(20), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "on", name="pk_journal_plan_reviews"),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["journal_plans.id"], name="fk_journal_plan_reviews_plan_id_journal_plans"
        ),
    )


def downgrade() -> None:
    for table in ("scores", "measures", "plan_reviews", "goals", "plans"):
        op.drop_table(f"journal_{table}")
