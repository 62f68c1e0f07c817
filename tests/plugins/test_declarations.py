"""What every bundled plugin declares: cheap to list, described, and on its manual page."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from dayhand.conformance.declared import docs, schema
from dayhand.conformance.subject import Subject

ROOT = Path(__file__).parents[2]
NAMES = sorted(one.name for one in ROOT.glob("plugins/dayhand_*/"))
HEAVY = {
    "aiosmtplib",
    "babel",
    "click",
    "httpx2",
    "icalendar",
    "imap_tools",
    "sqlalchemy",
    "stdnum",
    "typst",
}
LISTING = f"""
import sys
from importlib import import_module
plugins = [import_module(name) for name in {NAMES}]
heavy = ({HEAVY} | {{"pydantic"}}) & set(sys.modules)
if heavy:
    sys.exit(f"importing the plugins loads {{heavy}}")
for plugin in plugins:
    list(plugin.dayhand_steps())
    if hasattr(plugin, "dayhand_settings"):
        plugin.dayhand_settings().model()
    heavy = {HEAVY} & set(sys.modules)
    if heavy:
        sys.exit(f"what {{plugin.__name__}} declares loads {{heavy}}")
"""


@pytest.fixture(params=NAMES)
def plugin(request):
    return import_module(request.param)


@pytest.fixture
def page(plugin):
    return (Path(plugin.__file__).parent / "README.md").read_text(encoding="utf-8")


def commands(command, path=()):
    path = (*path, command.name)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from commands(each, path)
    else:
        yield " ".join(path)


def test_plugins_and_what_they_declare_load_no_heavy_library():
    done = subprocess.run(
        [sys.executable, "-c", LISTING],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert (done.stderr.strip(), done.returncode) == ("", 0)


def test_every_step_setting_and_input_is_described(plugin, page):
    steps = list(plugin.dayhand_steps())
    settings = plugin.dayhand_settings().model() if hasattr(plugin, "dayhand_settings") else None
    subject = Subject(plugin.__name__, plugin.__name__, readme=page)

    verdicts = [*schema(steps), *docs(subject, steps, settings)]

    assert [one for one in verdicts if one.result != "ok"] == []


def test_every_step_with_its_effect_or_a_heading_and_its_inputs_stand_on_the_manual_page(
    plugin, page
):
    steps = list(plugin.dayhand_steps())

    headed = set(re.findall(r"[\w.]+", " ".join(re.findall(r"^### (.*)", page, re.MULTILINE))))
    untold = [one.name for one in steps if f"`{one.name}` ({one.effect})" not in page]
    assert [name for name in untold if name not in headed] == []
    inputs = [(one.name, name) for one in steps for name in one.inputs.model_fields]
    assert [(step, name) for step, name in inputs if name not in page] == []


def test_every_command_stands_on_the_manual_page(plugin, page):
    tops = plugin.dayhand_commands() if hasattr(plugin, "dayhand_commands") else []
    names = [name for top in tops for name in commands(top)]

    assert [name for name in names if f"dayhand {name}" not in page] == []
