"""What tests of backups, keys and the audit log share."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests_support.rows import unpacked_row

KILLED = Path(__file__).with_name("killed.py")


def kill(work: str, folder: Path, most: int, *, within: float = 250) -> list[Any]:
    """What was found after each kill of a piece of work; see `killed`."""
    folder.mkdir()
    command = [sys.executable, str(KILLED), work, str(folder), str(most)]
    environment = {"PYTHONPATH": f"{KILLED.parents[1]}", "PATH": "", "HOME": str(folder)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=within)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def tables(app: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
    with app.store.read() as connection:
        found = connection.exec_driver_sql(names).scalars().all()
        return {
            name: [
                unpacked_row(row) for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"')
            ]
            for name in sorted(found)
        }
