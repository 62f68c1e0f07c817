"""Whole commands: from the start of the process to its end, beside one that only imports.

Each is told twice: by the clock, and by the time on a processor, which neighbours on the machine and
its disk disturb less.

Measured before this process imports anything large: until a child becomes another program, what
its parent holds counts as the child's own largest size.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from measuring import Line, by_turns, process, taken_by_turns
from practice import BenchPractice, dayhand

__all__ = ["lines"]

_CLICK = "import click"
_CHECK = "import click, pluggy, yaml, jinja2.sandbox, jsonschema, croniter"
_RUN = """
import click, pluggy, yaml, jinja2.sandbox, sqlalchemy
from pydantic import ConfigDict, Field, TypeAdapter, create_model
import sqlcipher3.dbapi2
connection = sqlcipher3.dbapi2.connect({path!r})
connection.execute("PRAGMA key = \\"x'{key}'\\"")
connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
"""


def lines(practice: BenchPractice, place: Path, rounds: int) -> Iterator[Line]:
    """Start, check, run, and the memory of a run."""

    run_floor = _RUN.format(path=str(place / "floor.db"), key=_encrypted_file(practice, place))
    for what, arguments, program, target in (
        ("dayhand --help, beside importing click", ("--help",), _CLICK, 1.6),
        ("dayhand check of a routine, beside its imports", ("check", "one"), _CHECK, 1.5),
        (
            "dayhand run of one step, beside its imports and a database",
            ("run", "one"),
            run_floor,
            1.5,
        ),
    ):
        mine, bare = taken_by_turns(
            rounds,
            lambda a=arguments: _take(practice, [*dayhand(), *a]),
            lambda p=program: _take(practice, [sys.executable, "-c", p]),
        )
        for kind, told in (("seconds", what), ("busy", "   on a processor")):
            ours, floor = (median(getattr(t, kind) for t in column) for column in (mine, bare))
            yield Line(told, ours * 1e3, floor * 1e3, target)
    without = "\n".join(line for line in run_floor.split("\n") if "pydantic" not in line)
    mine, bare = by_turns(
        rounds,
        lambda: _take(practice, [*dayhand(), "run", "one"]).seconds,
        lambda: _take(practice, [sys.executable, "-c", without]).seconds,
    )
    yield Line(
        "   beside those but pydantic, which its step does not need", mine * 1e3, bare * 1e3, None
    )
    (memory,) = by_turns(5, lambda: _take(practice, [*dayhand(), "run", "twenty"]).megabytes)
    yield Line("memory of a run of 20 steps, at its largest", memory, None, 80, "MB")
    _count(practice, {"one": 2 * (rounds + 1), "twenty": 6}, {"one": 1, "twenty": 20})


def _take(practice: BenchPractice, command: list[str]):
    return process(command, environment=practice.environment, folder=practice.folder)


def _encrypted_file(practice: BenchPractice, place: Path) -> str:
    """Make what the floor of a run opens; its key in hex."""
    key = os.urandom(32).hex()
    program = _RUN.format(path=str(place / "floor.db"), key=key)
    made = program.replace("SELECT count(*) FROM sqlite_master", "CREATE TABLE t (a)")
    _take(practice, [sys.executable, "-c", made])
    return key


def _count(practice: BenchPractice, runs: dict[str, int], steps: dict[str, int]) -> None:
    """The work is counted, not believed: so many runs, each with so many steps on the disk."""
    for routine, expected in runs.items():
        found = _json(practice, "runs", "--routine", routine, "--limit", "10000")
        done = [run for run in found if run["state"] == "done"]
        if len(done) != expected:
            raise RuntimeError(f"{len(done)} runs of {routine} are kept, and {expected} were made")
        kept = _json(practice, "show", done[0]["id"])["steps"]
        if [step["state"] for step in kept] != ["done"] * steps[routine]:
            raise RuntimeError(f"a run of {routine} has {len(kept)} steps")


def _json(practice: BenchPractice, *arguments: str):
    told = subprocess.run(
        [*dayhand(), *arguments, "--json"], env=practice.environment, cwd=practice.folder,
        check=True, capture_output=True,
    )  # fmt: skip
    return json.loads(told.stdout)
