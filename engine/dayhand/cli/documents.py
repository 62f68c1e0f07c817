"""`dayhand open`: a document that is encrypted, read by its owner."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from dayhand.cli import app_of
from dayhand.errors import UserError

__all__ = ["open_command"]


@click.command("open", epilog="Example: dayhand open out/day/2026-11-24.pdf.age --to ~/today.pdf")
@click.argument("file")
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    metavar="TARGET",
    help="Write it to this file, which only you can read.",
)
@click.pass_context
def open_command(ctx: click.Context, file: str, target: Path | None) -> None:
    """Print an encrypted document, or write it to a file.

    FILE is one under out/ or in a preview, with or without .age. It is read with the identity that
    documents.identity names, and the audit log keeps that you did. With --to it lies there in the clear:
    remove it once you are done.
    """
    from dayhand.app import documents

    path, data = documents.opened(app_of(ctx), file)
    if target is not None:
        _write(target.expanduser(), data)
        click.echo(f"wrote {target}")
        return
    if sys.stdout.isatty() and b"\0" in data[:4096]:
        raise UserError(f"{path} is no text", hint="say where it shall go: --to FILE")
    click.echo(data, nl=False)


def _write(target: Path, data: bytes) -> None:
    try:
        descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise UserError(f"{target} is there already", hint="choose another name") from None
    except OSError as error:
        raise UserError(
            f"{target} cannot be written: {error.strerror}",
            hint="look whether its folder is there, and whether you may write to it",
        ) from error
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
