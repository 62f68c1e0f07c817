"""240: the card before a session, and the pack of a new client, on the sample practice."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests_support import post_office
from tests_support.pages import text_of


def names(practice):
    return [row[1] for row in practice.rows()["practice_clients"]]


def test_a_card_is_written_for_the_session_twelve_hours_ahead(sample):
    sample("run", "session-prep", "--as-of", "2026-11-23T22:00")

    (card,) = (sample.folder / "out/prep").glob("*.md")
    text = text_of(card)
    assert card.name == "2026-11-24-1000-C-0008.md"
    assert "| 1 | Go back to the workshop | Three mornings a week |" in text
    assert "| PHQ-9 | Nov 25, 2026 | last score 19 |" in text
    assert "| treatment plan | Nov 19, 2026 | expired |" in text
    printed = text_of(card.with_suffix(".pdf"))
    assert not [name for name in names(sample) if name in text + printed]


def test_no_card_is_written_where_no_session_begins(sample):
    sample("run", "session-prep", "--as-of", "2026-11-23T22:30")

    assert not (sample.folder / "out/prep").exists()


def test_by_hand_the_cards_of_the_whole_day_are_made(sample):
    sample("run", "session-prep", "-i", "whole_day=true", "--as-of", "2026-11-24T06:00")

    made = [file.name for file in (sample.folder / "out/prep").glob("2026-11-24-*.md")]
    assert len(made) >= 4


def test_a_calendar_that_cannot_be_read_makes_no_card_and_says_so(sample):
    (sample.folder / "calendars/practice.ics").unlink()
    file = sample.folder / "routines/preparation/session-prep.yaml"
    file.write_text(file.read_text().replace("retry: {attempts: 3, first: 5 seconds}", ""))

    told = sample("run", "session-prep", "--as-of", "2026-11-23T22:00", expect=1)

    assert "practice" in told.out
    assert not (sample.folder / "out/prep").exists()


@pytest.fixture
def newcomer(sample):
    sample("clients", "add", "--name", "Perpetua Longfellow", "--email", "pl@client.example")
    return sample


def tick(practice, clock, later):
    """One pass of the daemon, so many seconds later than it is."""
    clock.write_text(str(later))
    done = subprocess.run(
        [sys.executable, quick_daemon_file(), "tick"],
        cwd=practice.folder,
        env=practice.environment | {"TEST_CLOCK": str(clock)},
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr


def quick_daemon_file():
    return Path(post_office.__file__).with_name("quick_daemon.py")


def test_adding_a_client_makes_the_pack_due(sample, tmp_path):
    for file in (sample.folder / "routines").rglob("*.yaml"):
        if file.stem != "intake-pack":
            file.unlink()
    tick(sample, tmp_path / "clock", 0)

    sample("clients", "add", "--name", "Perpetua Longfellow")
    sample("clients", "import", str(sample.folder / "records/clients.csv"))
    tick(sample, tmp_path / "clock", 360)

    (asked,) = sample("inbox", "--json").json
    assert "C-0028" in asked["title"]
    assert [folder.name for folder in (sample.folder / "out/intake").iterdir()] == ["C-0028"]


def test_nothing_is_mailed_before_the_release_nor_without_consent(newcomer, office):
    newcomer("run", "intake-pack", "-i", "client=C-0028", expect=3)
    pack = newcomer.folder / "out/intake/C-0028"

    checklist = text_of(pack / "checklist.md")
    assert "good-faith estimate" in checklist
    assert "Longfellow" not in checklist
    assert "Perpetua Longfellow" in text_of(pack / "consent_treatment.pdf")
    assert office.messages == []
    newcomer("answer", newcomer.question(), "--approve")
    assert office.messages == []


def test_a_client_who_agreed_is_mailed_the_forms_once_released(newcomer, office):
    newcomer(
        "paperwork", "add", "C-0028", "email_consent",
        "--scope", "clinical", "--warned-at", "2026-11-20", "--signed-on", "2026-11-20",
    )  # fmt: skip
    newcomer("run", "intake-pack", "-i", "client=C-0028", expect=3)
    assert office.messages == []

    newcomer("answer", newcomer.question(), "--approve")

    (letter,) = office.messages
    assert b"To: pl@client.example" in letter
    assert b"Subject: Documents ready" in letter
    assert letter.count(b"application/pdf") == 5


def test_a_declined_pack_is_kept_and_not_mailed(newcomer, office):
    newcomer("run", "intake-pack", "-i", "client=C-0028", expect=3)

    newcomer("answer", newcomer.question(), "--decline")

    assert office.messages == []
    assert (newcomer.folder / "out/intake/C-0028/checklist.pdf").exists()


def test_a_client_who_does_not_exist_stops_it_with_a_guess(sample):
    told = sample("run", "intake-pack", "-i", "client=C-28", expect=1)

    assert "there is no client C-28" in told.out
    assert not (sample.folder / "out/intake").exists()
