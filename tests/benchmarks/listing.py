"""The newest runs, of few and of very many: `Store.runs`, as `dayhand runs` asks for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import bench_store
from measuring import Line, by_turns

from dayhand.store import open_store

__all__ = ["lines"]


def lines(place: Path, rounds: int, many: int) -> Iterator[Line]:
    """Twenty runs, all and of one routine, among a hundred and among very many."""
    with (
        open_store(place / "few.db", key=os.urandom(32), create=True) as few,
        open_store(place / "many.db", key=os.urandom(32), create=True) as lots,
    ):
        bench_store.fill(few, 100)
        bench_store.fill(lots, many)
        slow, quick = by_turns(
            rounds, lambda: bench_store.listing(lots), lambda: bench_store.listing(few)
        )
        yield Line(f"listing 20 runs of {many:,}, beside of 100", slow * 1e3, quick * 1e3, 1.5)
