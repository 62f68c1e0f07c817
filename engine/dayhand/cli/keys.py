"""`dayhand key`: what is known of the database's key, its change, export and return."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dayhand.cli import app_of
from dayhand.cli.output import emit_json
from dayhand.errors import UserError

if TYPE_CHECKING:
    from dayhand.app.application import App
    from dayhand.app.key_recovery import KeyStatus
    from dayhand.app.private_key import PrivateKeyStatus

__all__ = ["key_command", "passphrase_from"]

_PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read the passphrase from this file instead of asking.",
)


_PRIVATE = click.option(
    "--private", is_flag=True, help="The second key, that of private texts, and not the database's."
)


@click.group("key")
def key_command() -> None:
    """The keys: where they are, a new one, and what brings a lost one back.

    The first opens the database. The second, with --private, opens psychotherapy notes and the private
    journal in it.
    """


@key_command.command("status", epilog="Example: dayhand key status --json")
@_PRIVATE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _status(ctx: click.Context, private: bool, as_json: bool) -> None:
    """Say where the key is, whether it opens the database, and when it was changed and exported.

    A key is told by its fingerprint, which says nothing about it. Exit code 1 if it does not open.
    """
    from dayhand.app import key_recovery

    if private:
        _status_of_private(ctx, as_json=as_json)
        return
    found = key_recovery.status(app_of(ctx))
    if as_json:
        emit_json(asdict(found))
        ctx.exit(0 if found.opens else 1)
    click.echo(f"key {found.key} of practice {found.practice}")
    click.echo(f"  in {found.place}{', under a passphrase' * found.under_passphrase}")
    click.echo(f"  {'opens the database' if found.opens else f'does not open: {found.reason}'}")
    _tell_history(ctx, found, lost="this machine is lost, so is the key")
    ctx.exit(0 if found.opens else 1)


def _status_of_private(ctx: click.Context, *, as_json: bool) -> None:
    from dayhand.app import private_key

    found = private_key.status(app_of(ctx))
    if as_json:
        emit_json(asdict(found))
        ctx.exit(0 if found.opens else 1)
    texts = found.texts.get(found.expected, 0)
    click.echo(f"second key {found.key or found.expected} of practice {found.practice}")
    guarded = ", under a passphrase" * found.under_passphrase
    click.echo(f"  in {found.place}{guarded}" if found.place else "  not here")
    told = f"opens {texts} private texts" if found.opens else f"does not open: {found.reason}"
    click.echo(f"  {told}")
    for key, count in found.texts.items():
        if key != found.expected:
            click.echo(f"  {count} texts are {f'under {key}' if key else 'in the clear'}")
    _tell_history(ctx, found, lost="it is lost, so are the texts")
    ctx.exit(0 if found.opens else 1)


def _tell_history(ctx: click.Context, found: KeyStatus | PrivateKeyStatus, *, lost: str) -> None:
    zone = app_of(ctx).zone
    for what, at in (("changed", found.rotated_at), ("exported", found.exported_at)):
        shown = f"{at.astimezone(zone):%Y-%m-%d %H:%M}" if at else "never"
        click.echo(f"  {what}: {shown}")
    if found.previous:
        click.echo(f"  before it: {', '.join(found.previous)} (kept for backups made under them)")
    if found.exported_at is None and found.opens:
        click.echo(f"  hint: if {lost}; see: dayhand key export --help")


@key_command.command("rotate", epilog="Example: dayhand key rotate --yes")
@_PRIVATE
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def _rotate(ctx: click.Context, private: bool, yes: bool) -> None:
    """Encrypt the database anew, under a key of its own making, while nothing else has it open.

    Cut off at any moment, one of the two keys opens it, and the next command finds which. The key
    before is kept where the key is: backups made under it need it. With --private, every private text is
    sealed anew under a new second key.
    """
    from dayhand.app import key_change, private_key

    if private:
        _ask(yes, "Change the second key?", "this changes the key of the private texts")
        new, before, place, texts = private_key.rotate(app_of(ctx))
        click.echo(f"{texts} private texts are under a new second key, {new}, in {place}")
        click.echo(f"  the one before, {before}, is kept there for backups made under it")
        click.echo("  what you exported brings back the one before: export anew")
        return
    _ask(yes, "Change the key of the database?", "this changes the key of the database")
    new, before, place = key_change.rotate(app_of(ctx))
    click.echo(f"the database is under a new key, {new}, in {place}")
    click.echo(f"  the one before, {before}, is kept there for backups made under it")
    click.echo("  what you exported brings back the one before: export anew")


@key_command.command("protect", epilog="Example: dayhand key protect")
@_PASSPHRASE_FILE
@click.option("--remove", is_flag=True, help="Take the passphrase away again.")
@_PRIVATE
@click.pass_context
def _protect(ctx: click.Context, passphrase_file: Path | None, remove: bool, private: bool) -> None:
    """Put the key file under a passphrase, or under another: whoever has the file alone has nothing.

    From then on commands ask for it; where nobody is there to answer, hand it over by an open descriptor:
    dayhand --passphrase-fd 3 daemon 3< FILE. This is noted in the audit log.
    """
    from dayhand.app import key_protection

    if remove and passphrase_file is not None:
        raise UserError("--remove takes the passphrase away", hint="say no --passphrase-file")
    new = None if remove else passphrase_from(app_of(ctx), passphrase_file, new=True)
    done = key_protection.protect(app_of(ctx), new, private=private)
    told = f"{done.files} key file{'s' * (done.files != 1)}, {done.place} among them"
    if remove:
        click.echo(f"no passphrase is asked for any more: {told}")
        return
    click.echo(f"under the passphrase: {told}")
    click.echo(
        "  the key stood there in the clear before, and a disk may keep what was overwritten:"
    )
    click.echo(f"  a new key has never been on it: dayhand key rotate{' --private' * private}")


@key_command.command("seal", epilog="Example: dayhand key seal --yes")
@click.option("--yes", is_flag=True, help="Seal what is reported.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def _seal(ctx: click.Context, yes: bool, as_json: bool) -> None:
    """Report private texts that runs from before the second key kept in the clear, and seal them with --yes.

    It may be cut off, and goes on when it is said again. This is noted in the audit log.
    """
    from dayhand.app import private_past
    from dayhand.cli.prune import REFUSED

    app = app_of(ctx)
    found = private_past.report(app)
    sealed = sum(private_past.seal_all(app)) if yes else 0
    refused = private_past.rewrite(app) if yes else ()
    if as_json:
        emit_json(asdict(found) | {"copies": [str(one) for one in found.copies], "sealed": sealed,
                                   "not_rewritten": refused})  # fmt: skip
        return
    click.echo(f"{found.texts} private texts of {found.runs} runs stand in the clear")
    if found.going:
        click.echo(f"  {found.going} runs more that have not ended: say it again when they have")
    for copy in found.copies:
        click.echo(f"  so does a copy from before an upgrade; once all is well: rm '{copy}'")
    if yes:
        click.echo(f"sealed {sealed} texts with the second key")
        if refused:
            click.echo(f"{REFUSED} {', '.join(refused)}")
    elif found.texts:
        click.echo("nothing was sealed; seal them with: dayhand key seal --yes")


@key_command.command("export", epilog="Example: dayhand key export --passphrase stick/lakeside.key")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option(
    "--passphrase", is_flag=True, help="Write FILE under a passphrase, which is asked for."
)
@_PASSPHRASE_FILE
@_PRIVATE
@click.option("--yes", is_flag=True, help="Yes, show the key.")
@click.pass_context
def _export(
    ctx: click.Context, file: Path | None, passphrase: bool, passphrase_file: Path | None,
    private: bool, yes: bool,
) -> None:  # fmt: skip
    """Print a recovery form, or write it to FILE, to be kept in a safe: whoever has it has the data.

    With a passphrase FILE tells nothing without it. This is noted in the audit log.
    """
    from dayhand.app import key_recovery, private_key

    under = passphrase or passphrase_file is not None
    if under and file is None:
        raise UserError("a key under a passphrase is written to a file", hint="name a FILE")
    words: str | None = None
    if under:
        words = passphrase_from(app_of(ctx), passphrase_file, new=True)()
    else:
        _ask(yes, "Show the key to whoever sees this?", "a recovery form shows the key")
    export = private_key.export if private else key_recovery.export
    made = export(app_of(ctx), file, passphrase=words)
    click.echo(f"wrote {file}" if file else made, nl=file is not None)


@key_command.command("import", epilog="Example: dayhand key import stick/lakeside.key")
@click.argument("file")
@_PASSPHRASE_FILE
@_PRIVATE
@click.pass_context
def _import(ctx: click.Context, file: str, passphrase_file: Path | None, private: bool) -> None:
    """Bring a lost key back: FILE is a key file, a recovery form, or a file under a passphrase.

    With - it is read from standard input. It is kept only if it opens the database, or with --private the
    private texts in it.
    """
    from dayhand.app import key_recovery, private_key

    named = "what was given" if file == "-" else file
    text = sys.stdin.read(64 * 1024) if file == "-" else key_recovery.private_text(Path(file))
    bring_back = private_key.bring_back if private else key_recovery.bring_back
    found, place = bring_back(
        app_of(ctx),
        text,
        named,
        passphrase=passphrase_from(app_of(ctx), passphrase_file, new=False),
    )
    opened = "the private texts" if private else "the database"
    click.echo(f"key {found} opens {opened}; it is now in {place}")


@key_command.command(
    "new-identity", epilog="Example: dayhand key new-identity ~/keys/documents.txt"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_context
def _new_identity(ctx: click.Context, file: Path) -> None:
    """Make an age identity, to read encrypted documents with, and tell what to write into practice.yaml.

    FILE is new and lies apart from the practice. Keep a copy of it where the other keys are.
    """
    from dayhand.app import documents

    recipient = documents.make_identity(app_of(ctx), file)
    click.echo(f"wrote {file}; to encrypt what routines write, say in practice.yaml:")
    click.echo(f"\ndocuments:\n  encrypt_to: [{recipient}]\n  identity: {{file: {file}}}")


def _ask(yes: bool, question: str, told: str) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise UserError(told, hint="say --yes if that is meant")
    click.confirm(question, abort=True)


def passphrase_from(app: App, file: Path | None, *, new: bool) -> Callable[[], str]:
    """How the passphrase is had when it is needed: from a file, by `--passphrase-fd`, or by asking."""

    def ask() -> str:
        from dayhand.app import key_recovery
        from dayhand.keys.passphrase import passphrase_of

        if file is not None:
            return key_recovery.private_text(file).rstrip("\r\n")
        held = passphrase_of(app.settings.environment)
        if held is not None and held.given is not None:
            return held.given
        if not sys.stdin.isatty():
            raise UserError(
                "a passphrase is needed", hint="say --passphrase-file FILE, or --passphrase-fd N"
            )
        typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
        return typed

    return ask
