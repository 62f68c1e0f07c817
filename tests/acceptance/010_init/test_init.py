"""010: `dayhand init` makes a practice that only its owner can read, once, and says what comes next."""

from __future__ import annotations

import stat

import pytest


def test_a_new_practice_is_complete_private_and_correct(nowhere):
    told = nowhere(
        "init", "mine", "--name", 'Lakeside: "Counseling" & Co', "--timezone", "America/New_York"
    )

    folder = nowhere.folder / "mine"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert {"practice.yaml", "routines", "templates", "inbox", "out", ".dayhand"} <= set(modes)
    assert "cd mine" in told.out
    assert "no problems" in nowhere("--practice", "mine", "check").out


def test_a_practice_is_never_made_over_another(bare):
    before = bare.files()

    told = bare("init", str(bare.folder), expect=2)

    assert "there is a practice" in told.err
    assert bare.files() == before


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--timezone", "Amerca/New_York", "did you mean 'America/New_York'?"),
        ("--currency", "dollars", "'dollars' is not a currency"),
        ("--today", "yesterday", "'yesterday'"),
    ],
)
def test_a_wrong_value_is_told_and_nothing_is_made(nowhere, option, value, told):
    assert told in nowhere("init", "mine", option, value, expect=2).err
    assert list(nowhere.folder.iterdir()) == []


def test_the_sample_practice_passes_its_own_check(made):
    routines = list((made["sample"].folder / "routines").rglob("*.yaml"))

    told = made["sample"]("check").out

    assert told == f"{len(routines)} routines checked: no problems\n"  # nor advice


def test_f03_every_folder_and_file_of_the_sample_is_the_owners_alone(made):
    places = [made["sample"].folder, *made["sample"].folder.rglob("*")]

    assert {stat.S_IMODE(place.stat().st_mode) for place in places} == {0o600, 0o700}


def test_a_routine_right_in_the_folder_as_earlier_versions_put_it_goes_on_working(sample):
    grouped = sample.folder / "routines" / "administration" / "morning-prep.yaml"
    grouped.rename(sample.folder / "routines" / "morning-prep.yaml")

    told = sample("run", "morning-prep", "--dry-run", "--as-of", "2026-11-24").out

    assert "would end: done" in told


def test_what_the_sample_tells_to_try_first_shows_a_day_with_sessions(nowhere):
    made = nowhere("init", "--sample", "--today", "2026-11-28", "lakeside").out  # a Saturday

    command = made.splitlines()[-1].split()
    tried = nowhere("--practice", "lakeside", *command[1:]).out

    assert command[1:] == ["run", "morning-prep", "--dry-run", "--as-of", "2026-11-30"]
    assert "out/day/2026-11-30.md" in tried
