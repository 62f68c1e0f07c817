"""Estimates that clients asked for, and those that a change of charges makes necessary."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "billing_estimate_requests"
    op.create_table(
        table,
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("noted_on", sa.Date, nullable=False),
        sa.Column("starts_on", sa.Date),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("fee", sa.Integer),
        sa.Column("visits", sa.Integer, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("outcome", sa.String(12), nullable=False),
        sa.Column("estimate_id", sa.String(32)),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.CheckConstraint("kind IN ('request', 'change')", name=f"ck_{table}_kind"),
        sa.CheckConstraint(
            "(kind = 'change') = (starts_on IS NOT NULL)", name=f"ck_{table}_starts"
        ),
        sa.CheckConstraint("(closed_on IS NULL) = (outcome = 'open')", name=f"ck_{table}_closed"),
        sa.CheckConstraint(
            "outcome IN ('open', 'given', 'on paper', 'withdrawn')", name=f"ck_{table}_outcome"
        ),
        sa.ForeignKeyConstraint(
            ["estimate_id"], ["billing_estimates.id"], name=f"fk_{table}_estimate_id"
        ),
    )
    still = sa.text("closed_on IS NULL")
    op.create_index(
        f"ux_{table}_open",
        table,
        ["client_id"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )
