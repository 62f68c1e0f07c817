"""180: shipped routines are listed, added, compared and updated, and no edit of the owner is lost."""

from __future__ import annotations

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

AGEING = "routines/administration/ar-ageing.yaml"


def text(practice, path=AGEING):
    return (practice.folder / path).read_text(encoding="utf-8")


def write(practice, new, path=AGEING):
    (practice.folder / path).write_text(new, encoding="utf-8")


def older(practice, old, new):
    """The practice as a version of dayhand had made it in which the shipped text was another."""
    earlier = text(practice).replace(old, new)
    assert earlier != text(practice)
    write(practice, earlier)
    write(practice, earlier, ".dayhand/shipped/ar-ageing.yaml")
    return earlier


def state(practice, name="ar-ageing"):
    told = practice("routines", "list", "--shipped", "--json").json
    return next(one["copy"] for one in told if one["routine"] == name)


@pytest.fixture
def mine(made, tmp_path):
    """A practice with the routines of administration."""
    folder = tmp_path / "mine"
    practice = type(made["bare"])(tmp_path, made["bare"].home)
    practice("init", "mine", "--activities", "administration", "--timezone", "UTC")
    return type(practice)(folder, practice.home)


def test_init_copies_the_activities_that_were_named_only(mine):
    folders = {file.parent.name for file in (mine.folder / "routines").rglob("*.yaml")}

    assert folders == {"administration"}
    assert "no problems" in mine("check").out


@pytest.mark.parametrize("which", [(), ("--shipped",)])
def test_when_a_routine_is_due_is_listed_in_words(mine, which):
    lines = mine("routines", "list", *which).out.splitlines()

    (close,) = (line for line in lines if "month-close" in line)
    (payments,) = (line for line in lines if "payments-post" in line)
    assert close.endswith("  on the 3rd of each month at 08:00")
    assert payments.endswith("matches inbox/payments/*.835; 2 more")


def test_an_unknown_activity_is_told_with_a_guess_and_nothing_is_made(nowhere):
    told = nowhere("init", "x", "--activities", "supervison", expect=2)

    assert "did you mean 'supervision'?" in told.err
    assert list(nowhere.folder.iterdir()) == []


def test_without_a_terminal_every_activity_is_copied(made):
    folders = {one.name for one in (made["sample"].folder / "routines").iterdir()}

    assert {"administration", "supervision", "collaboration"} <= folders


