"""What plugins keep to fall back on: the newest of each name, and nothing older than ninety days."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from dayhand.errors import StepMisuse
from dayhand.steps.context import Kept
from dayhand.store.faults import translated
from dayhand.store.moments import moment_text
from dayhand.store.sql_store import Store
from dayhand.store.tables import METADATA

__all__ = ["find", "keep_soon"]

_LARGEST = 16 * 1024 * 1024
_LONGEST = timedelta(days=90)
_TABLE = METADATA.tables["kept"]


def keep_soon(store: Store, plugin: str, name: str, data: bytes, at: datetime) -> None:
    """Keep it in place of what was kept under the name, and let go of what nobody renewed.

    Raises:
        StepMisuse: the name or the data is too large.
    """
    if len(data) > _LARGEST or not 0 < len(name) <= 200:
        raise StepMisuse(
            f"a plugin wanted to keep {len(data):,} bytes under a name of {len(name)} characters",
            hint=f"at most {_LARGEST:,} bytes and 200 characters can be kept",
        )

    store.write_soon(lambda connection: _put(connection, plugin, name, data, at))


def _put(connection: Connection, plugin: str, name: str, data: bytes, at: datetime) -> None:
    mine = _TABLE.c.plugin == plugin
    old = _TABLE.c.at < moment_text(at - _LONGEST)
    connection.execute(_TABLE.delete().where(mine & ((_TABLE.c.name == name) | old)))
    connection.execute(
        _TABLE.insert().values(plugin=plugin, name=name, at=moment_text(at), data=data)
    )


def find(store: Store, plugin: str, name: str) -> Kept | None:
    """What is kept under the name."""
    wanted = _TABLE.select().where((_TABLE.c.plugin == plugin) & (_TABLE.c.name == name))
    with translated(), store.read() as connection:
        found = connection.execute(wanted).one_or_none()
    return None if found is None else Kept(bytes(found.data), datetime.fromisoformat(found.at))
