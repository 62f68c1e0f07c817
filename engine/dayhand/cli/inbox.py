"""`dayhand inbox` and `dayhand answer`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from dayhand.app import late, runs
from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.cli.progress import Progress
from dayhand.cli.running import pairs, tell_end
from dayhand.errors import UserError
from dayhand.model.ledger import Due
from dayhand.model.run import Question
from dayhand.runner.built_in import read_field

__all__ = ["answer_command", "inbox_command"]


@click.command("inbox", epilog="Example: dayhand inbox")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def inbox_command(ctx: click.Context, as_json: bool) -> None:
    """List what waits for an answer, oldest first."""
    from dataclasses import asdict

    from dayhand.report import question_text

    app = app_of(ctx)
    questions, overdue = app.store.questions(), late.asked(app)
    if as_json:
        emit_json([asdict(question) for question in questions] + [_as_json(r) for r in overdue])
        return
    if not questions and not overdue:
        click.echo("nothing waits for you")
    for question in questions:
        click.echo(question_text(question))
        click.echo("")
    for row in overdue:
        click.echo(f"{late.name_of(row)}  {_late_title(row)}")
        click.echo(f"  answer: dayhand answer {late.name_of(row)} --approve | --decline")
        click.echo("")


def _late_title(row: Due) -> str:
    return f"{row.planned.routine} was due at {row.planned.nominal} and is {row.reason}"


def _as_json(row: Due) -> dict[str, Any]:
    return {"id": late.name_of(row), "kind": "late", "title": _late_title(row), "state": "open",
            "routine": row.planned.routine, "due": row.due, "key": row.key}  # fmt: skip


@click.command("answer", epilog="Example: dayhand answer q1a2b3c4d --approve --note 'checked'")
@click.argument("question")
@click.option("--approve", is_flag=True, help="Approve.")
@click.option("--decline", is_flag=True, help="Decline.")
@click.option("--it-was", is_flag=True, help="It was sent.")
@click.option("--send-again", is_flag=True, help="It was not; send it once more.")
@click.option("--stop", is_flag=True, help="Leave it; the step fails.")
@click.option(
    "--set",
    "fields",
    multiple=True,
    metavar="NAME=VALUE",
    help="A field of a form; may be repeated.",
)
@click.option("--note", default="", help="Kept with the answer.")
@click.option(
    "--no-run", is_flag=True, help="Keep the answer only; the daemon or 'resume' goes on."
)
@click.option("--json", "as_json", is_flag=True, help="The run as JSON.")
@click.pass_context
def answer_command(
    ctx: click.Context, /, question: str, fields: tuple[str, ...], note: str, no_run: bool,
    as_json: bool, **flags: bool,
) -> None:  # fmt: skip
    """Answer a question from the inbox; the run goes on at once."""
    choice = _one_of(flags)
    app = app_of(ctx)
    if question.startswith("late-"):
        _answer_late(ctx, app, late.find(app, question), choice, no_run=no_run, as_json=as_json)
        return
    asked = app.store.question(question)
    given = _given(asked, choice, pairs(fields, "--set"), note)
    runs.answer(app, asked.id, given)
    if no_run:
        click.echo(f"{asked.id} is answered")
        return
    _go_on(ctx, asked.run_id, as_json=as_json)


def _one_of(flags: Mapping[str, bool]) -> str | None:
    """The answer that was given by an option; None without one."""
    given = [name for name, is_given in flags.items() if is_given]
    if len(given) > 1:
        both = " and ".join(f"--{name.replace('_', '-')}" for name in given)
        raise UserError(f"{both} are two answers", hint="say one of them; nothing was answered")
    return given[0] if given else None


def _answer_late(
    ctx: click.Context, app: Any, row: Due, choice: str | None, *, no_run: bool, as_json: bool
) -> None:
    """Start an occurrence that is late, or let it go."""
    if choice not in ("approve", "decline"):
        raise UserError(f"{late.name_of(row)} needs an answer", hint="say --approve or --decline")
    if choice == "decline":
        late.skip(app, row)
        click.echo(f"{row.planned.routine} is not started")
        return
    run = late.start(app, row)
    if no_run:
        click.echo(f"run {run.id} waits for the daemon")
        return
    _go_on(ctx, run.id, as_json=as_json)


def _go_on(ctx: click.Context, run: str, *, as_json: bool) -> None:
    app, progress = app_of(ctx), Progress(quiet=as_json)
    with progress:
        ended = runs.go_on(app, run, observe=progress.observe)
    tell_end(ctx, app, ended, as_json=as_json)


def _given(
    asked: Question, choice: str | None, fields: dict[str, str], note: str
) -> dict[str, Any]:
    if asked.kind == "form":
        return _form(asked, fields)
    if fields:
        raise UserError(
            f"{asked.id} has no fields to --set", hint="'dayhand inbox' shows what it asks"
        )
    if asked.kind == "unknown_effect":
        chosen = _chosen(asked, choice, ("it_was", "send_again", "stop"))
        return {"answer": chosen, "note": note}
    chosen = _chosen(asked, choice, ("approve", "decline"))
    return {"approved": chosen == "approve", "note": note}


def _chosen(asked: Question, choice: str | None, allowed: tuple[str, ...]) -> str:
    options = " or ".join(f"--{option.replace('_', '-')}" for option in allowed)
    if choice is None:
        if not sys.stdin.isatty():
            raise UserError(f"{asked.id} needs an answer", hint=f"say {options}")
        if asked.body:
            click.echo(asked.body)
        answer: str = click.prompt(asked.title, type=click.Choice(allowed))
        return answer
    if choice not in allowed:
        raise UserError(
            f"--{choice.replace('_', '-')} is no answer to {asked.id}", hint=f"say {options}"
        )
    return choice


def _form(asked: Question, fields: dict[str, str]) -> dict[str, Any]:
    from dayhand.problems import closest

    properties = dict(asked.form.get("properties", {}))
    for name in fields:
        if name not in properties:
            guess = closest(name, tuple(properties))
            listed = f"it has: {', '.join(properties)}"
            raise UserError(
                f"the form has no field '{name}'",
                hint=f"did you mean '{guess}'?" if guess else listed,
            )
    values: dict[str, Any] = {}
    for name, about in properties.items():
        if name in fields:
            values[name] = read_field(name, about, fields[name])
        elif sys.stdin.isatty():
            text = click.prompt(
                about["title"],
                default=about.get("default", ""),
                show_default=bool(about.get("default")),
            )
            values[name] = read_field(name, about, str(text))
        elif "default" in about:
            values[name] = about["default"]
        elif name in asked.form.get("required", ()):
            raise UserError(f"the form needs '{name}'", hint=f"say --set {name}=…")
        else:
            values[name] = None
    return values
