"""`dayhand key`: what is known of the database's key, its change, export and return."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.errors import UserError

__all__ = ["key_command", "passphrase_from"]

_PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the passphrase from this file instead of asking.",
)


@click.group("key")
def key_command() -> None:
    """The key of the database: where it is, a new one, and what brings a lost one back."""


@key_command.command("status", epilog="Example: dayhand key status --json")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _status(ctx: click.Context, as_json: bool) -> None:
    """Say where the key is, whether it opens the database, and when it was changed and exported.

    A key is told by its fingerprint, which says nothing about it. Exit code 1 if it does not open.
    """
    from dayhand.app import key_recovery

    found = key_recovery.status(app_of(ctx))
    if as_json:
        emit_json(asdict(found))
        ctx.exit(0 if found.opens else 1)
    zone = app_of(ctx).zone
    click.echo(f"key {found.key} of practice {found.practice}")
    click.echo(f"  in {found.place}")
    click.echo(f"  {'opens the database' if found.opens else f'does not open: {found.reason}'}")
    for told, at in (("changed", found.rotated_at), ("exported", found.exported_at)):
        shown = f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "never"
        click.echo(f"  {told}: {shown}")
    if found.previous:
        click.echo(f"  before it: {', '.join(found.previous)} (kept for backups made under them)")
    if found.exported_at is None and found.opens:
        click.echo("  hint: if this machine is lost, so is the key; see: dayhand key export --help")
    ctx.exit(0 if found.opens else 1)


@key_command.command("rotate", epilog="Example: dayhand key rotate --yes")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def _rotate(ctx: click.Context, yes: bool) -> None:
    """Encrypt the database anew, under a key of its own making, while nothing else has it open.

    Cut off at any moment, one of the two keys opens it, and the next command finds which. The key
    before is kept where the key is: backups made under it need it.
    """
    from dayhand.app import key_change

    _ask(yes, "Change the key of the database?", "this changes the key of the database")
    new, before, place = key_change.rotate(app_of(ctx))
    click.echo(f"the database is under a new key, {new}, in {place}")
    click.echo(f"  the one before, {before}, is kept there for backups made under it")
    click.echo("  what you exported brings back the one before: export anew")


@key_command.command("export", epilog="Example: dayhand key export --passphrase stick/lakeside.key")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--passphrase", is_flag=True, help="Write FILE under a passphrase, which is asked for."
)
@_PASSPHRASE_FILE
@click.option("--yes", is_flag=True, help="Yes, show the key.")
@click.pass_context
def _export(
    ctx: click.Context, file: Path | None, passphrase: bool, passphrase_file: Path | None, yes: bool
) -> None:
    """Print a recovery form, or write it to FILE, to be kept in a safe: whoever has it has the data.

    With a passphrase FILE tells nothing without it. This is noted in the audit log.
    """
    from dayhand.app import key_recovery

    under = passphrase or passphrase_file is not None
    if under and file is None:
        raise UserError("a key under a passphrase is written to a file", hint="name a FILE")
    words: str | None = None
    if under:
        words = passphrase_from(passphrase_file, new=True)()
    else:
        _ask(yes, "Show the key to whoever sees this?", "a recovery form shows the key")
    made = key_recovery.export(app_of(ctx), file, passphrase=words)
    click.echo(f"wrote {file}" if file else made, nl=file is not None)


@key_command.command("import", epilog="Example: dayhand key import stick/lakeside.key")
@click.argument("file")
@_PASSPHRASE_FILE
@click.pass_context
def _import(ctx: click.Context, file: str, passphrase_file: Path | None) -> None:
    """Bring a lost key back: FILE is a key file, a recovery form, or a file under a passphrase.

    With - it is read from standard input. It is kept only if it opens the database.
    """
    from dayhand.app import key_recovery

    named = "what was given" if file == "-" else file
    text = sys.stdin.read(64 * 1024) if file == "-" else key_recovery.private_text(Path(file))
    found, place = key_recovery.bring_back(
        app_of(ctx), text, named, passphrase=passphrase_from(passphrase_file, new=False)
    )
    click.echo(f"key {found} opens the database; it is now in {place}")


def _ask(yes: bool, question: str, told: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(told, hint="say --yes if that is meant")
    click.confirm(question, abort=True)


def passphrase_from(file: Path | None, *, new: bool) -> Callable[[], str]:
    """How the passphrase is had when it is needed."""

    def ask() -> str:
        from dayhand.app import key_recovery

        if file is not None:
            return key_recovery.private_text(file).rstrip("\r\n")
        if not sys.stdin.isatty():
            raise UserError("a passphrase is needed", hint="say --passphrase-file FILE")
        given: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
        return given

    return ask
