"""`dayhand ce`, as typed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_education import dayhand_commands


@pytest.fixture
def kit(tmp_path):
    return PracticeKit(tmp_path, plugins=["dayhand_education"])


def add(say, *more, title="Ethics today"):
    return say("credits", "add", "--on", "2026-09-12", "--title", title, "--hours", "3", *more)


def test_a_credit_is_added_listed_and_exported(say, tmp_path, kit):
    assert add(say, "--subject", "ethics", "--format", "webinar") == "CR-00001 new\n"
    assert kit.audit == ["keep a continuing education credit"]
    assert (
        say("credits", "list").splitlines()[1]
        == "CR-00001  2026-09-12  3      webinar  ethics    Ethics today"
    )
    assert json.loads(say("credits", "list", "--json"))[0]["title"] == "Ethics today"
    assert "Ethics today" in say("credits", "export")
    say("credits", "export", str(tmp_path / "c.csv"))
    assert say("credits", "import", "c.csv") == "0 new, 0 changed, 1 unchanged\n"


def test_an_empty_log_says_how_to_begin(say):
    assert "dayhand ce credits add" in say("credits", "list")


def test_a_repeated_title_and_a_missing_certificate_are_noted(say):
    add(say)

    output = say(
        "credits",
        "add",
        "--on",
        "2026-10-01",
        "--title",
        "Ethics today",
        "--minutes",
        "90",
        "--certificate",
        "c.pdf",
    )

    assert "same title as CR-00001" in output
    assert "not in the practice folder" in output


def test_a_number_of_hours_is_checked(say):
    assert "no number of hours" in say(
        "credits", "add", "--on", "2026-09-12", "--title", "T", "--hours", "x", code=2
    )


def test_the_gap_of_all_licences_is_one_table_with_dates_and_sources(say):
    lines = say("gap").splitlines()

    assert lines[1].split()[:5] == ["NY-LCSW", "2027-05-31", "0", "36", "behind_pace"]
    assert (
        lines[2] == "NY-LCSW: rules as of 2024-09-25; NY Educ. Law 7710; 8 NYCRR 74.10; 716ceu.org"
    )


def test_the_gap_of_one_licence_is_its_report(say):
    assert "# Continuing education NY LCSW" in say("gap", "NY-LCSW")
    assert json.loads(say("gap", "NY-LCSW", "--json"))[0]["missing"] == "36"


def test_an_overdue_licence_ends_the_command_with_1(tmp_path):
    kit = PracticeKit(tmp_path, plugins=["dayhand_education"], now="2027-07-01T09:00-04:00")

    result = CliRunner().invoke(
        next(iter(dayhand_commands())), ["gap"], obj=kit.context("education")
    )

    assert result.exit_code == 1
    assert "overdue" in result.output


def test_a_requirement_met_elsewhere_is_kept(say):
    assert (
        say("met", "boundaries", "--on", "2026-01-05", "--hours", "3")
        == "boundaries met on 2026-01-05\n"
    )
    assert "| Boundaries | each cycle | 3 | 3 | 0 | met |" in say("gap", "NY-LCSW")


def test_rule_sets_are_listed_and_shown(say):
    assert len(say("rules").splitlines()) == 30
    assert json.loads(say("rules", "show", "us-ny-sw"))["hours"] == "36"
    with pytest.raises(UserError, match="'nope' is not known"):
        say("rules", "show", "nope")


@pytest.mark.parametrize(
    "command", [(), ("gap",), ("credits",), ("credits", "add"), ("met",), ("rules",)]
)
def test_help_has_an_example(say, command):
    assert "Example: dayhand ce" in say(*command, "--help")


def test_a_day_that_is_still_to_come_is_refused_and_nothing_is_kept(say, kit):
    tomorrow = (kit.context("education").today + timedelta(days=1)).isoformat()
    course = ("credits", "add", "--title", "Ethics today", "--hours", "3", "--on")

    with pytest.raises(UserError, match=f"{tomorrow} is still to come") as of_course:
        say(*course, tomorrow)
    with pytest.raises(UserError, match=f"{tomorrow} is still to come") as of_tag:
        say("met", "ethics", "--on", tomorrow)

    assert "on which it was completed: --on" in of_course.value.hint
    assert "on which it was met: --on" in of_tag.value.hint
    assert kit.audit == []
    today = kit.context("education").today.isoformat()
    assert say(*course, today) == "CR-00001 new\n"
