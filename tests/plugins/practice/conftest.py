from __future__ import annotations

import itertools
import os
from datetime import datetime, timedelta

import pytest
import sqlalchemy

from dayhand.testing import PracticeKit

CLIENTS = """id,name,date_of_birth,email,aliases
C-0001,Ana Quintanilla,1988-03-14,ana@client.example,Ana Q.
C-0002,Desmond O'Hallorahan,1979-11-02,des@client.example,
C-0003,Zoë Ångström,,,
"""
SERVICES = """code,name,minutes,fee,effective_from
SVC-45,"Session, 45 minutes",45,140,2025-01-01
SVC-45,"Session, 45 minutes",45,150,2026-01-01
SVC-60,"Session, 60 minutes",60,185,2025-01-01
"""
SECTION = "practice_records"


POSTGRESQL = os.environ.get("DAYHAND_TEST_POSTGRESQL")
"""The address of a PostgreSQL database; where it is set, all records are kept there."""
_schemas = itertools.count(1)


def _on_postgresql():
    """The plugin's tables in a schema of their own, as `metadata.create_all` makes them."""
    import dayhand_practice

    schema = f"practice_test_{os.getpid()}_{next(_schemas)}"
    admin = sqlalchemy.create_engine(POSTGRESQL)
    with admin.begin() as connection:
        connection.execute(sqlalchemy.text(f"CREATE SCHEMA {schema}"))
    admin.dispose()
    options = {"options": f"-csearch_path={schema}"}
    engine = sqlalchemy.create_engine(
        POSTGRESQL, connect_args=options, poolclass=sqlalchemy.NullPool
    )
    dayhand_practice.dayhand_tables().metadata().create_all(engine)
    return engine


class Records:
    """A practice with three clients and two services, and short ways to work with it."""

    def __init__(self, folder, now="2026-11-24T18:00-05:00", **settings):
        self.kit = PracticeKit(
            folder, plugins=["dayhand_practice"], now=now, settings={SECTION: settings}
        )
        self.folder = folder
        if POSTGRESQL:
            self.kit.engine = _on_postgresql()
        self.context = self.kit.context(SECTION)

    def move(self, **by):
        self.kit.clock.move(timedelta(**by))
        self.context = self.kit.context(SECTION)

    def load(self, kind, text):
        (self.folder / "in.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.kit.run("practice.import_csv", kind=kind, path="in.csv")

    def export(self, kind):
        from dayhand_practice import exporting, intake

        with self.context.connect() as connection:
            return exporting.as_csv(connection, intake.kind_for(self.context, kind))[0]

    def record(self, *matches):
        return self.kit.run("practice.record_sessions", matches=list(matches))

    def sessions(self, **conditions):
        return self.kit.run("practice.sessions", **conditions)["items"]


def match(
    client="C-0001",
    start="2026-11-24T09:00-05:00",
    minutes=45,
    key=None,
    attendance="attended",
    **event,
):
    begin = datetime.fromisoformat(start)
    return {
        "event": {
            "key": key or f"{client}@cal#{start}",
            "start": begin,
            "end": begin + timedelta(minutes=minutes),
            **event,
        },
        "client_id": client,
        "initials": "AQ",
        "how": "name",
        "attendance": attendance,
    }


@pytest.fixture
def records(tmp_path):
    made = Records(tmp_path)
    made.load("clients", CLIENTS)
    made.load("services", SERVICES)
    return made


@pytest.fixture
def empty(tmp_path):
    return Records(tmp_path)


@pytest.fixture
def make_records():
    return Records


@pytest.fixture
def make_match():
    return match
