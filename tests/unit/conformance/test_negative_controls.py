"""Each check of a plugin can fail: a plugin that breaks every rule is told of each, by name."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import pytest

from dayhand.app import App
from dayhand.conformance import CHECKS, check, subjects
from dayhand.settings import Settings

CONTROLS = [
    ("import cost", "", "starts of Python"),
    ("schema", "bad.anything", "may be anything"),
    ("schema", "bad.undescribed", "nothing describes its input 'one'"),
    ("docs", "bad.undocumented", "it has no docstring"),
    ("docs", "bad.unnamed", "the README does not name it"),
    ("docs", "", "nothing describes its setting 'service', 'token'"),
    ("declaration", "", "it uses the database: tables = true"),
    ("declaration", "", "its settings name secrets: secrets = true"),
    ("declaration", "bad.roams", "it connects to elsewhere.example"),
    ("send", "bad.sends", "a dry run cannot tell what it would send"),
    ("example", "", "the example 'fails' does not run"),
    ("redaction", "bad.logs", "1 sensitive text can be read"),
    ("redaction", "bad.prints", "1 sensitive text can be read"),
    ("redaction", "bad.unmarks", "without the mark, at the whole"),
    ("dry run", "bad.connects", "connects to 127.0.0.1"),
    ("dry run", "bad.writes", "left-behind, outside the practice"),
    ("once", "bad.keeps", "there are 2 files under out/, where there would be 1"),
    ("at most once", "bad.twice", "2 arrived, where 1 were to be sent"),
    ("cancellation", "bad.stubborn", "went on as if nothing had happened when it was cancelled"),
    ("time limit", "bad.stubborn", "went on as if nothing had happened when it came to its time limit"),
    ("event loop", "bad.blocks", "it held up the event loop for"),
]  # fmt: skip


def of_project(folder, **more):
    app = App(Settings({"HOME": str(folder)}, folder))
    (subject,) = subjects(app, str(folder))
    return check(subject, dict(os.environ), **more)


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    file = Path(__file__).with_name("bad_plugin.py")
    spec = importlib.util.spec_from_file_location("bad_plugin", file)
    bad = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bad)
    folder = tmp_path_factory.mktemp("bad")
    bad.write(folder)
    return of_project(folder)


@pytest.mark.soak  # the plugin that breaks every rule takes a dozen seconds of processor
@pytest.mark.parametrize(("name", "step", "told"), CONTROLS)
def test_what_breaks_a_rule_fails_its_check_by_name(verdicts, name, step, told):
    found = [one for one in verdicts if (one.check, one.step, one.result) == (name, step, "failed")]

    assert [one for one in found if told in one.message], (found, verdicts)
    assert all(one.hint for one in found)


@pytest.mark.soak
def test_what_is_right_beside_what_is_wrong_does_not_fail(verdicts):
    wrong = {(name, step) for name, step, _ in CONTROLS}

    assert {(one.check, one.step) for one in verdicts if one.result == "failed"} - wrong == set()


def test_every_check_has_its_control():
    assert set(CHECKS) - {name for name, _, _ in CONTROLS} == {"loads"}


PYPROJECT = """
[project]
name = "odd"
[project.entry-points.dayhand]
odd = "odd"
"""


def odd(folder, text):
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "odd.py").write_text(
        f"from dayhand import Effect, StepContext, hookimpl, step\n{text}"
    )
    return of_project(folder, within=60)


def test_a_hook_that_nobody_knows_is_told(tmp_path):
    found = odd(tmp_path, "@hookimpl\ndef dayhand_stepps():\n    return []\n")

    (loads,) = [one for one in found if one.check == "loads"]
    assert loads.result == "failed"
    assert "dayhand_stepps" in loads.message


def test_a_step_that_ends_its_process_is_told_and_what_was_seen_before_is_kept(tmp_path):
    found = odd(
        tmp_path,
        '@step("odd.exit", effect=Effect.NONE, summary="End it")\n'
        "def leave(context: StepContext) -> None:\n"
        '    """End it."""\n'
        "    import os\n"
        "    os._exit(7)\n"
        "@hookimpl\ndef dayhand_steps():\n    return [leave]\n",
    )

    assert any("ended with 7" in one.message for one in found if one.result == "failed")
    assert any(one.check == "schema" and one.result == "ok" for one in found)
