"""220: a session of any day gets its note, and no working day is without its sheet."""

from __future__ import annotations

import shutil

import pytest

THANKSGIVING, SUNDAY = "2026-11-26", "2026-11-29"


@pytest.fixture(scope="module")
def evening(made, tmp_path_factory):
    """The sample after one Monday evening, nothing having run in the week before."""
    folder = tmp_path_factory.mktemp("evening") / "sample"
    shutil.copytree(made["sample"].folder, folder)
    practice = type(made["sample"])(folder, made["sample"].home)
    practice("run", "end-of-day-notes", "--as-of", "2026-11-23T18:00")
    return practice


def test_what_earlier_evenings_left_out_has_its_note_too_and_once(evening):
    month = evening("sessions", "list", "--month", "2026-11", "--json").json
    held = {
        one["id"]
        for one in month
        if one["status"] == "attended" and "2026-11-16" <= one["start"][:10] <= "2026-11-23"
    }

    noted = [one["session_id"] for one in evening("notes", "list", "--json").json]
    assert len({one["start"][:10] for one in month if one["id"] in held}) > 1
    assert sorted(noted) == sorted(held)
    evening("run", "end-of-day-notes", "--as-of", "2026-11-23T19:00")
    assert [one["session_id"] for one in evening("notes", "list", "--json").json] == noted


def test_the_evening_page_tells_of_its_own_day_alone(evening):
    page = (evening.folder / "out/day/2026-11-23-evening.md").read_text("utf-8")

    today = page.partition("## ")[2].partition("\n## ")[0]
    assert today.count("C-00") == 5


def test_the_morning_is_prepared_on_a_public_holiday_and_at_the_weekend(sample):
    days = ("--from", THANKSGIVING, "--to", "2026-11-30")
    planned = sample("upcoming", "morning-prep", *days, "--json").json

    assert [(one["at"][:10], one["state"]) for one in planned[:4]] == [
        (f"2026-11-{day}", "planned") for day in (26, 27, 28, 29)
    ]


def test_a_day_without_anything_in_the_calendar_has_no_sheet(evening):
    evening("run", "morning-prep", "--as-of", SUNDAY)

    assert not (evening.folder / f"out/day/{SUNDAY}.md").exists()
