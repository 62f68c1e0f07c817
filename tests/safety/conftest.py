"""What tests of backups, keys and the audit log share."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from dayhand.cli import cli


@pytest.fixture
def say(bench):
    """A command as a new process would run it in the practice."""

    def run(*arguments, code=0, **more):
        bench.close()
        app = bench.fresh()
        ended = CliRunner().invoke(cli, [str(a) for a in arguments], obj=app, **more)
        app.close()
        # errors become text in `main`, beneath the command
        told = getattr(ended.exception, "message", "") if ended.exception else ""
        if code == 2:
            assert told, ended.output
            return told
        assert ended.exit_code == code, f"{ended.output}\n{ended.exception!r}"
        return ended.output

    return run


@pytest.fixture
def told(say):
    """What a command says as JSON."""

    def run(*arguments, code=0):
        return json.loads(say(*arguments, "--json", code=code))

    return run
