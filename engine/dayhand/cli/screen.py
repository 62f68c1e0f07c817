"""What plugins' commands share: days, tables, JSON, and text that goes to a file or the screen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import click

from dayhand.values import plain

__all__ = ["Day", "json_option", "put_out", "show_json", "show_table"]


class _Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no day; write it as 2026-11-24", param, ctx)


Day = _Day()
"""The type of an option that takes a day, written as `2026-11-24`; it gives a `date`."""
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
"""The option `--json`, which comes as `as_json`."""


def show_json(value: Any) -> None:
    """Print a value as JSON; what is sensitive comes in the clear, so leave out what is not to be seen."""
    click.echo(json.dumps(plain(value), default=str, indent=2, ensure_ascii=False))


def show_table(
    head: Sequence[str], rows: Sequence[Sequence[object]], *, left: int | None = None
) -> None:
    """Print aligned columns: the parts of a list with `;` between them, nothing for `None`.

    Args:
        head: what stands above the columns.
        rows: their cells.
        left: how many columns are set to the left, the others to the right; all if left out.
    """
    lines = [list(head), *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (
            cell.ljust(width) if left is None or place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        click.echo("  ".join(cells).rstrip())


def _cell(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


def put_out(text: str, file: Path | None) -> None:
    """Write text to a file that only its owner can read, and say so; or to the screen."""
    if file is None:
        click.echo(text.lstrip("\ufeff"), nl=False)
    else:
        file.touch(mode=0o600)
        file.write_bytes(text.encode())
        click.echo(f"wrote {file}")
