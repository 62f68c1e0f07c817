from __future__ import annotations

import os
from pathlib import Path

import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

import dayhand_practice


def upgrade(engine):
    """Bring a database to the newest revision, without an env.py."""
    declared = dayhand_practice.dayhand_tables()
    config = Config()
    config.set_main_option("script_location", str(declared.migrations))
    config.set_main_option("version_locations", str(declared.migrations))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    with engine.begin() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "practice_version",
                "fn": lambda revision, _: script._upgrade_revs("head", revision),
            },
        )
        with Operations.context(context):
            context.run_migrations()
    return script


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request, tmp_path):
    if request.param == "sqlite":
        made = sqlalchemy.create_engine(f"sqlite:///{tmp_path / 'x.sqlite'}")
        yield made
        made.dispose()
        return
    if not os.environ.get("DAYHAND_TEST_POSTGRESQL"):
        pytest.skip("DAYHAND_TEST_POSTGRESQL names no database")
    made = sqlalchemy.create_engine(os.environ["DAYHAND_TEST_POSTGRESQL"])
    dayhand_practice.dayhand_tables().metadata().drop_all(made)
    with made.begin() as connection:
        connection.execute(sqlalchemy.text("DROP TABLE IF EXISTS practice_version"))
    yield made
    made.dispose()


def test_the_migrations_make_the_tables_that_are_declared(engine):
    declared = dayhand_practice.dayhand_tables()

    script = upgrade(engine)

    assert script.get_current_head() == declared.revision
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "version_table": "practice_version",
                "compare_type": True,
                "compare_server_default": True,
                "include_name": lambda name, kind, _: kind != "table" or name != "practice_version",
            },
        )
        assert compare_metadata(context, declared.metadata()) == []


def test_every_constraint_has_the_name_it_is_declared_with(engine):
    metadata = dayhand_practice.dayhand_tables().metadata()
    upgrade(engine)

    inspector = sqlalchemy.inspect(engine)
    for table in metadata.tables.values():
        assert inspector.get_pk_constraint(table.name)["name"] == table.primary_key.name
        found = {one["name"] for one in inspector.get_check_constraints(table.name)}
        assert found == {
            str(one.name)
            for one in table.constraints
            if isinstance(one, sqlalchemy.CheckConstraint)
        }


def test_every_table_begins_with_the_plugins_name():
    declared = dayhand_practice.dayhand_tables()

    assert all(name.startswith(f"{declared.branch}_") for name in declared.metadata().tables)
    assert Path(declared.migrations).is_dir()
