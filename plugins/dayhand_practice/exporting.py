"""Records as CSV files that import back to the same records."""

from __future__ import annotations

from sqlalchemy import Connection

from dayhand import write_csv
from dayhand_practice import records
from dayhand_practice.kinds import Kind

__all__ = ["as_csv"]


def as_csv(connection: Connection, kind: Kind) -> tuple[str, int]:
    """All records of the kind as CSV text, and how many there are."""
    there = records.all_of(connection, kind)
    rows = [[field.as_text(record[field.name]) for field in kind.fields] for record in there]
    plain = {field.name for field in kind.fields if not field.is_text}
    return write_csv(kind.names, rows, as_they_are=plain), len(there)
