"""What the planner leaves out, because it stands, and what it puts off, because there is time."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from dayhand import cron
from dayhand.daemon import planner, standing
from dayhand.daemon.planner import Planner
from dayhand.model.ledger import Pause
from dayhand.schedule.zones import Zone

PLAIN = 'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.noop\n'
OPEN_DAYS = PLAIN.replace('* * *"', '* * *"\n    skip_on: [weekend]')


@pytest.fixture
def held(monkeypatch):
    """The routines whose rows were held against their rule."""
    found = []
    works = Planner._hold

    def hold(self, ledger, routine, *rest):
        found.append(routine.name)
        return works(self, ledger, routine, *rest)

    monkeypatch.setattr(Planner, "_hold", hold)
    return found


@pytest.fixture
def planned(house, held):
    house.set_clock("2026-06-09T06:00-04:00")
    house.bench.write("plain", PLAIN)
    house.bench.write("days", OPEN_DAYS)
    house.look()
    held.clear()
    return house


def test_after_a_restart_only_rows_that_may_not_hold_are_looked_at(planned, held):
    planned.restart()
    planned.look()

    assert held == ["days"]  # a calendar may say something else by now


def test_zone_data_replaced_without_a_word_has_every_row_looked_at(planned, held, monkeypatch):
    works = Zone.digest
    monkeypatch.setattr(
        standing.Zone, "digest", lambda zone, *window: f"new {works(zone, *window)[:8]}"
    )
    planned.restart()
    planned.look()
    first = sorted(held)
    held.clear()
    planned.restart()
    planned.look()

    assert first == ["days", "plain"]
    assert held == ["days"]


def test_rows_are_looked_at_once_a_year_all_the_same(planned, held):
    planned.clock.move(timedelta(days=301))
    planned.restart()
    planned.look()

    assert {"days", "plain"} <= set(held)


def test_a_plan_is_lengthened_in_parts_and_nothing_is_missed(house, monkeypatch):
    monkeypatch.setattr(planner, "MOST_EXTENDED", 2)
    house.set_clock("2026-06-09T06:00-04:00")
    names = [f"r{number}" for number in range(7)]
    for name in names:
        house.bench.write(name, PLAIN)
    house.look()
    house.clock.move(timedelta(hours=24, minutes=30))
    before = len(house.rows())
    asyncio.run(house.pass_once())
    after_one = len(house.rows()) - before
    for _ in range(4):
        house.look()
    house.awake_until("2026-06-14T12:00-04:00")

    assert 0 < after_one < 7
    ran = [(row.planned.routine, row.due.day) for row in house.rows() if row.run_id]
    assert sorted(ran) == sorted((name, day) for name in names for day in range(9, 15))


@pytest.mark.parametrize(
    "text",
    [
        "*/5 * * * *",
        "0 * * * *",
        "0 9 * * *",
        "0 9-17/2 * * 1-5",
        "@hourly",
        "@DAILY",
        " 5 */2 * * *",
        "@weekly",
    ],
)
def test_what_follows_elapsed_time_is_told_without_parsing(text):
    assert cron.is_interval(text) is cron.parse(text).is_interval


def test_the_next_moment_is_that_of_a_row_a_run_that_waits_or_a_pause_that_ends(planned):
    def following():
        found = planned.read(lambda ledger: ledger.next_moment(planned.now))
        return f"{found.astimezone(planned.bench.app.zone):%H:%M}"

    before = following()
    waits = planned.bench.run("steps:\n  - uses: wait.until\n    with: {length: 30 minutes}\n")
    planned.bench.app.store.write_ledger_now(
        lambda ledger: ledger.pause(
            Pause("r", planned.now, until=planned.now + timedelta(minutes=5))
        )
    )

    assert (before, following()) == ("07:00", "06:05")
    planned.bench.app.store.write_ledger_now(lambda ledger: ledger.resume("r"))
    assert following() == "06:30"
    planned.bench.app.store.write_now(
        lambda c: c.exec_driver_sql("UPDATE runs SET state = 'unknown' WHERE id = ?", (waits.id,))
    )
    assert following() == "06:30"  # whether something was sent is asked, and the question expires
