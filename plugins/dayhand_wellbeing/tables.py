"""The tables of the plugin."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["blocks", "flags", "holds", "leaves", "loads", "metadata"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

blocks = sa.Table(
    "wellbeing_blocks",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("weekday", sa.String(3), nullable=False),
    sa.Column("start", sa.String(5), nullable=False),  # 12:15, in the practice's zone
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
)

holds = sa.Table(
    "wellbeing_holds",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("on", sa.Date, primary_key=True),
    sa.Column("uid", sa.String(200), nullable=False),
)

flags = sa.Table(
    "wellbeing_flags",
    metadata,
    sa.Column("client_id", sa.String(40), primary_key=True),
    sa.Column("since", sa.Date, primary_key=True),
    sa.Column("until", sa.Date),
)

loads = sa.Table(
    "wellbeing_loads",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("sessions", sa.Integer, nullable=False),
    sa.Column("minutes", sa.Integer, nullable=False),
    sa.Column("warnings", sa.Integer, nullable=False),
)

leaves = sa.Table(
    "wellbeing_leaves",
    metadata,
    sa.Column("first_on", sa.Date, primary_key=True),
    sa.Column("last_on", sa.Date, nullable=False),
    sa.Column("contact", sa.Text, nullable=False),
    sa.Column("contact_phone", sa.Text, nullable=False),
    sa.Column("billing_cutoff", sa.Date, nullable=False),
    sa.Column("sessions", sa.Integer, nullable=False),  # cancelled for it
)
