"""What is logged tells where something went wrong, on one line, and nothing a client said (L01, L02)."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dayhand.cli import logs
from dayhand.errors import NotSent, StepError, UserError

NAME = "Zyxandra Quillwort"


class OfALibrary(Exception):
    pass


def _deep() -> None:
    try:
        try:
            {}[NAME]
        except KeyError as error:
            raise OfALibrary(f"no {NAME}") from error
    except OfALibrary:
        raise StepError(f"about {NAME}", hint=NAME)  # noqa: B904 - the context, not the cause


def _several() -> None:
    raise ExceptionGroup(NAME, [ValueError(NAME), ExceptionGroup(NAME, [int_of(NAME)])])


def int_of(text: str) -> Exception:
    try:
        int(text)
    except ValueError as error:
        error.add_note(NAME)
        return error
    raise AssertionError


def _circle() -> None:
    first, second = ValueError(NAME), TypeError(NAME)
    first.__cause__, second.__cause__ = second, first
    raise first


def _recursion() -> None:
    def again(name: str) -> None:
        again(name)

    again(NAME)


def _notice() -> None:
    raise NotSent(NAME) from UserError(NAME)


RAISED = {
    "deep": (_deep, ["StepError", "OfALibrary", "KeyError"]),
    "several": (_several, ["ExceptionGroup", "ValueError"]),
    "circle": (_circle, ["ValueError", "TypeError"]),
    "recursion": (_recursion, ["RecursionError"]),
    "notice": (_notice, ["NotSent", "UserError"]),
}


@pytest.fixture
def said(capsys):
    """What was written to standard error; logging is put back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield lambda: capsys.readouterr().err
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("name", RAISED)
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("debug", [False, True])
def test_l01_an_exception_is_logged_with_its_place_and_without_what_it_says(
    said, name, form, debug
):
    raise_it, kinds = RAISED[name]
    logs.log_to_stderr(form, debug=debug)

    try:
        raise_it()
    except Exception:
        logging.getLogger("dayhand.x").exception("step a failed")

    told = said()
    assert NAME not in told
    assert "Quillwort" not in told
    assert "step a failed" in told
    if debug and form == "text":
        assert [kind for kind in kinds if kind not in told] == []
        assert "test_logs.py" in told
        assert len(told) < 100_000
    else:
        assert told.count("\n") == 1


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "forged",
    ["a\n2026-01-01 00:00:00Z info paid", "a\rb", "a\x1b[2Jb", "a\x00b", "a\u202eb", "a\u2028b",
     "a\x85b", "a\u2066b", "a\x0bb", "a\ud800b"],
)  # fmt: skip
def test_l02_a_line_cannot_be_forged(said, form, forged):
    logs.log_to_stderr(form, debug=False)

    logging.getLogger("dayhand.x").info("%s", forged)

    (line,) = said().split("\n")[:-1]
    assert line.isprintable()
    assert line.isascii()
    if form == "json":
        assert json.loads(line)["message"] == forged


def test_l01_libraries_that_log_messages_and_addresses_stay_silent(said):
    logs.log_to_stderr(debug=True)

    for library in (
        "aiosmtplib",
        "httpx2",
        "httpcore2.connection",
        "imap_tools",
        "markdown_it.rules_block",
    ):
        logging.getLogger(library).debug("sent %s", NAME)
        logging.getLogger(library).info("sent %s", NAME)

    assert said() == ""


def test_l03_a_bug_is_told_without_values():
    code = (
        "from dayhand import cli\n"
        "import click\n"
        f"@cli.cli.command('x')\ndef x(): int({NAME!r})\n"
        "cli._COMMANDS['x'] = ('x', '')\n"
        "import sys, types\n"
        "sys.modules['dayhand.cli.x'] = types.SimpleNamespace(x_command=x)\n"
        "cli.main(['x'])\n"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=250)

    assert done.returncode == 70
    assert "ValueError" in done.stderr
    assert NAME not in done.stderr.replace(f"int({NAME!r})", "")
    assert "this is a bug" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="has no core dumps")
def test_k06_a_crash_writes_no_memory_to_a_file(tmp_path):
    code = (
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))\n"
        "from dayhand.cli import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit:\n    pass\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)\n"
        "import os\nos.abort()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == -signal.SIGABRT
    assert done.stdout.splitlines()[-1] == "(0, 0)"
    assert list(Path(tmp_path).iterdir()) == []
