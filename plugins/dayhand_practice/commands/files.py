"""`import` and `export`, the same in every group."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from dayhand import Practice, UserError, counted, pass_practice

__all__ = ["with_files"]


def with_files(group: click.Group, kinds: Sequence[str]) -> None:
    """Give the group its `import` and `export`; the first kind is the usual one."""
    group.add_command(_importer(group.name or "", kinds))
    group.add_command(_exporter(group.name or "", kinds))


def _kind_option(kinds: Sequence[str]) -> click.Option:
    names = [kind.replace("_", "-") for kind in kinds]
    return click.Option(
        ["--kind"],
        type=click.Choice(names),
        default=names[0],
        show_default=True,
        help="What the file holds.",
        hidden=len(names) == 1,
    )


def _importer(group: str, kinds: Sequence[str]) -> click.Command:
    @click.argument("file", type=click.Path(path_type=Path))
    @click.option("--dry-run", is_flag=True, help="Only say what would change.")
    @pass_practice
    def run(practice: Practice, *, file: Path, kind: str, dry_run: bool) -> None:
        name = kind.replace("-", "_")
        try:
            data = file.read_bytes()
        except OSError as error:
            raise UserError(
                f"{file} cannot be read: {error.strerror}",
                hint="look at its name, and whether you may read it",
            ) from error
        from dayhand_practice import intake

        if dry_run:
            with practice.connect() as connection:
                planned = intake.plan_file(practice, connection, name, data, str(file))
            click.echo(f"would import {planned}")
            return
        with practice.transaction(f"import {name}") as connection:
            planned = intake.import_file(practice, connection, name, data, str(file))
        click.echo(f"imported {planned}")

    command = click.command(
        "import",
        help=(
            "Import a CSV file: all of its rows, or none. Rows that are there already are changed"
            " or left as they are."
        ),
        epilog=f"Example: dayhand {group} import {kinds[0]}.csv --dry-run",
        short_help="Import a CSV file, all or nothing.",
    )(run)
    command.params.append(_kind_option(kinds))
    return command


def _exporter(group: str, kinds: Sequence[str]) -> click.Command:
    @click.argument("path", required=False)
    @pass_practice
    def run(practice: Practice, *, path: str | None, kind: str) -> None:
        from dayhand_practice import exporting, intake

        name = kind.replace("-", "_")
        with practice.transaction(f"export {name}") as connection:
            text, count = exporting.as_csv(connection, intake.kind_for(practice, name))
        if path == "-":
            click.echo(text.lstrip("\ufeff"), nl=False)
            return
        file = practice.files.write(path or f"exports/{name}.csv", text)
        click.echo(f"wrote {counted(count, 'row')} to {file.path}")

    command = click.command(
        "export",
        help=(
            "Write all records to a CSV file under out/, or to the screen with '-'. It holds client"
            " data in the clear; the audit log notes it."
        ),
        epilog=f"Example: dayhand {group} export exports/{kinds[0]}.csv",
        short_help="Write a CSV file under out/.",
    )(run)
    command.params.append(_kind_option(kinds))
    return command
