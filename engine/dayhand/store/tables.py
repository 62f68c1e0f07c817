"""The engine's own tables, as they are after the newest migration.

Moments are ISO 8601 text in UTC with microseconds, so that text order is time order. Values are the
JSON text of `dayhand.values`. Text is compared byte by byte on both databases.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)
from sqlalchemy.types import TypeEngine

__all__ = ["METADATA", "TEXT"]

TEXT: TypeEngine[str] = Text().with_variant(Text(collation="C"), "postgresql")
METADATA = MetaData()
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, TEXT, nullable=null)


def _key(name: str) -> Column[str]:
    return Column(name, TEXT, primary_key=True)


Table("texts", METADATA, _key("digest"), _text("routine"), _text("text"))

Table(
    "runs",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("id", TEXT, nullable=False, unique=True),
    _text("routine"),
    Column("digest", TEXT, ForeignKey("texts.digest"), nullable=False),
    _text("scheduled_for"),
    _text("timezone"),
    _text("created_at"),
    _text("state"),
    _text("title"),
    _text("reason"),
    _text("trigger"),
    _text("inputs"),
    _text("started_at", null=True),
    _text("ended_at", null=True),
    Column("epoch", Integer, nullable=False),
    _text("owner"),
    _text("lease_until", null=True),
    _text("wake_at", null=True),
    _text("parent", null=True),
    _text("retry_of", null=True),
    Index("runs_by_routine", "routine", "id"),
    Index("runs_by_state", "state", "id"),
    Index("runs_by_routine_and_state", "routine", "state", "id"),
)

# The hot table. Rows are appended, and only a small index of numbers is in the order of runs: a
# commit shared by a hundred runs writes a fraction of the pages that a table clustered by the run's
# id would. `inputs` are those of the attempt that the row itself tells of; any other attempt has a
# row in `attempts`. Long inputs and outputs are packed.
Table(
    "run_steps",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("run_n", BigInteger, ForeignKey("runs.n"), nullable=False),
    _text("path"),
    _text("state"),
    _text("uses"),
    _text("output", null=True),
    _text("error", null=True),
    _text("reason"),
    _text("started_at", null=True),
    _text("ended_at", null=True),
    Column("attempts", Integer, nullable=False),
    _text("inputs", null=True),
    Index("run_steps_by_path", "run_n", "path", unique=True),
)

Table(
    "attempts",
    METADATA,
    Column("run_id", TEXT, ForeignKey("runs.id"), primary_key=True),
    _key("path"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("state"),
    _text("started_at"),
    _text("ended_at"),
    _text("inputs", null=True),
    _text("error", null=True),
    sqlite_with_rowid=False,
)

Table(
    "effects",
    METADATA,
    _key("key"),
    Column("run_id", TEXT, ForeignKey("runs.id"), nullable=False),
    _text("path"),
    _text("uses"),
    _text("state"),
    _text("intended_at"),
    _text("details"),
    _text("receipt", null=True),
    _text("ended_at", null=True),
    _text("reason"),
    Index("effects_by_run", "run_id"),
    Index("effects_by_state", "state", "intended_at"),
)

Table(
    "questions",
    METADATA,
    _key("id"),
    Column("run_id", TEXT, ForeignKey("runs.id"), nullable=False),
    _text("path"),
    _text("kind"),
    _text("title"),
    _text("asked_at"),
    _text("body"),
    _text("form"),
    _text("state"),
    _text("expires_at", null=True),
    Column("remind_every", BigInteger, nullable=True),
    _text("answer", null=True),
    _text("answered_at", null=True),
    _text("answered_by"),
    Index("questions_by_run", "run_id", "path"),
    Index("questions_by_state", "state", "asked_at"),
)

Table(
    "audit",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    _text("at"),
    _text("who"),
    _text("action"),
    _text("subject"),
    _text("previous"),
    _text("hash"),
)

Table(
    "occurrences",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=True),
    Column("key", TEXT, nullable=False, unique=True),
    _text("routine"),
    _text("trigger"),
    _text("at"),
    _text("nominal"),
    _text("zone"),
    _text("tzdata"),
    _text("digest"),
    _text("notes"),
    _text("state"),
    _text("reason"),
    _text("run_id", null=True),
    _text("decided_at", null=True),
    Index("occurrences_by_state", "state", "at"),
    Index("occurrences_by_routine", "routine", "at"),
    Index("occurrences_by_run", "run_id"),
)
Table("pauses", METADATA, _key("routine"), _text("since"), _text("by"), _text("until", null=True))
Table(
    "leases",
    METADATA,
    _key("name"),
    _text("owner"),
    _text("until"),
    Column("epoch", Integer, nullable=False),
)
Table("schedules", METADATA, _key("routine"), _text("digest"))
Table(
    "kept",
    METADATA,
    _key("plugin"),
    _key("name"),
    _text("at"),
    Column("data", LargeBinary, nullable=False),
)
Table("sealing", METADATA, _key("name"), _text("key"), _text("since"))
Table("told", METADATA, _key("key"), _text("at"))
Table("events", METADATA, _key("kind"), _key("key"), _text("begins"), _text("ends"))
Table("readings", METADATA, _key("kind"), _text("begins"), _text("ends"), _text("read_at"))
Table("horizons", METADATA, _key("routine"), _key("trigger"), _text("rule"), _text("until"))
