"""170: `dayhand new routine` makes a routine that is right, from options or by asking."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

DAYHAND = Path(sys.executable).with_name("dayhand")
MODELINE = "# yaml-language-server: $schema=../.dayhand/routine.schema.json\n"


def test_a_routine_is_made_from_options_and_can_be_rehearsed(bare):
    told = bare(
        "new", "routine", "letters", "--title", "Letters", "--when", "weekdays at 18:00",
        "--step", "practice.clients", "--step", "file.write",
    ).out  # fmt: skip

    assert told == (
        "wrote routines/letters.yaml\nnext:  edit it, then  dayhand run letters --dry-run\n"
    )
    text = (bare.folder / "routines" / "letters.yaml").read_text(encoding="utf-8")
    assert text.startswith(MODELINE)
    assert "  - cron: 0 18 * * mon-fri\n" in text
    assert "no problems" in bare("check", "letters").out
    assert "would write 1 file" in bare("run", "letters", "--dry-run", "--as-of", "2026-11-24").out


def test_it_is_printed_where_no_file_is_wanted(nowhere):
    told = nowhere("new", "routine", "one", "--step", "value.set", "--print").out

    assert told.startswith(MODELINE)
    assert not list(nowhere.folder.glob("*.yaml"))


def test_what_is_wrong_is_told_and_nothing_is_written(bare, nowhere):
    bare.routine("one", "steps: [{uses: value.set}]")

    assert "there is a routine 'one' already" in bare("new", "routine", "one", expect=2).err
    assert "NAME is missing" in bare("new", "routine", expect=2).err
    assert "weekdays at 06:30" in bare("new", "routine", "two", "--when", "soon", expect=2).err
    assert (
        "did you mean 'email.send'?"
        in bare("new", "routine", "two", "--step", "email.sned", expect=2).err
    )
    assert "no practice" in nowhere("new", "routine", "two", expect=2).err
    assert not (bare.folder / "routines" / "two.yaml").exists()


def _answered(practice, *answers: str) -> str:
    """What the command prints in a terminal in which these lines are typed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [DAYHAND, "new", "routine"], cwd=practice.folder, env=practice.environment,
        stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    os.close(slave)
    os.write(master, "".join(f"{answer}\n" for answer in answers).encode())
    told, _ = process.communicate(timeout=250)
    os.close(master)
    assert process.returncode == 0, told
    return told


def test_what_is_not_said_is_asked(bare):
    told = _answered(
        bare, "evening", "My evening", "whenever", "daily at 19:00",
        "unsigned", "journal.unsigned", "nothing at all", "file.write", "",
    )  # fmt: skip

    text = (bare.folder / "routines" / "evening.yaml").read_text(encoding="utf-8")
    assert "'whenever' says no time" in told
    assert "journal.unsigned  List the notes that are not signed" in told
    assert "nothing has these words" in told
    assert "title: My evening\n" in text
    assert "  - cron: 0 19 * * *\n" in text
    assert [line for line in text.splitlines() if "uses:" in line] == [
        "    uses: journal.unsigned", "    uses: file.write",
    ]  # fmt: skip
