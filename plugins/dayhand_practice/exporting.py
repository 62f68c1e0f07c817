"""Records as CSV files that import back to the same records."""

from __future__ import annotations

from sqlalchemy import Connection

from dayhand_practice import csv_text, records
from dayhand_practice.kinds import Kind

__all__ = ["as_csv"]


def as_csv(connection: Connection, kind: Kind) -> tuple[str, int]:
    """All records of the kind as CSV text, and how many there are."""
    there = records.all_of(connection, kind)
    return csv_text.write(kind.names, [_row(kind, record) for record in there]), len(there)


def _row(kind: Kind, record: records.Record) -> list[str]:
    return [
        csv_text.guarded(text) if field.is_text else text
        for field in kind.fields
        for text in [field.as_text(record[field.name])]
    ]
