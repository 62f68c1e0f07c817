"""Write-offs: credit notes that an insurer's contract makes, once for each of its references."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = "billing_credit_notes"
    op.add_column(table, sa.Column("kind", sa.String(12), nullable=False, server_default="credit"))
    op.add_column(table, sa.Column("reference", sa.String(200)))
    op.create_index("ux_billing_credit_notes_reference", table, ["reference"], unique=True)
