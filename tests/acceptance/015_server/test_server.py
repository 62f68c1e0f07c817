"""015: a practice whose database is on a PostgreSQL server."""

from __future__ import annotations

import warnings
from dataclasses import replace

import pytest


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs: XDG_RUNTIME_DIR is not set in a container
        from tests_support import postgres

        running = postgres.start(tmp_path_factory.mktemp("pg"))
    yield running
    running.cleanup()


@pytest.fixture
def address(server):
    """Of an empty database."""
    import sqlalchemy

    admin = sqlalchemy.create_engine(
        server.get_uri().replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE lake")
    admin.dispose()
    return server.get_uri(database="lake").replace("postgres:@", "postgres@")


def told(doctor, check):
    return [(one["level"], one["message"]) for one in doctor.json if one["check"] == check]


def test_a_practice_begins_on_a_server_and_works_there(nowhere, address):
    nowhere.more["DB_WORD"] = "quillwort"

    begun = nowhere(
        "init", "lake", "--sample", "--today", "2026-11-24", "--database", address,
        "--database-password", "env:DB_WORD",
    ).text  # fmt: skip

    assert "tables on postgresql://postgres@/" in begun
    settings = (nowhere.folder / "lake/practice.yaml").read_text()
    assert f'url: "{address}"' in settings
    assert 'password: {env: "DB_WORD"}' in settings
    assert "quillwort" not in settings + begun
    assert not (nowhere.folder / "lake/.dayhand/dayhand.db").exists()
    lake = replace(nowhere, folder=nowhere.folder / "lake")
    assert len(lake("clients", "list", "--status", "all", "--json").json) == 27
    lake("run", "morning-prep", "--as-of", "2026-11-24")
    assert [one["state"] for one in lake("runs", "--json").json] == ["done"]
    assert (lake.folder / "out/day/2026-11-24.md").exists()

    doctor = lake("doctor", "--json", expect=None)
    ((level, message),) = told(doctor, "database")
    assert level == "ok"
    assert message.startswith("PostgreSQL ")
    assert message.endswith("on this machine")
    ((level, message),) = told(doctor, "backup")
    assert (level, "is not backed up here" in message) == ("warning", True)
    assert "a database on a server is not copied here" in lake("backup", expect=2).err

    del lake.more["DB_WORD"]
    assert "the environment variable DB_WORD" in lake("runs", expect=2).err

    again = nowhere("init", "other", "--database", address, expect=2).err
    assert "there is a practice in this database already" in again
    assert not (nowhere.folder / "other").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--database", "postgresql://me:hunter2@db.example/x"], "can be read by others"),
        (["--database", "postgresql://me@db.example/x?password=hunter2"], "can be read by others"),
        (["--database", "mysql://db.example/x"], "not the address of a PostgreSQL database"),
        (["--database-password", "env:X"], "--database-password needs --database"),
        (
            ["--database", "postgresql://me@127.0.0.1:1/x", "--database-password", "hunter2"],
            "says where the password is, never the password itself",
        ),
        (
            ["--database", "postgresql://me@127.0.0.1:1/x", "--database-password", "env:NOPE"],
            "the environment variable NOPE",
        ),
        (["--database", "postgresql://me@127.0.0.1:1/x"], "cannot be reached: Connection refused"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(nowhere, arguments, words):
    ended = nowhere("init", "lake", *arguments, expect=None)

    assert ended.code in (1, 2)
    assert words in ended.err
    assert "hunter2" not in ended.text
    assert not (nowhere.folder / "lake").exists()
