"""The day a client was discharged: from it on the years count for which a record is kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practice_clients", sa.Column("discharged_on", sa.Date))


def downgrade() -> None:
    op.drop_column("practice_clients", "discharged_on")
