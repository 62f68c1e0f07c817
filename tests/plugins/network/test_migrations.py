"""Migrating an empty database gives the tables the plugin declares."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from dayhand_network import dayhand_tables


def test_the_migrations_make_the_declared_tables(tmp_path):
    tables = dayhand_tables()
    scripts = ScriptDirectory(str(tables.migrations), version_locations=[str(tables.migrations)])
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'm.sqlite'}")

    with engine.begin() as connection:
        options = {
            "version_table": "network_version",
            "fn": lambda revision, _: scripts._upgrade_revs("head", revision),
        }
        context = MigrationContext.configure(connection, opts=options)
        with Operations.context(context):
            context.run_migrations()
        options = {"version_table": "network_version", "compare_type": True}
        differences = compare_metadata(
            MigrationContext.configure(connection, opts=options), tables.metadata()
        )

    assert differences == []
    assert scripts.get_current_head() == tables.revision
    assert all(name.startswith("network_") for name in tables.metadata().tables)
    engine.dispose()
