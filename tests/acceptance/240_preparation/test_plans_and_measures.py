"""240: treatment plans to review and measures due, on the sample practice."""

from __future__ import annotations

import shutil

import pytest
from tests_support.pages import text_of

DAY = "2026-11-24"
REVIEWS, MEASURES = f"out/plans/reviews-{DAY}", f"out/measures/due-{DAY}"


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


@pytest.fixture(scope="module")
def noted(made, tmp_path_factory):
    """A practice in which a day's notes were written: one names a goal, one does not."""
    folder = tmp_path_factory.mktemp("noted") / "sample"
    shutil.copytree(made["sample"].folder, folder)
    practice = type(made["sample"])(folder, made["sample"].home)
    practice("run", "end-of-day-notes", "--as-of", "2026-11-23T18:00")
    notes = {row["client_id"]: row["id"] for row in practice("notes", "list", "--json").json}
    said = "data=We reviewed the log."
    practice("notes", "write", notes["C-0001"], "--section", said, "--section", "goals=1")
    practice("notes", "write", notes["C-0005"], "--section", "behavior=Tired.")
    practice("run", "treatment-plan-review", "--as-of", DAY)
    practice("run", "measures-due", "--as-of", DAY)
    return practice


def test_plans_that_are_due_are_listed_with_room_for_progress(noted):
    page = text_of(noted.folder / f"{REVIEWS}.md")

    assert "| Nov 13, 2026 | ZL · C-0003 | T-000003 | 4 | overdue: 90 days |" in page
    assert "CW · C-0016" in page.partition("## The golden thread")[0]
    assert "| 1 | Go back to the workshop | Three mornings a week |" in page
    assert "Last scores: PHQ-9 19 (Nov 11, 2026)" in page


def test_notes_that_break_the_thread_are_told_and_no_others(noted):
    thread = text_of(noted.folder / f"{REVIEWS}.md").partition("## The golden thread")[2]

    assert "AB · C-0005" in thread
    assert "it names no active goal of the plan" in thread
    assert "it does not say what you did" in thread
    assert "C-0001" not in thread


def test_the_pages_name_no_client_and_are_tagged(noted):
    texts = [text_of(noted.folder / f"{p}.{e}") for p in (REVIEWS, MEASURES) for e in ("md", "pdf")]

    assert not [name for name in names(noted) if name in "".join(texts)]


def test_measures_due_come_with_their_trend(noted):
    page = text_of(noted.folder / f"{MEASURES}.md")

    assert "| Nov 25, 2026 | EP · C-0008 | PHQ-9 | 19 on Nov 11, 2026 | +7, worse |" in page
    assert "GP · C-0021 | PHQ-9 | none yet" in page
    assert "- EP · C-0008, PHQ-9: 11, 10, 13, 12, 19, of 27" in page


def test_a_file_of_scores_is_taken_in_before(sample):
    inbox = sample.folder / "inbox/scores"
    inbox.mkdir(parents=True)
    (inbox / "today.csv").write_text(f"client_id,measure,on,score\nC-0021,PHQ-9,{DAY},14\n")

    sample("run", "measures-due", "-i", "file=inbox/scores/today.csv", "--as-of", DAY)

    assert "GP · C-0021" not in text_of(sample.folder / f"{MEASURES}.md").partition("## Scores")[0]


def test_a_score_that_cannot_be_stops_the_run_and_nothing_is_kept(sample):
    inbox = sample.folder / "inbox/scores"
    inbox.mkdir(parents=True)
    (inbox / "bad.csv").write_text(f"client_id,measure,on,score\nC-0021,PHQ-9,{DAY},28\n")

    told = sample(
        "run", "measures-due", "-i", "file=inbox/scores/bad.csv", "--as-of", DAY, expect=1
    )

    assert "27 is the highest score" in told.out
    assert not (sample.folder / "out/measures").exists()


def test_reviews_with_an_interval_that_is_none_do_not_start(sample):
    with (sample.folder / "practice.yaml").open("a") as file:
        file.write("journal:\n  plan_review: {sessions: 0}\n")

    told = sample("run", "treatment-plan-review", "--as-of", DAY, expect=1)

    assert "plan_review" in told.text
    assert not (sample.folder / "out/plans").exists()
