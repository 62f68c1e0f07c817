"""080: what is printed is for people on a terminal, plain in a pipe, and JSON for scripts."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

DAYHAND = Path(sys.executable).with_name("dayhand")

WRONG = "steps:\n  - uses: value.sett\n"


def on_a_terminal(practice, *arguments, **environment) -> str:
    """What a person sees."""
    mine, theirs = pty.openpty()
    with subprocess.Popen(
        [DAYHAND, *arguments], cwd=practice.folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**practice.environment, "TERM": "xterm", **environment},
    ) as process:  # fmt: skip
        os.close(theirs)
        seen = b""
        try:
            while part := os.read(mine, 4096):
                seen += part
        except OSError:  # the other side is closed
            pass
        process.wait(timeout=250)
    os.close(mine)
    return seen.decode()


def test_colour_is_for_terminals_and_can_be_turned_off(bare):
    bare.routine("r", WRONG)

    assert "\x1b[" in on_a_terminal(bare, "check")
    assert "\x1b[" not in on_a_terminal(bare, "check", NO_COLOR="1")
    assert "\x1b[" not in bare("check", expect=2).text


def test_a_pipe_that_is_closed_early_is_no_error(sample):
    with sample.start("steps", "--json") as process:
        assert process.stdout.readline() == "[\n"
        process.stdout.close()
        err = process.stderr.read()

    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize(
    "command",
    ["check", "doctor", "inbox", "plugins", "routines list", "runs", "show last", "steps", "steps value.set",
     "upcoming", "run fine", "run fine --dry-run", "resume", "retry last --from v"],
)  # fmt: skip
def test_json_is_all_there_is_on_standard_output(bare, command):
    bare.routine("fine", "steps:\n  - id: v\n    uses: value.set\n    with: {a: 1}\n")
    bare("run", "fine")

    told = bare(*command.split(), "--json", expect=None)

    assert json.loads(told.out) is not None
    assert told.err == ""


def test_progress_goes_to_standard_error(bare):
    bare.routine("fine", "steps:\n  - id: v\n    uses: value.set\n    with: {a: 1}\n")

    told = bare("run", "fine")

    assert "✓ v" in told.err
    assert "✓ v" not in told.out


@pytest.mark.parametrize(
    ("shell", "word"), [("bash", "complete -o"), ("zsh", "#compdef dayhand"), ("fish", "complete ")]
)
def test_each_shell_has_its_completion(nowhere, shell, word):
    assert word in nowhere("completion", shell).out


def test_completion_knows_the_commands(bare):
    bare.more = {
        "_DAYHAND_COMPLETE": "bash_complete",
        "COMP_WORDS": "dayhand ru",
        "COMP_CWORD": "1",
    }

    assert bare().out.split() == ["plain,run", "plain,runs"]


MOVING = "x\x1b[2J\x1b]0;title\x07\x9b5A\u202ey\x00"


def moved_by(text: str) -> set[str]:
    """The signs in what was shown that move a cursor or turn text round, but for colours and ends of lines."""
    left = re.sub("\x1b\\[[0-9;]*m|\r\n", "", text)
    return {char for char in left if not char.isprintable() and char not in "\n\t"}


def test_l02_what_would_move_the_cursor_is_shown_with_escapes_on_a_terminal(bare):
    bare.routine(
        "sad",
        """
        inputs:
          said: {type: text}
        steps:
          - uses: run.fail
            with: {reason: "${{ inputs.said }}"}
        """,
    )

    run = on_a_terminal(bare, "run", "sad", "-i", "said=x\x1b[2J\x9b5A\u202e\ry")
    shown = run + on_a_terminal(bare, "show", "last")

    assert shown.count(r"x\x1b[2J\x9b5A\u202e\ry") >= 2
    assert moved_by(shown.replace("\r\x1b[K", "")) == set()
    assert "\x9b5A\u202e" in bare("show", "last").out  # as it is, to another program


@pytest.mark.parametrize(
    "command",
    [("clients", "show"), ("show",), ("run",), ("check",), ("calendar", "agenda", "--day"), ("backup", "--verify"),
     ("restore", "x"), ("invoices", "list", "--month"), ()],
    ids=lambda words: " ".join(words) or "no command",
)  # fmt: skip
def test_l02_what_was_typed_is_told_with_escapes_and_forges_no_line(bare, command):
    typed = MOVING.removesuffix("\x00") + "\nerror: all is well"

    ended = bare(*command, typed, expect=None)

    assert ended.code in (1, 2)
    assert moved_by(ended.text) == set()
    assert "\nerror: all is well" not in ended.err


def test_what_runs_is_rewritten_in_its_line_on_a_terminal(bare):
    bare.routine("fine", "steps:\n  - id: v\n    uses: value.set\n    with: {a: 1}\n")

    shown = on_a_terminal(bare, "run", "fine")

    assert "\r\x1b[K" in shown
    assert "✓" in shown


@pytest.mark.parametrize("group", ["", "routines", "key", "measures", "releases", "writing words"])
def test_what_commands_are_for_is_listed_in_whole_sentences(sample, group):
    usage, *listed = sample(*group.split(), "--help").out.splitlines()

    assert "COMMAND" in usage
    assert [line for line in listed if line.endswith("...")] == []
