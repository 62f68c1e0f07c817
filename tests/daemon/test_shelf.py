"""A start does not read routines whose files are as they were, and is not misled by what it kept."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dayhand.app.book import Book
from dayhand.daemon import routine_files
from dayhand.daemon.routine_files import RoutineFiles
from dayhand.daemon.shelf import Shelf, as_planned_by
from dayhand.errors import UserError
from dayhand.testing import FrozenClock

ROUTINE = 'triggers:\n  - cron: "{minute} 7 * * *"\nsteps:\n  - uses: act.echo\n'
NAMES = ("a", "b", "c")
STAMP = bytes(range(32))


@pytest.fixture
def known(house):
    """A daemon that has read three routines, long after they were written, and left."""
    house.set_clock("2031-03-04T06:00-05:00")
    for name in NAMES:
        house.bench.write(name, ROUTINE.format(minute=0))
    house.look()
    asyncio.run(house.daemon.leave())
    return house


@pytest.fixture
def read(monkeypatch):
    """The names of routines that were read and checked."""
    found = []
    works = Book.ready

    def ready(book, name):
        found.append(name)
        return works(book, name)

    monkeypatch.setattr(Book, "ready", ready)
    return found


def shelf_of(house):
    return house.bench.app.data / "routines.json"


def test_a_start_reads_nothing_that_is_as_it_was_and_runs_it_all_the_same(known, read):
    known.restart()
    known.look()
    begun = known.at("2031-03-04T07:00:01-05:00")

    assert read == []
    assert sorted(run.routine for run in begun) == list(NAMES)
    assert {run.state for run in known.runs()} == {"done"}


def test_a_start_reads_what_was_edited_meanwhile(known, read):
    known.bench.write("b", ROUTINE.format(minute=30))
    (known.bench.folder / "routines" / "c.yaml").unlink()
    known.restart()
    known.look()

    assert read == ["b"]
    ahead = [r for r in known.rows() if r.state == "planned" and r.due > known.now]
    assert {(r.planned.routine, r.due.minute) for r in ahead} == {("a", 0), ("b", 30)}


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"form": 1}', "null", "\x00"])
def test_a_shelf_that_cannot_be_read_is_done_without(known, read, content):
    shelf_of(known).write_text(content)
    known.restart()
    known.look()

    assert sorted(read) == list(NAMES)


def test_a_shelf_of_other_plugins_is_done_without(known, read):
    first, _, rest = shelf_of(known).read_text().partition("\n")
    told = json.dumps({**json.loads(first), "made_by": "others"})
    shelf_of(known).write_text(f"{told}\n{rest}")
    known.restart()
    known.look()

    assert sorted(read) == list(NAMES)


@pytest.mark.parametrize("cut", [1, 40])
def test_a_shelf_that_was_cut_off_is_done_without(known, read, cut):
    whole = shelf_of(known).read_text()
    lines = whole.splitlines(keepends=True)
    shelf_of(known).write_text("".join(lines[:-1]) if cut == 1 else whole[:-cut])
    known.restart()
    known.look()

    assert len(lines) == 1 + len(NAMES)
    assert sorted(read) == list(NAMES)


def test_a_routine_that_lost_its_plugin_is_not_on_the_shelf(known, read, monkeypatch):
    def without_plugin(book, name):
        raise UserError(f"the plugin of {name} is missing")

    shelf_of(known).unlink()
    monkeypatch.setattr(Book, "ready", without_plugin)
    known.restart()
    known.look()
    known.daemon._watch._unwritten = 1
    asyncio.run(known.daemon.leave())

    assert shelf_of(known).read_text().count("\n") == 1


def test_what_is_the_same_for_many_is_held_once(known):
    known.restart()
    known.look()
    routines = known.daemon._watch.routines

    assert routines["a"].triggers is routines["b"].triggers


def test_a_shelf_newer_than_the_database_is_done_without(known, read):
    known.bench.app.store.write_ledger_now(lambda ledger: ledger.unschedule("a"))
    known.restart()
    known.look()

    assert read == ["a"]


def test_a_routine_that_depends_on_another_is_read_each_time(house, read):
    house.set_clock("2031-03-04T06:00-05:00")
    house.bench.write("a", ROUTINE.format(minute=0))
    house.bench.write("b", "triggers:\n  - routine: a\nsteps:\n  - uses: act.noop\n")
    house.look()
    asyncio.run(house.daemon.leave())
    read.clear()
    house.restart()
    house.look()

    assert read == ["b"]


def test_the_file_is_private_and_holds_no_text(known):
    assert shelf_of(known).stat().st_mode & 0o777 == 0o600
    assert "act.echo" not in shelf_of(known).read_text()


TRIGGERS = """\
title: All there is
timezone: Europe/Paris
concurrency: {overlap: queue_one}
triggers:
  - {cron: "0 9 1 * *", id: first, skip_on: [weekend, public_holiday], shift: next_open_day, jitter: 90 seconds}
  - {cron: "30 2 * * *", dst_gap: before, dst_overlap: both, if_missed: {run_within: 3 hours}}
  - {cron: "0 9 13 * 5", day_match: all, if_missed: run_all, max: 3, overlap: allow}
  - {every: 90 minutes, if_missed: skip}
  - {file: "*.csv"}
  - {before: calendar.session, offset: 20 minutes}
inputs:
  file: {type: file}
  other: {type: text, default: x}
steps:
  - uses: act.noop
"""


def test_all_that_planning_needs_survives(bench, tmp_path):
    bench.write("r", TRIGGERS)
    routine = bench.app.book.ready("r")
    kept = as_planned_by(routine)
    shelf = Shelf(tmp_path / "shelf.json", "us")
    shelf.write([("/r.yaml", STAMP, kept)])

    assert shelf.read() == {"/r.yaml": (STAMP, kept)}
    assert kept.triggers == tuple(replace(one, mark=None) for one in routine.triggers)
    assert [one.name for one in kept.inputs] == ["file"]
    assert Shelf(shelf.path, "others").read() == {}


@pytest.mark.parametrize("age, is_believed", [(timedelta(days=1), True), (timedelta(0), False)])
def test_a_stamp_is_believed_once_the_file_was_left_alone(bench, monkeypatch, age, is_believed):
    path = bench.write("r", ROUTINE.format(minute=0))
    status = path.stat()  # as it is found again after an edit within one tick of the file system
    monkeypatch.setattr(routine_files, "_files", lambda folder: [(str(path), status)])
    written = datetime.fromtimestamp(status.st_ctime_ns / 1e9, UTC)
    files = RoutineFiles(bench.folder / "routines", FrozenClock(written + age))
    before = files.look()[str(path)]
    path.write_text(path.read_text().replace('"0 7', '"9 7'))

    assert (files.look()[str(path)] == before) is is_believed
    assert (files.settled(str(path)) is not None) is is_believed
