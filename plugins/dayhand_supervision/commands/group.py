"""The group, and what its commands share: days, tables, JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from dayhand import plain

__all__ = ["DAY", "json_option", "show_json", "show_table", "supervision", "track_option"]

DAY = click.DateTime(["%Y-%m-%d"])
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
track_option = click.option("--track", default="", help="Which track; the only one if left out.")


@click.group()
def supervision() -> None:
    """Supervised experience: hours, progress, weekly logs, questions, rules.

    Example: dayhand supervision progress
    """


def show_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(plain(value), default=str, indent=2, ensure_ascii=False))


def show_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print aligned columns."""
    everything = [head, *rows]
    widths = [max(len(row[column]) for row in everything) for column in range(len(head))]
    for row in everything:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())
