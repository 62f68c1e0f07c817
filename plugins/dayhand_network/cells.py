"""Hiding small counts so that they cannot be worked out (pure).

A count below the threshold is hidden, for few people can be told apart. That alone is not enough:
who knows the total subtracts, and who knows how counts are hidden reasons further. So with the small
counts the smallest of the others is always hidden too, and all that equal it; where there is no other,
the total is hidden.

Why that is enough, also against a reader who knows this page: swap the values of any two hidden counts.
The small ones are still the small ones, the smallest of the others is still that, so the same counts are
hidden, the same are shown, and the total is the same. The reader cannot tell the two tables apart. And
among the hidden counts at least one is small and one is not; so each of them may be either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Shown", "shown"]


@dataclass(frozen=True)
class Shown:
    """The counts that may be shown; None where one is hidden."""

    counts: Mapping[str, int | None]
    total: int | None


def shown(counts: Mapping[str, int], *, threshold: int) -> Shown:
    """The counts above zero, and their total, as far as they may be told."""
    listed = {name: count for name, count in counts.items() if count > 0}
    total = sum(listed.values())
    small = {name for name, count in listed.items() if count < threshold}
    if not small:
        return Shown(listed, total)
    others = [count for name, count in listed.items() if name not in small]
    next_to = min(others, default=0)
    kept = {
        name: None if name in small or count == next_to else count for name, count in listed.items()
    }
    return Shown(kept, total if others else None)
