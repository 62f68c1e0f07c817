"""`upcoming`, `backtest`, `why`, `pause`, `resume-schedule`, `tick`, `service`: what they print."""

from __future__ import annotations

import json
import plistlib
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner

from dayhand.cli import cli
from dayhand.daemon.service import agent_text, unit_text

TWO = """
triggers:
  - id: early
    cron: "0 7 * * *"
    skip_on: [weekend]
steps:
  - uses: act.echo
"""


@pytest.fixture
def say(house):
    house.set_clock("2026-06-09T06:00-04:00")  # a Tuesday
    house.bench.write(
        "morning",
        'triggers:\n  - id: early\n    cron: "0 7 * * *"\n    skip_on: [weekend]\nsteps:\n  - uses: act.echo\n',
    )

    def run(*arguments):
        return CliRunner().invoke(cli, list(arguments), obj=house.bench.fresh())

    return run


def listed(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_upcoming_as_json_has_every_field(say):
    (entry,) = listed(say("upcoming", "--days", "1", "--json"))

    assert entry == {
        "routine": "morning", "trigger": "early", "at": "2026-06-09T07:00:00-04:00",
        "nominal": "2026-06-09T07:00", "state": "planned", "reason": "", "notes": [],
    }  # fmt: skip


def test_upcoming_by_dates_is_whole_days_and_tells_what_is_skipped(say):
    found = listed(say("upcoming", "--from", "2026-06-12", "--to", "2026-06-14", "--json"))

    assert [(e["nominal"][:10], e["state"], e["reason"]) for e in found] == [
        ("2026-06-12", "planned", ""),
        ("2026-06-13", "skipped", "weekend (Saturday)"),
        ("2026-06-14", "skipped", "weekend (Sunday)"),
    ]


@pytest.mark.parametrize(
    ("begin", "end", "days"),
    [
        ("2026-06-10T07:00-04:00", "2026-06-11T07:00-04:00", ["11"]),
        ("2026-06-10T06:59:59-04:00", "2026-06-11T06:59:59-04:00", ["10"]),
        ("2026-06-10T11:00:00Z", "2026-06-11T11:00:00+00:00", ["11"]),
        ("2026-06-10T07:00", "2026-06-11T07:00", ["11"]),
    ],
)
def test_between_instants_is_after_the_first_up_to_and_with_the_last(say, begin, end, days):
    for command in (["upcoming"], ["backtest", "morning"]):
        found = listed(say(*command, "--from", begin, "--to", end, "--json"))
        assert [entry["nominal"][8:10] for entry in found] == days


def test_upcoming_shows_what_the_ledger_says(say, house):
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    house.look()
    (entry,) = listed(say("upcoming", "--from", "2026-06-09", "--to", "2026-06-09", "--json"))

    assert (entry["state"], entry["reason"]) == ("ran", "done")


def test_backtest_does_not_look_at_the_ledger(say, house):
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    found = listed(
        say("backtest", "morning", "--from", "2026-06-08", "--to", "2026-06-09", "--json")
    )

    assert [entry["state"] for entry in found] == ["planned", "planned"]


def test_a_clock_change_is_in_the_notes(say, house):
    house.bench.write("night", 'triggers:\n  - cron: "30 2 * * *"\nsteps:\n  - uses: act.echo\n')
    (entry,) = listed(
        say("backtest", "night", "--from", "2026-03-08", "--to", "2026-03-08", "--json")
    )

    assert entry["at"] == "2026-03-08T03:00:00-04:00"
    assert entry["nominal"] == "2026-03-08T02:30"
    assert entry["notes"]


def test_an_hour_that_comes_twice_is_in_the_order_of_time(say, house):
    house.bench.write("often", 'triggers:\n  - cron: "*/30 * * * *"\nsteps:\n  - uses: act.echo\n')
    house.bench.write("once", 'triggers:\n  - cron: "30 1 * * *"\nsteps:\n  - uses: act.echo\n')
    window = ("--from", "2026-11-01T00:30-04:00", "--to", "2026-11-01T02:00-05:00")
    found = listed(say("upcoming", *window, "--json"))

    assert [one["at"][11:] for one in found if one["routine"] == "often"] == [
        "01:00:00-04:00", "01:30:00-04:00", "01:00:00-05:00", "01:30:00-05:00", "02:00:00-05:00",
    ]  # fmt: skip
    crowded = [one["at"][11:] for one in found if "at the same time as once" in one["notes"]]
    assert crowded == ["01:30:00-04:00"]


def test_a_diff_tells_what_moves(say, house, tmp_path):
    edited = tmp_path / "morning.yaml"
    text = (house.bench.folder / "routines/morning.yaml").read_text()
    edited.write_text(text.replace("0 7 * * *", "0 8 * * *"))
    result = say("upcoming", "--days", "1", "--diff", str(edited))

    assert result.output == "morning (early) moves from Tue 9 Jun 07:00 to Tue 9 Jun 08:00\n"


@pytest.mark.parametrize("text", ["tomorrow", "2026-13-01", "2026-06-09T25:00"])
def test_a_text_that_is_no_moment_is_the_users_mistake(say, text):
    result = say("upcoming", "--from", text)

    assert "is neither a date nor a moment" in str(result.exception)


def test_why_answers_for_a_day_that_was_skipped(say):
    coming = say("why", "morning", "2026-06-13").output
    past = say("why", "morning", "2026-06-06").output

    assert (
        coming == "2026-06-13 07:00 EDT  every day at 07:00  will be skipped: weekend (Saturday)\n"
    )
    assert past == "2026-06-06 07:00 EDT  every day at 07:00  was skipped: weekend (Saturday)\n"


def test_why_tells_what_was_planned_from_what_no_daemon_knew(say, house):
    house.look()
    say("pause", "morning")
    house.set_clock("2026-06-10T09:00-04:00")

    assert (
        "every day at 07:00  was planned, and has not begun"
        in say("why", "morning", "2026-06-09").output
    )
    assert "every day at 07:00  is planned" in say("why", "morning", "2026-06-11").output
    unknown = say("why", "morning", "2026-06-08").output
    assert (
        "every day at 07:00  would have been due: it was never planned: no daemon ran then"
        in unknown
    )


def test_what_an_edit_took_back_is_listed_only_when_it_is_asked_for(say, house):
    house.look()
    (house.bench.folder / "routines/morning.yaml").unlink()
    for _ in range(2):
        house.look()
    day = ("--from", "2026-06-09", "--to", "2026-06-09", "--json")

    assert listed(say("upcoming", *day)) == []
    (entry,) = listed(say("upcoming", *day, "--superseded"))
    assert (entry["state"], entry["reason"]) == ("superseded", "its file is gone")


def test_what_is_shown_is_what_the_rules_make_now(say, house):
    house.look()
    text = (house.bench.folder / "routines/morning.yaml").read_text()
    house.bench.write("morning", text.partition("\n")[2].replace("0 7", "0 9"))

    (entry,) = listed(say("upcoming", "--days", "1", "--json"))
    assert (entry["nominal"], entry["state"]) == ("2026-06-09T09:00", "planned")


def test_a_shift_is_the_reason_and_a_delay_counts_as_the_time(say, house):
    house.bench.write(
        "billing",
        """
        triggers:
          - cron: "0 9 13 * *"
            skip_on: [weekend]
            shift: next_open_day
            jitter: 30 minutes
        steps:
          - uses: act.echo
        """,
    )
    (entry,) = listed(
        say("upcoming", "billing", "--from", "2026-06-13", "--to", "2026-06-15", "--json")
    )
    at = entry["at"]

    assert entry["reason"] == "moved from Sat 13 Jun to Mon 15 Jun: weekend (Saturday)"
    assert "2026-06-15T09:00" < at < "2026-06-15T09:30"
    window = ("upcoming", "billing", "--from", "2026-06-15T00:00", "--json", "--to")
    assert [one["at"] for one in listed(say(*window, at))] == [at]
    assert listed(say(*window, "2026-06-15T09:00:00-04:00")) == []


def test_the_class_of_a_trigger_is_shown(say, house):
    house.bench.write("often", 'triggers:\n  - cron: "*/30 * * * *"\nsteps:\n  - uses: act.echo\n')
    lines = say("upcoming", "--days", "1").output.splitlines()

    assert lines[0].split() == ["WHEN", "ROUTINE", "TRIGGER", "CLASS", "STATE", "WHY"]
    assert any("morning" in line and " fixed " in line for line in lines)
    assert any("often" in line and " interval " in line for line in lines)


def test_why_tells_many_of_which_there_is_the_same_to_tell_in_one_line(say, house):
    house.bench.write(
        "often",
        "triggers:\n  - every: 1 minute\n    skip_on: [weekend]\nsteps:\n  - uses: act.echo\n",
    )
    (line,) = say("why", "often", "2026-06-13").output.splitlines()

    assert line.startswith("2026-06-13 00:00 to 23:59 EDT  every 1 min  ")
    assert line.endswith("  1440 times: will be skipped: weekend (Saturday)")


def test_why_names_a_pause_and_a_missed_day(say, house):
    house.look()
    say("pause", "morning", "--until", "2026-06-11")
    house.at("2026-06-10T09:00-04:00")
    told = listed(say("why", "morning", "2026-06-09", "--json"))

    assert told["routine"] == "morning"
    assert told["answer"][0].startswith("paused by ")
    assert "was planned, and has not begun" in told["answer"][1]


def test_pause_and_resume_preview_what_is_coalesced(say, house):
    house.look()
    paused = say("pause", "morning", "--until", "2026-06-12").output
    house.at("2026-06-11T09:00-04:00")
    resumed = say("resume-schedule", "morning").output

    assert (
        "3 due meanwhile; the last will run then, 2 are coalesced into it (if_missed: run latest)"
        in paused
    )
    assert "3 due meanwhile; the last will run then" in resumed
    assert [f"{run.due:%d}" for run in house.look()] == ["11"]


def test_a_pause_of_nothing_and_of_everything_at_once_is_refused(say):
    assert "name a routine, or say --all" in str(say("pause").exception)
    assert "name a routine, or say --all" in str(say("pause", "morning", "--all").exception)
    assert "nothing is paused" in str(say("resume-schedule", "--all").exception)


def test_tick_stands_aside_for_a_daemon_and_works_without_one(say, house):
    house.daemon = house.new_daemon("elsewhere:1:2")
    house.look()
    house.set_clock("2026-06-09T06:00:10-04:00")
    aside = listed(say("tick", "--json"))
    house.set_clock("2026-06-09T07:00:31-04:00")
    told = listed(say("tick", "--json"))

    assert aside == {"worked": False, "reason": "another process runs this practice"}
    assert told["worked"]
    assert len(told["begun"]) == 1
    assert house.states()["2026-06-09T07:00"] == "ran: done"


def test_the_unit_passes_systemds_own_check(tmp_path):
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    command = tmp_path / "bin" / "dayhand"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    practice = tmp_path / 'my 100% "practice"'
    practice.mkdir()
    unit = tmp_path / "dayhand.service"
    unit.write_text(unit_text(command, practice))
    result = subprocess.run(
        [analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True
    )

    assert (result.returncode, result.stderr) == (0, "")


def test_the_unit_says_what_matters(tmp_path):
    text = unit_text(Path("/usr/bin/dayhand"), Path("/home/me/my 100% practice"))

    assert 'ExecStart="/usr/bin/dayhand" --practice "/home/me/my 100%% practice" daemon' in text
    assert "Type=notify" in text
    assert "RestartPreventExitStatus=75 78" in text


def test_the_property_list_parses():
    found = plistlib.loads(
        agent_text(Path("/usr/bin/dayhand"), Path("/p <&> q"), Path("/p/.dayhand"))
    )

    assert found["ProgramArguments"] == ["/usr/bin/dayhand", "--practice", "/p <&> q", "daemon"]
    assert found["KeepAlive"] == {"SuccessfulExit": False}


def test_changes_of_the_clock_in_the_next_two_weeks_stand_below_the_list(say, house):
    house.set_clock("2026-10-20T06:00-04:00")
    house.bench.write("night", 'triggers:\n  - cron: "30 1 * * *"\nsteps:\n  - uses: act.echo\n')
    lines = say("upcoming", "--days", "1").output.splitlines()

    assert lines[-3:-1] == [
        "changes of the clock in the next two weeks:",
        "  Sun 1 Nov: the clock goes back 1 h, from 02:00 to 01:00 (America/New_York)",
    ]
    assert lines[-1].endswith("01:30 comes twice on Sun 1 Nov: runs the first time")
    assert "changes of the clock" not in say("upcoming", "morning", "--days", "1").output


def test_a_new_time_runs_on_the_day_the_old_one_ran_if_it_is_asked_for(say, house):
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    house.bench.write("morning", TWO.replace("0 7", "0 8"))
    house.at("2026-06-09T07:30-04:00")
    assert "was superseded: ran at Tue 9 Jun 07:00, before the edit" in say("why", "morning").output

    done = say("resume-schedule", "morning", "--run-new-slot")
    assert done.output == "morning runs at Tue 2026-06-09 08:00 too\n"
    assert [f"{run.due:%H:%M}" for run in house.at("2026-06-09T08:00:01-04:00")] == ["08:00"]
    again = say("resume-schedule", "morning", "--run-new-slot")
    assert "no time of morning was given up for an edit" in str(again.exception)
    every = say("resume-schedule", "--all", "--run-new-slot")
    assert "name the routine" in str(every.exception)
