"""Notes, addenda, psychotherapy notes, check-ins."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_notes",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("format", sa.String(10), nullable=False),
        sa.Column("start", sa.String(40), nullable=False),
        sa.Column("stop", sa.String(40), nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("place_of_service", sa.String(10), nullable=False),
        sa.Column("modality", sa.String(20), nullable=False),
        sa.Column("service", sa.String(40), nullable=False),
        sa.Column("sections", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("signed_at", sa.String(40)),
        sa.Column("signed_by", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("late_entry", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_notes"),
        sa.UniqueConstraint("session_id", name="uq_journal_notes_session_id"),
    )
    op.create_index("ix_journal_notes_client_id", "journal_notes", ["client_id"])
    op.create_index("ix_journal_notes_state", "journal_notes", ["state"])
    op.create_table(
        "journal_addenda",
        sa.Column("note_id", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("written_at", sa.String(40), nullable=False),
        sa.Column("signed_at", sa.String(40)),
        sa.Column("signed_by", sa.String(200), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("note_id", "n", name="pk_journal_addenda"),
        sa.ForeignKeyConstraint(
            ["note_id"], ["journal_notes.id"], name="fk_journal_addenda_note_id_journal_notes"
        ),
    )
    op.create_table(
        "journal_psychotherapy",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("written_at", sa.String(40), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_psychotherapy"),
        sa.UniqueConstraint("key", name="uq_journal_psychotherapy_key"),
    )
    op.create_index("ix_journal_psychotherapy_client_id", "journal_psychotherapy", ["client_id"])
    op.create_table(
        "journal_checkins",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("key", sa.String(64), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("scales", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_journal_checkins"),
        sa.UniqueConstraint("key", name="uq_journal_checkins_key"),
    )
    op.create_index("ix_journal_checkins_on", "journal_checkins", ["on"])


def downgrade() -> None:
    for table in ("checkins", "psychotherapy", "addenda", "notes"):
        op.drop_table(f"journal_{table}")