def test_on_a_terminal_it_asks_which_activities(nowhere):
    main, other = pty.openpty()
    command = [str(Path(sys.executable).with_name("dayhand")), "init", "x", "--timezone", "UTC"]
    with subprocess.Popen(
        command, cwd=nowhere.folder, env=nowhere.environment, stdin=other,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        os.write(main, b"supervision, collaboration\n")
        out, err = process.communicate(timeout=250)
    os.close(main)
    os.close(other)

    assert process.returncode == 0, err
    assert "Which activities" in out
    folders = {one.name for one in (nowhere.folder / "x/routines").iterdir()}
    assert folders == {"supervision", "collaboration"}


def test_a_shipped_routine_is_added_once(mine):
    mine("routines", "add", "roi-expiry-check")

    assert state(mine, "roi-expiry-check") == "as shipped"
    told = mine("routines", "add", "roi-expiry-check", expect=2)
    assert "already" in told.err
    assert (
        "did you mean 'roi-expiry-check'?"
        in mine("routines", "add", "roi-expry-check", expect=2).err
    )


def test_a_copy_that_lies_elsewhere_is_the_copy(mine):
    (mine.folder / AGEING).rename(mine.folder / "routines/ar-ageing.yaml")

    assert state(mine) == "as shipped"
    assert "already" in mine("routines", "add", "ar-ageing", expect=2).err


def test_every_shipped_routine_is_listed_with_what_it_is(mine):
    told = {one["routine"]: one for one in mine("routines", "list", "--shipped", "--json").json}

    assert (told["ar-ageing"]["gate"], told["ar-ageing"]["activity"]) == ("draft", "administration")
    assert told["consult-memo"]["when"] == "by hand"
    assert told["consult-memo"]["copy"] == "not copied"


def test_an_unedited_copy_takes_the_new_text(mine):
    shipped = text(mine)
    older(mine, "title: What clients owe, by age", "title: Debts")
    assert state(mine) == "update"

    before = mine.files()
    assert "would be updated" in mine("routines", "update", "--dry-run").out
    assert mine.files() == before
    mine("routines", "update")

    assert text(mine) == shipped
    assert state(mine) == "as shipped"


def test_an_edit_and_an_update_of_different_places_are_both_kept(mine):
    shipped = text(mine)
    earlier = older(mine, "title: What clients owe, by age", "title: Debts")
    write(mine, earlier.replace("cron: 0 7 * * mon", "cron: 0 9 * * mon"))
    assert state(mine) == "edited, update"

    told = mine("routines", "update").out

    assert "ar-ageing: updated, your edits kept" in told
    assert text(mine) == shipped.replace("cron: 0 7 * * mon", "cron: 0 9 * * mon")
    assert state(mine) == "edited"
    assert "+  - cron" not in mine("routines", "diff", "ar-ageing").out
    assert "+    cron: 0 9 * * mon" in mine("routines", "diff", "ar-ageing").out
    assert "up to date" in mine("routines", "update").out


def test_a_place_that_both_changed_is_shown_and_the_file_untouched_until_the_owner_chooses(mine):
    shipped = text(mine)
    earlier = older(mine, "title: What clients owe, by age", "title: Debts")
    write(mine, earlier.replace("title: Debts", "title: My debts"))
    before = mine.files()

    told = mine("routines", "update", "ar-ageing", expect=1).out

    assert mine.files() == before
    for part in ("line 3:", "title: My debts", "title: What clients owe, by age", "--take mine"):
        assert part in told
    kept = shutil.copytree(mine.folder, mine.folder.parent / "kept")
    mine("routines", "update", "ar-ageing", "--take", "mine")
    assert text(mine) == shipped.replace("title: What clients owe, by age", "title: My debts")
    assert state(mine) == "edited"
    other = type(mine)(kept, mine.home)
    other("routines", "update", "ar-ageing", "--take", "shipped")
    assert text(other) == shipped


def test_two_right_halves_that_make_a_wrong_whole_are_not_written(mine):
    """The owner uses a step that the new text has renamed."""
    shipped = text(mine)
    earlier = shipped.replace("- id: report\n", "- id: written\n")
    assert earlier != shipped
    write(mine, earlier, ".dayhand/shipped/ar-ageing.yaml")
    added = '\n  - uses: value.set\n    with: {told: "${{ steps.written.path }}"}\n'
    write(mine, earlier + added)

    told = mine("routines", "update", "ar-ageing", expect=1).out

    assert "put together it has mistakes" in told
    assert text(mine) == earlier + added


def test_an_older_practice_without_what_its_copies_came_from_chooses(mine):
    shutil.rmtree(mine.folder / ".dayhand/shipped")
    write(mine, text(mine).replace("title: What", "title: How"))
    edited = text(mine)
    assert state(mine) == "edited, base unknown"

    told = mine("routines", "update", expect=1).out

    assert "nothing tells whether you or dayhand changed it" in told
    assert text(mine) == edited
    mine("routines", "update", "ar-ageing", "--take", "mine")
    assert text(mine) == edited
    assert state(mine) == "edited"


def test_copies_of_an_older_practice_that_are_as_shipped_are_known_from_then_on(mine):
    shutil.rmtree(mine.folder / ".dayhand/shipped")
    mine("routines", "update")

    assert (mine.folder / ".dayhand/shipped/ar-ageing.yaml").read_text() == text(mine)
