"""When a client was added: what makes a new client's routines due."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("practice_clients", sa.Column("created_at", sa.String(32)))


def downgrade() -> None:
    op.drop_column("practice_clients", "created_at")
