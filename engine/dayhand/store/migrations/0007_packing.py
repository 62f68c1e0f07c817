"""Long inputs and outputs of steps may be packed from here on, which an older dayhand cannot read.

What is there already stays as it is: it is read as before, and goes with the runs that are pruned.
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from dayhand.store.packing import unpacked

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PACKED = (
    ("run_steps", ("n",), "output"),
    ("run_steps", ("n",), "inputs"),
    ("attempts", ("run_id", "path", "number"), "inputs"),
)


def upgrade() -> None:
    """Change nothing: the revision alone keeps an older version away."""


def downgrade() -> None:
    """Unpack what was packed."""
    connection = op.get_bind()
    for table, key, column in _PACKED:
        names = ", ".join(key)
        rows = connection.execute(
            text(f"SELECT {names}, {column} FROM {table} WHERE {column} LIKE 'z:%'")  # noqa: S608
        )
        where = " AND ".join(f"{name} = :{name}" for name in key)
        change = text(f"UPDATE {table} SET {column} = :long WHERE {where}")  # noqa: S608
        for *values, packed in rows.fetchall():
            long = unpacked(packed)
            connection.execute(change, {**dict(zip(key, values, strict=True)), "long": long})
