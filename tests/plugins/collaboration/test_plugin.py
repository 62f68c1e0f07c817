"""The plugin as a whole: light to load, described, and on its manual page."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

import dayhand_collaboration

PAGE = (Path(dayhand_collaboration.__file__).parent / "README.md").read_text()
STEPS = list(dayhand_collaboration.dayhand_steps())


def test_declaring_the_steps_loads_no_heavy_library():
    program = (
        "import sys, dayhand_collaboration as p; list(p.dayhand_steps()); p.dayhand_settings().model();"
        "heavy = {'sqlalchemy', 'typst', 'icalendar', 'babel', 'click'} & set(sys.modules);"
        "sys.exit(', '.join(heavy))"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert done.stderr.strip() == ""


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_and_its_inputs_are_described(step):
    fields = step.inputs.model_fields

    assert step.summary
    assert step.description
    assert [name for name, field in fields.items() if not field.description] == []
    assert step.input_schema()
    assert step.output_schema()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.name)
def test_a_step_and_its_inputs_stand_on_the_manual_page(step):
    assert f"`{step.name}` ({step.effect})" in PAGE
    assert [name for name in step.inputs.model_fields if name not in PAGE] == []


def commands(command, path=()):
    path = (*path, command.name)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from commands(each, path)
    else:
        yield " ".join(path)


def test_every_command_stands_on_the_manual_page():
    names = [name for top in dayhand_collaboration.dayhand_commands() for name in commands(top)]

    assert [name for name in names if f"dayhand {name}" not in PAGE] == []
