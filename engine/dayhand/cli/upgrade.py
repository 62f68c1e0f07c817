"""`dayhand upgrade`."""

from __future__ import annotations

from dataclasses import asdict

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json, style

__all__ = ["upgrade_command"]

_MARKS = {"ok": ("✓", "done"), "warning": ("!", "warning"), "failure": ("✗", "error")}


@click.command("upgrade", epilog="Example, after pip install --upgrade: dayhand upgrade --check")
@click.option("--check", "check", is_flag=True, required=True, help="Look, and change nothing.")
@click.option(
    "--runs",
    default=20,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="How many of the last runs to replay.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def upgrade_command(ctx: click.Context, check: bool, runs: int, as_json: bool) -> None:  # noqa: ARG001 - there is nothing else yet
    """Tell whether what you have works with the dayhand and the plugins that are installed now.

    Loads every plugin, checks every routine, brings a copy of the database up to date, and replays the
    last runs there by what is kept of them: each condition and each input is worked out anew, and
    nothing is called. Exit code 1 if anything would be different.
    """
    from dayhand.app.upgrade import look_ahead

    found = []
    for about, finding in look_ahead(app_of(ctx), runs=runs):
        found.append((about, finding))
        if not as_json:
            mark, kind = _MARKS[finding.level]
            click.echo(f"{style(mark, kind)} {about}: {finding.message}")
            if finding.hint:
                click.echo(f"    hint: {finding.hint}")
    if as_json:
        emit_json([{"about": about, **asdict(finding)} for about, finding in found])
    ctx.exit(1 if any(finding.level == "failure" for _, finding in found) else 0)
