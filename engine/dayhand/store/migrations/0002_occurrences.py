"""The occurrence ledger, pauses, the daemon's lease, last good routines, and what the owner was told."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text
from sqlalchemy.schema import SchemaItem

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NUMBER = BigInteger().with_variant(Integer, "sqlite")
TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def _texts(names: str, *, null: bool = False) -> list[SchemaItem]:
    return [Column(name, TEXT, nullable=null) for name in names.split()]


def upgrade() -> None:
    """Create them."""
    op.create_table(
        "occurrences",
        Column("n", NUMBER, primary_key=True, autoincrement=True),
        Column("key", TEXT, nullable=False, unique=True),
        *_texts("routine trigger at nominal zone tzdata digest notes state reason"),
        *_texts("run_id decided_at", null=True),
    )
    op.create_index("occurrences_by_state", "occurrences", ["state", "at"])
    op.create_index("occurrences_by_routine", "occurrences", ["routine", "at"])
    op.create_index("occurrences_by_run", "occurrences", ["run_id"])
    op.create_table(
        "pauses",
        Column("routine", TEXT, primary_key=True),
        *_texts("since by"),
        *_texts("until", null=True),
    )
    op.create_table(
        "leases",
        Column("name", TEXT, primary_key=True),
        *_texts("owner until"),
        Column("epoch", Integer, nullable=False),
    )
    op.create_table("schedules", Column("routine", TEXT, primary_key=True), *_texts("digest"))
    op.create_table("told", Column("key", TEXT, primary_key=True), *_texts("at"))
