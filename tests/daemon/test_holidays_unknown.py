"""Where public holidays cannot be told, what skips them does not run, says why, and the rest goes on."""

from __future__ import annotations

import json
import sys

import pytest
from click.testing import CliRunner

from dayhand.cli import cli

WHY = "public holiday (not known: public holidays need the library 'holidays')"
STEPS = "steps:\n  - uses: act.echo\n"


@pytest.fixture
def house(house, bench, monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)  # as if it were not installed
    house.set_clock("2026-06-09T06:00-04:00")  # a Tuesday
    head = 'triggers:\n  - {id: early, cron: "0 7 * * *"'
    bench.write("careful", f"{head}, skip_on: [public_holiday]}}\n{STEPS}")
    bench.write(
        "moved", f"{head}, skip_on: [weekend, public_holiday], shift: next_open_day}}\n{STEPS}"
    )
    bench.write("plain", f"{head}}}\n{STEPS}")
    return house


def states(house, routine):
    return {
        row.planned.nominal[8:10]: (row.state, row.reason)
        for row in house.rows()
        if row.planned.routine == routine
    }


def test_the_daemon_runs_the_others_and_tells_it(house, caplog):
    house.look()
    house.awake_until("2026-06-10T12:00-04:00")

    assert [states(house, "plain")[day][0] for day in ("09", "10")] == ["ran", "ran"]
    assert states(house, "careful")["10"] == ("skipped", WHY)
    assert states(house, "moved")["10"] == ("skipped", f"{WHY}, and no day within 366 is open")
    (told, *_) = [one.getMessage() for one in caplog.records if "holidays" in one.getMessage()]
    assert told.startswith("routines that skip public holidays do not run: ")
    assert "pip install --only-binary :all: 'dayhand[calendar]'" in told


def test_once_they_are_known_the_days_to_come_are_planned_anew(house, monkeypatch):
    house.look()
    assert states(house, "careful")["10"] == ("skipped", WHY)

    monkeypatch.delitem(sys.modules, "holidays")
    house.restart()
    house.awake_until("2026-06-10T12:00-04:00")

    assert states(house, "careful")["10"][0] == "ran"
    assert states(house, "moved")["10"][0] == "ran"


def say(house, *arguments, code=0):
    done = CliRunner().invoke(cli, list(arguments), obj=house.bench.fresh(), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done


def test_upcoming_shows_all_with_a_note(house):
    shown = say(house, "upcoming", "--days", "1")

    assert [line for line in shown.stdout.splitlines() if "plain" in line and "planned" in line]
    assert WHY in shown.stdout
    assert "note: routines that skip public holidays do not run" in shown.stderr
    assert "pip install --only-binary :all: 'dayhand[calendar]'" in shown.stderr
    backtest = ("backtest", "careful", "--from", "2026-06-01", "--to", "2026-06-02")
    assert "do not run" in say(house, *backtest).stderr
    assert WHY in say(house, "why", "careful", "2026-06-10").stdout


def test_the_doctor_fails_and_says_what_to_install(house):
    found = json.loads(say(house, "doctor", "--json", code=1).stdout)

    (told,) = [one for one in found if "public holidays" in one["message"]]
    assert told["level"] == "failure"
    assert "(2 of them)" in told["message"]
    assert told["hint"] == "pip install --only-binary :all: 'dayhand[calendar]'"


def test_a_country_that_is_not_known_is_no_different(house, bench, monkeypatch):
    monkeypatch.delitem(sys.modules, "holidays")
    text = (bench.folder / "practice.yaml").read_text()
    put = text.replace("practice:\n", "practice:\n  address: {country: XX}\n", 1)
    assert put != text
    (bench.folder / "practice.yaml").write_text(put)

    shown = say(house, "upcoming", "--days", "1")

    assert "not known: public holidays of 'XX' are not known" in shown.stdout
