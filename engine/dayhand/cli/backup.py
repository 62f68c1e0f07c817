"""`dayhand backup` and `dayhand restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from dayhand.cli import app_of
from dayhand.cli.keys import passphrase_from
from dayhand.cli.output import emit_json
from dayhand.errors import UserError

__all__ = ["backup_command", "restore_command"]

_KEY = click.option(
    "--key",
    "key_from",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A key file, a recovery form or a file under a passphrase, if the key is not here.",
)
_PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the passphrase from this file instead of asking.",
)


def _key(app: Any, key_from: Path | None, passphrase_file: Path | None) -> bytes | None:
    if key_from is None:
        return None
    from dayhand.app.key_recovery import private_text
    from dayhand.keys import recovery

    ask = passphrase_from(app, passphrase_file, new=False)
    return recovery.read_any(private_text(key_from), str(key_from), passphrase=ask)


@click.command("backup", epilog="Example: dayhand backup stick/lakeside.dhb")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--list", "listing", is_flag=True, help="List the backups in the usual folder.")
@click.option("--verify", is_flag=True, help="Open the backup FILE and compare all that is in it.")
@_KEY
@_PASSPHRASE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def backup_command(
    ctx: click.Context, file: Path | None, listing: bool, verify: bool, key_from: Path | None,
    passphrase_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Write everything in the practice's folder to one encrypted FILE, open it, and compare.

    Everything goes on meanwhile. The key is not in it: see 'dayhand key export'. Without FILE it goes to
    the usual folder, in your user data folder, where the newest 14 and the last of each of 12 months are
    kept. Copy it to another disk: `--list` says where it is.
    """
    from dayhand.app import backups

    app = app_of(ctx)
    if listing:
        _list(app, as_json=as_json)
        return
    if verify:
        if file is None:
            raise UserError("which backup is to be verified?", hint="name its FILE")
        _tell(
            backups.verify(app, file, _key(app, key_from, passphrase_file)),
            "whole",
            as_json=as_json,
        )
        return
    _tell(backups.make(app, file), "wrote and verified", as_json=as_json)


def _tell(found: Any, told: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {**asdict(found), "file": str(found.file), "removed": [str(p) for p in found.removed]}
        )
        return
    rows = sum(found.rows.values())
    click.echo(f"{told}: {found.file} ({found.size / 1024 / 1024:.1f} MiB)")
    click.echo(f"  {rows} rows in {len(found.rows)} tables, {found.files} files")
    for line in found.left_out:
        click.echo(f"  left out: {line}")
    for path in found.removed:
        click.echo(f"  removed, past what is kept: {path.name}")


def _list(app: Any, *, as_json: bool) -> None:
    from datetime import datetime

    from dayhand.app import backups
    from dayhand.report import table

    folder = backups.usual_folder(app)
    found = backups.listed(folder)
    if as_json:
        emit_json([{"file": str(file), **head} for file, head in found])
        return
    if not found:
        click.echo(f"no backups in {folder}; make one with: dayhand backup")
        return
    click.echo(str(folder))
    rows = [
        (f"{datetime.fromisoformat(str(head['made_at'])).astimezone(app.zone):%Y-%m-%d %H:%M}",
         f"{file.stat().st_size / 1024 / 1024:.1f} MiB", head.get("key", ""), file.name)
        for file, head in found
    ]  # fmt: skip
    click.echo(table(("MADE", "SIZE", "UNDER KEY", "FILE"), rows))


@click.command("restore", epilog="Example: dayhand restore stick/lakeside.dhb --into lakeside")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--into",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="A new folder, or an empty one.",
)
@_KEY
@click.option(
    "--private-key",
    "private_from",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The same for the second key, that of private texts.",
)
@_PASSPHRASE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def restore_command(
    ctx: click.Context, file: Path, into: Path, key_from: Path | None, private_from: Path | None,
    passphrase_file: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Restore the backup FILE into a new FOLDER: checked first, all of it or nothing.

    What happened after the backup is not in it. So the schedule is paused, and runs that would go on by
    themselves are ended: nothing is sent twice. Look at it, then let the schedule go on.
    """
    from dayhand.app.restoring import restore

    app = app_of(ctx)
    found = restore(
        app, file, into, key=_key(app, key_from, passphrase_file),
        private_key=_key(app, private_from, passphrase_file),
    )  # fmt: skip
    if as_json:
        emit_json({**asdict(found), "folder": str(found.folder)})
        return
    click.echo(f"restored {found.folder}, as it was at {found.made_at:%Y-%m-%d %H:%M} UTC")
    click.echo(
        f"  {sum(found.rows.values())} rows in {len(found.rows)} tables, {found.files} files"
    )
    click.echo(f"  key: {found.key}")
    click.echo(f"  second key: {found.private_key}")
    click.echo(
        f"  {found.ended} runs that would have gone on are ended; try again with: dayhand retry"
    )
    if found.waiting:
        click.echo(f"  {found.waiting} wait for you; if you answered after the backup, cancel them")
    if found.missed:
        click.echo(f"  {found.missed} occurrences that fell due since are let go")
    click.echo("what was done after the backup, such as invoices and mail, is not in it")
    click.echo(f"next:  cd {into}; dayhand doctor; dayhand resume-schedule --all")
