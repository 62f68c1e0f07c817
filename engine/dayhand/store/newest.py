"""The newest migration of the engine's own tables; what they are is made only for those who ask."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dayhand.steps.declarations import Tables

if TYPE_CHECKING:
    from sqlalchemy import MetaData

__all__ = ["TABLES"]


def _metadata() -> MetaData:
    from dayhand.store.tables import METADATA  # 0.4 MB, which a daemon need not keep

    return METADATA


TABLES = Tables(
    branch="dayhand",
    metadata=_metadata,
    migrations=Path(__file__).parent / "migrations",
    revision="0007",
)
