"""The tables of the collaboration plugin. Columns are the fields of the models of the same name."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = ["disclosures", "metadata", "part2_clients", "releases", "requests"]

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "pk": "pk_%(table_name)s",
    }
)

releases = sa.Table(
    "collaboration_releases",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("client_id", sa.String(40), nullable=False, index=True),
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
)

disclosures = sa.Table(
    "collaboration_disclosures",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("client_id", sa.String(40), nullable=False, index=True),
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
)

requests = sa.Table(
    "collaboration_requests",
    metadata,
    sa.Column("id", sa.String(20), primary_key=True),
    sa.Column("client_id", sa.String(40), nullable=False, index=True),
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
)

part2_clients = sa.Table(
    "collaboration_part2_clients",
    metadata,
    sa.Column("client_id", sa.String(40), primary_key=True),
    sa.Column("since", sa.Date, nullable=False),
    sa.Column("until", sa.Date),
)
