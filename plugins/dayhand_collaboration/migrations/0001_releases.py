"""Releases, disclosures, records requests, and clients under part 2."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collaboration_releases",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("information", sa.String(300), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("discloser", sa.String(200), nullable=False),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("recipient_address", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("expires_on", sa.Date),
        sa.Column("expires_event", sa.Text, nullable=False),
        sa.Column("event_on", sa.Date),
        sa.Column("signed_on", sa.Date),
        sa.Column("signed_by", sa.String(20), nullable=False),
        sa.Column("authority", sa.Text, nullable=False),
        sa.Column("says_revocation", sa.Boolean, nullable=False),
        sa.Column("says_conditions", sa.Boolean, nullable=False),
        sa.Column("says_redisclosure", sa.Boolean, nullable=False),
        sa.Column("copy_given_on", sa.Date),
        sa.Column("part2", sa.Boolean, nullable=False),
        sa.Column("revoked_on", sa.Date),
        sa.PrimaryKeyConstraint("id", name="pk_collaboration_releases"),
    )
    op.create_index("ix_collaboration_releases_client_id", "collaboration_releases", ["client_id"])
    op.create_table(
        "collaboration_disclosures",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("on", sa.Date, nullable=False),
        sa.Column("recipient", sa.String(200), nullable=False),
        sa.Column("recipient_address", sa.Text, nullable=False),
        sa.Column("information", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("basis", sa.String(20), nullable=False),
        sa.Column("method", sa.String(20), nullable=False),
        sa.Column("release", sa.String(20), nullable=False),
        sa.Column("document", sa.String(500), nullable=False),
        sa.Column("document_sha256", sa.String(64), nullable=False),
        sa.Column("part2", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collaboration_disclosures"),
    )
    op.create_index(
        "ix_collaboration_disclosures_client_id", "collaboration_disclosures", ["client_id"]
    )
    op.create_table(
        "collaboration_requests",
        sa.Column("id", sa.String(20), nullable=False),
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("initials", sa.String(20), nullable=False),
        sa.Column("requested_on", sa.Date, nullable=False),
        sa.Column("requester", sa.String(20), nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("deliver_to", sa.Text, nullable=False),
        sa.Column("form", sa.String(80), nullable=False),
        sa.Column("identity_checked_on", sa.Date),
        sa.Column("extended_on", sa.Date),
        sa.Column("extension_reason", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collaboration_requests"),
    )
    op.create_index("ix_collaboration_requests_client_id", "collaboration_requests", ["client_id"])
    op.create_table(
        "collaboration_part2_clients",
        sa.Column("client_id", sa.String(40), nullable=False),
        sa.Column("since", sa.Date, nullable=False),
        sa.Column("until", sa.Date),
        sa.PrimaryKeyConstraint("client_id", name="pk_collaboration_part2_clients"),
    )


def downgrade() -> None:
    op.drop_table("collaboration_part2_clients")
    op.drop_table("collaboration_requests")
    op.drop_table("collaboration_disclosures")
    op.drop_table("collaboration_releases")
