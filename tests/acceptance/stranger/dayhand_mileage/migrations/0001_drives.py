"""The table of drives."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mileage_drives",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("driven_on", sa.Date, nullable=False),
        sa.Column("miles", sa.Integer, nullable=False),
    )
