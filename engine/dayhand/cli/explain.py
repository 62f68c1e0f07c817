"""`dayhand explain`."""

from __future__ import annotations

from dataclasses import asdict

import click

from dayhand.cli import app_of
from dayhand.cli.check import entry_of
from dayhand.cli.output import emit_json

__all__ = ["explain_command"]


@click.command("explain", epilog="Example: dayhand explain monthly-billing")
@click.argument("routine", metavar="ROUTINE|FILE")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def explain_command(ctx: click.Context, routine: str, as_json: bool) -> None:
    """Tell a routine in plain sentences: when it is due, what each step does, what leaves the machine
    and who approves it.
    """
    from dayhand import explanation

    app = app_of(ctx)
    told = explanation.explain(entry_of(app, routine).ready(), app.catalogue)
    if as_json:
        emit_json(asdict(told))
    else:
        click.echo(explanation.as_text(told))
