"""`skip_on: [time_off]`: days that the practice's calendars say are off, offline and across restarts too."""

from __future__ import annotations

import json
from types import ModuleType

import pytest
from click.testing import CliRunner
from tests_support.daemons import House

import dayhand_calendar
from dayhand import EventKind, StepError, hookimpl
from dayhand.cli import cli

LEAVE = ("leave", "20260611", "20260613", "CATEGORIES:HOLD")


def calendar(*events):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for uid, start, end, *more in events:
        form = "VALUE=DATE" if len(start) == 8 else "TZID=America/New_York"
        lines += ["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260601T000000Z",
                  f"DTSTART;{form}:{start}", f"DTEND;{form}:{end}", *more, "END:VEVENT"]  # fmt: skip
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


@pytest.fixture
def write(bench):
    (bench.folder / "calendars").mkdir()

    def put(*events):
        (bench.folder / "calendars/work.ics").write_text(calendar(*events), newline="")

    return put


@pytest.fixture
def house(bench, write):
    write(LEAVE)
    with (bench.folder / "practice.yaml").open("a") as file:
        file.write(
            "\ncalendar:\n  sources:\n    - {name: work, file: calendars/work.ics}\n"
            "  hold: {categories: [HOLD]}\n  closed: ['2026-06-15']\n"
        )
    bench.plugins["calendar"] = dayhand_calendar
    bench.fresh()
    made = House(bench)
    made.set_clock("2026-06-09T06:00-04:00")  # a Tuesday
    bench.write(
        "morning",
        'triggers:\n  - id: early\n    cron: "0 7 * * *"\n    skip_on: [time_off]\nsteps:\n  - uses: act.echo\n',
    )
    return made


def fails_with(error):
    """A plugin that cannot tell when time off is."""
    bad = ModuleType("bad")

    async def fails(practice, start, end):
        raise error

    @hookimpl
    def dayhand_event_kinds():
        return [EventKind("time_off", fails)]

    bad.dayhand_event_kinds = dayhand_event_kinds
    return bad


