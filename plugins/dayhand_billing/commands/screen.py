"""How the commands take days and amounts, and print tables."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

__all__ = ["YES", "Amount", "Month", "money"]

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


def money(amount: Decimal) -> str:
    """An amount as it is printed."""
    return f"{amount:,.2f}"
