"""One connection to the database's file, by the driver alone: SQLAlchemy would cost ten times as much memory.

The driver carries its own SQLite (SQLCipher); see `sqlite`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlcipher3.dbapi2  # type: ignore[import-untyped]

__all__ = ["driver", "opened"]

driver: Any = sqlcipher3.dbapi2


def opened(path: Path, key: bytes | None, *settings: str) -> Any:
    """The driver's connection to a file that exists: `mode=rw` makes none, even if it vanishes in between."""
    place = f"file:{quote(str(path))}?mode=rw"
    connection = driver.connect(place, uri=True, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to stderr
        if key is not None:
            connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection
