"""What the commands share: days, tables, JSON, and names that are shown only when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dayhand import Practice, pass_practice, put_out, read_rows, show_json, show_table, write_rows

if TYPE_CHECKING:
    import sqlalchemy

__all__ = [
    "HIDDEN",
    "exporter",
    "importer",
    "reading",
    "reveal_option",
    "show",
]

HIDDEN = "•••"
reveal_option = click.option("--reveal", is_flag=True, help="Show recipients and what it is about.")
_SENSITIVE = {
    "recipient", "recipient_address", "description", "purpose", "expires_event", "authority",
    "information", "scope", "deliver_to", "extension_reason",
}  # fmt: skip


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
        show_json(rows)
    elif rows:
        show_table(list(columns.values()), [[row[name] for name in columns] for row in rows])
    else:
        click.echo(nothing)


def importer(kind: str) -> click.Command:
    """`import FILE`, of one kind."""

    @click.command("import", help=(
        f"Keep all {kind} of a CSV FILE of the practice, or none if a row is wrong.\n\n"
        f"Example: dayhand {kind} import inbox/{kind}.csv"
    ))  # fmt: skip
    @click.argument("file")
    @pass_practice
    def run(practice: Practice, *, file: str) -> None:
        from dayhand_collaboration.kept import KINDS

        records = KINDS[kind]
        data = practice.files.read(file)
        values = read_rows(records.model, data, file, columns=records.columns)
        with practice.transaction(f"import {kind}") as connection:
            done = records.take_in(connection, values)
        click.echo(str(done))

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
        from dayhand_collaboration.kept import KINDS

        with practice.transaction(f"export {kind}") as connection:
            records = KINDS[kind]
            text = write_rows(records.model, records.all(connection), columns=records.columns)
        put_out(text, file)

    return run
