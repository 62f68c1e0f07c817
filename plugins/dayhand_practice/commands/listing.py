"""Plain aligned tables and JSON, for people and for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from dayhand import Practice, plain

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["HIDDEN", "json_option", "reading", "reveal_option", "show", "table"]

HIDDEN = "•••"

json_option = click.option("--json", "as_json", is_flag=True, help="For a script: JSON.")
reveal_option = click.option(
    "--reveal", is_flag=True, help="Show names and details too; the audit log notes it."
)


@contextmanager
def reading(practice: Practice, *, reveal: bool, what: str) -> Iterator[Connection]:
    """The database to read; noted in the audit log where client data will be shown."""
    opened = practice.transaction(f"reveal {what}") if reveal else practice.connect()
    with opened as connection:
        yield connection


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns as wide as what stands in them, two spaces between; numbers to the right."""
    cells = [[_cell(value) for value in row] for row in rows]
    right = [_is_of_numbers([row[index] for row in cells]) for index in range(len(header))]
    lines = [list(header), *cells]
    widths = [max(len(line[index]) for line in lines) for index in range(len(header))]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def _is_of_numbers(cells: Sequence[str]) -> bool:
    found = [cell for cell in cells if cell != "-"]
    return bool(found) and all(
        cell.removeprefix("-").replace(".", "", 1).isdigit() for cell in found
    )


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple | set):
        return ", ".join(str(item) for item in value) or "-"
    return str(value) or "-"


def show(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, as_json: bool, nothing: str
) -> None:
    """Print rows: as a table with these columns and headings, or all of them as JSON."""
    if as_json:
        click.echo(json.dumps(plain(list(rows)), indent=2, ensure_ascii=False, default=str))
    elif rows:
        click.echo(table(list(columns.values()), [[row[name] for name in columns] for row in rows]))
    else:
        click.echo(nothing)
