"""The database file: keys, damage, rights, copies, migrations."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import shutil
import sqlite3
import stat
import textwrap
import time
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import pytest
import sqlcipher3.dbapi2

from dayhand.errors import StoreBusy, StoreError
from dayhand.model.run import Run, StepRecord
from dayhand.steps.declarations import Tables
from dayhand.store import database, migrating, open_store, rows, runs, sqlite, waiting, writer
from dayhand.testing import FrozenClock

NOW = datetime(2026, 11, 2, 14, tzinfo=UTC)
LEASE = timedelta(minutes=5)
KEY = bytes(range(32))
WRONG = bytes([1, *range(1, 32)])


@pytest.fixture(scope="session")
def template(tmp_path_factory):
    file = tmp_path_factory.mktemp("template") / "store.db"
    with open_store(file, key=KEY, create=True) as store:
        store.create_run(Run("run-1", "agenda", "d1", NOW, "UTC", NOW), "routine: agenda")
        store.claim("run-1", owner="here:1:1", lease=LEASE, now=NOW)

        async def steps():
            async with asyncio.TaskGroup() as group:
                for number in range(300):
                    step = StepRecord(f"s{number}", "done", output="canary " * 20)
                    group.create_task(store.checkpoint("run-1", 1, step))

        asyncio.run(steps())
    return file


@pytest.fixture
def file(template, tmp_path):
    folder = tmp_path / ".dayhand"
    folder.mkdir()
    shutil.copy(template, folder / "store.db")
    return folder / "store.db"


def digest(file):
    return hashlib.sha256(file.read_bytes()).hexdigest()


def opened(file, **named):
    return open_store(file, **({"key": KEY} | named))


def names(file):
    return sorted(each.name for each in file.parent.iterdir())


def mode(file):
    return stat.S_IMODE(file.stat().st_mode)


# Keys -----------------------------------------------------------------------------------------------


def test_the_file_is_encrypted(file):
    with opened(file) as store:
        store.write_soon(lambda _: None)

    assert b"canary" not in file.read_bytes()
    assert not file.read_bytes().startswith(b"SQLite format 3")
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(file).execute("SELECT * FROM runs")


def test_a_wrong_key_is_refused_at_once_and_changes_nothing(file, capfd):
    before, begin = digest(file), time.monotonic()

    with pytest.raises(StoreError, match="key does not open") as raised:
        opened(file, key=WRONG)

    assert time.monotonic() - begin < 10
    assert digest(file) == before
    assert "restore" in raised.value.hint
    assert WRONG.hex() not in f"{raised.value}{raised.value.__cause__}"
    assert capfd.readouterr() == ("", "")


def test_no_key_for_an_encrypted_file_is_said(file):
    with pytest.raises(StoreError, match="encrypted or damaged"):
        opened(file, key=None)


def test_a_key_for_a_plain_file_is_said(tmp_path):
    open_store(tmp_path / "plain.db", key=None, create=True).close()

    with pytest.raises(StoreError, match="not encrypted"):
        open_store(tmp_path / "plain.db", key=KEY)
    open_store(tmp_path / "plain.db", key=None).close()


def test_a_key_of_another_length_is_refused(file):
    with pytest.raises(StoreError, match="32 bytes"):
        opened(file, key=b"short")
    with pytest.raises(StoreError, match="32 bytes"):
        sqlite.change_key(file, key=KEY, new_key=b"short")


def test_after_a_change_of_key_only_the_new_one_opens(file):
    sqlite.change_key(file, key=KEY, new_key=WRONG)

    with pytest.raises(StoreError, match="key does not open"):
        opened(file)
    with opened(file, key=WRONG, check=True) as store:
        assert len(store.steps("run-1")) == 300


# Not there, or damaged ------------------------------------------------------------------------------


def test_a12_a_missing_file_is_not_a_first_run(tmp_path):
    with pytest.raises(StoreError, match="there is no database") as raised:
        opened(tmp_path / "gone" / "store.db")

    assert "dayhand init" in raised.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("replaced", [True, False])
def test_a_file_that_is_replaced_or_removed_while_it_is_used_is_written_to_no_more(file, replaced):
    with open_store(file, key=KEY) as store:
        store.create_run(Run("run-2", "r", "d2", NOW, "UTC", NOW), "one")
        copy = file.with_name("copy.db")
        sqlite.copy_to(file, KEY, copy)
        before = copy.read_bytes()
        copy.replace(file) if replaced else file.unlink()

        with pytest.raises(StoreError, match="was removed or replaced while it was in use") as told:
            store.create_run(Run("run-3", "r", "d3", NOW, "UTC", NOW), "two")

    assert told.value.hint is not None
    assert "restart dayhand" in told.value.hint
    assert file.exists() is replaced
    assert not replaced or file.read_bytes() == before


def test_a12_a_missing_file_with_its_log_still_there_is_not_made_anew(file):
    file.with_name("store.db-wal").write_bytes(b"x")
    file.unlink()

    with pytest.raises(StoreError, match="write-ahead log is still there"):
        opened(file, create=True)
    assert not file.exists()


def test_an_empty_file_is_damage_unless_a_new_one_was_asked_for(tmp_path):
    file = tmp_path / "store.db"
    file.touch()

    with pytest.raises(StoreError, match="cut off"):
        opened(file)
    opened(file, create=True).close()
    opened(file).close()


def test_a_file_whose_creation_was_cut_short_is_told_from_a_practice(tmp_path):
    file = tmp_path / "store.db"
    sqlite.private_file(file)
    data = sqlite.open_file(file, key=KEY, create=True, check=None)
    with data.writing.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE other (x)")
    data.dispose()

    with pytest.raises(StoreError, match="creation was cut short"):
        opened(file)
    opened(file, create=True).close()


@pytest.mark.parametrize("seed", range(20))
def test_a11_a_flipped_byte_anywhere_is_refused_and_restore_is_named(file, seed):
    content = bytearray(file.read_bytes())
    place = (seed * 7919 * 104729) % len(content)
    content[place] ^= 1 << (seed % 8)
    file.write_bytes(content)
    before, begin = digest(file), time.monotonic()

    with pytest.raises(StoreError) as raised:
        opened(file)

    assert time.monotonic() - begin < 10
    assert "restore" in raised.value.hint
    assert digest(file) == before


@pytest.mark.parametrize("keep", [0.999, 0.5, 0.1, 0.0])
def test_a11_a_truncated_file_is_refused_and_restore_is_named(file, keep):
    os.truncate(file, int(file.stat().st_size * keep))
    before = digest(file)

    with pytest.raises(StoreError) as raised:
        opened(file)

    assert "restore" in raised.value.hint
    assert digest(file) == before


def test_a11_a_zeroed_first_page_is_refused_and_restore_is_named(file):
    with file.open("rb+") as opened_file:
        opened_file.write(b"\0" * 4096)

    with pytest.raises(StoreError, match="damaged") as raised:
        opened(file)
    assert "restore" in raised.value.hint


def test_two_pages_swapped_are_noticed(file):
    content = bytearray(file.read_bytes())
    content[4096 * 5 : 4096 * 6], content[4096 * 6 : 4096 * 7] = (
        content[4096 * 6 : 4096 * 7],
        content[4096 * 5 : 4096 * 6],
    )
    file.write_bytes(content)

    with pytest.raises(StoreError, match="damaged"):
        opened(file)


def test_a_large_file_is_read_whole_only_on_request(file, monkeypatch):
    monkeypatch.setattr(sqlite, "SMALL", 0)
    with file.open("rb+") as opened_file:
        opened_file.seek(-2000, os.SEEK_END)
        opened_file.write(b"zz")

    with opened(file) as store:
        assert store.check() != []
    with pytest.raises(StoreError, match="damaged"):
        opened(file, check=True)


def test_damage_found_while_reading_names_restore(file, monkeypatch):
    monkeypatch.setattr(sqlite, "SMALL", 0)
    with file.open("rb+") as opened_file:
        for page in range(30, file.stat().st_size // 4096):
            opened_file.seek(page * 4096 + 100)
            opened_file.write(b"zz")

    with opened(file) as store, pytest.raises(StoreError, match="damaged") as raised:
        store.steps("run-1")
    assert "restore" in raised.value.hint


def test_a_page_that_another_process_is_just_writing_is_not_taken_for_damage(file, monkeypatch):
    whole = file.read_bytes()
    torn = bytearray(whole)
    torn[2 * 4096 + 100 : 2 * 4096 + 500] = bytes(400)
    file.write_bytes(torn)
    waits = []

    def wait(seconds):
        waits.append(seconds)
        file.write_bytes(whole)

    monkeypatch.setattr(sqlite.time, "sleep", wait)
    assert sqlite.check_file(file, KEY) == []
    assert len(waits) == 1


def test_an_intact_file_is_found_intact(file):
    with opened(file, check=True) as store:
        assert store.check() == []


@pytest.mark.parametrize(
    "version, bad",
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((3, 53, 0), False),
    ],
)
def test_a18_a_known_bad_sqlite_is_known(version, bad):
    assert sqlite.has_wal_reset_bug(version) is bad


def test_a18_a_known_bad_sqlite_is_refused_by_its_version(file, monkeypatch):
    monkeypatch.setattr(sqlcipher3.dbapi2, "sqlite_version_info", (3, 40, 1))

    with pytest.raises(StoreError, match=r"SQLite 3\.40\.1"):
        opened(file)


def test_f05_commits_are_synced_in_full_and_deleted_text_is_overwritten(file):
    with opened(file) as store:
        settings = store.write_now(
            lambda connection: {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "secure_delete", "foreign_keys")
            }
        )

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "secure_delete": 1,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize("key", [None, KEY], ids=["plain", "encrypted"])
def test_f05_what_was_deleted_is_in_no_byte_of_the_files(tmp_path, key):
    file = tmp_path / "store.db"
    words = [f"planted-{number:04}-word" for number in range(40)]
    with opened(file, key=key, create=True) as store:
        store.write_now(lambda c: c.exec_driver_sql("CREATE TABLE notes (id INTEGER, text TEXT)"))
        for word in words:
            store.write_now(
                lambda c, word=word: c.exec_driver_sql(
                    "INSERT INTO notes VALUES (?, ?)", (1, word * 20)
                )
            )
        store.write_now(lambda c: c.exec_driver_sql("DELETE FROM notes"))

    found = [
        (place.name, word)
        for place in tmp_path.iterdir()
        for word in words
        if word.encode() in place.read_bytes()
    ]

    assert found == []


# Rights and leftovers -------------------------------------------------------------------------------


def test_f03_every_file_is_private_whatever_the_umask(tmp_path):
    file = tmp_path / "practice" / "store.db"
    before = os.umask(0)
    try:
        with opened(file, create=True) as store:
            store.create_run(Run("r", "a", "d", NOW, "UTC", NOW), "")
            store.backup(tmp_path / "practice" / "copy.db")
            with store.throwaway() as copy:
                copy.create_run(Run("r2", "a", "d", NOW, "UTC", NOW), "")
                rights = {each.name: mode(each) for each in file.parent.iterdir()}
    finally:
        os.umask(before)

    assert len(rights) == 8
    assert set(rights.values()) == {0o600}, rights
    assert mode(file.parent) == 0o700


def test_a_file_that_others_may_read_is_made_private(file):
    file.chmod(0o644)

    opened(file).close()

    assert mode(file) == 0o600


def test_a_throwaway_copy_leaves_no_file(file):
    with opened(file) as store:
        with store.throwaway() as copy:
            assert len(copy.steps("run-1")) == 300
            assert any(".throwaway-" in name for name in names(file))
        assert not any(".throwaway-" in name for name in names(file))


def test_a_throwaway_copy_that_cannot_be_made_leaves_no_file(file, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with opened(file) as store:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"), store.throwaway():
            pass
        monkeypatch.undo()
        assert not any(".throwaway-" in name for name in names(file))


def test_leftovers_of_a_process_that_died_are_removed_and_of_a_living_one_kept(file):
    dead = file.with_name("store.db.throwaway-999999999-ab")
    living = file.with_name(f"store.db.throwaway-{os.getppid()}-ab-wal")
    dead.touch()
    living.touch()

    opened(file).close()

    assert not dead.exists()
    assert living.exists()


def test_a_backup_opens_with_the_same_key_and_holds_everything(file, tmp_path):
    with opened(file) as store:
        store.create_run(Run("run-2", "agenda", "d1", NOW, "UTC", NOW), "")
        store.backup(tmp_path / "copy.db")

    with opened(tmp_path / "copy.db", check=True) as copy:
        assert [run.id for run in copy.runs()] == ["run-2", "run-1"]
        assert len(copy.steps("run-1")) == 300


def test_a_backup_that_fails_leaves_the_one_before(file, tmp_path, monkeypatch):
    with opened(file) as store:
        store.backup(tmp_path / "copy.db")
        before = digest(tmp_path / "copy.db")

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="space"):
            store.backup(tmp_path / "copy.db")
        monkeypatch.undo()

    assert digest(tmp_path / "copy.db") == before
    assert [each.name for each in tmp_path.glob("copy*")] == ["copy.db"]


# Waiting, and disks that fail -----------------------------------------------------------------------


def held_by_another(file):
    connection = sqlite.connect(file, KEY)
    connection.execute("BEGIN IMMEDIATE")
    return connection


def test_a10_a_locked_database_is_waited_for(file, monkeypatch):
    monkeypatch.setattr(sqlite, "_SETTINGS", ("busy_timeout = 20",))
    monkeypatch.setattr(writer, "PATIENCE", 3000)
    other = held_by_another(file)

    async def main():
        async with asyncio.TaskGroup() as group:
            task = group.create_task(store.checkpoint("run-1", 1, StepRecord("x", "done")))
            await asyncio.sleep(0.1)
            assert not task.done()
            other.execute("COMMIT")

    with opened(file) as store:
        asyncio.run(main())
        assert store.steps("run-1")[-1].path == "x"
    other.close()


def test_a10_a_database_that_stays_locked_is_said_to_be_busy(file, monkeypatch):
    monkeypatch.setattr(sqlite, "_SETTINGS", ("busy_timeout = 1",))
    other = held_by_another(file)

    with opened(file) as store:
        with pytest.raises(StoreBusy, match="another process"):
            store.write_now(lambda _: None)
        other.execute("ROLLBACK")
        store.write_now(lambda _: None)
    other.close()


def limit_pages(store, more):
    def job(connection):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + more}")

    store.write_now(job)


def test_a07_a_full_disk_fails_the_batch_gives_the_reserve_up_and_goes_on(file):
    with opened(file) as store:
        assert file.with_name("store.db.ballast").stat().st_size == 1024 * 1024
        limit_pages(store, 2)

        large = random.Random(7).randbytes(50_000).hex()  # packed, it still does not fit
        with pytest.raises(StoreError, match="disk is full"):
            asyncio.run(store.checkpoint("run-1", 1, StepRecord("big", "done", output=large)))

        assert not file.with_name("store.db.ballast").exists()
        asyncio.run(store.checkpoint("run-1", 1, StepRecord("small", "done")))
        assert [step.path for step in store.steps("run-1")][300:] == ["small"]


def test_a06_after_a_failed_sync_nothing_more_is_written(file, monkeypatch):
    def fail(_):
        error = sqlcipher3.dbapi2.OperationalError("disk I/O error")
        raise error

    with opened(file) as store:
        monkeypatch.setattr(database.OwnSession, "commit", fail)
        with pytest.raises(StoreError, match="disk failed"):
            asyncio.run(store.checkpoint("run-1", 1, StepRecord("x", "done")))
        monkeypatch.undo()

        with pytest.raises(StoreError, match="disk failed"):
            asyncio.run(store.checkpoint("run-1", 1, StepRecord("y", "done")))
    with opened(file) as store:
        assert len(store.steps("run-1")) == 300


def test_a_write_that_fails_is_undone_and_work_goes_on(file):
    def fail(connection):
        connection.exec_driver_sql("UPDATE run_steps SET reason = 'x'")
        raise sqlcipher3.dbapi2.OperationalError("disk I/O error")

    with opened(file) as store:
        with pytest.raises(StoreError, match="disk failed"):
            store.write_now(fail)

        asyncio.run(store.checkpoint("run-1", 1, StepRecord("y", "done")))
        assert [step.path for step in store.steps("run-1")][300:] == ["y"]
        assert {step.reason for step in store.steps("run-1")} == {""}


def test_who_asks_in_the_moment_of_closing_is_answered(file):
    store = opened(file)
    job = waiting.Job(lambda _: 1)
    job.loop, job.future = None, Future()
    store._writer._queue.put(writer._STOP)
    store._writer._thread.join()
    store._writer._queue.put(job)

    store._writer._turn_away()

    assert isinstance(job.future.exception(), StoreError)
    store.close()


def test_a_commit_that_fails_is_acknowledged_to_nobody(file, monkeypatch):
    def fail(_):
        raise sqlcipher3.dbapi2.OperationalError("database or disk is full")

    async def main():
        return await asyncio.gather(
            store.checkpoint("run-1", 1, StepRecord("x", "done")),
            store.write(lambda _: 1),
            return_exceptions=True,
        )

    with opened(file) as store:
        monkeypatch.setattr(database.OwnSession, "commit", fail)
        results = asyncio.run(main())
        monkeypatch.undo()
        store.write_now(lambda _: None)
        assert len(store.steps("run-1")) == 300

    assert [type(result) for result in results] == [StoreError, StoreError]
    assert results[0] is not results[1]


def test_the_event_loop_may_be_closed_before_its_answer_comes(file):
    async def main():
        store._writer.submit(waiting.Checkpoint("run-1", 1, StepRecord("x", "done")))

    with opened(file) as store:
        with store._writer._session.lock:
            asyncio.run(main())
        store.write_now(lambda _: None)
        assert store.steps("run-1")[-1].path == "x"


def test_steps_come_in_the_order_they_came_over_restarts(file):
    with opened(file, clock=FrozenClock(NOW)) as store:
        asyncio.run(store.checkpoint("run-1", 1, StepRecord("zz", "done")))
    with opened(file, clock=FrozenClock(NOW)) as store:
        asyncio.run(store.checkpoint("run-1", 1, StepRecord("aa", "done")))
        assert [step.path for step in store.steps("run-1")][300:] == ["zz", "aa"]


# Listings -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def many(tmp_path_factory):
    file = tmp_path_factory.mktemp("many") / "store.db"
    columns = ", ".join(f'"{name}"' for name in rows.RUN)
    marks = ", ".join("?" * len(rows.RUN))

    def job(connection):
        connection.exec_driver_sql("INSERT INTO texts VALUES ('d', '', '')")
        connection.exec_driver_sql(
            f"INSERT INTO runs ({columns}) VALUES ({marks})",
            [
                rows.run_row(
                    Run(
                        f"run-{n:06}",
                        f"r{n % 9}",
                        "d",
                        NOW,
                        "UTC",
                        NOW,
                        "done" if n % 97 else "failed",
                    )
                )
                for n in range(100_000)
            ],
        )

    with open_store(file, key=None, create=True) as store:
        store.write_now(job)
        yield store


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"before": "run-050000"},
        {"routine": "r3"},
        {"state": "failed"},
        {"routine": "r3", "state": "failed"},
        {"routine": "r3", "state": "failed", "before": "run-050000"},
    ],
)
def test_a_listing_of_100_000_runs_is_served_by_an_index_in_order(many, named):
    plans = []

    class Explained:
        dialect = type("Dialect", (), {"name": "sqlite"})

        def __init__(self, connection):
            self.connection = connection

        def exec_driver_sql(self, statement, values=()):
            plan = self.connection.exec_driver_sql("EXPLAIN QUERY PLAN " + statement, values)
            plans.extend(row[3] for row in plan)
            return self.connection.exec_driver_sql(statement, values)

    filters = {"routine": None, "state": None, "before": None} | named
    with many.read() as connection:
        found = runs.listed(Explained(connection), limit=20, **filters)

    assert len(found) == 20
    assert len(plans) == 1
    assert "USING INDEX" in plans[0]
    assert found == many.runs(**named)
    assert [run.id for run in found] == sorted((run.id for run in found), reverse=True)


def test_what_to_go_on_with_is_found_by_index(many):
    with many.read() as connection:
        plan = [
            row[3]
            for row in connection.exec_driver_sql("EXPLAIN QUERY PLAN " + runs._RESUMABLE, ("", ""))
        ]

    assert not [line for line in plan if line.startswith("SCAN")], plan
    assert many.resumable(NOW) == []


# Migrations -----------------------------------------------------------------------------------------

FIRST = """
    from __future__ import annotations
    import sqlalchemy
    from alembic import op
    revision, down_revision = "b1", None
    def upgrade():
        op.create_table("books_entries", sqlalchemy.Column("n", sqlalchemy.Integer, primary_key=True))
        op.execute("INSERT INTO books_entries VALUES (1)")
