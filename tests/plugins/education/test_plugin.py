"""The plugin as a whole: light to load, described, and on its manual page."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import click
import pytest

import dayhand_education
from dayhand import StepError
from dayhand_education import typeset

PAGE = (Path(dayhand_education.__file__).parent / "README.md").read_text()
STEPS = list(dayhand_education.dayhand_steps())


def test_declaring_the_steps_loads_no_heavy_library():
    program = (
        "import sys, dayhand_education as p; list(p.dayhand_steps()); p.dayhand_settings().model();"
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
    names = [name for top in dayhand_education.dayhand_commands() for name in commands(top)]

    assert [name for name in names if f"dayhand {name}" not in PAGE] == []


def test_a_page_that_cannot_be_typeset_is_told_without_its_data(monkeypatch, tmp_path):
    (tmp_path / "x.typ").write_text("#panic(sys.inputs.data)")
    monkeypatch.setattr(typeset, "__file__", str(tmp_path / "typeset.py"))

    with pytest.raises(StepError, match=r"the page x\.typ could not be typeset") as caught:
        typeset.as_pdf("x.typ", {"name": "Quimby"}, day=date(2026, 11, 2))

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_the_same_page_of_the_same_day_gives_the_same_bytes(monkeypatch, tmp_path):
    (tmp_path / "x.typ").write_text("#set document(title: sys.inputs.data)\n= A page")
    monkeypatch.setattr(typeset, "__file__", str(tmp_path / "typeset.py"))
    day = date(2026, 11, 2)

    first = typeset.as_pdf("x.typ", {}, day=day)

    assert typeset.as_pdf("x.typ", {}, day=day) == first
    assert b"D:20261102" in first
