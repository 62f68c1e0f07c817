"""The database: what is due, what ran, what was asked and what left the machine is kept here.

Names are loaded when first used: SQLAlchemy alone costs more than the rest of a short command.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dayhand.store.opening import open_store
    from dayhand.store.sql_store import Store

__all__ = ["Store", "open_store"]

_WHERE = {"Store": "dayhand.store.sql_store", "open_store": "dayhand.store.opening"}


def __getattr__(name: str) -> Any:
    module = _WHERE.get(name)
    if module is None:
        raise AttributeError(f"module 'dayhand.store' has no attribute {name!r}")
    return getattr(import_module(module), name)
