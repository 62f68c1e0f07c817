"""The plugin's tables, and how their values are kept.

Money is kept in whole cents, moments as ISO-8601 text in UTC, lists one item a line. A column is
named as in the CSV files and the models, so that one name means one thing everywhere.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

__all__ = [
    "clients",
    "diagnoses",
    "fee_agreements",
    "metadata",
    "opening_balances",
    "paperwork",
    "services",
    "session_events",
    "sessions",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _of_client(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "client_id",
        String(24),
        ForeignKey("practice_clients.id"),
        primary_key=primary_key,
        nullable=False,
    )


clients = Table(
    "practice_clients",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("name", Text, nullable=False),
    Column("initials", String(8), nullable=False),
    Column("preferred_name", Text, nullable=False),
    Column("date_of_birth", Date),
    Column("email", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("region", String(8), nullable=False),
    Column("bill_to_name", Text, nullable=False),
    Column("bill_to_email", Text, nullable=False),
    Column("bill_to_address", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("note_format", String(8), nullable=False),
    Column("wants_superbill", Boolean, nullable=False),
    Column("payer", Text, nullable=False),
    Column("member_id", Text, nullable=False),
    Column("aliases", Text, nullable=False),
    Column("created_at", String(32)),  # null for those brought along by an import
    Column("discharged_on", Date),
)

diagnoses = Table(
    "practice_diagnoses",
    metadata,
    _of_client(primary_key=True),
    Column("code", String(8), primary_key=True),
    Column("effective_from", Date, primary_key=True),
    Column("effective_to", Date),
)

services = Table(
    "practice_services",
    metadata,
    Column("code", String(24), primary_key=True),
    Column("effective_from", Date, primary_key=True),
    Column("effective_to", Date),
    Column("name", Text, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("fee", Integer, nullable=False),
)

fee_agreements = Table(
    "practice_fee_agreements",
    metadata,
    _of_client(primary_key=True),
    Column("service", String(24), primary_key=True),  # '' is every service
    Column("effective_from", Date, primary_key=True),
    Column("effective_to", Date),
    Column("agreed_fee", Integer),
    Column("percent", Integer),  # hundredths of a percent of the listed fee
    Column("reason", Text, nullable=False),
    Column("review_on", Date),
    CheckConstraint("(agreed_fee IS NULL) <> (percent IS NULL)", name="one_way"),
)

sessions = Table(
    "practice_sessions",
    metadata,
    Column("id", String(24), primary_key=True),
    _of_client(),
    Column("start", String(32), nullable=False),
    Column("day", Date, nullable=False),  # the date of service, in the practice's zone
    Column("minutes", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("status_by", String(8), nullable=False),  # 'calendar' or 'person'
    Column("calendar_status", String(16), nullable=False),  # what the calendar said last
    Column("priced_by", String(8), nullable=False),  # 'rules' or 'person'
    Column("service", String(24), nullable=False),
    Column("service_name", Text, nullable=False),
    Column("fee", Integer, nullable=False),
    Column("adjustment", Integer, nullable=False),
    Column("adjustment_reason", Text, nullable=False),
    Column("place_of_service", String(2), nullable=False),
    Column("modality", String(16), nullable=False),
    Column("modifiers", Text, nullable=False),
    Column("document", String(64)),
    Column("billed_on", Date),
    UniqueConstraint("client_id", "start"),
    Index(None, "day"),
)

session_events = Table(
    "practice_session_events",
    metadata,
    # The key of a calendar event: one event is one session, one session may be several events
    # (the same calendar read twice, a copy in another one).
    Column("key", Text, primary_key=True),
    Column("session_id", String(24), ForeignKey("practice_sessions.id"), nullable=False),
    Index(None, "session_id"),
)

paperwork = Table(
    "practice_paperwork",
    metadata,
    Column("id", String(24), primary_key=True),
    _of_client(),
    Column("kind", String(24), nullable=False),
    Column("signed_on", Date, nullable=False),
    Column("expires_on", Date),
    Column("scope", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("warned_at", Date),
    Column("revoked_at", Date),
    Index(None, "client_id"),
)

opening_balances = Table(
    "practice_opening_balances",
    metadata,
    _of_client(primary_key=True),
    Column("amount", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
)
