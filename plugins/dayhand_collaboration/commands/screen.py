"""What the commands share: days, tables, JSON, and names that are shown only when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayhand import Practice, pass_practice, plain

if TYPE_CHECKING:
    import sqlalchemy

__all__ = [
    "DAY",
    "HIDDEN",
    "day_of",
    "exporter",
    "importer",
    "json_option",
    "reading",
    "reveal_option",
    "show",
]

DAY = click.DateTime(["%Y-%m-%d"])
HIDDEN = "•••"
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
reveal_option = click.option("--reveal", is_flag=True, help="Show recipients and what it is about.")
_SENSITIVE = {
    "recipient", "recipient_address", "description", "purpose", "expires_event", "authority",
    "information", "scope", "deliver_to", "extension_reason",
}  # fmt: skip


def day_of(value: datetime | None, practice: Practice) -> Any:
    """The day that was given, else today."""
    return value.date() if value else practice.today


@contextmanager
def reading(practice: Practice, *, reveal: bool, what: str) -> Iterator[sqlalchemy.Connection]:
    """The database, to read; what is revealed is noted in the audit log."""
    if reveal:
        with practice.transaction(f"reveal {what}") as connection:
            yield connection
    else:
        with practice.connect() as connection:
            yield connection


def show(
    values: Sequence[Any],
    columns: dict[str, str],
    *,
    as_json: bool,
    reveal: bool,
    nothing: str,
) -> None:
    """Print rows as a table or JSON; what names people or tells about them only if revealed."""
    rows = [one.model_dump() for one in values]
    for row in rows if not reveal else ():
        row |= {name: HIDDEN for name in _SENSITIVE & set(row) if row[name]}
    if as_json:
        click.echo(json.dumps(plain(rows), default=str, indent=2, ensure_ascii=False))
        return
    if not rows:
        click.echo(nothing)
        return
    cells = [list(columns.values())]
    cells += [[_cell(row[name]) for name in columns] for row in rows]
    widths = [max(len(line[n]) for line in cells) for n in range(len(columns))]
    for line in cells:
        click.echo(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        )


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "; ".join(str(one) for one in value)
    return "" if value is None else str(value)


def importer(kind: str) -> click.Command:
    """`import FILE`, of one kind."""

    @click.command("import", help=(
        f"Keep all {kind} of a CSV FILE of the practice, or none if a row is wrong.\n\n"
        f"Example: dayhand {kind} import inbox/{kind}.csv"
    ))  # fmt: skip
    @click.argument("file")
    @pass_practice
    def run(practice: Practice, *, file: str) -> None:
        from dayhand_collaboration import kept
        from dayhand_collaboration.kept_files import read_rows

        values = read_rows(kind, practice.files.read(file), file)
        with practice.transaction(f"import {kind}") as connection:
            done = kept.take_in(connection, kind, values)
        click.echo(f"{done.new} new, {done.changed} changed, {done.unchanged} unchanged")

    return run


def exporter(kind: str) -> click.Command:
    """`export [FILE]`, of one kind."""

    @click.command("export", help=(
        f"Write all {kind} as CSV, to a FILE or to the screen. It holds client data in the clear; the audit"
        f" log notes it.\n\nExample: dayhand {kind} export {kind}.csv"
    ))  # fmt: skip
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
    @pass_practice
    def run(practice: Practice, *, file: Path | None) -> None:
        from dayhand_collaboration import kept
        from dayhand_collaboration.kept_files import as_csv

        with practice.transaction(f"export {kind}") as connection:
            text = as_csv(kind, kept.all_of(connection, kind))
        if file is None:
            click.echo(text.lstrip("\ufeff"), nl=False)
        else:
            file.touch(mode=0o600)
            file.write_bytes(text.encode())
            click.echo(f"wrote {file}")

    return run
