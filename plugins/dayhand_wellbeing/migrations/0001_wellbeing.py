"""Protected time, holds, clients who weigh more, loads of days, leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wellbeing_blocks",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("weekday", sa.String(3), nullable=False),
        sa.Column("start", sa.String(5), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.PrimaryKeyConstraint("name", name="pk_wellbeing_blocks"),
    )
    op.create_table(
        "wellbeing_holds",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("uid", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", "on", name="pk_wellbeing_holds"),
    )
    op.create_table(
        "wellbeing_flags",
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.PrimaryKeyConstraint("client_id", "since", name="pk_wellbeing_flags"),
    )
    op.create_table(
        "wellbeing_loads",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("sessions", sa.Integer, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("warnings", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_wellbeing_loads"),
    )
    op.create_table(
        "wellbeing_leaves",
        sa.Column("first_on", sa.Date, nullable=False),
        sa.Column("last_on", sa.Date, nullable=False),
        sa.Column("contact", sa.Text, nullable=False),
        sa.Column("contact_phone", sa.Text, nullable=False),
        sa.Column("billing_cutoff", sa.Date, nullable=False),
        sa.Column("sessions", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("first_on", name="pk_wellbeing_leaves"),
    )


def downgrade() -> None:
    for table in ("leaves", "loads", "flags", "holds", "blocks"):
        op.drop_table(f"wellbeing_{table}")
