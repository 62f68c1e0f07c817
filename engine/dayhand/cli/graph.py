"""`dayhand graph`."""

from __future__ import annotations

from pathlib import Path

import click

from dayhand.cli import app_of
from dayhand.cli.check import entry_of
from dayhand.errors import UserError

__all__ = ["graph_command"]

_FORMATS = {".svg": "svg", ".txt": "text", ".md": "text", "": "text"}


@click.command("graph", epilog="Example: dayhand graph monthly-billing --output billing.svg")
@click.argument("routine", metavar="ROUTINE|FILE")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "svg"]),
    help="How it is drawn [default: by the ending of FILE; text where there is none].",
)
@click.option("--output", "-o", metavar="FILE", help="Write it to a file, such as billing.svg.")
@click.pass_context
def graph_command(ctx: click.Context, routine: str, form: str | None, output: str | None) -> None:
    """Draw a routine: what makes it due, its steps in order, loops, branches, and what is taken if one
    fails. Steps that send, ask, write or record are marked.
    """
    from dayhand import drawing

    wanted = form or _format_of(output or "")
    app = app_of(ctx)
    drawn = drawing.picture(entry_of(app, routine).ready(), app.catalogue)
    text = drawing.as_svg(drawn) if wanted == "svg" else drawing.as_text(drawn) + "\n"
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            f"'{output}' cannot be written: {error.strerror}",
            hint="look whether its folder is there, and whether you may write to it",
        ) from error
    click.echo(f"wrote {output}")


def _format_of(output: str) -> str:
    """How a file of this name is drawn. Another program would not open text that is named a picture."""
    suffix = Path(output).suffix.lower()
    if suffix not in _FORMATS:
        raise UserError(
            f"'{output}' is the name of neither a text nor an SVG picture",
            hint="name it as billing.svg or billing.txt, or say --format",
        )
    return _FORMATS[suffix]
