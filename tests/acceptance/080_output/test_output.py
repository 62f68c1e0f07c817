"""080: what is printed is for people on a terminal, plain in a pipe, and JSON for scripts."""

from __future__ import annotations

import json
import os
import pty
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
        process.wait(timeout=60)
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