"""
SECOND = """
    from __future__ import annotations
    import sqlalchemy
    from alembic import op
    revision, down_revision = "b2", "b1"
    def upgrade():
        op.add_column("books_entries", sqlalchemy.Column("text", sqlalchemy.Text))
        op.execute("{statement}")
"""


def books(folder, revision, *, second="UPDATE books_entries SET text = 'x'"):
    folder.mkdir(exist_ok=True)
    (folder / "b1.py").write_text(textwrap.dedent(FIRST))
    if revision != "b1":
        (folder / "b2.py").write_text(textwrap.dedent(SECOND).format(statement=second))
    return Tables("books", lambda: None, folder, revision)


def entries(store):
    with store.read() as connection:
        found = connection.exec_driver_sql("SELECT * FROM books_entries").fetchall()
    return [tuple(row) for row in found]


def test_a_plugins_tables_come_with_it_and_are_kept_apart(file, tmp_path):
    with opened(file, tables=[books(tmp_path / "m", "b1")]) as store:
        assert entries(store) == [(1,)]
        with store.read() as connection:
            known = migrating.recorded(connection, [books(tmp_path / "m", "b1")])

    assert known == {"books": "b1"}


def test_scripts_may_lie_in_a_folder_named_versions(file, tmp_path):
    books(tmp_path / "m", "b1")
    (tmp_path / "m" / "versions").mkdir()
    (tmp_path / "m" / "b1.py").rename(tmp_path / "m" / "versions" / "b1.py")

    with opened(file, tables=[Tables("books", lambda: None, tmp_path / "m", "b1")]) as store:
        assert entries(store) == [(1,)]


def test_before_an_upgrade_a_copy_is_made(file, tmp_path):
    opened(file, tables=[books(tmp_path / "m", "b1")]).close()

    with opened(file, tables=[books(tmp_path / "m", "b2")]) as store:
        assert entries(store) == [(1, "x")]

    copy = file.with_name("store.db.before-books-b2")
    assert mode(copy) == 0o600
    with opened(copy, tables=[Tables("books", lambda: None, tmp_path / "m", "b1")]) as before:
        assert entries(before) == [(1,)]


def test_an_upgrade_that_fails_changes_nothing(file, tmp_path):
    opened(file, tables=[books(tmp_path / "m", "b1")]).close()

    with pytest.raises(StoreError, match="no_such_table"):
        opened(file, tables=[books(tmp_path / "m", "b2", second="DELETE FROM no_such_table")])

    with opened(file, tables=[Tables("books", lambda: None, tmp_path / "m", "b1")]) as store:
        assert entries(store) == [(1,)]


def test_an_upgrade_that_would_orphan_rows_changes_nothing(file, tmp_path):
    opened(file, tables=[books(tmp_path / "m", "b1")]).close()

    with pytest.raises(StoreError, match="leave rows without"):
        opened(file, tables=[books(tmp_path / "m", "b2", second="DELETE FROM runs")])
    with opened(file) as store:
        assert len(store.steps("run-1")) == 300


def test_scripts_that_do_not_lead_to_the_revision_are_a_fault_of_the_plugin(file, tmp_path):
    tables = Tables("books", lambda: None, books(tmp_path / "m", "b1").migrations, "b9")

    with pytest.raises(Exception, match="b9"):
        opened(file, tables=[tables])
    opened(file).close()


def test_a_newer_plugins_tables_are_refused_and_it_is_named(file, tmp_path):
    opened(file, tables=[books(tmp_path / "m", "b2")]).close()
    (tmp_path / "m" / "b2.py").unlink()
    shutil.rmtree(tmp_path / "m" / "__pycache__", ignore_errors=True)

    with pytest.raises(StoreError, match="plugin with the tables 'books'"):
        opened(file, tables=[Tables("books", lambda: None, tmp_path / "m", "b1")])


def test_a_store_that_is_up_to_date_needs_no_alembic(file):
    import subprocess
    import sys

    code = (
        "import sys; from pathlib import Path; from dayhand.store import open_store;"
        "open_store(Path(sys.argv[1]), key=bytes(range(32))).close();"
        "sys.exit('alembic' in sys.modules or 'psycopg' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, file], env={"PYTHONPATH": os.pathsep.join(sys.path)}
    )

    assert done.returncode == 0
