"""190: what is due, and was, is told with its trigger in words; scripts are told its id."""

from __future__ import annotations

import re

import pytest

EVERY_DAY = """
    triggers:
      - cron: 30 6 * * *
      - {before: session, offset: 12 hours}
    steps:
      - uses: value.set
        with: {a: 1}
"""
ALIKE = """
    triggers:
      - {id: open_days, cron: 0 9 1 * *, skip_on: [weekend], shift: next_open_day}
      - {id: each_month, cron: 0 9 1 * *}
      - {id: closed, cron: 0 9 10 * *}
    steps:
      - uses: value.set
        with: {a: 1}
"""
DAY = ("--from", "2026-11-02", "--to", "2026-11-02")
MADE = re.compile(r"(cron|before)-[0-9a-f]{8}")


@pytest.fixture
def practice(bare):
    bare.routine("early", EVERY_DAY)
    bare.routine("alike", ALIKE)
    return bare


def test_a_trigger_is_told_in_words_and_to_scripts_by_its_id(practice):
    shown = practice("upcoming", "early", *DAY).out
    (entry,) = practice("upcoming", "early", *DAY, "--json").json
    due = practice("backtest", "early", *DAY).out
    why = practice("why", "early", "2026-11-02").out
    answer = practice("why", "early", "2026-11-02", "--json").json

    assert "  early    every day at 06:30  fixed  " in shown
    assert "  early    every day at 06:30  fixed  " in due
    assert why.startswith("2026-11-02 06:30 EST  every day at 06:30  ")
    assert MADE.fullmatch(entry["trigger"])
    assert answer["answer"][0].startswith(f"2026-11-02 06:30 EST  {entry['trigger']}  ")
    assert answer["occurrences"][0]["trigger"] == entry["trigger"]
    assert not MADE.search(shown + due + why)


def test_triggers_of_the_same_words_are_kept_apart_by_their_ids(practice):
    why = practice("why", "alike", "2026-12-01").out.splitlines()
    other = practice("why", "alike", "2026-12-10").out

    assert [line.split("  ")[1] for line in why] == [
        "on the 1st of each month at 09:00 (each_month)",
        "on the 1st of each month at 09:00 (open_days)",
    ]
    assert "  on the 10th of each month at 09:00  " in other


def test_what_an_edit_changes_is_told_in_words(practice):
    edited = practice.folder / "early.yaml"
    text = (practice.folder / "routines/early.yaml").read_text(encoding="utf-8")
    edited.write_text(text.replace("30 6", "45 6"), encoding="utf-8")

    told = practice("upcoming", *DAY, "--diff", "early.yaml").out.splitlines()
    data = practice("upcoming", *DAY, "--diff", "early.yaml", "--json").json

    assert sorted(told) == [
        "early (every day at 06:30) no longer on Mon 2 Nov 06:30",
        "early (every day at 06:45) also on Mon 2 Nov 06:45",
    ]
    assert all(MADE.search(line) for line in data)


def test_of_a_trigger_that_an_edit_gave_other_times_the_id_is_told(practice):
    edited = practice.folder / "alike.yaml"
    text = (practice.folder / "routines/alike.yaml").read_text(encoding="utf-8")
    edited.write_text(text.replace("0 9 10", "0 10 10"), encoding="utf-8")
    days = ("--from", "2026-12-10", "--to", "2026-12-10")

    told = practice("upcoming", *days, "--diff", "alike.yaml").out

    assert told == "alike (closed) moves from Thu 10 Dec 09:00 to Thu 10 Dec 10:00\n"


def test_a_pause_tells_in_words_what_it_holds(practice):
    told = practice("pause", "early").out

    assert "  early (every day at 06:30): " in told
