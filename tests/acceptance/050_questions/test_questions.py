"""050: `dayhand inbox` lists what waits, `dayhand answer` answers it, and the run goes on."""

from __future__ import annotations

import pytest

ASK = """
    steps:
      - id: ok
        uses: person.approve
        with: {title: "Three invoices?", show: "| a table |"}
      - id: v
        uses: value.set
        with: {by: "${{ steps.ok.by }}"}
"""
FORM = """
    steps:
      - id: form
        uses: person.ask
        with:
          title: How was it?
          fields:
            count: integer
            on: {type: date, required: false}
            mood: {type: choice, choices: [good, bad], default: good}
"""


def test_an_approval_is_listed_answered_and_gone(bare):
    bare.routine("r", ASK)
    waiting = bare("run", "r", expect=3)

    listed = bare("inbox")
    ended = bare("answer", bare.question(), "--approve", "--note", "checked")

    assert "Three invoices?" in waiting.out
    assert "| a table |" in listed.out
    assert f"dayhand answer {bare.last()['questions'][0]['id']} --approve" in listed.out
    assert "done" in ended.out
    assert bare("inbox").out == "nothing waits for you\n"


def test_a_declined_run_ends_without_failure(bare):
    bare.routine("r", ASK)
    bare("run", "r", expect=3)

    ended = bare("answer", bare.question(), "--decline", "--note", "not yet")

    assert "declined" in ended.out
    assert "not yet" in bare.last()["run"]["reason"]


def test_an_answer_can_be_kept_for_later(bare):
    bare.routine("r", ASK)
    bare("run", "r", expect=3)

    bare("answer", bare.question(), "--approve", "--no-run")
    before = bare.last()["run"]["state"]
    bare("resume")

    assert (before, bare.last()["run"]["state"]) == ("waiting", "done")


@pytest.mark.parametrize("order", [("--approve", "--decline"), ("--decline", "--approve")])
def test_two_answers_at_once_are_none(bare, order):
    bare.routine("r", ASK)
    bare("run", "r", expect=3)

    told = bare("answer", bare.question(), *order, expect=2)

    assert f"{order[0]} and {order[1]} are two answers" in told.err
    assert bare.last()["run"]["state"] == "waiting"
    assert bare.question()


def test_a_form_is_filled_in_by_its_fields(bare):
    bare.routine("r", FORM)
    bare("run", "r", expect=3)

    bare("answer", bare.question(), "--set", "count=3", "--set", "on=2026-11-24")

    assert bare.last()["steps"][0]["output"] == {"count": 3, "on": "2026-11-24", "mood": "good"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (("--set", "cuont=3"), "did you mean 'count'?"),
        (("--set", "count=many"), "field 'count' needs: integer"),
        (("--set", "count=1", "--set", "mood=so-so"), "good, bad"),
        (("--set", "count=1", "--set", "on=today"), "field 'on' needs: date"),
        ((), "the form needs 'count'"),
        (("--set", "count"), "write it as NAME=VALUE"),
    ],
)
def test_a_wrong_field_is_told_and_the_question_stays(bare, answer, told):
    bare.routine("r", FORM)
    bare("run", "r", expect=3)

    assert told in bare("answer", bare.question(), *answer, expect=2).err
    assert len(bare("inbox", "--json").json) == 1


def test_a_wrong_answer_is_told_and_the_question_stays(bare):
    bare.routine("r", ASK)
    bare("run", "r", expect=3)
    asked = bare.question()

    assert "say --approve or --decline" in bare("answer", asked, expect=2).err
    assert "is no answer to" in bare("answer", asked, "--it-was", expect=2).err
    assert "has no fields" in bare("answer", asked, "--set", "a=1", expect=2).err
    assert "there is no question" in bare("answer", "qffffffff", "--approve", expect=2).err
    bare("answer", asked, "--approve")
    assert "no longer open" in bare("answer", asked, "--approve", expect=2).err
