"""`dayhand new routine`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from dayhand.app import App
from dayhand.cli import app_of
from dayhand.errors import UserError

__all__ = ["routine_command"]


@click.command(
    "routine",
    epilog="Example: dayhand new routine notes --when 'weekdays at 18:00' --step journal.unsigned",
)
@click.argument("name", required=False)
@click.option("--title", help="What people see in lists.")
@click.option("--when", help="Such as 'weekdays at 18:00', 'every 2 hours', a cron expression.")
@click.option("--step", "steps", multiple=True, metavar="STEP", help="A step; may be repeated.")
@click.option("--print", "only_print", is_flag=True, help="Print it; write no file.")
@click.pass_context
def routine_command(
    ctx: click.Context,
    name: str | None,
    title: str | None,
    when: str | None,
    steps: tuple[str, ...],
    only_print: bool,
) -> None:
    """Make a routine: what is not said is asked, if there is somebody to ask.

    Steps are wired to one another where one gives what the next needs; what nobody gives stands there as
    an example. A step that sends gets an approval before it. Nothing is started.
    """
    from dayhand.editor import beginning

    app = app_of(ctx)
    folder = None if only_print else app.folder / "routines"
    asks = sys.stdin.isatty()
    name = name or _asked(asks, "What is its name (such as monthly-billing)?", "NAME")
    if title is None:
        title = click.prompt("Its title", default="", show_default=False) if asks else ""
    trigger = _trigger(when, asks=asks)
    chosen = steps or (_asked_steps(app) if asks else ())
    wanted = beginning.Beginning(name, title or "", trigger, chosen)
    text = beginning.routine_text(wanted, app.catalogue)
    if folder is None:
        click.echo(text, nl=False)
        return
    file = folder / f"{name}.yaml"
    _write(file, text)
    click.echo(f"wrote {app.book.shown(file)}")
    _check(app, name)


def _asked(asks: bool, question: str, what: str) -> str:
    if not asks:
        raise UserError(f"{what} is missing", hint="say it, or run this in a terminal to be asked")
    return str(click.prompt(question))


def _trigger(when: str | None, *, asks: bool) -> tuple[str, str] | None:
    from dayhand.editor.beginning import NotDue, due

    if when is not None or not asks:
        return due(when or "")
    while True:
        said = click.prompt(
            "When is it due ('by hand', 'weekdays at 18:00', …)?", default="by hand"
        )
        try:
            return due(said)
        except NotDue as error:
            click.echo(f"{error.message}; {error.hint}")


def _asked_steps(app: App) -> tuple[str, ...]:
    """Names of steps, one by one; words that are no name are looked for."""
    from dayhand.editor.beginning import suggestions

    chosen: list[str] = []
    click.echo("Which steps? A name, or words to look for; nothing ends the list.")
    while True:
        said = click.prompt(f"  step {len(chosen) + 1}", default="", show_default=False).strip()
        if not said:
            return tuple(chosen)
        if said in app.catalogue.steps:
            chosen.append(said)
            continue
        found = suggestions(said, app.catalogue)
        for spec in found[:12]:
            click.echo(f"    {spec.name}  {spec.summary} ({spec.effect})")
        if not found:
            click.echo("    nothing has these words; 'dayhand steps' lists them all")


def _write(file: Path, text: str) -> None:
    hint = "choose another name, or edit that one"
    if any(one.stem == file.stem for one in file.parent.rglob("*.yaml")):  # in a folder beneath too
        raise UserError(f"there is a routine '{file.stem}' already", hint=hint)
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise UserError(
            f"{file} cannot be written: {error.strerror}",
            hint="look whether its folder is there, and whether you may write to it",
        ) from error


def _check(app: App, name: str) -> None:
    """Check what was written, for the practice's other routines count too; say what comes next."""
    from dayhand.cli.output import tell_problems

    app.forget_routines()
    problems = app.book.find(name).problems
    tell_problems(problems)
    if not any(problem.is_error for problem in problems):
        click.echo(f"next:  edit it, then  dayhand run {name} --dry-run")
