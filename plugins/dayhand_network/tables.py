"""The tables of the network plugin. Columns are the fields of the models of the same name."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["contacts", "metadata", "referrals", "touches"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "pk": "pk_%(table_name)s",
    }
)

contacts = sa.Table(
    "network_contacts",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
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
)

touches = sa.Table(
    "network_touches",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("contact_id", sa.String(20), nullable=False, index=True),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("how", sa.String(20), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("follow_up_on", sa.Date),
)

referrals = sa.Table(
    "network_referrals",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("direction", sa.String(4), nullable=False),
    sa.Column("on", sa.Date, nullable=False),
    sa.Column("contact_id", sa.String(20), nullable=False, index=True),
    sa.Column("source", sa.String(80), nullable=False),
    sa.Column("client_id", sa.String(40), nullable=False),
    sa.Column("initials", sa.String(20), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("outcome", sa.String(20), nullable=False),
    sa.Column("outcome_on", sa.Date),
    sa.Column("acknowledgement", sa.String(20), nullable=False),
    sa.Column("acknowledged_on", sa.Date),
    sa.Column("logged_at", sa.String(32), nullable=False, index=True),
)
"""`logged_at` is a moment in UTC, as text."""
