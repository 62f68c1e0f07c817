"""What a command loads before it does anything, as `sys.modules` of a process of its own tells."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {
    "sqlalchemy",
    "jsonschema",
    "jinja2",
    "pydantic",
    "yaml",
    "pluggy",
    "sqlcipher3",
    "croniter",
    "alembic",
}
PLUGINS = {path.name for path in (Path(__file__).parents[2] / "plugins").glob("dayhand_*")}
PROGRAM = """
import sys
from dayhand.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    assert not end.code, end.code
finally:
    print(*sys.modules, file=sys.stderr)
"""


AT_ONCE = """
from datetime import timedelta
from dayhand.daemon import routine_files
routine_files._AT_REST = timedelta(0)  # else a file is read again for two seconds after a change
"""


def loaded(folder: Path, *arguments: str, before: str = "", **environment: str) -> set[str]:
    """The top names of the modules that a command loads in an empty folder, with nothing kept yet."""
    told = subprocess.run(
        [sys.executable, "-c", before + PROGRAM, *arguments],
        cwd=folder, env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert told.stdout
    return {name.partition(".")[0] for name in told.stderr.split()}


@pytest.mark.parametrize(
    "arguments", [("--help",), ("--version",), ("completion", "bash")], ids=" ".join
)
def test_what_prints_itself_loads_no_library_but_click_and_no_plugin(tmp_path, arguments):
    names = loaded(tmp_path, *arguments)

    assert "click" in names
    assert names & (HEAVY | PLUGINS) == set()


def test_completing_a_command_loads_no_library_but_click_and_no_plugin(tmp_path):
    names = loaded(
        tmp_path, _DAYHAND_COMPLETE="bash_complete", COMP_WORDS="dayhand re", COMP_CWORD="1"
    )

    assert names & (HEAVY | PLUGINS) == set()


def test_checking_a_right_routine_loads_no_jsonschema_no_database_and_no_plugin(bench):
    bench.write("quiet", "steps:\n  - uses: value.set\n    with: {a: 1}\n")
    environment = {**bench.environment, "DAYHAND_CACHE_DIR": str(bench.home / "cache")}
    loaded(bench.folder, "check", "quiet", **environment)  # makes the catalogue

    names = loaded(bench.folder, "check", "quiet", **environment)

    assert names & {"jsonschema", "sqlalchemy", "sqlcipher3", "pydantic", "pluggy"} == set()
    assert names & PLUGINS == set()


def test_a_look_that_finds_nothing_due_and_nothing_new_loads_neither_runs_nor_checks(tmp_path):
    """What is not loaded by one look is not in the memory of a daemon that waits."""
    place = {
        "DAYHAND_PRACTICE": str(tmp_path / "mine"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
    loaded(tmp_path, "init", "mine", "--name", "Mine", "--timezone", "UTC", **place)
    loaded(tmp_path, "tick", before=AT_ONCE, **place)

    names = loaded(tmp_path, "tick", before=AT_ONCE, **place)

    assert "sqlalchemy" in names
    assert names & {"jinja2", "jsonschema", "holidays", "alembic"} == set()
