"""`dayhand supervision`, as typed; and what the doctor says."""

from __future__ import annotations

import json

import pytest

from dayhand import UserError
from dayhand_supervision import dayhand_health


def findings(kit):
    practice = kit.context("supervision")
    return [finding for check in dayhand_health() for finding in check.run(practice)]


def test_hours_are_added_listed_and_removed(say, kit):
    added = say("add", "--on", "2026-11-20", "--minutes", "60", "--category", "supervision_triadic")

    assert added == "1 new, 0 changed, 0 unchanged\n"
    assert kit.audit == ["keep supervised hours"]
    assert say("list").splitlines()[1].split()[:4] == [
        "H-000001", "2026-11-20", "60", "supervision_triadic",
    ]  # fmt: skip
    assert json.loads(say("list", "--json"))[0]["minutes"] == 60
    assert say("list", "--to", "2026-11-19").startswith("no hours yet")
    assert say("remove", "h-000001") == "h-000001 is removed: 60 minutes of 2026-11-20\n"
    with pytest.raises(UserError, match="no entry H-000001"):
        say("remove", "H-000001")


def test_a_wrong_category_is_told_with_those_there_are(say):
    assert "supervision_group" in say("add", "--minutes", "60", "--category", "x", code=2)


def test_hours_are_written_to_a_file(say, tmp_path):
    say("add", "--on", "2026-11-20", "--minutes", "60", "--category", "other")

    assert say("export", str(tmp_path / "h.csv")).startswith("wrote ")
    assert say("import", "h.csv") == "0 new, 0 changed, 1 unchanged\n"


def test_units_are_told_with_the_rules_date_and_confidence(say):
    assert say("units", "--direct", "10.25") == (
        "2 for 10.25 direct hours (us-ca-lmft, as of unknown, confidence M)\n"
    )
    assert "on average to date" in say("units", "--direct", "12", "--stage", "trainee")
    assert json.loads(say("units", "--direct", "25", "--json"))["needed"] == 2
    assert "no number of hours" in say("units", "--direct", "many", code=2)
    assert "no number of hours" in say("units", "--direct", "NaN", code=2)
    with pytest.raises(UserError, match="says nothing of units"):
        say("units", "--direct", "5", "--rule-set", "us-wa-licsw")


def test_progress_is_shown(say, keep):
    keep("2026-11-16", 300)
    keep("2026-11-17", 60, "supervision_individual")

    assert "| Hours in all | h | 3000 | 6 | 2994 |" in say("progress")
    assert json.loads(say("progress", "--json", "--on", "2026-11-15"))["worked"] == "0.00"


def test_an_empty_log_book_says_how_to_begin(say):
    assert "weekly-hours-log" in say("logs")
    assert json.loads(say("logs", "--json")) == []


def test_questions_are_hidden_until_asked_for(say, kit):
    said = say("ask", "--client", "c-0017", "--risk", typed="Is weekly enough?\n")

    assert "Q-000001 is on the next agenda" in said
    assert "weekly" not in say("questions")
    assert "Is weekly enough?" in say("questions", "--reveal")
    assert json.loads(say("questions", "--json"))[0]["client_id"] == "C-0017"
    assert "reveal questions for supervision" in kit.audit
    say("ask", "--client", "C-0017", "--text", "Is weekly  enough?")
    assert len(json.loads(say("questions", "--json"))) == 1
    assert say("settle", "Q-000001") == "Q-000001 settled\n"
    assert say("questions").startswith("no questions")
    assert "Q-000001" in say("questions", "--all")
    with pytest.raises(UserError, match="no question Q-9"):
        say("settle", "Q-9")
    with pytest.raises(UserError, match="has text"):
        say("ask", "--text", " ")


def test_rule_sets_are_listed_and_shown(say):
    assert len(say("rules", "list").splitlines()) == 6
    assert json.loads(say("rules", "show", "us-ca-lmft"))["total_hours"] == "3000"
    with pytest.raises(UserError, match="'nope' is not known"):
        say("rules", "show", "nope")


@pytest.mark.parametrize(
    "command",
    [(), ("progress",), ("add",), ("list",), ("remove",), ("import",), ("export",), ("units",), ("logs",),
     ("sign",), ("ask",), ("questions",), ("settle",), ("rules", "list"), ("rules", "show")],
)  # fmt: skip
def test_help_has_an_example(say, command):
    assert "Example: dayhand supervision" in say(*command, "--help")


# The doctor -------------------------------------------------------------------------------------


def test_the_doctor_is_content_without_a_track(make_kit):
    assert [one.level for one in findings(make_kit(tracks={}))] == ["ok"]


def test_the_doctor_tells_of_rules_weeks_and_signatures(kit, keep, say):
    keep("2026-10-12", 300)
    week = kit.run("supervision.week", day="2026-10-12")
    files = kit.run("supervision.weekly_log", week=week)
    kit.run("supervision.keep_logs", week=week, files=files)
    keep("2026-11-09", 300)

    told = [(one.level, one.message) for one in findings(kit)]

    assert told == [
        ("ok", "track 'lmft' goes by us-ca-lmft, as of unknown, not verified with the board"),
        ("warning", "track 'lmft': weeks not counted in full: 2 of the last 2"),
        ("warning", "track 'lmft': 1 log older than four weeks not signed"),
    ]


def test_the_doctor_tells_of_an_unknown_rule_set_once(make_kit):
    found = findings(make_kit(track={"rule_set": "nope"}))

    assert [one.level for one in found] == ["failure", "ok"]
    assert "'nope' is not known" in found[0].message


def test_the_doctor_tells_of_hours_changed_behind_a_signature(kit, keep, say):
    from dayhand_supervision.tables import entries

    keep("2026-11-16", 300)
    week = kit.run("supervision.week", day="2026-11-16")
    kit.run("supervision.keep_logs", week=week, files=kit.run("supervision.weekly_log", week=week))
    say("sign", "L-000001")
    with kit.engine.begin() as connection:
        connection.execute(entries.update().values(minutes=1))

    assert "hours differ from signed logs: L-000001" in [
        one.message.partition(": ")[2] for one in findings(kit) if one.level == "failure"
    ]
