"""The sample's protected time, and the clients who weigh more."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from dayhand import Practice, counted, read_rows, write_csv

__all__ = ["load", "write"]

_FILES = {"protected": "records/protected_time.csv", "flags": "records/flags.csv"}
_HEADERS = {
    "protected": ["name", "weekday", "start", "minutes", "since"],
    "flags": ["client_id", "since"],
}


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    since = today - timedelta(days=60)
    rows: dict[str, list[list[Any]]] = {
        "protected": [
            ["walk", "mon", "17:00", 45, since],
            ["lunch-friday", "fri", "12:15", 30, since],
            ["writing", "thu", "16:00", 90, since],
        ],
        "flags": [[client, since] for client in ("C-0008", "C-0014", "C-0017")],
    }
    for kind, name in _FILES.items():
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(write_csv(_HEADERS[kind], rows[kind]).encode())
        place.chmod(0o600)
        yield f"{name}: {counted(len(rows[kind]), 'row')}"


def load(practice: Practice) -> Iterable[str]:
    """Import the files; says what was done, or nothing if they are not there."""
    # SQL is imported only where the database is used
    from dayhand_wellbeing import kept

    if not all(practice.files.resolve(name).is_file() for name in _FILES.values()):
        return []
    counts = {}
    with practice.transaction("load the sample's protected time") as connection:
        for kind, name in _FILES.items():
            rows = read_rows(kept.KINDS[kind].model, practice.files.read(name), name)
            counts[kind] = kept.put(connection, kind, rows)
    return [f"{counts['protected']} protected times, {counts['flags']} clients who weigh more"]
