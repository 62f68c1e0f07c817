"""Migrating an empty database gives the tables the plugin declares."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from dayhand_billing import dayhand_tables


def test_the_migrations_make_the_declared_tables(tmp_path):
    tables = dayhand_tables()
    scripts = ScriptDirectory(str(tables.migrations), version_locations=[str(tables.migrations)])
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'm.sqlite'}")

    with engine.begin() as connection:
        options = {
            "version_table": "billing_version",
            "fn": lambda revision, _: scripts._upgrade_revs("head", revision),
        }
        context = MigrationContext.configure(connection, opts=options)
        with Operations.context(context):
            context.run_migrations()
        options = {"version_table": "billing_version", "compare_type": True}
        differences = compare_metadata(
            MigrationContext.configure(connection, opts=options), tables.metadata()
        )
        migrated = statements(connection)
        connection.execute(sa.text("DROP TABLE billing_version"))

    assert differences == []
    assert scripts.get_current_head() == tables.revision
    assert all(name.startswith("billing_") for name in tables.metadata().tables)
    engine.dispose()
    declared = sa.create_engine("sqlite://")
    with declared.begin() as connection:
        tables.metadata().create_all(connection)
        assert checks(statements(connection)) == checks(migrated)
    declared.dispose()


def statements(connection):
    return (
        connection.execute(sa.text("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL"))
        .scalars()
        .all()
    )


def checks(found):
    """The check constraints, which Alembic does not compare."""
    lines = (line.strip().rstrip(",") for text in found for line in text.splitlines())
    return sorted(line for line in lines if "CHECK" in line)
