"""CSV in and out."""

from __future__ import annotations

from pathlib import Path

import click

from dayhand import Practice, UserError, counted, pass_practice, read_rows, write_rows

__all__ = ["COMMANDS"]

_kind = click.option(
    "--kind",
    type=click.Choice(["protected", "flags", "leaves"]),
    default="protected",
    show_default=True,
    help="What the file holds.",
)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@_kind
@pass_practice
def import_file(practice: Practice, file: Path, kind: str) -> None:
    """Keep all rows of a CSV FILE, or none if a row is wrong.

    Example: dayhand wellbeing import protected.csv
    """
    from dayhand_wellbeing import kept

    try:
        data = file.read_bytes()
    except OSError as error:
        raise UserError(
            f"{file} cannot be read: {error.strerror}",
            hint="look at its name, and whether you may read it",
        ) from error
    rows = read_rows(kept.KINDS[kind].model, data, str(file))
    with practice.transaction(f"import {kind}") as connection:
        new = kept.put(connection, kind, rows)
    click.echo(f"{counted(len(rows), 'row')}: {new} new")


@click.command("export")
@click.argument("file", required=False)
@_kind
@pass_practice
def export(practice: Practice, file: str | None, kind: str) -> None:
    """Write all rows as CSV to a FILE under out/, or to the screen with '-'.

    Example: dayhand wellbeing export --kind leaves
    """
    from dayhand_wellbeing import kept

    with practice.transaction(f"export {kind}") as connection:
        rows = kept.all_of(connection, kind)
    text = write_rows(kept.KINDS[kind].model, rows)
    if file == "-":
        click.echo(text.lstrip("\ufeff"), nl=False)
        return
    written = practice.files.write(file or f"exports/{kind}.csv", text)
    click.echo(f"wrote {counted(len(rows), 'row')} to {written.path}")


COMMANDS = (import_file, export)
