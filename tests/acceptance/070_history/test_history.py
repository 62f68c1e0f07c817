"""070: `dayhand runs`, `show`, `retry` and `cancel`: what happened, and what is done about it."""

from __future__ import annotations

import pytest

TWO = """
    inputs:
      word: {type: text, default: one}
    steps:
      - id: a
        uses: value.set
        with: {word: "${{ inputs.word }}"}
      - id: b
        uses: file.write
        with: {path: "${{ inputs.word }}.txt", text: hello}
"""
ASK = "steps:\n  - uses: person.approve\n    with: {title: Fine?}\n"
FAIL = "steps:\n  - id: f\n    uses: run.fail\n    with: {reason: because}\n"


def test_runs_are_listed_newest_first_and_filtered(bare):
    bare.routine("two", TWO)
    bare.routine("ask", ASK)
    bare("run", "two")
    bare("run", "ask", expect=3)

    every = bare("runs", "--json").json
    waiting = bare("runs", "--state", "waiting", "--json").json
    older = bare("runs", "--before", every[0]["id"], "--json").json

    assert [run["routine"] for run in every] == ["ask", "two"]
    assert [run["routine"] for run in waiting] == ["ask"]
    assert [run["routine"] for run in older] == ["two"]
    assert len(bare("runs", "--limit", "1", "--json").json) == 1
    assert "no runs" in bare("runs", "--routine", "other").out


def test_no_runs_yet_says_how_to_begin(bare):
    assert bare("runs").out == "no runs yet; begin with: dayhand run ROUTINE\n"
    assert "there is no run yet" in bare("show", "last", expect=2).err
    assert bare("runs", "--json").json == []


@pytest.mark.parametrize(
    "wrong", [("--state", "dnoe"), ("--limit", "-1"), ("--limit", "0"), ("--before", "nope")]
)
def test_a_wrong_filter_is_told(bare, wrong):
    assert wrong[1] in bare("runs", *wrong, expect=2).err


def test_a_run_is_shown_by_the_beginning_of_its_id(bare):
    bare.routine("two", TWO)
    bare("run", "two")
    run = bare("runs", "--json").json[0]["id"]

    shown = bare("show", run[:-3], "--values")

    assert run in shown.out
    assert "out/one.txt" in shown.out
    assert bare("show", run, "--json").json["run"]["id"] == run


def test_to_reveal_is_noted_in_the_audit_log(bare):
    bare.routine("two", TWO)
    bare("run", "two")

    bare("show", "last", "--reveal")

    assert [row[3] for row in bare.rows()["audit"]] == ["reveal"]


def test_a_failed_run_is_tried_again_as_a_new_run(bare):
    bare.routine("r", FAIL)
    bare("run", "r", expect=1)
    bare.routine("r", TWO)

    bare("retry", "last", expect=1)
    bare("retry", "last", "--edited")

    first, second, third = reversed(bare("runs", "--json").json)
    assert (second["retry_of"], third["retry_of"]) == (first["id"], second["id"])
    assert (bare.folder / "out/one.txt").read_text() == "hello"


def test_what_succeeded_is_done_again_only_from_a_step_on(bare):
    bare.routine("two", TWO)
    bare("run", "two", "-i", "word=three")
    (bare.folder / "out/three.txt").unlink()

    nothing = bare("retry", "last", expect=2)
    bare("retry", "last", "--from", "b")

    assert "--from STEP" in nothing.err
    assert (bare.folder / "out/three.txt").exists()
    assert "there is no step 'c'" in bare("retry", "last", "--from", "c", expect=2).err


def test_a_run_that_waits_is_cancelled_and_one_that_ended_is_not(bare):
    bare.routine("ask", ASK)
    bare("run", "ask", expect=3)

    told = bare("cancel", "last", "--reason", "wrong month")

    assert "cancelled" in told.out
    assert "wrong month" in bare.last()["run"]["reason"]
    assert bare("inbox", "--json").json == []
    assert "already ended" in bare("cancel", "last", expect=2).err
    assert "already ended" in bare("resume", "last", expect=2).err
    assert "has not ended" in [bare("run", "ask", expect=3), bare("retry", "last", expect=2)][1].err
