"""Sums of money in whole cents: dividing one, and using funds for what is owed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TypeVar

__all__ = ["cover", "percentage", "split"]

F = TypeVar("F", bound=Hashable)
O = TypeVar("O", bound=Hashable)  # noqa: E741 - what is owed


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a sum in proportion to weights, to the cent, by largest remainder.

    Raises:
        ValueError: a sum or a weight is negative, or there is something to divide and no weight.
    """
    whole = sum(weights)
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("neither a sum to divide nor a weight may be negative")
    if whole == 0:
        if total:
            raise ValueError("there is no weight to divide the sum by")
        return [0] * len(weights)
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: (-remainders[place], place))
    for place in by_remainder[: total - sum(parts)]:
        parts[place] += 1
    return parts


def cover(owed: Sequence[tuple[O, int]], funds: Sequence[tuple[F, int]]) -> list[tuple[F, O, int]]:
    """Use funds, first to last, for what is owed, first to last: who pays what, and how much."""
    used: list[tuple[F, O, int]] = []
    waiting = [(debt, amount) for debt, amount in reversed(owed) if amount > 0]
    for fund, available in funds:
        left = available
        while left > 0 and waiting:
            debt, due = waiting.pop()
            part = min(left, due)
            used.append((fund, debt, part))
            left -= part
            if part < due:
                waiting.append((debt, due - part))
    return used


def percentage(amount: int, percent: Decimal) -> int:
    """The share of an amount in whole cents, halves rounded up."""
    share = Decimal(amount) * percent / 100
    return int(share.quantize(Decimal(1), rounding=ROUND_HALF_UP))
