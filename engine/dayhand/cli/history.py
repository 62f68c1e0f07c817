"""`dayhand runs` and `dayhand show`."""

from __future__ import annotations

from typing import get_args

import click

from dayhand import durations
from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.model.run import RunState

__all__ = ["runs_command", "show_command"]

STATES = tuple(get_args(RunState))


@click.command("runs", epilog="Example: dayhand runs --routine monthly-billing --state failed")
@click.option("--routine", help="Only this routine's.")
@click.option(
    "--state",
    type=click.Choice(STATES),
    metavar="STATE",
    help="Only runs in this state: done, failed, waiting, unknown, …",
)
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many.")
@click.option("--before", metavar="RUN", help="Older than this run.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def runs_command(
    ctx: click.Context,
    routine: str | None,
    state: str | None,
    limit: int,
    before: str | None,
    as_json: bool,
) -> None:
    """List the latest runs, newest first."""
    from dayhand.report import run_json, table

    store = app_of(ctx).store
    if before is not None:
        before = store.find_run(before).id
    found = store.runs(routine=routine, state=state, limit=limit, before=before)
    if as_json:
        emit_json([run_json(run)["run"] for run in found])
        return
    if not found:
        chosen = routine or state or before
        click.echo(
            "no runs of that kind" if chosen else "no runs yet; begin with: dayhand run ROUTINE"
        )
        return
    rows = [
        (run.id, run.routine, run.state.replace("_", " "), f"{run.due:%Y-%m-%d %H:%M}",
         durations.as_text(run.ended_at - run.started_at) if run.ended_at and run.started_at else "",
         run.reason[:60])
        for run in found
    ]  # fmt: skip
    click.echo(table(("RUN", "ROUTINE", "STATE", "FOR", "TOOK", "REASON"), rows))


@click.command("show", epilog="Example: dayhand show last --values")
@click.argument("run")
@click.option("--values", "-v", is_flag=True, help="Inputs of each attempt and outputs, redacted.")
@click.option("--reveal", is_flag=True, help="Show client data; this is noted in the audit log.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def show_command(ctx: click.Context, run: str, values: bool, reveal: bool, as_json: bool) -> None:
    """Show a run, by its id, the beginning of it, or `last`: steps, attempts, failures, questions."""
    from dayhand.report import run_json, run_text

    app = app_of(ctx)
    found = app.store.find_run(run)
    if reveal:
        app.note_reveal(f"run {found.id}")
    parts = {
        "steps": app.store.steps(found.id),
        "attempts": app.store.attempts(found.id),
        "effects": app.store.effects(run_id=found.id),
        "questions": app.store.questions(state=None, run_id=found.id),
    }
    if as_json:
        emit_json(run_json(found, **parts, reveal=reveal))
    else:
        click.echo(run_text(found, **parts, reveal=reveal, values=values or reveal))
