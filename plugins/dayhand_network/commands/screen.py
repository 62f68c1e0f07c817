"""What the commands share: days, tables, JSON, and CSV in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dayhand import Practice, pass_practice, put_out, show_json, show_table, write_rows

__all__ = ["HIDDEN", "exporter", "importer", "reading", "show"]

HIDDEN = "•••"


@contextmanager
def reading(practice: Practice, *, reveal: bool, what: str) -> Iterator[None]:
    """What is revealed is noted in the audit log."""
    if reveal:
        with practice.transaction(f"reveal {what}"):
            pass
    yield


def show(
    values: Sequence[Any],
    columns: Mapping[str, str],
    *,
    as_json: bool,
    nothing: str,
    hide: Sequence[str] = (),
) -> None:
    """Print rows as a table or as JSON; `hide` names what is not shown."""
    rows = [one.model_dump() for one in values]
    for row in rows:
        row |= {name: HIDDEN for name in hide if row[name]}
    if as_json:
        show_json(rows)
    elif rows:
        show_table(list(columns.values()), [[row[name] for name in columns] for row in rows])
    else:
        click.echo(nothing)


def importer(group: str, kinds: Sequence[str]) -> click.Command:
    """`import FILE`, of one of the kinds."""

    @click.command("import", help=(
        "Keep all rows of a CSV FILE of the practice, or none if one is wrong.\n\n"
        f"Example: dayhand {group} import inbox/{kinds[0]}.csv"
    ))  # fmt: skip
    @click.argument("file")
    @_kind_option(kinds)
    @pass_practice
    def run(practice: Practice, *, file: str, kind: str = kinds[0]) -> None:
        from dayhand_network import desk

        with practice.transaction(f"import {kind}") as connection:
            done = desk.take_in_file(practice, connection, kind, file)
        click.echo(str(done))

    return run


def exporter(group: str, kinds: Sequence[str]) -> click.Command:
    """`export [FILE]`, of one of the kinds."""

    @click.command("export", help=(
        "Write all rows as CSV, to a FILE or to the screen. The audit log notes it.\n\n"
        f"Example: dayhand {group} export {kinds[0]}.csv"
    ))  # fmt: skip
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
    @_kind_option(kinds)
    @pass_practice
    def run(practice: Practice, *, file: Path | None, kind: str = kinds[0]) -> None:
        from dayhand_network.kept import KINDS

        with practice.transaction(f"export {kind}") as connection:
            records = KINDS[kind]
            text = write_rows(records.model, records.all(connection), columns=records.columns)
        put_out(text, file)

    return run


def _kind_option(kinds: Sequence[str]) -> Callable[[Any], Any]:
    if len(kinds) == 1:
        return lambda function: function
    choice = click.Choice(list(kinds))
    return click.option("--kind", type=choice, default=kinds[0], show_default=True, help="What.")
