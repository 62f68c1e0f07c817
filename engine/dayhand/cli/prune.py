"""`dayhand prune`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from dayhand import durations
from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.errors import UserError

if TYPE_CHECKING:
    from datetime import datetime

    from dayhand.model.retention import Retention
    from dayhand.store.pruning import Report

__all__ = ["REFUSED", "prune_command"]

REFUSED = (
    "tables that belong to another user of the server keep what was removed until that user says VACUUM"
    " FULL:"
)


@click.command("prune", epilog="Example: dayhand prune --yes")
@click.option("--dry-run", "-n", is_flag=True, help="Report only; so it does without --yes, too.")
@click.option("--yes", is_flag=True, help="Remove what is reported.")
@click.option(
    "--older-than", metavar="LENGTH", help="Not as practice.yaml says, but this, as in '400 days'."
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def prune_command(
    ctx: click.Context, dry_run: bool, yes: bool, older_than: str | None, as_json: bool
) -> None:
    """Report the runs that are older than they are to be kept, and remove them with --yes.

    What they were due for stays in the ledger, and so does the audit log. Runs that wait, are in doubt or
    are asked about never go; runs that sent something go after six years at the earliest.
    """
    from dayhand.app import private_past, retention

    if dry_run and yes:
        raise UserError("--dry-run and --yes contradict each other", hint="say one of them")
    app = app_of(ctx)
    rule = retention.rule_of(app, older_than=_length(older_than))
    found = retention.report(app, rule)
    gone = sum(retention.prune_all(app, rule)) if yes else 0
    refused = private_past.rewrite(app) if yes else ()
    if as_json:
        told = {"report": asdict(found) | {"runs": found.runs}, "removed": gone}
        emit_json(told | ({"not_rewritten": refused} if refused else {}))
        return
    _tell(found, rule, app.now())
    if yes:
        click.echo(f"removed {gone} runs")
        if refused:
            click.echo(f"{REFUSED} {', '.join(refused)}")
    elif found.runs:
        click.echo("nothing was removed; remove them with: dayhand prune --yes")


def _length(text: str | None) -> timedelta | None:
    if text is None:
        return None
    try:
        length = durations.parse(text)
    except ValueError as error:
        raise UserError(f"--older-than: {error}", hint="as in --older-than '730 days'") from None
    if length < timedelta(days=1):
        raise UserError("--older-than is shorter than a day", hint="as in --older-than '730 days'")
    return length


def _tell(found: Report, rule: Retention, now: datetime) -> None:
    from dayhand.report import table

    before = rule.runs_before(now)
    click.echo(
        f"{found.runs} runs that ended before {before:%Y-%m-%d} may go, with {found.steps} steps"
    )
    if found.old:
        zone = now.tzinfo
        rows = [
            (one.routine, one.state.replace("_", " "), one.runs,
             f"{one.first.astimezone(zone):%Y-%m-%d}", f"{one.last.astimezone(zone):%Y-%m-%d}")
            for one in found.old
        ]  # fmt: skip
        click.echo(table(("ROUTINE", "STATE", "RUNS", "FROM", "TO"), rows))
    for why, number in found.kept.items():
        click.echo(f"{number} as old stay: {why}")
