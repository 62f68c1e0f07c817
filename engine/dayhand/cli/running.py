"""`dayhand run`, `resume`, `retry`, `cancel`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import click

from dayhand.app import App, runs
from dayhand.app.answers import beforehand
from dayhand.cli import EXIT, app_of
from dayhand.cli.output import emit_json
from dayhand.cli.progress import Progress
from dayhand.errors import UserError
from dayhand.model.run import Run

__all__ = ["cancel_command", "resume_command", "retry_command", "run_command", "tell_end"]


def pairs(given: tuple[str, ...], option: str) -> dict[str, str]:
    """`NAME=VALUE` options as a mapping."""
    return dict(_each_pair(given, option))


def _each_pair(given: tuple[str, ...], option: str) -> list[tuple[str, str]]:
    found = []
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.strip():
            raise UserError(f"{option} {text}: there is no '='", hint="write it as NAME=VALUE")
        found.append((name.strip(), value))
    return found


@click.command(
    "run",
    epilog="Example: dayhand run monthly-billing --input month=2026-10 --dry-run",
)
@click.argument("routine")
@click.option(
    "--input",
    "-i",
    "inputs",
    multiple=True,
    metavar="NAME=VALUE",
    help="An input; may be repeated.",
)
@click.option(
    "--dry-run", "-n", is_flag=True, help="Act on nothing; show every message, number and file."
)
@click.option("--as-of", metavar="MOMENT", help="Run as if at this date, or date and time.")
@click.option("--answer", "answers", multiple=True, metavar="STEP=ANSWER",
              help="For a dry run: approve, decline, or FIELD:VALUE.")  # fmt: skip
@click.option(
    "--reveal",
    is_flag=True,
    help="Show client data in what a dry run prints; the audit log notes it.",
)
@click.option("--json", "as_json", is_flag=True, help="The run as JSON.")
@click.pass_context
def run_command(
    ctx: click.Context, routine: str, inputs: tuple[str, ...], dry_run: bool, as_of: str | None,
    answers: tuple[str, ...], reveal: bool, as_json: bool,
) -> None:  # fmt: skip
    """Run a routine now, until it ends or waits for you.

    A run that is cut off, by a crash or by you, goes on with: dayhand resume
    """
    app = app_of(ctx)
    given = pairs(inputs, "--input")
    moment = _moment(app, routine, as_of) if as_of else None
    progress = Progress(quiet=as_json)
    if dry_run:
        told = _each_pair(answers, "--answer")
        _rehearse(ctx, routine, given, moment, told, progress, reveal=reveal, as_json=as_json)
        return
    if answers:
        raise UserError(
            "--answer is for --dry-run", hint="answer a run's question with: dayhand answer"
        )
    run = runs.create(app, routine, inputs=given, as_of=moment)
    with progress:
        ended = runs.go_on(app, run.id, observe=progress.observe)
    tell_end(ctx, app, ended, as_json=as_json)


def _moment(app: App, routine: str, text: str) -> datetime:
    """The moment meant; for a date alone, the routine's own time of that day, or noon."""
    zone = app.zone
    try:
        if len(text) > len("2026-11-01"):
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=zone)
        day = date.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"--as-of {text} is neither a date nor a moment",
            hint="write a date such as 2026-11-01, or 2026-11-01T18:00",
        ) from None
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - cron reckons in local time
    for trigger in app.book.ready(routine).triggers:
        if trigger.kind == "cron":
            from dayhand import cron

            due = cron.parse(trigger.value, trigger.day_match).next(midnight - timedelta(minutes=1))
            if due is not None and due.date() == day:
                return due.replace(tzinfo=zone)
    return midnight.replace(hour=12, tzinfo=zone)


def _rehearse(
    ctx: click.Context, routine: str, inputs: Mapping[str, Any], moment: datetime | None,
    answers: list[tuple[str, str]], progress: Progress, *, reveal: bool, as_json: bool,
) -> None:  # fmt: skip
    from dayhand.cli.rehearsal import rehearsal_json, rehearsal_text

    app = app_of(ctx)
    known = beforehand(app, routine, answers)
    if reveal:
        app.note_reveal(f"dry run of {routine}")
    with progress:
        found = runs.rehearse(
            app, routine, inputs=inputs, as_of=moment, answers=known, observe=progress.observe
        )
    if as_json:
        emit_json(rehearsal_json(found, reveal=reveal))
    else:
        click.echo(rehearsal_text(found, reveal=reveal))
    state = found.ended.run.state
    ctx.exit(0 if state in ("waiting", "declined") else EXIT[state])


