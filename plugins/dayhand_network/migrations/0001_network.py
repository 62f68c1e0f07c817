"""Contacts, touches, referrals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "network_contacts",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(80), nullable=False),
        sa.Column("organisation", sa.String(200), nullable=False),
        sa.Column("phone", sa.String(80), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("insurance", sa.Text, nullable=False),
        sa.Column("specialties", sa.Text, nullable=False),
        sa.Column("availability", sa.String(20), nullable=False),
        sa.Column("verified_on", sa.Date),
        sa.Column("touch_every_days", sa.Integer),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_network_contacts"),
    )
    op.create_table(
        "network_touches",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("contact_id", sa.String(20), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("how", sa.String(20), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("follow_up_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_network_touches"),
    )
    op.create_index("ix_network_touches_contact_id", "network_touches", ["contact_id"])
    op.create_table(
        "network_referrals",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("direction", sa.String(4), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("contact_id", sa.String(20), nullable=False),
        sa.Column("source", sa.String(80), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("outcome_on", sa.Date),
        sa.Column("acknowledgement", sa.String(20), nullable=False),
        sa.Column("acknowledged_on", sa.Date),
        sa.Column("logged_at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_network_referrals"),
    )
    op.create_index("ix_network_referrals_contact_id", "network_referrals", ["contact_id"])
    op.create_index("ix_network_referrals_logged_at", "network_referrals", ["logged_at"])


def downgrade() -> None:
    op.drop_table("network_referrals")
    op.drop_table("network_touches")
    op.drop_table("network_contacts")
