"""Before a database is brought up to date: a copy is kept, and the change is tried on another."""

from __future__ import annotations

import textwrap
import time

import pytest
from tests_support.safety import kill

from dayhand.errors import StoreError
from dayhand.steps.declarations import Tables
from dayhand.store import open_store, sqlite
from dayhand.store.newest import TABLES

KEY = bytes(range(32))
SCRIPT = """
    from __future__ import annotations
    from alembic import op
    revision, down_revision = "b{n}", {before}
    def upgrade():
        op.execute("{statement}")
"""


@pytest.fixture
def file(tmp_path):
    return tmp_path / "data" / "store.db"


def books(tmp_path, *statements):
    """A plugin's tables, a migration for each statement."""
    folder = tmp_path / f"m{len(statements)}"
    folder.mkdir()
    for n, statement in enumerate(statements):
        before = f'"b{n - 1}"' if n else None
        text = textwrap.dedent(SCRIPT).format(n=n, before=before, statement=statement)
        (folder / f"b{n}.py").write_text(text)
    return Tables("books", lambda: None, folder, f"b{len(statements) - 1}")


def opened(file, tables, **named):
    return open_store(file, key=KEY, tables=[tables], **named)


FIRST = "CREATE TABLE books_entries (n INTEGER PRIMARY KEY)"


def names(file):
    return sorted(each.name for each in file.parent.iterdir())


def test_what_fails_on_the_copy_is_not_begun_on_the_database(file, tmp_path):
    opened(file, books(tmp_path, FIRST), create=True).close()
    before = file.read_bytes()

    with pytest.raises(StoreError, match="no_such_table"):
        opened(file, books(tmp_path, FIRST, "DELETE FROM no_such_table"))

    assert file.read_bytes() == before
    assert [name for name in names(file) if "throwaway" in name] == []


def test_the_database_is_left_alone_while_it_is_tried(file, tmp_path, monkeypatch):
    opened(file, books(tmp_path, FIRST), create=True).close()
    before, seen = file.read_bytes(), []
    check = sqlite.check_file

    def look(path, key):
        seen.append((path.name, file.read_bytes() == before))
        return check(path, key)

    monkeypatch.setattr(sqlite, "check_file", look)
    opened(file, books(tmp_path, FIRST, "INSERT INTO books_entries VALUES (1)")).close()

    assert [("throwaway" in name, unchanged) for name, unchanged in seen] == [(True, True)]


def test_a_copy_that_the_upgrade_damages_stops_it(file, tmp_path, monkeypatch):
    opened(file, books(tmp_path, FIRST), create=True).close()
    before = file.read_bytes()
    monkeypatch.setattr(sqlite, "check_file", lambda *_: ["row 3 missing from index"])

    with pytest.raises(StoreError, match="tried on a copy and damaged it"):
        opened(file, books(tmp_path, FIRST, "INSERT INTO books_entries VALUES (1)"))
    assert file.read_bytes() == before


def test_of_the_copies_from_before_upgrades_the_newest_five_are_kept(file, tmp_path):
    statements = [FIRST]
    opened(file, books(tmp_path, *statements), create=True).close()
    for number in range(8):
        statements.append(f"INSERT INTO books_entries VALUES ({number})")
        opened(file, books(tmp_path, *statements)).close()
        time.sleep(0.02)  # so that the copies differ in age

    copies = [name for name in names(file) if ".before-" in name]
    assert copies == [f"store.db.before-books-b{n}" for n in (4, 5, 6, 7, 8)]
    with (
        open_store(file.with_name("store.db.before-books-b8"), key=KEY) as last,
        last.read() as connection,
    ):
        assert connection.exec_driver_sql("SELECT count(*) FROM books_entries").scalar() == 7


def test_what_processes_left_that_were_killed_while_copying_is_removed(file, tmp_path):
    tables = books(tmp_path, FIRST)
    opened(file, tables, create=True).close()
    for name in ("store.db.before-books-b9.999999999.part", "store.db.x.part"):
        file.with_name(name).write_bytes(b"x")

    opened(file, tables).close()

    assert [name for name in names(file) if name.endswith(".part")] == []


def hold(found):
    for one in (each["found"] for each in found):
        assert one["version"] in ("0001", TABLES.revision)
        assert one["version"] == "0001" or len(one["before"]) == 1
        assert (one["rows"], one["wrong"], one["left"], one["kept"]) == (300, [], [], 1)


def test_a16_killed_in_the_middle_it_opens_as_it_was_or_as_it_is_to_be(tmp_path):
    found = kill("migrate", tmp_path / "k", 12)

    print(f"A16: killed at {len(found)} of {found[0]['of']} moments of an upgrade")
    assert all(one["killed"] for one in found)
    hold(found)


@pytest.mark.soak
def test_a16_killed_at_every_moment_it_opens_as_it_was_or_as_it_is_to_be(tmp_path):
    found = kill("migrate", tmp_path / "k", 1000, within=800)

    assert {one["found"]["version"] for one in found} == {"0001", TABLES.revision}
    hold(found)
