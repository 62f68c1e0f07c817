"""150: a stranger's plugin is imported once its owner has approved it as it is, and not before."""

from __future__ import annotations

import re
import shutil

import pytest

CANARY = "\nimport pathlib\npathlib.Path(__file__).parents[1].joinpath('canary').touch()\n"
DRIVE = """
    steps:
      - uses: mileage.keep
        with: {on: "${{ scheduled_for | date }}", miles: 12}
"""
FINE = "steps:\n  - uses: value.set\n    with: {a: 1}\n"


@pytest.fixture
def copy(installed, tmp_path):
    """The stranger's plugin, which leaves a canary behind when it is imported."""
    folder = tmp_path / "strange"
    shutil.copytree(installed, folder, ignore=shutil.ignore_patterns("__pycache__"))
    with (folder / "dayhand_mileage/__init__.py").open("a") as file:
        file.write(CANARY)
    return folder


@pytest.fixture
def practice(bare, copy):
    (bare.home / ".local/share/dayhand/plugins.json").unlink(missing_ok=True)
    bare.more = {"PYTHONPATH": str(copy)}
    bare.routine("drive", DRIVE)
    bare.routine("fine", FINE)
    return bare


@pytest.fixture
def is_imported(copy):
    return (copy / "canary").exists


def listed(practice):
    return {one["name"]: one for one in practice("plugins", "--json").json}["mileage"]


def test_p01_p02_an_unapproved_plugin_is_listed_not_imported_and_its_routines_wait(
    practice, is_imported
):
    found = listed(practice)
    told = practice("check", expect=2).out
    refused = practice("run", "drive", expect=2).err
    practice("run", "fine")

    assert (found["state"], found["reason"]) == (
        "not approved", "it is new, and nobody has approved it yet",
    )  # fmt: skip
    assert "dayhand plugins approve mileage" in found["hint"]
    assert "reads and writes the database" in found["may"]
    assert "drive is quarantined" in told
    assert "nobody has approved it yet" in told
    assert "mileage" in refused
    assert not is_imported()


def test_p04_approval_shows_what_it_grants_asks_and_is_audited(practice, is_imported):
    declined = practice("plugins", "approve", "mileage", expect=None)
    assert declined.code != 0
    assert "dayhand-mileage 2.3.1" in declined.out
    assert "sends nothing" in declined.out
    assert not is_imported()

    approved = practice("plugins", "approve", "mileage", "--yes")
    again = practice("plugins", "approve", "mileage")
    practice("run", "drive")

    (told,) = re.findall(r"SHA-256 ([0-9a-f]{16})$", declined.out, re.MULTILINE)
    assert f"approved mileage 2.3.1 ({told})" in approved.out
    assert "is approved as it is" in again.out
    assert any("plugin.approve" in row for row in practice.rows()["audit"])
    assert is_imported()


def test_p03_a_changed_file_stops_it_and_is_named(practice, copy, is_imported):
    practice("plugins", "approve", "mileage", "--yes")
    practice("run", "drive")
    (copy / "canary").unlink()
    script = copy / "dayhand_mileage/migrations/0001_drives.py"
    script.write_text(script.read_text() + "\n")

    found = listed(practice)

    assert found["state"] == "not approved"
    assert "dayhand_mileage/migrations/0001_drives.py has changed" in found["reason"]
    assert not is_imported()
    practice("plugins", "approve", "mileage", "--yes")
    practice("run", "drive")


def test_another_version_is_approved_anew_and_what_is_new_is_told(practice, copy):
    practice("plugins", "approve", "mileage", "--yes")
    about = next(copy.glob("*.dist-info"))
    metadata = about / "METADATA"
    metadata.write_text(metadata.read_text().replace("Version: 2.3.1", "Version: 3.0"))
    about.rename(copy / "dayhand_mileage-3.0.dist-info")
    declaration = copy / "dayhand_mileage/dayhand-plugin.toml"
    declaration.write_text('api = 1\ntables = true\nnetwork = ["miles.example.com"]\n')

    found = listed(practice)
    told = practice("plugins", "approve", "mileage", "--yes").out

    assert "3.0 is installed, dayhand-mileage 2.3.1 was approved" in found["reason"]
    assert "new: it connects to miles.example.com" in told
    assert listed(practice)["state"] == "loaded"


def test_an_approval_is_taken_back(practice):
    practice("plugins", "approve", "mileage", "--yes")
    practice("run", "drive")

    practice("plugins", "revoke", "mileage")

    assert listed(practice)["state"] == "not approved"
    assert practice("plugins", "revoke", "mileage", expect=2)
    assert practice("plugins", "approve", "calendar", "--yes", expect=2)


def test_p11_in_safe_mode_no_stranger_is_imported(practice, copy, is_imported):
    practice("plugins", "approve", "mileage", "--yes")
    practice("run", "drive")
    (copy / "canary").unlink()

    practice("--safe-mode", "run", "fine")
    told = practice("--safe-mode", "run", "drive", expect=2).err

    assert "mileage" in told
    assert not is_imported()


def test_one_that_is_left_out_is_told_once_with_the_next_step(practice):
    practice.routine("again", DRIVE)

    waits = practice("check", expect=2).out
    practice("plugins", "approve", "mileage", "--yes")
    safe = practice("--safe-mode", "check", expect=2).out

    assert waits.count("nobody has approved it yet; 2 steps in 2 routines need the plugin") == 1
    assert "decide: dayhand plugins approve mileage; --json tells of each step" in waits
    assert waits.count("was left out") == safe.count("was left out") == 1
    assert "run the command without --safe-mode; --json tells of each step" in safe
    assert "again, drive are quarantined: they need the plugin mileage" in safe


def test_what_a_plugin_brings_beyond_its_declaration_leaves_it_out(practice, copy):
    (copy / "dayhand_mileage/dayhand-plugin.toml").write_text("tables = false")
    practice("plugins", "approve", "mileage", "--yes")

    found = listed(practice)

    assert found["state"] == "left out"
    assert "its step 'mileage.keep' writes to the database" in found["reason"]
    assert "tables = true" in found["reason"]
    practice("run", "fine")
