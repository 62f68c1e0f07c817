"""`if_missed: ask`: a late occurrence waits in the inbox for the owner's word."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from tests_support import acting

from dayhand.cli import cli


@pytest.fixture
def late_one(house):
    house.set_clock("2026-06-08T12:00-04:00")
    house.bench.write(
        "morning",
        'triggers:\n  - cron: "0 7 * * *"\n    if_missed: ask\nsteps:\n  - uses: act.echo\n',
    )
    house.look()
    house.at("2026-06-11T09:10-04:00")
    return house


def say(house, *arguments):
    return CliRunner().invoke(cli, list(arguments), obj=house.bench.fresh(), catch_exceptions=False)


def name(house):
    (found,) = json.loads(say(house, "inbox", "--json").output)
    return found["id"]


def test_the_inbox_lists_the_latest_and_the_others_are_coalesced(late_one):
    shown = say(late_one, "inbox").output

    assert "morning was due at 2026-06-11T07:00 and is 2 h 10 min late: start it now?" in shown
    assert late_one.runs() == []
    assert list(late_one.past().values()) == ["coalesced", "coalesced", "asking"]


def test_yes_starts_it_and_closes_the_row(late_one):
    say(late_one, "answer", name(late_one), "--approve")
    late_one.restart()
    late_one.look()

    assert acting.calls["echo"] == 1
    assert late_one.states()["2026-06-11T07:00"] == "ran_late: 2 h 10 min late; done"


def test_yes_may_leave_it_to_the_daemon(late_one):
    say(late_one, "answer", name(late_one), "--approve", "--no-run")
    late_one.restart()
    late_one.look()

    assert acting.calls["echo"] == 1


def test_no_lets_it_go_with_the_reason(late_one):
    say(late_one, "answer", name(late_one), "--decline")

    assert late_one.states()["2026-06-11T07:00"].startswith("missed: 2 h 10 min late; ")
    assert late_one.states()["2026-06-11T07:00"].endswith(" said no")
    assert say(late_one, "inbox").output == "nothing waits for you\n"
