"""Hours as CSV: read with every faulty row told, written so that they can be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from dayhand import CsvRow, UserError, read_csv, write_csv
from dayhand_supervision.models import Entry, faults
from dayhand_supervision.settings import Track

__all__ = ["COLUMNS", "as_csv", "read_entries"]

COLUMNS = (
    "on",
    "minutes",
    "category",
    "setting",
    "supervisor",
    "telehealth",
    "group_size",
    "topics",
    "reference",
    "source",
)
_REQUIRED = ("on", "minutes", "category")
_SHOWN = 20


def read_entries(data: bytes, name: str, track: Track) -> list[Entry]:
    """The entries in a file, all or none; an empty setting or supervisor is the track's own.

    Raises:
        UserError: it is no such file; or some rows are wrong, each told with its line.
    """
    try:
        header, *rows = read_csv(data) or [CsvRow(1, [])]
    except ValueError as error:
        raise UserError(f"{name}: {error}") from error
    columns = [column.strip() for column in header.cells]
    _check_columns(columns, name)
    entries: list[Entry] = []
    wrong: list[str] = []
    for row in rows:
        try:
            entries.append(_entry(columns, row.cells, track))
        except ValidationError as error:
            wrong.append(f"line {row.line}: {faults(error)}")
        except ValueError as error:
            wrong.append(f"line {row.line}: {error}")
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise UserError(
            f"{name}: {len(wrong)} rows cannot be read, nothing was imported",
            hint="; ".join(wrong[:_SHOWN]) + more,
        )
    return entries


def _check_columns(columns: Sequence[str], name: str) -> None:
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in _REQUIRED if column not in columns]
    if unknown or missing:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unknown {', '.join(map(repr, unknown))}"] if unknown else []
        hint = f"the columns are: {', '.join(COLUMNS)}"
        raise UserError(f"{name}: columns {'; '.join(parts)}", hint=hint)


def _entry(columns: Sequence[str], cells: Sequence[str], track: Track) -> Entry:
    if len(cells) > len(columns):
        raise ValueError("more fields than columns; put text with commas in quotes")
    given = zip(columns, cells, strict=False)  # a spreadsheet drops empty last cells
    values: dict[str, object] = {name: text.strip() for name, text in given if text.strip()}
    values.setdefault("setting", track.setting)
    values.setdefault("supervisor", track.supervisor)
    values.setdefault("source", "csv")
    return Entry.model_validate(values)


def as_csv(entries: Iterable[Entry]) -> str:
    """The entries as a CSV file, guarded against what a spreadsheet would run."""
    rows = []
    for entry in entries:
        values = entry.model_dump() | {"telehealth": "yes" if entry.telehealth else "no"}
        rows.append([values[column] for column in COLUMNS])
    return write_csv(COLUMNS, rows)
