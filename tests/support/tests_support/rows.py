"""Rows of the database as they are, but for what is packed: no test looks past a packed text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dayhand.store.packing import unpacked


def unpacked_row(row: Iterable[Any]) -> tuple[Any, ...]:
    """The values of a row, those that were packed as they were before."""
    return tuple(
        unpacked(value) if isinstance(value, str) and value.startswith("z:") else value
        for value in row
    )
