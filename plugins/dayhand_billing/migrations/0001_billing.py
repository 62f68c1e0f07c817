"""Invoices, payments, credit notes, superbills and their counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_series()
    _create_invoices()
    _create_lines()
    _create_payments()
    _create_credit_notes()
    _create_allocations()
    _create_superbills()


def _create_series() -> None:
    op.create_table(
        "billing_series",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_billing_series"),
    )


def _create_invoices() -> None:
    op.create_table(
        "billing_invoices",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("number", sa.String(64)),
        sa.Column("series", sa.String(32)),
        sa.Column("sequence", sa.Integer),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("initials", sa.String(16), nullable=False),
        sa.Column("client_name", sa.Text, nullable=False),
        sa.Column("bill_to", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("email_scopes", sa.Text, nullable=False),
        sa.Column("created_on", sa.Date, nullable=False),
        sa.Column("issued_on", sa.Date),
        sa.Column("due_on", sa.Date),
        sa.Column("voided_on", sa.Date),
        sa.Column("void_reason", sa.Text, nullable=False),
        sa.Column("total", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'issued', 'void')", name=op.f("ck_billing_invoices_state")
        ),
        sa.CheckConstraint(
            "(state = 'draft') = (number IS NULL)", name=op.f("ck_billing_invoices_number")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_billing_invoices"),
        sa.UniqueConstraint("number", name="uq_billing_invoices_number"),
        sa.UniqueConstraint("series", "sequence", name="uq_billing_invoices_series_sequence"),
    )
    op.create_index("ix_billing_invoices_client_id", "billing_invoices", ["client_id"])


def _create_lines() -> None:
    op.create_table(
        "billing_lines",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("invoice_id", sa.String(32), nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("session_id", sa.String(64), nullable=False),
        sa.Column("billed_session", sa.String(64)),
        sa.Column("billed_slot", sa.String(100)),
        sa.Column("start", sa.String(40), nullable=False),
        sa.Column("service_date", sa.Date, nullable=False),
        sa.Column("service", sa.String(32), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("place_of_service", sa.String(8), nullable=False),
        sa.Column("modifiers", sa.Text, nullable=False),
        sa.Column("diagnoses", sa.Text, nullable=False),
        sa.Column("units", sa.Integer, nullable=False),
        sa.Column("charge", sa.Integer, nullable=False),
        sa.Column("adjustment", sa.Integer, nullable=False),
        sa.Column("adjustment_reason", sa.Text, nullable=False),
        sa.Column("tax_code", sa.String(16), nullable=False),
        sa.Column("tax_rate", sa.String(16), nullable=False),
        sa.Column("tax", sa.Integer, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "amount = charge + adjustment + tax", name=op.f("ck_billing_lines_amount")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_billing_lines"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_lines_invoice_id"
        ),
        sa.UniqueConstraint("billed_session", name="uq_billing_lines_billed_session"),
        sa.UniqueConstraint("billed_slot", name="uq_billing_lines_billed_slot"),
    )
    op.create_index("ix_billing_lines_invoice_id", "billing_lines", ["invoice_id"])
    op.create_index("ix_billing_lines_session_id", "billing_lines", ["session_id"])


def _create_payments() -> None:
    op.create_table(
        "billing_payments",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("received_on", sa.Date, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("fee", sa.Integer, nullable=False),
        sa.Column("method", sa.String(32), nullable=False),
        sa.Column("reference", sa.String(200)),
        sa.Column("refund_of", sa.String(64)),
        sa.CheckConstraint(
            "(refund_of IS NULL AND amount > 0) OR (refund_of IS NOT NULL AND amount < 0)",
            name=op.f("ck_billing_payments_sign"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_billing_payments"),
        sa.ForeignKeyConstraint(
            ["refund_of"], ["billing_payments.id"], name="fk_billing_payments_refund_of"
        ),
        sa.UniqueConstraint("reference", name="uq_billing_payments_reference"),
    )
    op.create_index("ix_billing_payments_client_id", "billing_payments", ["client_id"])
    op.create_index("ix_billing_payments_refund_of", "billing_payments", ["refund_of"])


def _create_credit_notes() -> None:
    op.create_table(
        "billing_credit_notes",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("series", sa.String(32), nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("invoice_id", sa.String(32), nullable=False),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("parts", sa.Text, nullable=False),
        sa.Column("tax", sa.Integer, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_billing_credit_notes_amount")),
        sa.PrimaryKeyConstraint("number", name="pk_billing_credit_notes"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_credit_notes_invoice_id"
        ),
        sa.UniqueConstraint("series", "sequence", name="uq_billing_credit_notes_series_sequence"),
    )
    op.create_index("ix_billing_credit_notes_invoice_id", "billing_credit_notes", ["invoice_id"])
    op.create_index("ix_billing_credit_notes_client_id", "billing_credit_notes", ["client_id"])


def _create_allocations() -> None:
    op.create_table(
        "billing_allocations",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("invoice_id", sa.String(32), nullable=False),
        sa.Column("payment_id", sa.String(64)),
        sa.Column("credit_note", sa.String(64)),
        sa.Column("made_on", sa.Date, nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "(payment_id IS NULL) <> (credit_note IS NULL)",
            name=op.f("ck_billing_allocations_source"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_billing_allocations"),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["billing_invoices.id"], name="fk_billing_allocations_invoice_id"
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["billing_payments.id"], name="fk_billing_allocations_payment_id"
        ),
        sa.ForeignKeyConstraint(
            ["credit_note"],
            ["billing_credit_notes.number"],
            name="fk_billing_allocations_credit_note",
        ),
    )
    op.create_index("ix_billing_allocations_invoice_id", "billing_allocations", ["invoice_id"])
    op.create_index("ix_billing_allocations_payment_id", "billing_allocations", ["payment_id"])
    op.create_index("ix_billing_allocations_credit_note", "billing_allocations", ["credit_note"])


def _create_superbills() -> None:
    op.create_table(
        "billing_superbills",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("supersedes", sa.String(64)),
        sa.Column("client_id", sa.String(64), nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("issued_on", sa.Date, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_superbills"),
        sa.ForeignKeyConstraint(
            ["supersedes"], ["billing_superbills.id"], name="fk_billing_superbills_supersedes"
        ),
        sa.UniqueConstraint("supersedes", name="uq_billing_superbills_supersedes"),
        sa.UniqueConstraint(
            "client_id",
            "starts_on",
            "ends_on",
            "version",
            name="uq_billing_superbills_client_id_starts_on_ends_on_version",
        ),
    )
