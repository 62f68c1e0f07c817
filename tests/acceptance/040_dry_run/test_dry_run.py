"""040: `dayhand run --dry-run` shows every message, number and file, and acts on nothing (promise P7)."""

from __future__ import annotations

import pytest

PREVIEW = (".dayhand/preview", ".dayhand/dayhand.db")
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
