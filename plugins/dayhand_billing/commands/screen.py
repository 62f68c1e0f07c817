"""How the commands take days and amounts, and print tables."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from dayhand import plain

__all__ = ["DAY", "JSON", "YES", "Amount", "Month", "money", "print_json", "print_table"]

DAY = click.DateTime(["%Y-%m-%d"])
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


class Amount(click.ParamType[Decimal]):
    """An amount of money."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:
        try:
            amount = Decimal(value)
        except InvalidOperation:
            self.fail(f"'{value}' is no amount; write it as 120.00", param, ctx)
        if not amount.is_finite() or amount != round(amount, 2):
            self.fail(f"'{value}' is no amount; write it as 120.00", param, ctx)
        return amount


class Month(click.ParamType[str]):
    """A calendar month."""

    name = "month"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        try:
            return f"{datetime.strptime(value, '%Y-%m').date():%Y-%m}"  # noqa: DTZ007 - no time in it
        except ValueError:
            self.fail(f"'{value}' is no month; write it as 2026-11", param, ctx)


def print_json(value: Any) -> None:
    """Print plain values as JSON."""
    click.echo(json.dumps(plain(value), default=str, indent=2, ensure_ascii=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], *, left: int) -> None:
    """Print aligned columns, of which the first `left` are text."""
    widths = [max(len(row[place]) for row in (header, *rows)) for place in range(len(header))]
    for row in (header, *rows):
        cells = (
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        click.echo("  ".join(cells).rstrip())


def money(amount: Decimal) -> str:
    """An amount as it is printed."""
    return f"{amount:,.2f}"
