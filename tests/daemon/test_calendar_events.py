"""The calendar's own events as triggers, through the plugin."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests_support.daemons import House

import dayhand_calendar
from dayhand.cli import cli

CALENDAR = """BEGIN:VCALENDAR\r
VERSION:2.0\r
PRODID:-//test//EN\r
BEGIN:VEVENT\r
UID:weekly\r
DTSTAMP:20260601T000000Z\r
DTSTART;TZID=America/New_York:20260609T100000\r
DURATION:PT50M\r
RRULE:FREQ=WEEKLY;COUNT=3\r
SUMMARY:C-0017\r
CATEGORIES:SESSION\r
END:VEVENT\r
END:VCALENDAR\r
"""


@pytest.fixture
def house(bench):
    (bench.folder / "calendars").mkdir(exist_ok=True)
    (bench.folder / "calendars" / "work.ics").write_text(CALENDAR, newline="")
    with (bench.folder / "practice.yaml").open("a") as file:
        file.write(
            "\ncalendar:\n  sources:\n    - {name: work, file: calendars/work.ics}\n  session: {categories: [SESSION]}\n"
        )
    bench.plugins["calendar"] = dayhand_calendar
    bench.fresh()
    made = House(bench)
    made.set_clock("2026-06-09T06:00-04:00")
    bench.write(
        "remind", "triggers:\n  - before: session\n    offset: 1 day\nsteps:\n  - uses: act.echo\n"
    )
    made.look()
    return made


def test_each_session_of_a_series_is_reminded_of_once(house):
    house.awake_until("2026-06-30T12:00-04:00")

    ran = [f"{row.due:%Y-%m-%dT%H:%M}" for row in house.rows() if row.state == "ran"]
    assert ran == ["2026-06-15T14:00", "2026-06-22T14:00"]
    assert len(house.runs()) == 2


def upcoming(house, *more):
    done = CliRunner().invoke(
        cli, ["upcoming", "--json", *more], obj=house.bench.fresh(), catch_exceptions=False
    )
    return [(entry["at"], entry["state"]) for entry in json.loads(done.stdout)]


def test_upcoming_shows_what_is_further_away_than_the_daemon_plans(house):
    assert [row.planned.nominal for row in house.rows()] == []  # nothing within three days
    window = ("--from", "2026-06-15T10:00-04:00", "--to", "2026-06-22T10:00-04:00")

    assert upcoming(house, "--days", "14") == [
        ("2026-06-15T10:00:00-04:00", "planned"),
        ("2026-06-22T10:00:00-04:00", "planned"),
    ]
    assert upcoming(house, *window) == [("2026-06-22T10:00:00-04:00", "planned")]


def test_upcoming_tells_what_became_of_those_that_were_due(house):
    house.awake_until("2026-06-15T12:00-04:00")

    assert upcoming(house, "--from", "2026-06-15", "--to", "2026-06-22") == [
        ("2026-06-15T10:00:00-04:00", "ran"),
        ("2026-06-22T10:00:00-04:00", "planned"),
    ]


def test_a_reminder_moves_to_the_open_day_before_and_is_planned_there(house, bench):
    bench.write(
        "remind",
        "triggers:\n  - before: session\n    offset: 2 days\n    skip_on: [weekend]\n"
        "    shift: previous_open_day\nsteps:\n  - uses: act.echo\n",
    )
    assert upcoming(house, "--days", "7") == [("2026-06-12T10:00:00-04:00", "planned")]
    house.look()
    house.awake_until("2026-06-15T12:00-04:00")

    ran = [f"{row.due:%Y-%m-%dT%H:%M}" for row in house.rows() if row.state == "ran"]
    assert ran == ["2026-06-12T14:00"]
