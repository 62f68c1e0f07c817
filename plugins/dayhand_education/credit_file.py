"""Credits as CSV: read with every faulty row told, written so that they can be read again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from dayhand import CsvRow, UserError, read_csv, write_csv
from dayhand_education.models import Credit, faults

__all__ = ["COLUMNS", "as_csv", "read_credits"]

COLUMNS = (
    "completed_on",
    "title",
    "provider",
    "hours",
    "minutes",
    "subjects",
    "format",
    "category",
    "approved_by",
    "certificate",
    "licences",
)
_REQUIRED = ("completed_on", "title")
_LISTS = ("subjects", "approved_by", "licences")
_SHOWN = 20


def read_credits(data: bytes, name: str) -> list[Credit]:
    """The credits in a file, all or none.

    Raises:
        UserError: it is no such file; or some rows are wrong, each told with its line.
    """
    try:
        header, *rows = read_csv(data) or [CsvRow(1, [])]
    except ValueError as error:
        raise UserError(f"{name}: {error}") from error
    _check_columns(header.cells, name)
    courses: list[Credit] = []
    wrong: list[str] = []
    for row in rows:
        try:
            courses.append(_credit(header.cells, row.cells))
        except (ValidationError, ValueError) as error:
            wrong.append(f"line {row.line}: {_fault(error)}")
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        message = f"{name}: {len(wrong)} rows cannot be read, nothing was imported"
        raise UserError(message, hint="; ".join(wrong[:_SHOWN]) + more)
    return courses


def _check_columns(found: Iterable[str], name: str) -> None:
    columns = [column.strip() for column in found]
    unknown = [column for column in columns if column not in COLUMNS]
    missing = [column for column in _REQUIRED if column not in columns]
    if not {"hours", "minutes"} & set(columns):
        missing.append("hours or minutes")
    if unknown or missing:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unknown {', '.join(map(repr, unknown))}"] if unknown else []
        hint = f"the columns are: {', '.join(COLUMNS)}"
        raise UserError(f"{name}: columns {'; '.join(parts)}", hint=hint)


def _credit(columns: Sequence[str], cells: Sequence[str]) -> Credit:
    if len(cells) > len(columns):
        raise ValueError("more fields than columns; put text with commas in quotes")
    values: dict[str, object] = {}
    for column, text in zip(columns, cells, strict=False):  # a spreadsheet drops empty last cells
        value = text.strip()
        if value and column:
            parts = [part.strip() for part in value.split(";")]
            values[column.strip()] = parts if column.strip() in _LISTS else value
    if ("hours" in values) == ("minutes" in values):
        raise ValueError("write either hours or minutes")
    return Credit.model_validate(values)


def _fault(error: Exception) -> str:
    return faults(error) if isinstance(error, ValidationError) else str(error)


def as_csv(courses: Iterable[Credit]) -> str:
    """The credits as a CSV file, guarded against what a spreadsheet would run."""
    return write_csv(COLUMNS, [_cells(credit) for credit in courses])


def _cells(credit: Credit) -> list[object]:
    row = credit.model_dump(include=set(COLUMNS))
    return [";".join(row[column]) if column in _LISTS else row[column] for column in COLUMNS]
