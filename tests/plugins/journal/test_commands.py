"""`dayhand notes`, `dayhand checkin`, `dayhand psychotherapy-notes`, as typed."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import click
import pytest

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_journal.tables import notes as notes_table


@pytest.fixture
def kit(tmp_path):
    kit = PracticeKit(tmp_path, plugins=["dayhand_journal"], now="2026-11-02T18:00:00-05:00")
    start = datetime.fromisoformat("2026-11-02T10:00:00-05:00")
    who = {"id": "C-0017", "name": "Maria Quimby", "initials": "MQ"}
    session = {
        "id": "S-1",
        "client": who,
        "start": start,
        "end": start + timedelta(minutes=50),
        "minutes": 50,
        "status": "attended",
    }
    kit.run("journal.stubs", sessions=[session])
    return kit


def test_a_note_goes_from_draft_to_signed_with_an_addendum(say, kit):
    assert say("notes", "unsigned").splitlines()[1].split() == [
        "N-000001",
        "2026-11-02",
        "C-0017",
        "MQ",
        "7",
        "h",
        "to",
        "write",
    ]
    assert (
        say("notes", "write", "N-000001", "-s", "plan=Review the log") == "N-000001 written: plan\n"
    )
    assert say("notes", "sign", "N-000001", "--yes").startswith("N-000001 signed; seal ")
    assert say("notes", "unsigned") == "every note is signed\n"
    assert "is a draft; sign it with" in say(
        "notes", "addendum", "N-000001", "--text", "Called later"
    )
    assert say("notes", "sign", "N-000001", "--yes") == "N-000001 addendum 1 signed\n"
    assert say("notes", "verify") == "1 signed notes are as they were signed\n"
    shown = say("notes", "show", "N-000001")
    assert "## Plan\n\nReview the log" in shown
    assert "## Addendum 1\n\nsigned 2026-11-02 18:00 by Jane Doe, LCSW\n\nCalled later" in shown
    assert kit.audit == [
        "write note N-000001",
        "sign N-000001",
        "add to note N-000001",
        "sign the addendum of N-000001",
        "read note N-000001",
    ]


def test_signing_asks_first(say):
    say("notes", "write", "N-000001", "-s", "plan=x")

    output = say("notes", "sign", "N-000001", typed="n\n")

    assert "Sign N-000001 (MQ 2026-11-02)? It cannot be changed after." in output
    assert "N-000001 not signed" in output
    assert "draft" in say("notes", "show", "N-000001")


def test_sections_are_read_from_a_pipe(say):
    text = "## Data\n<!-- prompt -->\nSlept well.\n\n### a heading of mine\nmore\n\n## Plan\nNext step\n"

    assert (
        say("notes", "write", "N-000001", "--stdin", typed=text) == "N-000001 written: data, plan\n"
    )
    assert json.loads(say("notes", "show", "N-000001", "--json"))["sections"] == {
        "data": "Slept well.\n\n### a heading of mine\nmore",
        "plan": "Next step",
    }


@pytest.mark.parametrize(
    "text, message",
    [("", "no section was found"), ("Hello\n## Data\n", "before the first section")],
)
def test_text_without_sections_is_told(say, text, message):
    with pytest.raises(UserError, match=message):
        say("notes", "write", "N-000001", "--stdin", typed=text)


def test_the_editor_shows_headings_and_prompts_and_saves(say, monkeypatch):
    shown = []

    def edit(text, **_):
        shown.append(text)
        return text.replace("<!-- What happens next -->", "Next step")

    monkeypatch.setattr(click, "edit", edit)  # there is no terminal in a test

    assert "plan" in say("notes", "write", "N-000001")
    assert "## Data\n<!-- What was said, seen and done -->" in shown[0]
    assert json.loads(say("notes", "show", "N-000001", "--json"))["sections"] == {
        "plan": "Next step"
    }


@pytest.mark.parametrize(
    "command", [("notes", "write", "N-000001"), ("psychotherapy-notes", "write", "C-0017")]
)
def test_an_editor_left_without_saving_changes_nothing(say, monkeypatch, kit, command):
    monkeypatch.setattr(click, "edit", lambda *_, **__: None)

    assert say(*command) == "nothing was saved\n"
    assert kit.audit == []


def test_a_signed_note_is_not_opened_for_writing(say):
    say("notes", "write", "N-000001", "-s", "plan=x")
    say("notes", "sign", "N-000001", "--yes")

    with pytest.raises(UserError, match="cannot be changed"):
        say("notes", "write", "N-000001")


def test_a_section_is_given_as_a_pair(say):
    with pytest.raises(UserError, match="NAME=TEXT"):
        say("notes", "write", "N-000001", "-s", "plan")


def test_a_changed_note_ends_verify_with_1(say, kit):
    say("notes", "write", "N-000001", "-s", "plan=x")
    say("notes", "sign", "N-000001", "--yes")
    with kit.engine.begin() as connection:
        connection.execute(notes_table.update().values(minutes=99))

    assert (
        say("notes", "verify", "N-000001", code=1)
        == "N-000001: the note was changed after signing\n"
    )


def test_notes_are_listed_without_text(say):
    say("notes", "write", "N-000001", "-s", "plan=secret")

    assert (
        say("notes", "list").splitlines()[1]
        == "N-000001  2026-11-02 10:00  C-0017  MQ        DAP     draft"
    )
    assert "secret" not in say("notes", "list", "--json")
    assert (
        say("notes", "list", "--state", "signed")
        == say("notes", "list", "--client", "C-0099")
        == "no notes\n"
    )
    assert json.loads(say("notes", "unsigned", "--json"))["over_24h"] == 0


def test_a_check_in_is_kept(say):
    assert say("checkin", "-s", "energy=6", "--text", "Tired") == "K-000001 kept\nenergy: 6\n"
    assert "mean of the last entries 6.0" in say("checkin", "-s", "energy=8")
    with pytest.raises(UserError, match="NAME=NUMBER"):
        say("checkin", "-s", "energy")


def test_psychotherapy_notes_are_kept_apart(say):
    output = say(
        "psychotherapy-notes",
        "write",
        "C-0017",
        "--initials",
        "MQ",
        "--stdin",
        typed="The dream.\nDiagnosis: none\n",
    )

    assert "warning: line 2, diagnosis: belongs in the progress note" in output
    assert (
        say("psychotherapy-notes", "list").splitlines()[1]
        == "P-000001  2026-11-02 18:00  C-0017  MQ"
    )
    assert "dream" not in say("psychotherapy-notes", "list", "--json")
    assert say("psychotherapy-notes", "list", "--client", "C-0001") == "no psychotherapy notes\n"
    assert "The dream." in say("psychotherapy-notes", "show", "P-000001")
    assert "P-000001" not in say("notes", "list")


@pytest.mark.parametrize(
    "command",
    [("notes",), ("notes", "write"), ("notes", "sign"), ("checkin",), ("psychotherapy-notes",)],
)
def test_help_has_an_example(say, command):
    assert "Example: dayhand " in say(*command, "--help")