def say(house, *arguments):
    done = CliRunner().invoke(cli, list(arguments), obj=house.bench.fresh(), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def days(house, *arguments):
    entries = json.loads(say(house, *arguments, "--json").stdout)
    return {entry["nominal"][8:10]: (entry["state"], entry["reason"]) for entry in entries}


OFF = ("skipped", "time off (in the calendar, Thu 11 Jun to Fri 12 Jun)")


def test_upcoming_and_backtest_read_the_calendar_themselves(house):
    window = ("--from", "2026-06-09", "--to", "2026-06-16")

    for command in (["upcoming"], ["backtest", "morning"]):
        found = days(house, *command, *window)
        assert found["10"] == found["13"] == found["16"] == ("planned", "")
        assert found["11"] == found["12"] == OFF
        assert found["15"] == ("skipped", "time off (in the calendar)")


def test_why_says_so_before_and_after(house):
    told = "every day at 07:00  {} skipped: time off (in the calendar, Thu 11 Jun to Fri 12 Jun)"

    assert told.format("will be") in say(house, "why", "morning", "2026-06-11").output
    house.awake_until("2026-06-13T12:00-04:00")
    assert told.format("was") in say(house, "why", "morning", "2026-06-11").output


def test_the_daemon_skips_those_days_and_runs_on_the_others(house):
    house.look()
    house.awake_until("2026-06-16T12:00-04:00")

    ran = [row.planned.nominal[8:10] for row in house.rows() if row.state == "ran"]
    assert ran == ["09", "10", "13", "14", "16"]
    assert house.states()["2026-06-12T07:00"] == f"skipped: {OFF[1]}"


def test_offline_the_last_reading_stands_across_restarts(house, bench):
    house.look()
    bench.plugins["calendar"] = fails_with(StepError("the server is away"))
    house.set_clock("2026-06-10T20:00-04:00")
    house.restart()
    house.awake_until("2026-06-13T12:00-04:00")

    assert house.states()["2026-06-11T07:00"] == f"skipped: {OFF[1]}"
    shown = say(house, "upcoming", "--from", "2026-06-11", "--to", "2026-06-11")
    assert "skipped  time off (in the calendar, Thu 11 Jun to Fri 12 Jun)" in shown.stdout
    told = "events of the kind 'time_off' are those of 2026-06-09 06:00: the server is away"
    assert f"note: {told}" in shown.stderr


def test_without_its_file_the_calendar_gives_what_it_gave_last(house, bench):
    house.look()
    (bench.folder / "calendars/work.ics").unlink()
    house.set_clock("2026-06-10T20:00-04:00")
    house.restart()
    house.awake_until("2026-06-13T12:00-04:00")

    assert house.states()["2026-06-11T07:00"] == f"skipped: {OFF[1]}"


def test_leave_that_is_taken_or_given_up_moves_what_is_planned(house, write):
    house.look()
    write()  # given up
    house.at("2026-06-10T06:30-04:00")
    assert house.states()["2026-06-11T07:00"] == "planned"
    write(LEAVE)  # and taken all the same
    house.at("2026-06-10T08:00-04:00")
    assert house.states()["2026-06-11T07:00"] == f"skipped: {OFF[1]}"
    write()
    house.at("2026-06-10T09:00-04:00")
    house.awake_until("2026-06-11T12:00-04:00")

    assert house.states()["2026-06-11T07:00"] == "ran: done"


def test_with_shift_it_moves_to_the_day_before_the_leave(house, bench):
    bench.write(
        "letters",
        'triggers:\n  - cron: "0 9 12 * *"\n    skip_on: [time_off]\n    shift: previous_open_day\n'
        "steps:\n  - uses: act.echo\n",
    )
    house.look()
    house.awake_until("2026-06-12T12:00-04:00")

    (row,) = [row for row in house.rows("letters") if row.state == "ran"]
    assert f"{row.due:%Y-%m-%dT%H:%M}" == "2026-06-10T13:00"
    assert row.planned.notes[0].startswith("moved from Fri 12 Jun to Wed 10 Jun: time off")


@pytest.mark.parametrize(
    ("events", "off"),
    [
        ([("a", "20260611", "20260612", "SUMMARY:Rent due")], ""),
        ([("a", "20260611", "20260612", "SUMMARY:Vacation")], "11"),
        ([("a", "20260611", "20260612", "SUMMARY:Vacation", "STATUS:CANCELLED")], ""),
        ([("a", "20260611T090000", "20260611T180000", "SUMMARY:Out of office")], "11"),
        ([("a", "20260611T120000", "20260611T180000", "SUMMARY:Out of office")], ""),
        ([("a", "20260610T150000", "20260613T100000", "X-MICROSOFT-CDO-BUSYSTATUS:OOF")], "11 12"),
        ([("a", "20260611T090000", "20260611T180000", "CATEGORIES:HOLD")], ""),
        ([("a", "20260611", "20260612", "CATEGORIES:HOLD", "RRULE:FREQ=DAILY;COUNT=3")], "11 12 13"),
    ],
)  # fmt: skip
def test_what_counts_as_time_off(house, write, events, off):
    write(*events)
    found = days(house, "upcoming", "--from", "2026-06-10", "--to", "2026-06-13")

    assert [day for day, (state, _) in found.items() if state == "skipped"] == off.split()


def test_without_a_calendar_nothing_is_off_and_nobody_is_bothered(bench, caplog):
    bench.plugins["calendar"] = dayhand_calendar
    bench.fresh()
    house = House(bench)
    bench.write(
        "r",
        'triggers:\n  - cron: "0 7 * * *"\n    skip_on: [time_off]\nsteps:\n  - uses: act.echo\n',
    )
    house.look()
    shown = say(house, "upcoming")

    assert "planned" in shown.stdout
    assert shown.stderr == ""
    assert [line for line in caplog.messages if "time_off" in line] == []


def test_a_plugin_that_fails_is_told_and_the_routine_runs(house, bench, caplog):
    bench.plugins["calendar"] = fails_with(RuntimeError("Ana Ruiz"))
    house.restart()
    house.look()
    house.awake_until("2026-06-09T12:00-04:00")

    assert house.states()["2026-06-09T07:00"] == "ran: done"
    told = [line for line in caplog.messages if "'time_off'" in line]
    assert told == ["events of the kind 'time_off': plugin 'calendar': RuntimeError"]
