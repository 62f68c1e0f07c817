"""The tables `billing_*`. Money is in whole cents; lists are kept as JSON text."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "allocations",
    "credit_notes",
    "estimate_dates",
    "estimate_requests",
    "estimates",
    "invoices",
    "lines",
    "metadata",
    "payments",
    "reminders",
    "series",
    "superbills",
]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

series = sa.Table(
    "billing_series",
    metadata,
    sa.Column("name", sa.String(32), primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
)

# An invoice is a draft without a number, then issued with one, then perhaps void: the number stays.
invoices = sa.Table(
    "billing_invoices",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("number", sa.String(64), unique=True),
    sa.Column("series", sa.String(32)),
    sa.Column("sequence", sa.Integer),
    sa.Column("state", sa.String(8), nullable=False),
    sa.Column("client_id", sa.String(64), nullable=False, index=True),
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
    sa.CheckConstraint("state IN ('draft', 'issued', 'void')", name="state"),
    sa.CheckConstraint("(state = 'draft') = (number IS NULL)", name="number"),
    sa.UniqueConstraint("series", "sequence"),
)

# `billed_session` and `billed_slot` say what a line bills, and are null once its invoice is void;
# being unique they let a session, and a client's hour, be billed once only.
lines = sa.Table(
    "billing_lines",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invoice_id", sa.ForeignKey("billing_invoices.id"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("session_id", sa.String(64), nullable=False, index=True),
    sa.Column("billed_session", sa.String(64), unique=True),
    sa.Column("billed_slot", sa.String(100), unique=True),
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
    sa.CheckConstraint("amount = charge + adjustment + tax", name="amount"),
)

# A refund is a payment of a negative amount that names the one it gives back.
payments = sa.Table(
    "billing_payments",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("client_id", sa.String(64), nullable=False, index=True),
    sa.Column("received_on", sa.Date, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("fee", sa.Integer, nullable=False),
    sa.Column("method", sa.String(32), nullable=False),
    sa.Column("reference", sa.String(200), unique=True),
    sa.Column("refund_of", sa.ForeignKey("billing_payments.id"), index=True),
    sa.CheckConstraint(
        "(refund_of IS NULL AND amount > 0) OR (refund_of IS NOT NULL AND amount < 0)", name="sign"
    ),
)

# A write-off is one that an insurer's contract makes; `reference` is the insurer's, and used once.
credit_notes = sa.Table(
    "billing_credit_notes",
    metadata,
    sa.Column("number", sa.String(64), primary_key=True),
    sa.Column("series", sa.String(32), nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("invoice_id", sa.ForeignKey("billing_invoices.id"), nullable=False, index=True),
    sa.Column("client_id", sa.String(64), nullable=False, index=True),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parts", sa.Text, nullable=False),
    sa.Column("tax", sa.Integer, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(12), nullable=False, server_default="credit"),
    sa.Column("reference", sa.String(200)),
    sa.CheckConstraint("amount > 0", name="amount"),
    sa.UniqueConstraint("series", "sequence"),
    sa.Index("ux_billing_credit_notes_reference", "reference", unique=True),
)

# Rows are only added: what is taken back is a row with a negative amount and its own day, so that
# balances of any past day can be told.
allocations = sa.Table(
    "billing_allocations",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("invoice_id", sa.ForeignKey("billing_invoices.id"), nullable=False, index=True),
    sa.Column("payment_id", sa.ForeignKey("billing_payments.id"), index=True),
    sa.Column("credit_note", sa.ForeignKey("billing_credit_notes.number"), index=True),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("amount", sa.Integer, nullable=False),
    sa.CheckConstraint("(payment_id IS NULL) <> (credit_note IS NULL)", name="source"),
)

# Superbills are never changed: one that differs is a new row that names the one it supersedes.
superbills = sa.Table(
    "billing_superbills",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("supersedes", sa.ForeignKey("billing_superbills.id"), unique=True),
    sa.Column("client_id", sa.String(64), nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("issued_on", sa.Date, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.UniqueConstraint("client_id", "starts_on", "ends_on", "version"),
)

# Which reminders of an open invoice have gone out: one for each step of the policy.
reminders = sa.Table(
    "billing_reminders",
    metadata,
    sa.Column("invoice_id", sa.ForeignKey("billing_invoices.id"), primary_key=True),
    sa.Column("after_days", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sent_on", sa.Date, nullable=False),
)

# A good-faith estimate is a draft, then delivered; a later one for the same time replaces it.
estimates = sa.Table(
    "billing_estimates",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("client_id", sa.String(64), nullable=False, index=True),
    sa.Column("initials", sa.String(16), nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("made_on", sa.Date, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("delivered_on", sa.Date),
    sa.Column("delivered_by", sa.String(32), nullable=False),
    sa.CheckConstraint("state IN ('draft', 'delivered', 'replaced')", name="state"),
)

# When an appointment was first seen: from that day its estimate is reckoned.
estimate_dates = sa.Table(
    "billing_estimate_dates",
    metadata,
    sa.Column("client_id", sa.String(64), primary_key=True),
    sa.Column("service_on", sa.Date, primary_key=True),
    sa.Column("scheduled_on", sa.Date, nullable=False),
)

# An estimate that was asked for, or that a change of charges from a day on makes necessary. A client
# has at most one open; `due_on` stays as it was told.
estimate_requests = sa.Table(
    "billing_estimate_requests",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
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
    sa.Column("estimate_id", sa.ForeignKey("billing_estimates.id")),
    sa.CheckConstraint("kind IN ('request', 'change')", name="kind"),
    sa.CheckConstraint("(kind = 'change') = (starts_on IS NOT NULL)", name="starts"),
    sa.CheckConstraint("(closed_on IS NULL) = (outcome = 'open')", name="closed"),
    sa.CheckConstraint("outcome IN ('open', 'given', 'on paper', 'withdrawn')", name="outcome"),
    sa.Index(
        "ux_billing_estimate_requests_open",
        "client_id",
        unique=True,
        sqlite_where=sa.text("closed_on IS NULL"),
        postgresql_where=sa.text("closed_on IS NULL"),
    ),
)
