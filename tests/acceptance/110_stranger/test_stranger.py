"""110: a plugin by somebody else is built, installed, used and removed, as any of dayhand's own."""

from __future__ import annotations

import shutil
import zipfile

import pytest

DRIVE = """
    steps:
      - uses: mileage.keep
        with: {on: "${{ scheduled_for | date }}", miles: 12}
      - id: total
        uses: mileage.total
      - uses: mileage.sheet
        with: {total: "${{ steps.total }}"}
"""
ASKING = """
    steps:
      - uses: person.approve
        with: {title: "Drive?"}
      - uses: mileage.keep
        with: {on: 2026-11-24, miles: 1}
"""


@pytest.fixture
def practice(bare, installed):
    bare.more = {"PYTHONPATH": str(installed)}
    bare("plugins", "approve", "mileage", "--yes")
    return bare


def test_the_wheel_carries_the_migration_and_the_entry_point(wheel):
    names = zipfile.ZipFile(wheel).namelist()

    assert "dayhand_mileage/migrations/0001_drives.py" in names
    assert "dayhand_mileage-2.3.1.dist-info/entry_points.txt" in names


def test_it_is_listed_explained_and_completed_by_editors(practice):
    listed = {plugin["name"]: plugin for plugin in practice("plugins", "--json").json}["mileage"]

    assert (listed["distribution"], listed["version"], listed["state"]) == (
        "dayhand-mileage",
        "2.3.1",
        "loaded",
    )
    assert listed["steps"] == ["mileage.keep", "mileage.total", "mileage.sheet"]
    assert "miles: integer  (required)" in practice("steps", "mileage.keep").out
    assert "mileage.sheet" in practice("schema").out
    assert "mileage" in practice("--help").out


def test_its_steps_are_checked_as_any_others(practice):
    practice.routine("drive", "steps:\n  - uses: mileage.keep\n    with: {on: today, mils: 3}\n")
    practice.settings("currency: USD", "currency: USD\nmileage: {rat: 1}")

    told = practice("check", expect=2).out

    assert "did you mean 'miles'?" in told
    assert "'today'" in told
    assert "did you mean 'rate'?" in told


def test_a_routine_uses_it_and_its_rows_and_files_are_kept(practice):
    practice.routine("drive", DRIVE)
    practice.settings("currency: USD", "currency: USD\nmileage: {rate: 0.5}")

    dry = practice("run", "drive", "--dry-run", "--json").json
    practice("run", "drive")
    practice("run", "drive")

    assert dry["state"] == "done"
    assert [row[2] for row in practice.rows()["mileage_drives"]] == [12, 12]
    assert (practice.folder / "out/mileage.txt").read_text() == "24 miles, 12.0\n"
    assert practice("mileage").out == "24 miles\n"


def test_a_bug_in_it_ends_with_70_and_a_traceback(practice):
    told = practice("mileage", "--stumble", expect=70)

    assert "ZeroDivisionError" in told.err
    assert "this is a bug" in told.err


def test_without_it_its_routine_is_quarantined_and_nothing_is_lost(practice):
    practice.routine("drive", DRIVE)
    practice.routine("fine", "steps:\n  - uses: value.set\n    with: {a: 1}\n")
    practice("run", "drive")
    installed, practice.more = practice.more, {}

    told = practice("check", expect=2).out
    refused = practice("run", "drive", expect=2).err
    practice("run", "fine")
    shown = practice("show", practice("runs", "--routine", "drive", "--json").json[0]["id"])
    practice.more = installed
    practice("run", "drive")

    assert "drive is quarantined: it needs the plugin mileage; the others run" in told
    assert "it needs the plugin 'mileage'" in refused
    assert "mileage.keep" in shown.out
    assert [row[2] for row in practice.rows()["mileage_drives"]] == [12, 12]


def test_a_run_that_waited_while_it_was_removed_tells_why_and_can_be_tried_again(practice):
    practice.routine("ask", ASKING)
    practice("run", "ask", expect=3)
    installed, practice.more = practice.more, {}

    ended = practice("answer", practice.question(), "--approve", expect=1)
    practice.more = installed
    again = practice("retry", "last", expect=None)

    assert "no plugin brings 'mileage.keep'" in ended.out
    assert again.code in (0, 3), again.text


def test_one_that_cannot_be_imported_is_named_with_its_version_and_left_out(
    practice, installed, tmp_path
):
    broken = tmp_path / "broken"
    shutil.copytree(installed, broken)
    (broken / "dayhand_mileage/__init__.py").write_text("import a_library_that_is_not_there\n")
    practice.more = {"PYTHONPATH": str(broken)}
    practice("plugins", "approve", "mileage", "--yes")
    practice.routine("fine", "steps:\n  - uses: value.set\n    with: {a: 1}\n")

    listed = {plugin["name"]: plugin for plugin in practice("plugins", "--json").json}["mileage"]
    practice("run", "fine")

    assert listed["state"] == "left out"
    assert "a_library_that_is_not_there" in listed["reason"]
    assert "mileage" in practice("doctor", expect=None).out
