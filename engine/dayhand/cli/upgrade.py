"""`dayhand upgrade`."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json, tell_findings

if TYPE_CHECKING:
    from dayhand.app.mending import Mended

__all__ = ["upgrade_command"]


@click.command(
    "upgrade",
    epilog="Examples, after an upgrade: dayhand upgrade --check, dayhand upgrade --fix --dry-run",
)
@click.option("--check", "check", is_flag=True, help="Look, and change nothing.")
@click.option("--fix", is_flag=True, help="Mend routines whose steps or inputs were renamed.")
@click.option("--dry-run", is_flag=True, help="With --fix: show the changes, and make none.")
@click.option(
    "--runs",
    default=20,
    show_default=True,
    type=click.IntRange(0, 10_000),
    help="How many of the last runs to replay.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def upgrade_command(
    ctx: click.Context, check: bool, fix: bool, dry_run: bool, runs: int, as_json: bool
) -> None:
    """Tell whether what you have works with the dayhand and the plugins that are installed now.

    Loads every plugin, checks every routine, brings a copy of the database up to date, and replays the
    last runs there by what is kept of them: each condition and each input is worked out anew, and
    nothing is called. Exit code 1 if anything would be different.

    With --fix, routines that name a step or an input as it was called in an earlier version of its
    plugin are mended: only the names are changed. What was there is kept in .dayhand/before-upgrade.
    """
    if check == fix:
        raise click.UsageError("say --check to look, or --fix to mend routines", ctx)
    if dry_run and not fix:
        raise click.UsageError("--dry-run is for --fix; --check changes nothing", ctx)
    if fix:
        _fix(app_of(ctx), dry_run=dry_run, as_json=as_json)
        return
    from dayhand.app.upgrade import look_ahead

    failed = tell_findings(look_ahead(app_of(ctx), runs=runs), about="about", as_json=as_json)
    ctx.exit(1 if failed else 0)


def _fix(app: Any, *, dry_run: bool, as_json: bool) -> None:
    from dayhand.app.mending import mend, mendings

    found = list(mendings(app))
    stamp = f"{app.clock.now():%Y%m%d-%H%M%S}"
    kept = {} if dry_run else {one.file: mend(app, one, stamp) for one in found}
    if kept:
        app.note("upgrade.fix", ", ".join(one.file.stem for one in found))
    if as_json:
        emit_json([
            {
                "file": str(one.file), "changes": list(one.changes),
                "kept": str(kept[one.file]) if kept else None,
            }
            for one in found
        ])  # fmt: skip
        return
    _show_mended(app, found, kept)
    files = "1 routine" if len(found) == 1 else f"{len(found)} routines"
    click.echo(f"{files} {'would be' if dry_run else 'were' if len(found) != 1 else 'was'} mended")


def _show_mended(app: Any, found: Sequence[Mended], kept: Mapping[Path, Path]) -> None:
    for one in found:
        name = os.path.relpath(one.file, app.folder)
        before, after = (text.splitlines(keepends=True) for text in (one.before, one.after))
        click.echo("".join(difflib.unified_diff(before, after, name, name)), nl=False)
        if kept:
            click.echo(f"mended {name}; as it was: {os.path.relpath(kept[one.file], app.folder)}")
