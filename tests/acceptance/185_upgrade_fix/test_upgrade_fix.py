"""180: a stranger's plugin is upgraded: what it renamed is told with its place, and mended byte for byte."""

from __future__ import annotations

import re
import shutil

import pytest

DRIVE = """\
title:   'Drives'     # my own words
steps:
    - id: kept
      uses:   "mileage.keep"    # the old name
      with: {on: "${{ scheduled_for | date }}", miles: 12}
    - for_each: "[1, 2]"
      as: n
      steps:
        - uses: mileage.keep
          with:
            'miles': ${{ n }}   # each
            on: 2026-11-24
    - uses: value.set
      with: {uses: mileage.keep, miles: mileage.keep}
"""
FINE = "steps:\n  - uses: value.set\n    with: {a: 1}\n"
RENAMED = """

@hookimpl
def dayhand_renamed():
    from dayhand import Renamed

    return [Renamed("mileage.drive", since="3.0", before="mileage.keep", inputs={"miles": "distance"})]
"""


@pytest.fixture
def copy(installed, tmp_path):
    folder = tmp_path / "strange"
    shutil.copytree(installed, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture
def practice(bare, copy):
    bare.more = {"PYTHONPATH": str(copy)}
    bare("plugins", "approve", "mileage", "--yes")
    bare.drive = bare.routine("drive", "")
    bare.drive.write_text("routine: drive\n" + DRIVE)
    bare.routine("fine", FINE)
    bare("run", "drive")
    return bare


def upgrade(practice, copy, *, more=RENAMED):
    """Version 3.0 is installed in the place of 2.3.1: its step and an input have other names."""
    plugin = copy / "dayhand_mileage/__init__.py"
    text = plugin.read_text().replace('"mileage.keep"', '"mileage.drive"')
    text = text.replace("on: date, miles: int)", "on: date, distance: int)")
    text = text.replace("driven_on=on, miles=miles)", "driven_on=on, miles=distance)")
    plugin.write_text(text + more)
    about = next(copy.glob("*.dist-info"))
    metadata = about / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 2.3.1", "Version: 3.0"))
    about.rename(copy / "dayhand_mileage-3.0.dist-info")
    practice("plugins", "approve", "mileage", "--yes")


def test_what_was_renamed_is_told_with_its_place_and_its_version(practice, copy):
    upgrade(practice, copy)

    found = practice("check", "drive", "--json", expect=2).json
    looked = practice("upgrade", "--check", expect=1).out

    told = [(one["code"], one["line"]) for one in found["problems"] if one["severity"] == "error"]
    assert told == [("renamed-step", 5), ("renamed-step", 10)]
    assert "it is 'mileage.drive' since mileage 3.0" in found["problems"][0]["hint"]
    assert "routine 'drive' does not pass" in looked


def test_it_is_shown_first_then_mended_and_nothing_else_is_changed(practice, copy):
    upgrade(practice, copy)
    before = practice.drive.read_text()

    shown = practice("upgrade", "--fix", "--dry-run").out
    assert practice.drive.read_text() == before
    assert '-      uses:   "mileage.keep"    # the old name' in shown
    assert '+      uses:   "mileage.drive"    # the old name' in shown
    assert "1 routine would be mended" in shown
    told = practice("upgrade", "--fix").out

    expected = before.replace('"mileage.keep"', '"mileage.drive"').replace(
        "- uses: mileage.keep", "- uses: mileage.drive"
    )
    expected = expected.replace("miles: 12", "distance: 12").replace("'miles': $", "'distance': $")
    assert practice.drive.read_text() == expected
    kept = practice.folder / re.search(r"as it was: (\S+)", told)[1]
    assert kept.read_text() == before
    practice("run", "drive")
    assert "0 routines were mended" in practice("upgrade", "--fix").out
    assert any("upgrade.fix" in row for row in practice.rows()["audit"])


def test_without_a_word_of_its_plugin_nothing_is_guessed(practice, copy):
    upgrade(practice, copy, more="")
    before = practice.drive.read_text()

    assert "0 routines" in practice("upgrade", "--fix").out
    assert practice.drive.read_text() == before
    assert "unknown-step" in practice("check", "drive", expect=2).out


def test_an_input_alone_is_told_as_renamed_and_not_as_missing(practice, copy):
    upgrade(practice, copy)
    text = practice.drive.read_text().replace("uses: mileage.keep", "uses: mileage.drive")
    practice.drive.write_text(text.replace('"mileage.keep"', '"mileage.drive"'))

    found = practice("check", "drive", "--json", expect=2).json["problems"]

    codes = [(one["code"], one["line"]) for one in found if one["severity"] == "error"]
    assert codes == [("renamed-input", 6), ("renamed-input", 12)]
    assert "it is 'distance' since mileage 3.0" in found[0]["hint"]


def test_what_a_plugin_uses_that_goes_is_told_with_file_line_and_version(practice, copy):
    (copy / "dayhand_mileage/dayhand-plugin.toml").write_text("tables = true\n")
    practice("plugins", "approve", "mileage", "--yes")

    told = [
        practice("plugins").out, practice("doctor", expect=None).out,
        practice("upgrade", "--check", expect=None).out,
    ]  # fmt: skip

    line = "dayhand_mileage/dayhand-plugin.toml:1: a declaration without 'api' is refused from dayhand 0.3"
    assert [line in one for one in told] == [True, True, True]


@pytest.mark.parametrize("wrong", [(), ("--check", "--fix"), ("--check", "--dry-run")])
def test_it_is_said_what_upgrade_is_to_do(practice, wrong):
    practice("upgrade", *wrong, expect=2)
