"""A daemon that has nothing to do does nothing, and notices whatever changes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from dayhand.app import App
from dayhand.daemon.folder_events import FolderEvents
from dayhand.daemon.machine import give_memory_back
from dayhand.daemon.rest import Rest
from dayhand.model.ledger import Pause

SECOND = timedelta(seconds=1)
TIDY = 600 * SECOND


@contextmanager
def resting(bench, stirred: list[int]) -> Iterator[Rest]:
    """Inside a running loop: a rest that has begun, long after anything changed."""
    rest = Rest(bench.app, lambda: stirred.append(1))
    rest.listen()
    bench.clock.move(60 * SECOND)
    assert rest.needs_a_look()
    rest.begin(rest.version(), None)
    try:
        yield rest
    finally:
        rest.close()


def live(bench, check):
    async def run():
        stirred: list[int] = []
        with resting(bench, stirred) as rest:
            await check(rest, stirred)

    asyncio.run(run())


async def until(condition):
    async with asyncio.timeout(100):
        while not condition():
            await asyncio.sleep(0.01)


def test_it_lasts_a_minute_and_no_longer(bench):
    async def check(rest, _):
        assert rest.lasts()
        bench.clock.move(59 * SECOND)
        assert rest.lasts()
        assert not rest.needs_a_look()
        bench.clock.move(2 * SECOND)
        assert not rest.lasts()

    live(bench, check)


def test_it_ends_half_a_minute_before_something_is_due_and_when_it_is(bench):
    async def check(rest, _):
        rest.begin(rest.version(), bench.clock.now() + 40 * SECOND)
        bench.clock.move(9 * SECOND)
        assert rest.lasts()
        bench.clock.move(2 * SECOND)
        assert not rest.lasts()
        rest.begin(rest.version(), bench.clock.now() + 29 * SECOND)
        bench.clock.move(28 * SECOND)
        assert rest.lasts()
        bench.clock.move(SECOND)
        assert not rest.lasts()

    live(bench, check)


def test_another_process_that_writes_to_the_database_ends_it(bench):
    other = App(bench.app.settings, clock=bench.clock, host=bench.app.host)

    async def check(rest, _):
        assert rest.lasts()
        pause = Pause("r", bench.clock.now())
        await asyncio.to_thread(other.store.write_ledger_now, lambda ledger: ledger.pause(pause))
        assert not rest.lasts()

    live(bench, check)
    other.close()


def test_what_the_daemon_itself_wrote_can_be_forgiven(bench):
    async def check(rest, _):
        await bench.app.store.write_ledger(lambda ledger: ledger.tell("x", bench.clock.now()))
        assert not rest.lasts()
        rest.keep()
        assert rest.lasts()

    live(bench, check)


def test_it_does_not_begin_after_a_pass_during_which_something_was_written(bench):
    async def check(rest, _):
        before = rest.version()
        await bench.app.store.write_ledger(lambda ledger: ledger.tell("x", bench.clock.now()))
        rest.begin(before, None)
        assert not rest.lasts()

    live(bench, check)


def test_a_clock_that_is_set_back_ends_it(bench):
    async def check(rest, _):
        bench.clock.move(-10 * SECOND)
        assert not rest.lasts()

    live(bench, check)


@pytest.mark.parametrize("place", ["practice.yaml", "routines/r.yaml", "inbox/post.csv"])
def test_a_file_that_changes_ends_it_and_is_looked_at(bench, place):
    async def check(rest, stirred):
        path = bench.folder / place
        path.write_text((path.read_text() if path.exists() else "") + "\n")
        await until(lambda: stirred)
        assert not rest.lasts()
        assert rest.needs_a_look()
        rest.begin(rest.version(), None)
        assert not rest.lasts()  # a file that has just come is looked at twice
        bench.clock.move(13 * SECOND)
        rest.begin(rest.version(), None)
        assert rest.lasts()

    live(bench, check)


def test_a_folder_that_is_new_is_watched_from_the_next_look_on(bench):
    async def check(rest, stirred):
        inner = bench.folder / "routines" / "inner"
        inner.mkdir()
        await until(lambda: stirred)
        assert rest.needs_a_look()
        stirred.clear()
        (inner / "r.yaml").write_text("routine: r\n")
        await until(lambda: stirred)

    live(bench, check)


def test_where_the_system_does_not_tell_there_is_no_rest(bench, monkeypatch):
    monkeypatch.setattr("sys.platform", "darwin")

    async def check(rest, _):
        assert rest.version() is None
        assert not rest.lasts()
        assert rest.needs_a_look()

    live(bench, check)


def test_a_limit_of_watches_that_is_reached_is_no_error(tmp_path):
    async def run():
        told = []
        events = FolderEvents(lambda: [tmp_path], lambda: told.append(1))
        events.listen()
        assert events.is_listening
        events._library = type("Full", (), {"inotify_add_watch": lambda *_: -1})
        events.renew()
        assert not events.is_listening
        events.renew()
        events.close()

    asyncio.run(run())


def test_a_daemon_with_nothing_to_do_makes_a_pass_a_minute_and_starts_in_time(house, monkeypatch):
    house.set_clock("2026-06-09T06:00-04:00")
    house.bench.write("r", 'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.noop\n')
    passes = []
    daemon = house.daemon
    works = daemon.one_pass

    async def counted():
        passes.append(house.now)
        return await works()

    monkeypatch.setattr(daemon, "one_pass", counted)

    async def hour():
        daemon._rest.listen()
        for _ in range(12 * 59):
            await daemon._turn()
            house.clock.move(5 * SECOND)
        quiet = len(passes)
        for _ in range(14):
            await daemon._turn()
            await daemon.wait_for_runs()
            house.clock.move(5 * SECOND)
        daemon._rest.close()
        return quiet

    quiet = asyncio.run(hour())

    assert 59 <= quiet <= 75
    (run,) = house.runs()
    assert run.created_at - run.due < 5 * SECOND
    assert daemon.lease.until > house.now


def test_memory_is_given_back_when_there_is_nothing_left_to_do_and_not_too_often(
    bench, monkeypatch
):
    given: list[int] = []
    monkeypatch.setattr("dayhand.daemon.rest.give_memory_back", lambda: given.append(1))

    async def live() -> list[int]:
        counts = []
        with resting(bench, []) as rest:
            for moved in (SECOND, SECOND, TIDY, TIDY):
                counts.append(len(given))
                bench.clock.move(moved)
                if moved != TIDY or len(counts) == 3:
                    rest.end()  # there was work
                rest.begin(rest.version(), None)
            counts.append(len(given))
        return counts

    assert asyncio.run(live()) == [1, 1, 1, 2, 2]


def test_to_give_memory_back_is_no_error_on_a_system_without_a_way_to(monkeypatch):
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())

    give_memory_back()
