"""`dayhand doctor`."""

from __future__ import annotations

import click

from dayhand.app import diagnosis
from dayhand.cli import app_of
from dayhand.cli.output import tell_findings

__all__ = ["doctor_command"]


@click.command("doctor", epilog="Example: dayhand doctor --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def doctor_command(ctx: click.Context, as_json: bool) -> None:
    """Find and explain what is wrong: settings, routines, plugins, permissions, key, database, cut-off
    runs, daemon, clock, zone data, sleep, and the plugins' own checks, such as of servers.

    Exit code 1 if anything fails; warnings leave it at 0.
    """
    failed = tell_findings(diagnosis.examine(app_of(ctx)), about="check", as_json=as_json)
    ctx.exit(1 if failed else 0)