_PATHS = 12
"""So many of the files that a run wrote are named."""


def tell_end(ctx: click.Context, app: App, run: Run, *, as_json: bool) -> None:
    """Print how a run ended, or what it waits for, and exit with its code."""
    questions = app.store.questions(run_id=run.id)
    if as_json:
        from dayhand.report import run_json

        emit_json(run_json(run, steps=app.store.steps(run.id), questions=questions))
    else:
        _tell_end(app, run, questions)
    ctx.exit(EXIT.get(run.state, 1))


def _tell_end(app: App, run: Run, questions: list[Any]) -> None:
    from dayhand.report import hints_of, question_text, written_by

    told = f"run {run.id}: {run.state.replace('_', ' ')}" + (
        f", {run.reason}" if run.reason else ""
    )
    click.echo(told)
    steps = app.store.steps(run.id)
    paths = written_by(steps)
    for path in paths[:_PATHS]:
        click.echo(f"  wrote {path}")
    if len(paths) > _PATHS:
        click.echo(f"  and {len(paths) - _PATHS} more files under out/")
    for question in questions or _children_questions(app, run):
        click.echo("")
        click.echo(question_text(question))
    if run.state in ("failed", "done_with_failures"):
        for hint in hints_of(steps):
            click.echo(f"  hint: {hint}")
        click.echo(f"  see: dayhand show {run.id}    try again: dayhand retry {run.id}")


def _children_questions(app: App, run: Run) -> list[Any]:
    if run.state not in ("waiting", "unknown"):
        return []
    return [q for q in app.store.questions() if q.run_id.startswith(f"{run.id}.")]


@click.command("resume", epilog="Example: dayhand resume")
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def resume_command(ctx: click.Context, run: str | None, as_json: bool) -> None:
    """Go on with RUN, or with every run that was cut off or has been answered.

    A run goes on after its last finished step; no finished step is done again.
    """
    app = app_of(ctx)
    progress = Progress(quiet=as_json)
    if run is not None:
        with progress:
            ended = runs.go_on(app, run, observe=progress.observe)
        tell_end(ctx, app, ended, as_json=as_json)
    ended_all = []
    for waiting in runs.left_over(app):
        with progress:
            ended_all.append(runs.go_on(app, waiting.id, observe=progress.observe))
    if as_json:
        from dayhand.report import run_json

        emit_json([run_json(ended)["run"] for ended in ended_all])
    elif not ended_all:
        click.echo("nothing to go on with")
    else:
        for ended in ended_all:
            _tell_end(app, ended, app.store.questions(run_id=ended.id))
    ctx.exit(max((EXIT.get(ended.state, 1) for ended in ended_all), default=0))


@click.command("retry", epilog="Example: dayhand retry last --from drafts")
@click.argument("run")
@click.option(
    "--from",
    "from_step",
    metavar="STEP",
    help="Begin with this step [default: what did not succeed].",
)
@click.option("--edited", is_flag=True, help="Use the routine as it is now, not as it was then.")
@click.option("--send-again", is_flag=True, help="Let what has been sent be sent once more.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def retry_command(
    ctx: click.Context,
    run: str,
    from_step: str | None,
    edited: bool,
    send_again: bool,
    as_json: bool,
) -> None:
    """Make a new run that takes over what RUN had done, and does the rest again."""
    app = app_of(ctx)
    made = runs.retry(app, run, from_step=from_step, edited=edited, send_again=send_again)
    progress = Progress(quiet=as_json)
    with progress:
        ended = runs.go_on(app, made.id, observe=progress.observe)
    tell_end(ctx, app, ended, as_json=as_json)


@click.command("cancel", epilog="Example: dayhand cancel last --reason 'wrong month'")
@click.argument("run")
@click.option("--reason", default="", help="Kept with the run.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def cancel_command(ctx: click.Context, run: str, reason: str, yes: bool) -> None:
    """End a run that waits, is in doubt, or was left by a process that is gone."""
    app = app_of(ctx)
    found = app.store.find_run(run)
    if not yes and sys.stdin.isatty():
        click.confirm(
            f"cancel {found.routine}, run {found.id}, which is {found.state}?", abort=True
        )
    ended = runs.cancel(app, found.id, reason=reason)
    click.echo(f"run {ended.id}: cancelled")
