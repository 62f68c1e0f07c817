"""The practice's records: clients, services, sessions, paperwork, opening balances."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_clients()
    _create_of_clients()
    _create_services()
    _create_sessions()
    _create_paperwork()


def _create_clients() -> None:
    op.create_table(
        "practice_clients",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("initials", sa.String(8), nullable=False),
        sa.Column("preferred_name", sa.Text, nullable=False),
        sa.Column("date_of_birth", sa.Date),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("region", sa.String(8), nullable=False),
        sa.Column("bill_to_name", sa.Text, nullable=False),
        sa.Column("bill_to_email", sa.Text, nullable=False),
        sa.Column("bill_to_address", sa.Text, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("note_format", sa.String(8), nullable=False),
        sa.Column("wants_superbill", sa.Boolean, nullable=False),
        sa.Column("payer", sa.Text, nullable=False),
        sa.Column("member_id", sa.Text, nullable=False),
        sa.Column("aliases", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_practice_clients"),
    )


def _create_of_clients() -> None:
    op.create_table(
        "practice_diagnoses",
        sa.Column("client_id", sa.String(24), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("effective_to", sa.Date),
        sa.PrimaryKeyConstraint(
            "client_id", "code", "effective_from", name="pk_practice_diagnoses"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["practice_clients.id"], name="fk_practice_diagnoses_client_id"
        ),
    )
    op.create_table(
        "practice_fee_agreements",
        sa.Column("client_id", sa.String(24), nullable=False),
        sa.Column("service", sa.String(24), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("effective_to", sa.Date),
        sa.Column("agreed_fee", sa.Integer),
        sa.Column("percent", sa.Integer),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("review_on", sa.Date),
        sa.PrimaryKeyConstraint(
            "client_id", "service", "effective_from", name="pk_practice_fee_agreements"
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["practice_clients.id"], name="fk_practice_fee_agreements_client_id"
        ),
        sa.CheckConstraint(
            "(agreed_fee IS NULL) <> (percent IS NULL)",
            name="ck_practice_fee_agreements_one_way",
        ),
    )
    op.create_table(
        "practice_opening_balances",
        sa.Column("client_id", sa.String(24), nullable=False),
        sa.Column("amount", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("client_id", name="pk_practice_opening_balances"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["practice_clients.id"], name="fk_practice_opening_balances_client_id"
        ),
    )


def _create_services() -> None:
    op.create_table(
        "practice_services",
        sa.Column("code", sa.String(24), nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("effective_to", sa.Date),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("fee", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("code", "effective_from", name="pk_practice_services"),
    )


def _create_sessions() -> None:
    op.create_table(
        "practice_sessions",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("client_id", sa.String(24), nullable=False),
        sa.Column("start", sa.String(32), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("minutes", sa.Integer, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_by", sa.String(8), nullable=False),
        sa.Column("calendar_status", sa.String(16), nullable=False),
        sa.Column("priced_by", sa.String(8), nullable=False),
        sa.Column("service", sa.String(24), nullable=False),
        sa.Column("service_name", sa.Text, nullable=False),
        sa.Column("fee", sa.Integer, nullable=False),
        sa.Column("adjustment", sa.Integer, nullable=False),
        sa.Column("adjustment_reason", sa.Text, nullable=False),
        sa.Column("place_of_service", sa.String(2), nullable=False),
        sa.Column("modality", sa.String(16), nullable=False),
        sa.Column("modifiers", sa.Text, nullable=False),
        sa.Column("document", sa.String(64)),
        sa.Column("billed_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_practice_sessions"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["practice_clients.id"], name="fk_practice_sessions_client_id"
        ),
        sa.UniqueConstraint("client_id", "start", name="uq_practice_sessions_client_id_start"),
    )
    op.create_index("ix_practice_sessions_day", "practice_sessions", ["day"])
    op.create_table(
        "practice_session_events",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("session_id", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_practice_session_events"),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["practice_sessions.id"],
            name="fk_practice_session_events_session_id",
        ),
    )
    op.create_index(
        "ix_practice_session_events_session_id", "practice_session_events", ["session_id"]
    )


def _create_paperwork() -> None:
    op.create_table(
        "practice_paperwork",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("client_id", sa.String(24), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("signed_on", sa.Date, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("warned_at", sa.Date),
        sa.Column("revoked_at", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_practice_paperwork"),
        sa.ForeignKeyConstraint(
            ["client_id"], ["practice_clients.id"], name="fk_practice_paperwork_client_id"
        ),
    )
    op.create_index("ix_practice_paperwork_client_id", "practice_paperwork", ["client_id"])


def downgrade() -> None:
    for table in (
        "practice_paperwork",
        "practice_session_events",
        "practice_sessions",
        "practice_services",
        "practice_opening_balances",
        "practice_fee_agreements",
        "practice_diagnoses",
        "practice_clients",
    ):
        op.drop_table(table)
