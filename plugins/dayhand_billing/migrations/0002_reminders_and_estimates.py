"""Reminders of open invoices, and good-faith estimates with the days they are due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "billing_reminders",
        sa.Column("invoice_id", sa.String(32), nullable=False),
        sa.Column("after_days", sa.Integer, nullable=False),
        sa.Column("sent_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("invoice_id", "after_days", name="pk_billing_reminders"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_reminders_invoice_id"
        ),
    )
    op.create_table(
        "billing_estimates",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("initials", sa.String(16), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("delivered_on", sa.Date),
        sa.Column("delivered_by", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_estimates"),
        sa.CheckConstraint(
            "state IN ('draft', 'delivered', 'replaced')", name="ck_billing_estimates_state"
        ),
    )
    op.create_index("ix_billing_estimates_client_id", "billing_estimates", ["client_id"])
    op.create_table(
        "billing_estimate_dates",
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("service_on", sa.Date, nullable=False),
        sa.Column("scheduled_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("client_id", "service_on", name="pk_billing_estimate_dates"),
    )
