"""Psychotherapy notes and check-ins sealed with the second key."""

from __future__ import annotations

from alembic import op

from dayhand import seal_column

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seal_column(op.get_bind(), "journal_psychotherapy", "text")
    for column in ("scales", "text"):
        seal_column(op.get_bind(), "journal_checkins", column)
