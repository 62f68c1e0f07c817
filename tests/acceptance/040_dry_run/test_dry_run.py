"""040: `dayhand run --dry-run` shows every message, number and file, and acts on nothing (promise P7)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

WATCHED = Path(__file__).with_name("watched.py")
PREVIEW = (".dayhand/preview", ".dayhand/dayhand.db", ".dayhand/holidays.json")  # the last: a cache
RUNS = [
    ("morning-prep", "2026-11-24", "out/day/2026-11-24.pdf"),
    ("end-of-day-notes", "2026-11-17", "out/day/2026-11-17-evening.pdf"),
    ("ce-renewal-check", "2026-12-01", "out/ce/gap-NY-LCSW.pdf"),
    ("monthly-billing", "2026-11-02", "out/ledger/2026-10.beancount"),
]


@pytest.mark.parametrize(("routine", "day", "file"), RUNS)
def test_nothing_is_sent_written_or_recorded(sample, office, routine, day, file):
    files, rows = sample.files(without=PREVIEW), sample.rows()
    visits = office.visits

    told = sample("run", routine, "--as-of", day, "--dry-run")

    assert "nothing was sent, written or recorded" in told.out
    assert sample.files(without=PREVIEW) == files
    assert sample.rows() == rows
    assert office.visits == visits
    assert office.messages == []
    assert not list((sample.folder / ".dayhand").glob("*throwaway*"))
    assert file.rpartition("/")[0] in told.out


def watched(practice, *arguments):
    """What a command connected to, and the paths it wrote, renamed or removed, as the interpreter saw it."""
    done = subprocess.run(
        [sys.executable, "-B", WATCHED, *arguments], cwd=practice.folder, env=practice.environment,
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode in (0, 3), done.stderr
    connected, touched = json.loads(done.stderr.splitlines()[-1])
    return connected, {Path(practice.folder, path).resolve() for path in touched}


@pytest.mark.soak
def test_e17_it_connects_to_nobody_and_touches_nothing_but_its_own_folder(sample):
    billing = ("run", "monthly-billing", "--as-of", "2026-11-02", "--answer", "review=approve")
    connected, touched = watched(sample, *billing, "--dry-run")
    _, written = watched(sample, "run", "morning-prep", "--as-of", "2026-11-24")

    ours, out = ((sample.folder / name).resolve() for name in (".dayhand", "out"))
    cache = sample.home / ".cache/dayhand"
    print(f"a dry run connected {len(connected)} times and touched {len(touched)} paths")
    assert connected == []
    assert {one for one in touched if not one.is_relative_to(ours)} == {
        one for one in touched if one.is_relative_to(cache.resolve())
    }
    assert len(touched) > 40  # the previews
    assert [
        one for one in written if one.is_relative_to(out)
    ]  # a run that is none is seen to write


def test_later_steps_see_what_earlier_ones_would_have_recorded(sample):
    told = sample("run", "monthly-billing", "--as-of", "2026-11-02", "--dry-run", "--json").json

    assert told["state"] == "done"
    assert len(told["would_send"]) == 19
    assert any(path.endswith("INV-2026-00001.pdf") for path in told["would_write"])
    assert (sample.folder / ".dayhand/preview").is_dir()


def test_client_data_is_hidden_until_it_is_asked_for(sample):
    hidden = sample("run", "monthly-billing", "--as-of", "2026-11-02", "--dry-run").out
    shown = sample("run", "monthly-billing", "--as-of", "2026-11-02", "--dry-run", "--reveal").out

    assert "Quintanilla" not in hidden
    assert "marisol.q@client.example" not in hidden
    assert "marisol.q@client.example" in shown


def test_a_question_can_be_answered_beforehand(bare):
    bare.routine(
        "r",
        """
        steps:
          - id: ok
            uses: person.approve
            with: {title: Fine?}
          - id: mood
            uses: person.ask
            with: {title: How?, fields: {mood: text}}
          - id: v
            uses: value.set
            with: {mood: "${{ steps.mood.mood }}"}
    """,
    )

    stops = bare("run", "r", "--dry-run").out
    told = bare("run", "r", "--dry-run", "--json", "--answer", "mood=mood:good").json
    declined = bare("run", "r", "--dry-run", "--json", "--answer", "ok=decline").json

    assert "stops at a question" in stops
    assert told["steps"][-1]["output"] == {"mood": "good"}
    assert declined["state"] == "declined"
    assert bare("runs", "--json").json == []
    assert bare("inbox", "--json").json == []


ASKING = """
    steps:
      - id: each
        for_each: "['a', 'b']"
        as: one
        steps:
          - {id: ok, uses: person.approve, on_decline: continue, with: {title: "${{ one }}?"}}
      - id: form
        uses: person.ask
        with: {title: How?, fields: {mood: text, hours: integer}}
      - {id: told, routine: asked}
"""
ASKED = """
    steps:
      - id: group
        steps:
          - {id: fine, uses: person.approve, with: {title: Fine?}}
      - {id: done, uses: value.set, with: {x: 1}}
    on_failure:
      - {id: why, uses: person.ask, with: {title: Why?, fields: {why: text}}}
"""


@pytest.fixture
def asking(bare):
    bare.routine("r", ASKING)
    bare.routine("asked", ASKED)
    return bare


def test_all_fields_of_a_form_and_steps_in_loops_and_called_routines_can_be_answered(asking):
    form = ("--answer", "form=mood:good", "--answer", "form=hours:3")
    rehearse = ("run", "r", "--dry-run", "--json", *form)

    told = asking(*rehearse, "--answer", "each[1].ok=decline").json
    declined = asking(*rehearse, "--answer", "fine=decline").json

    outputs = {step["path"]: step["output"] for step in told["steps"]}
    assert outputs["form"] == {"mood": "good", "hours": 3}
    assert [outputs[f"each[{n}].ok"]["approved"] for n in (0, 1)] == [True, False]
    assert told["state"] == "done"
    assert declined["state"] == "declined"


@pytest.mark.parametrize(
    ("given", "told", "hint"),
    [
        ("nope=approve", "no step 'nope' of 'r' asks", "that ask: each[0].ok, form, group.fine"),
        ("ok=approve", "no step 'ok' of 'r' asks", "hint: those that ask: each[0].ok"),
        ("fin=approve", "no step 'fin' of 'r' asks", "did you mean 'fine'?"),
        ("done=approve", "no step 'done' of 'r' asks", "on_failure.why"),
        ("each.ok=approve", "no step 'each.ok' of 'r' asks", "did you mean 'each[0].ok'?"),
        ("each[1].ok=yes", "'yes' does not say whether", "--answer each[1].ok=decline"),
        ("form=approve", "'approve' fills in no field of it", "its fields: mood, hours"),
        ("form=mod:good", "'mod:good' fills in no field of it", "--answer form=FIELD:VALUE"),
    ],
)
def test_an_answer_to_what_nobody_asks_is_refused(asking, given, told, hint):
    refused = asking("run", "r", "--dry-run", "--answer", given, expect=2).err

    assert told in refused
    assert hint in refused


def test_a_question_is_answered_once(asking):
    twice = ("--answer", "fine=approve", "--answer", "fine=decline")

    refused = asking("run", "r", "--dry-run", *twice, expect=2).err

    assert "--answer fine=decline: that is answered already" in refused
