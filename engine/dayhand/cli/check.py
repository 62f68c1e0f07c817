"""`dayhand check` and `dayhand routines`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from dayhand.app import App, Entry
from dayhand.cli import app_of
from dayhand.cli.catalogue import refresh_schemas
from dayhand.cli.output import emit_json, style, tell_problems
from dayhand.errors import PracticeError, UserError
from dayhand.problems import Problem
from dayhand.resources import beginning
from dayhand.wording import counted

__all__ = [
    "check_command",
    "entry_of",
]


@click.command(
    "check", epilog="Example: dayhand check routines/administration/monthly-billing.yaml"
)
@click.argument("files", nargs=-1, metavar="[FILE|FOLDER|ROUTINE]...")
@click.option("--json", "as_json", is_flag=True, help="Problems as JSON.")
@click.option("--strict", is_flag=True, help="Warnings count as errors.")
@click.option("--advice", is_flag=True, help="Tell as well what could be simpler.")
@click.pass_context
def check_command(
    ctx: click.Context, files: tuple[str, ...], as_json: bool, strict: bool, advice: bool
) -> None:
    """Tell every mistake in routines and settings, each with its place and what to do.

    Without a name, the whole practice is checked. Exit code 2 if anything is wrong.
    """
    app = app_of(ctx)
    entries, problems = _checked(app, files)
    refresh_schemas(app)
    wrong = [p for p in problems if p.is_error or strict]
    given = [p for entry in entries for p in entry.advice]
    if as_json:
        from dayhand.report import problem_json

        emit_json({"ok": not wrong, "problems": [problem_json(p) for p in problems],
                   "advice": [problem_json(p) for p in given],
                   "routines": [entry_json(entry) for entry in entries]})  # fmt: skip
    else:
        tell_problems([*_each_plugin_once(problems), *(given if advice else ())])
        _tell_quarantined(entries)
        click.echo(_summary(entries, problems) + ("" if advice else _hidden(given)))
    if wrong or any(entry.state != "ready" for entry in entries):
        ctx.exit(2)


def _checked(app: App, files: tuple[str, ...]) -> tuple[list[Entry], list[Problem]]:
    if not files:
        entries = list(app.book.entries.values())
        problems = list(app.checked_practice.problems)
    else:
        entries, problems = [], []
        for name in [each for given in files for each in _in_folder(given)]:
            if Path(name).name == "practice.yaml" and Path(name).is_file():
                problems += _practice_problems(app, Path(name))
            else:
                entries.append(entry_of(app, name))
    return entries, problems + [problem for entry in entries for problem in entry.problems]


def _in_folder(name: str) -> list[str]:
    """The files in a folder of that name, but for what programs keep in hidden ones; else the name."""
    folder = Path(name)
    if not folder.is_dir():
        return [name]
    files = [file for file in folder.rglob("*.yaml") if not _is_hidden(file.relative_to(folder))]
    if not files:
        raise UserError(
            f"there is no routine in the folder '{name}'",
            hint="routines are files that end in .yaml",
        )
    return sorted(str(file) for file in files)


def _is_hidden(file: Path) -> bool:
    return any(part.startswith(".") for part in file.parts)


def _practice_problems(app: App, file: Path) -> list[Problem]:
    from dayhand import document
    from dayhand.validation.practice import check_practice

    read = document.read(beginning(file), file=str(file))
    return list(check_practice(read, app.catalogue).problems)


def entry_of(app: App, name: str) -> Entry:
    """A routine by its name or its file; a file outside a practice is checked by itself."""
    file = Path(name)
    try:
        book = app.book
    except PracticeError:
        if not file.is_file():
            raise
        return app.loose_book().check([file])[file.stem]
    if file.is_file() and not file.resolve().is_relative_to(app.folder / "routines"):
        return book.check([file])[file.stem]
    if file.suffix == ".yaml" and not file.is_file():
        raise UserError(
            f"there is no file '{name}'",
            hint="'dayhand routines list' shows the routines there are",
        )
    return book.find(name)


def entry_json(entry: Entry) -> dict[str, Any]:
    return {"routine": entry.name, "file": entry.document.file, "state": entry.state,
            "missing_plugins": list(entry.missing)}  # fmt: skip


def _each_plugin_once(problems: list[Problem]) -> Iterator[Problem]:
    """The problems; of those for want of one plugin the first alone, which counts them."""
    alike: dict[str, list[Problem]] = {}
    for problem in problems:
        alike.setdefault(problem.plugin, []).append(problem)
    for problem in problems:
        same = alike[problem.plugin]
        if not problem.plugin or len(same) == 1:
            yield problem
        elif problem is same[0]:
            yield _for_all(same)


def _for_all(same: list[Problem]) -> Problem:
    first = same[0]
    steps = counted(len(same), "step")
    routines = counted(len({problem.mark.file for problem in same}), "routine")
    told = f"{first.message}; {steps} in {routines} need the plugin '{first.plugin}'"
    return replace(first, message=told, hint=f"{first.hint}; --json tells of each step")


def _tell_quarantined(entries: list[Entry]) -> None:
    alike: dict[frozenset[str], list[Entry]] = {}
    for entry in entries:
        if entry.missing:
            alike.setdefault(frozenset(entry.missing), []).append(entry)
    for same in alike.values():
        names = ", ".join(entry.name for entry in same)
        needed = ", ".join(same[0].missing)
        told = "is quarantined: it needs" if len(same) == 1 else "are quarantined: they need"
        click.echo(f"{names} {told} the plugin {needed}; the others run")


def _summary(entries: list[Entry], problems: list[Problem]) -> str:
    errors = sum(p.is_error for p in problems)
    warnings = len(problems) - errors
    told = f"{len(entries)} routine{'s' * (len(entries) != 1)} checked: "
    if not errors and not warnings:
        return told + style("no problems", "done")
    parts = []
    if errors:
        parts.append(style(f"{errors} error{'s' * (errors != 1)}", "error"))
    if warnings:
        parts.append(style(f"{warnings} warning{'s' * (warnings != 1)}", "warning"))
    return told + ", ".join(parts)


def _hidden(advice: list[Problem]) -> str:
    if not advice:
        return ""
    pieces = "1 piece" if len(advice) == 1 else f"{len(advice)} pieces"
    return f"; {pieces} of advice (--advice tells)"
