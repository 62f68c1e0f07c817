"""A stranger's plugin reaches the folders it declares, and no other: in dayhand's process and in its own."""

from __future__ import annotations

import tempfile

import pytest
from tests_support.strange import DECLARED, Site, StrangeBench

from dayhand.trust import Approvals


@pytest.fixture(params=["here", "apart"])
def bench(request, tmp_path, monkeypatch):
    scratch, home = tmp_path / "scratch", tmp_path / "person"
    for folder in (scratch, home / "Exports/deep", home / "Books", home / "Letters"):
        folder.mkdir(parents=True)
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    monkeypatch.setenv("TMPDIR", str(scratch))
    monkeypatch.setenv("HOME", str(home))
    (home / "Exports/a.csv").write_text("exported")
    (home / "Letters/a.txt").write_text("private")
    (home / "Exports/deep/link.csv").symlink_to(home / "Letters/a.txt")
    (home / "Books/old.txt").write_text("old")
    folders = '[folders]\nread = ["~/Exports"]\nwrite = ["~/Books"]\n'
    Site(tmp_path / "site", monkeypatch).install(declared=DECLARED + folders)
    made = StrangeBench(tmp_path, Approvals(tmp_path / "plugins.json"))
    made.approve(own_process=request.param == "apart")
    made.home_folder, made.is_apart = home, request.param == "apart"
    yield made
    made.close()


def tried(bench, *lines):
    """What each step gave, or why it failed."""
    text = "\n".join(
        f"  - {{id: s{n}, uses: {uses}, with: {{{inputs}}}, on_error: continue}}"
        for n, (uses, inputs) in enumerate(lines)
    )
    kept = bench.steps(bench.run(f"steps:\n{text}\n"))
    ended = [kept[f"s{n}"] for n in range(len(lines))]
    return [one.error.message if one.error else one.output for one in ended]


def test_declared_folders_are_read_and_written_by_any_way(bench):
    books = bench.home_folder / "Books"

    found = tried(
        bench,
        ("odd.read", "path: ~/Exports/a.csv"),
        ("odd.open", f"path: '{bench.home_folder}/Exports/a.csv'"),
        ("odd.list", f"path: '{bench.home_folder}/Exports'"),
        ("odd.write", "path: ~/Books/2026/new.txt, text: new"),
        ("odd.open", f"path: '{books}/direct.txt', mode: w"),
        ("odd.remove", f"path: '{books}/old.txt'"),
        ("odd.read", "path: ~/Books/direct.txt"),
    )

    assert found[:3] == ["exported", "exported", ["a.csv", "deep"]]
    assert found[3]["path"] == str(books / "2026/new.txt")
    assert found[6] == "odd"
    assert (books / "2026/new.txt").read_text() == "new"
    assert (books / "2026/new.txt").stat().st_mode & 0o777 == 0o600
    assert not (books / "old.txt").exists()


def test_what_is_not_declared_is_refused_by_any_way(bench):
    home = bench.home_folder

    found = tried(
        bench,
        ("odd.read", "path: ~/Letters/a.txt"),
        ("odd.read", "path: ~/Exports/../Letters/a.txt"),
        ("odd.read", "path: ~/Exports/deep/link.csv"),
        ("odd.open", f"path: '{home}/Letters/a.txt'"),
        ("odd.open", f"path: '{home}/Exports/deep/link.csv'"),
        ("odd.list", f"path: '{home}/Letters'"),
        ("odd.remove", f"path: '{home}/Letters/a.txt'"),
        ("odd.write", "path: ~/Exports/a.csv, text: x"),
        ("odd.open", f"path: '{home}/Exports/a.csv', mode: w"),
        ("odd.remove", f"path: '{home}/Exports/a.csv'"),
    )

    assert [one for one in found if "does not declare" not in one] == []
    assert (home / "Letters/a.txt").read_text() == "private"
    assert (home / "Exports/a.csv").read_text() == "exported"


def test_in_the_practice_it_writes_through_dayhand_and_the_database_is_out_of_reach(bench):
    practice = bench.folder

    found = tried(
        bench,
        ("odd.write", "path: mine.txt, text: mine"),
        ("odd.read", "path: out/mine.txt"),
        ("odd.open", f"path: '{practice}/out/mine.txt'"),
        ("odd.open", f"path: '{practice}/out/mine.txt', mode: w"),
        ("odd.remove", f"path: '{practice}/practice.yaml'"),
        ("odd.open", f"path: '{practice}/.dayhand/dayhand.db'"),
        ("odd.read", "path: .dayhand/id"),
    )

    assert found[1] == found[2] == "mine"
    assert [("past dayhand" in one) for one in found[3:5]] == [True, True]
    assert [(".dayhand, where the database is" in one) for one in found[5:]] == [True, True]
    assert (practice / "practice.yaml").exists()


def test_a_dry_run_writes_into_no_folder_and_sees_what_it_wrote(bench):
    rehearsed = bench.rehearse(f"""
        steps:
          - {{id: a, uses: odd.write, with: {{path: ~/Books/new.txt, text: new}}}}
          - {{id: b, uses: odd.read, with: {{path: ~/Books/new.txt}}}}
          - id: c
            uses: odd.open
            with: {{path: '{bench.home_folder}/Books/direct.txt', mode: w}}
            on_error: continue
    """)

    kept = {one.path: one for one in rehearsed.steps}
    assert kept["b"].output == "new"
    assert "in a dry run" in kept["c"].error.message
    assert str(bench.home_folder / "Books/new.txt") in rehearsed.files
    assert [file.name for file in (bench.home_folder / "Books").iterdir()] == ["old.txt"]


def test_a_thread_of_its_own_is_held_only_in_a_process_of_its_own(bench):
    (found,) = tried(bench, ("odd.thread_open", f"path: '{bench.home_folder}/Letters/a.txt'"))

    assert found == ("StepMisuse" if bench.is_apart else "private")
