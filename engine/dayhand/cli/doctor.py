"""`dayhand doctor`."""

from __future__ import annotations

from dataclasses import asdict

import click

from dayhand.app import diagnosis
from dayhand.cli import app_of
from dayhand.cli.output import emit_json, style

__all__ = ["doctor_command"]

_MARKS = {"ok": ("✓", "done"), "warning": ("!", "warning"), "failure": ("✗", "error")}


@click.command("doctor", epilog="Example: dayhand doctor --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def doctor_command(ctx: click.Context, as_json: bool) -> None:
    """Find and explain what is wrong: settings, routines, plugins, permissions, key, database, cut-off
    runs, daemon, clock, zone data, sleep, and the plugins' own checks, such as of servers.

    Exit code 1 if anything fails; warnings leave it at 0.
    """
    found = []
    for group, finding in diagnosis.examine(app_of(ctx)):
        found.append((group, finding))
        if not as_json:
            mark, kind = _MARKS[finding.level]
            click.echo(f"{style(mark, kind)} {group}: {finding.message}")
            if finding.hint:
                click.echo(f"    hint: {finding.hint}")
    if as_json:
        emit_json([{"check": group, **asdict(finding)} for group, finding in found])
    ctx.exit(1 if any(finding.level == "failure" for _, finding in found) else 0)
