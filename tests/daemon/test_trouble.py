"""What stands in the daemon's way: it says so once, and goes on when it can."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys

import pytest
from tests_support.daemons import QUICK_DAEMON

from dayhand.errors import StoreBusy, StoreError


def simple(house, cron="0 7 * * *"):
    house.set_clock("2026-06-09T06:59-04:00")
    return house.bench.write(
        "morning", f'triggers:\n  - cron: "{cron}"\nsteps:\n  - uses: act.echo\n'
    )


@pytest.mark.parametrize(
    "trouble",
    [
        StoreBusy("another process holds the database"),
        StoreError("the disk is full"),
        OSError("no"),
    ],
)
def test_a_database_that_cannot_be_written_is_told_once_and_it_goes_on(
    house, monkeypatch, caplog, trouble
):
    caplog.set_level("INFO")
    simple(house)
    house.look()
    store = house.bench.app.store
    works = store.write_ledger

    async def fails(job):
        raise trouble

    house.set_clock("2026-06-09T07:00:01-04:00")
    monkeypatch.setattr(store, "write_ledger", fails)
    said = [asyncio.run(house.daemon._turn()) for _ in range(3)]
    monkeypatch.setattr(store, "write_ledger", works)

    async def again():
        status = await house.daemon._turn()
        await house.daemon.wait_for_runs()
        return status

    asyncio.run(again())
    assert all(text.startswith("in trouble: ") for text in said)
    assert sum("trying again" in line for line in caplog.messages) == 1
    assert "all is well again" in house.told
    assert len(house.runs()) == 1


def test_a_folder_that_cannot_be_read_keeps_what_is_scheduled(house):
    simple(house)
    house.look()
    folder = house.bench.folder / "routines"
    folder.rename(folder.with_name("away"))
    house.look()
    begun = house.at("2026-06-09T07:00:01-04:00")
    folder.with_name("away").rename(folder)

    assert len(begun) == 1
    assert house.look() == []
    assert house.states()["2026-06-10T07:00"] == "planned"


def test_a_read_only_folder_of_routines_is_enough(house):
    simple(house)
    folder = house.bench.folder / "routines"
    folder.chmod(0o500)
    try:
        house.look()
        assert len(house.at("2026-06-09T07:00:01-04:00")) == 1
    finally:
        folder.chmod(0o700)


def test_without_its_key_the_daemon_ends_with_78_and_touches_nothing(bench):
    bench.app.close()
    keys = [path for path in bench.home.rglob("*") if path.is_file() and "key" in path.name]
    keys += [path for path in bench.folder.rglob("*key*") if path.is_file()]
    assert keys
    for path in keys:
        path.unlink()
    before = (bench.folder / ".dayhand" / "dayhand.db").read_bytes()
    command = [sys.executable, QUICK_DAEMON, "--practice", str(bench.folder), "daemon"]
    ended = subprocess.run(
        command,
        env={**bench.environment, "PATH": "/usr/bin"},
        cwd=bench.home,
        capture_output=True,
        text=True,
        timeout=250,
    )

    assert ended.returncode == 78
    assert "key" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (bench.folder / ".dayhand" / "dayhand.db").read_bytes() == before


def test_the_owner_is_told_once_of_a_failed_run(house, caplog):
    house.set_clock("2026-06-09T06:59-04:00")
    house.bench.write("morning", 'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.crash\n')
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    house.restart()
    house.look()

    told = [record.getMessage() for record in caplog.records if record.name == "dayhand.notice"]
    assert len(told) == 1
    assert told[0].startswith("morning failed: Run ")
    assert "Secret" not in told[0]


# Bugs ---------------------------------------------------------------------------------------------


def bug(*args, **kwargs):
    raise KeyError("Zebulon Quillwort")


async def bug_later(*args, **kwargs):
    bug()


def in_a_run(monkeypatch, house):
    from dayhand.runner.runner import Runner

    monkeypatch.setattr(Runner, "run", bug_later)


def in_reading_calendars(monkeypatch, house):
    from dayhand.app import diary

    house.bench.write("later", "triggers:\n  - after: visit\nsteps:\n  - uses: act.echo\n")
    monkeypatch.setattr(diary, "read", bug_later)
    monkeypatch.setattr(diary, "spans_of", lambda _, first, last: {"visit": (first, last)})


def in_telling(monkeypatch, house):
    from dayhand.daemon.notices import Notices

    monkeypatch.setattr(Notices, "_tell_what_is_due", bug_later)
    house.daemon._notices._queue.append(None)


@pytest.mark.parametrize("break_it", [in_a_run, in_reading_calendars, in_telling])
def test_l04_a_bug_in_a_task_is_logged_once_and_the_daemon_goes_on(
    house, monkeypatch, caplog, break_it
):
    simple(house)
    house.look()
    break_it(monkeypatch, house)
    house.set_clock("2026-06-09T07:00:01-04:00")

    async def turns():
        assert await house.daemon.take_lease()
        first = await house.daemon.one_pass()
        await house.daemon.wait_for_runs()
        await house.daemon.one_pass(recover=False)
        return first

    passed = asyncio.run(turns())
    gc.collect()

    assert len(passed.begun) == 1
    told = [line for line in caplog.messages if "stopped on a bug" in line]
    assert len(told) == (2 if break_it is in_telling else 1)  # of two passes each tries to tell
    assert not any("never retrieved" in line for line in caplog.messages)


def test_l04_a_bug_in_the_daemon_itself_ends_it_with_70_and_without_values(bench):
    bug_in_a_pass = (
        "import sys\n"
        "from dayhand.cli import main\n"
        "from dayhand.daemon.daemon import Daemon\n"
        "async def bug(self): raise KeyError('Zebulon ' + 'Quillwort')\n"
        "Daemon.one_pass = bug\n"
        f"main(['--practice', {str(bench.folder)!r}, 'daemon'])\n"
    )

    ended = subprocess.run(
        [sys.executable, "-c", bug_in_a_pass],
        env={**bench.environment, "PATH": "/usr/bin"},
        cwd=bench.home,
        capture_output=True,
        text=True,
        timeout=250,
    )

    assert ended.returncode == 70
    assert "Zebulon Quillwort" not in ended.stdout + ended.stderr
    assert ended.stderr.count("Traceback") == 1
