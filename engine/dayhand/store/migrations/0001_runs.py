"""The first tables: runs and what is kept of them, and the audit log."""

from __future__ import annotations

from alembic import op
from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Text
from sqlalchemy.schema import SchemaItem

revision = "0001"
down_revision = None
branch_labels = ("dayhand",)
depends_on = None

NUMBER = BigInteger().with_variant(Integer, "sqlite")
TEXT = Text().with_variant(Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Create them."""
    _create_runs()
    _create_steps()
    _create_effects()
    _create_questions()
    _create_audit()


def _texts(names: str, *, null: bool = False) -> list[SchemaItem]:
    return [Column(name, TEXT, nullable=null) for name in names.split()]


def _run_id(*, key: bool) -> Column[str]:
    return Column("run_id", TEXT, ForeignKey("runs.id"), primary_key=key, nullable=False)


def _create_runs() -> None:
    op.create_table("texts", Column("digest", TEXT, primary_key=True), *_texts("routine text"))
    op.create_table(
        "runs",
        Column("n", NUMBER, primary_key=True, autoincrement=True),
        Column("id", TEXT, nullable=False, unique=True),
        *_texts("routine"),
        Column("digest", TEXT, ForeignKey("texts.digest"), nullable=False),
        *_texts("scheduled_for timezone created_at state title reason trigger inputs"),
        *_texts("started_at ended_at", null=True),
        Column("epoch", Integer, nullable=False),
        *_texts("owner"),
        *_texts("lease_until wake_at parent retry_of", null=True),
    )
    op.create_index("runs_by_routine", "runs", ["routine", "id"])
    op.create_index("runs_by_state", "runs", ["state", "id"])
    op.create_index("runs_by_routine_and_state", "runs", ["routine", "state", "id"])


def _create_steps() -> None:
    op.create_table(
        "run_steps",
        Column("n", NUMBER, primary_key=True, autoincrement=True),
        Column("run_n", BigInteger, ForeignKey("runs.n"), nullable=False),
        *_texts("path state uses"),
        *_texts("output error", null=True),
        *_texts("reason"),
        *_texts("started_at ended_at", null=True),
        Column("attempts", Integer, nullable=False),
        *_texts("inputs", null=True),
    )
    op.create_index("run_steps_by_path", "run_steps", ["run_n", "path"], unique=True)
    op.create_table(
        "attempts",
        _run_id(key=True),
        Column("path", TEXT, primary_key=True),
        Column("number", Integer, primary_key=True, autoincrement=False),
        *_texts("state started_at ended_at"),
        *_texts("inputs error", null=True),
        sqlite_with_rowid=False,
    )


def _create_effects() -> None:
    op.create_table(
        "effects",
        Column("key", TEXT, primary_key=True),
        _run_id(key=False),
        *_texts("path uses state intended_at details"),
        *_texts("receipt ended_at", null=True),
        *_texts("reason"),
    )
    op.create_index("effects_by_run", "effects", ["run_id"])
    op.create_index("effects_by_state", "effects", ["state", "intended_at"])


def _create_questions() -> None:
    op.create_table(
        "questions",
        Column("id", TEXT, primary_key=True),
        _run_id(key=False),
        *_texts("path kind title asked_at body form state"),
        *_texts("expires_at", null=True),
        Column("remind_every", BigInteger, nullable=True),
        *_texts("answer answered_at", null=True),
        *_texts("answered_by"),
    )
    op.create_index("questions_by_run", "questions", ["run_id", "path"])
    op.create_index("questions_by_state", "questions", ["state", "asked_at"])


def _create_audit() -> None:
    op.create_table(
        "audit",
        Column("n", NUMBER, primary_key=True, autoincrement=False),
        *_texts("at who action subject previous hash"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for act in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{act.lower()} BEFORE {act} ON audit"
                " BEGIN SELECT RAISE(ABORT, 'the audit log is only ever added to'); END"
            )
        return
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'the audit log is only ever added to'; END $$"
    )
    op.execute(
        "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit"
        " FOR EACH ROW EXECUTE FUNCTION audit_is_append_only()"
    )
