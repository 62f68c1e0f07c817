"""Credits, and requirements met outside them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "education_credits",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("identity", sa.String(64), nullable=False),
        sa.Column("completed_on", sa.Date, nullable=False),
        sa.Column("title", sa.String(300), nullable=False),
        sa.Column("provider", sa.String(200), nullable=False),
        sa.Column("hours_hundredths", sa.Integer),
        sa.Column("minutes", sa.Integer),
        sa.Column("subjects", sa.Text, nullable=False),
        sa.Column("format", sa.String(20), nullable=False),
        sa.Column("category", sa.String(60), nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("certificate", sa.String(500), nullable=False),
        sa.Column("certificate_sha256", sa.String(64), nullable=False),
        sa.Column("licences", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_education_credits"),
        sa.UniqueConstraint("identity", name="uq_education_credits_identity"),
    )
    op.create_index("ix_education_credits_completed_on", "education_credits", ["completed_on"])
    op.create_table(
        "education_requirements_met",
        sa.Column("tag", sa.String(60), nullable=False),
        sa.Column("met_on", sa.Date, nullable=False),
        sa.Column("licence", sa.String(40), nullable=False),
        sa.Column("hours_hundredths", sa.Integer),
        sa.Column("note", sa.String(500), nullable=False),
        sa.PrimaryKeyConstraint("tag", "met_on", "licence", name="pk_education_requirements_met"),
    )


def downgrade() -> None:
    op.drop_table("education_requirements_met")
    op.drop_table("education_credits")
