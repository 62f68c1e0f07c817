"""The group, and what its commands share: days, tables, JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from dayhand import show_json, show_table

__all__ = ["show", "wellbeing"]


@click.group()
def wellbeing() -> None:
    """Your own load: protected time, clients who weigh more, leaves.

    Example: dayhand wellbeing protected
    """


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, nothing: str) -> None:
    """Print rows in aligned columns, or as JSON."""
    if as_json:
        show_json(list(rows))
    elif rows:
        show_table(list(rows[0]), [list(row.values()) for row in rows])
    else:
        click.echo(nothing)
