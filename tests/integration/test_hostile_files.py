"""What lies where routines are looked for, and is none, stops nothing else (Y05, Y06, S18)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests_support.daemons import House

from dayhand.cli import cli
from dayhand.cli.output import tell_problems
from dayhand.problems import Mark, Problem
from dayhand.report import problem_text
from dayhand.resources import beginning

FINE = "steps: [{uses: value.set, with: {a: 1}}]\n"
TIMED = "triggers: [{every: 1 hour}]\n" + FINE


def pipe(place: Path) -> None:
    os.mkfifo(place)


def endless(place: Path) -> None:
    place.symlink_to("/dev/zero")


def sparse(place: Path) -> None:
    with place.open("wb") as file:
        file.truncate(50 * 1024**3)


def folder(place: Path) -> None:
    place.mkdir()


def nowhere(place: Path) -> None:
    place.symlink_to("/nowhere/at/all.yaml")


STRANGE = {
    pipe: {"unreadable-file"}, endless: {"unreadable-file"}, sparse: {"file-too-large"},
    folder: {"unreadable-file", None}, nowhere: {"unreadable-file", None},
}  # fmt: skip


@pytest.mark.parametrize("make", STRANGE, ids=lambda make: make.__name__)
def test_y06_what_is_no_file_is_told_with_its_place_and_the_others_are_checked(bench, make):
    bench.write("fine", FINE)
    make(bench.folder / "routines/strange.yaml")

    entries = bench.app.book.entries

    assert entries["fine"].state == "ready"
    codes = (
        {problem.code for problem in entries["strange"].problems}
        if "strange" in entries
        else {None}
    )
    assert codes <= STRANGE[make]


@pytest.mark.parametrize("make", STRANGE, ids=lambda make: make.__name__)
def test_s18_the_daemon_passes_by_what_is_no_file(bench, make):
    bench.write("fine", TIMED)
    make(bench.folder / "routines/strange.yaml")
    house = House(bench)

    house.look()

    assert any(row.planned.routine == "fine" for row in house.rows())


@pytest.mark.parametrize("make", [pipe, endless])
def test_y06_settings_that_are_no_file_are_refused_at_once(tmp_path, make):
    make(tmp_path / "practice.yaml")

    done = CliRunner().invoke(cli, ["--practice", str(tmp_path), "check"])

    assert done.exception is not None
    assert "practice" in str(done.exception)


def test_y06_of_a_file_no_more_is_read_than_tells_that_it_is_too_large(tmp_path):
    sparse(tmp_path / "large")
    (tmp_path / "small").write_bytes(b"a: 1\n")

    assert len(beginning(tmp_path / "large")) == 256 * 1024 + 1
    assert beginning(tmp_path / "small") == b"a: 1\n"


LINES = [
    "a\x1b[2Jb\x1b]0;title\x07", "x\u202eabc\u2066", "a\x00b\x85c\u2028d", "\ufeff\u200b", "a" * 500_000,
    "'" * 100_000, "\t" * 3000 + "a", "é\u0301" * 1000, "",
]  # fmt: skip


@pytest.mark.parametrize("line", LINES, ids=lambda line: ascii(line[:12]))
def test_l02_a_line_is_shown_without_what_moves_the_cursor_and_not_at_length(line):
    for column in {1, 2, len(line) // 2 + 1, len(line) + 1}:
        problem = Problem(Mark("r.yaml", 3, column, 5), "some-code", "it is wrong", "mend it")

        shown = problem_text(problem, line).splitlines()

        assert all(part.isprintable() for part in shown)
        assert max(map(len, shown)) < 220
        if line:
            source, caret = shown[1].partition(" | ")[2], shown[2].partition(" | ")[2]
            at = caret.index("^")
            assert at <= len(source)
            if column <= len(line) and line[column - 1].isprintable():
                assert source[at] == line[column - 1]


def test_l02_problems_of_a_file_that_is_gone_are_told_too(capsys):
    tell_problems([Problem(Mark("/nowhere/r.yaml", 1, 1), "some-code", "it is wrong", "")])

    assert "/nowhere/r.yaml:1:1: error: it is wrong [some-code]" in capsys.readouterr().out
