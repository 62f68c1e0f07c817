"""150: `dayhand fmt` sets files evenly, keeps what they say and every remark, and can only look."""

from __future__ import annotations

import os

UGLY = "routine: one\n# why\nsteps:\n- uses:   file.write # here\n  with: { path: a.md,text: b }\n"
NICE = (
    "routine: one\n# why\nsteps:\n  - uses: file.write   # here\n    with: {path: a.md, text: b}\n"
)


def _put(practice, text: str):
    file = practice.folder / "routines" / "one.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_is_set_evenly_with_its_rights_kept(bare):
    file = _put(bare, UGLY)
    file.chmod(0o640)

    told = bare("fmt", "one").out

    assert told == "changed routines/one.yaml\n1 file: 1 changed\n"
    assert file.read_text(encoding="utf-8") == NICE
    assert file.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in file.parent.iterdir() if path.is_file()] == ["one.yaml"]


def test_a_check_changes_nothing_and_says_so_with_its_code(bare):
    file = _put(bare, UGLY)

    told = bare("fmt", "--check", expect=1).out
    shown = bare("fmt", "--diff").out
    data = bare("fmt", "--check", "--json", expect=1).json

    assert "would change routines/one.yaml" in told
    assert "+  - uses: file.write   # here\n" in shown
    assert data["changed"] == ["routines/one.yaml"]
    assert file.read_text(encoding="utf-8") == UGLY


def test_what_is_set_already_is_not_touched(bare):
    file = _put(bare, NICE)
    os.utime(file, ns=(1, 1))

    told = bare("fmt").out

    assert told == "2 files: 0 changed\n"
    assert file.stat().st_mtime_ns == 1


def test_a_link_stays_a_link(bare):
    real = bare.folder / "elsewhere.yaml"
    real.write_text(UGLY, encoding="utf-8")
    link = bare.folder / "routines" / "one.yaml"
    link.symlink_to(real)

    bare("fmt", "routines/one.yaml")

    assert link.is_symlink()
    assert real.read_text(encoding="utf-8") == NICE


def test_a_file_that_cannot_be_read_is_told_and_left(bare):
    file = _put(bare, "routine: one\nsteps: [\n")

    told = bare("fmt", "one", expect=2).out

    assert "[yaml-syntax]" in told
    assert "1 file: 0 changed, 1 cannot be read" in told
    assert file.read_text(encoding="utf-8") == "routine: one\nsteps: [\n"


def test_a_name_that_there_is_not_is_told(bare, nowhere):
    assert "there is no routine 'two'" in bare("fmt", "two", expect=2).err
    assert "there is no file 'no.yaml'" in bare("fmt", "no.yaml", expect=2).err
    assert "no practice here" in nowhere("fmt", "two", expect=2).err


def test_a_file_outside_a_practice_is_set(nowhere):
    (nowhere.folder / "one.yaml").write_text(UGLY, encoding="utf-8")

    nowhere("fmt", "one.yaml")

    assert (nowhere.folder / "one.yaml").read_text(encoding="utf-8") == NICE
