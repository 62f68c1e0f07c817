"""Credits as CSV: read with every faulty row told, written so that they can be read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping

from pydantic import ValidationError

from dayhand import UserError
from dayhand_education.models import Credit, faults

__all__ = ["COLUMNS", "as_csv", "read_csv"]

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


def read_csv(data: bytes, name: str) -> list[Credit]:
    """The credits in a file, all or none.

    Raises:
        UserError: it is no such file; or some rows are wrong, each told with its line.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{name} is not UTF-8 text", hint="save it as CSV UTF-8") from error
    reader = csv.DictReader(io.StringIO(text), strict=True)
    courses: list[Credit] = []
    wrong: list[str] = []
    try:
        _check_columns(reader.fieldnames or (), name)
        for row in reader:
            if any(value for value in row.values()):
                try:
                    courses.append(_credit(row))
                except (ValidationError, ValueError) as error:
                    wrong.append(f"line {reader.line_num}: {_fault(error)}")
    except csv.Error as error:
        raise UserError(f"{name}, line {reader.line_num}: {error}") from error
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


def _credit(row: Mapping[str | None, str | None]) -> Credit:
    if None in row:
        raise ValueError("more fields than columns; put text with commas in quotes")
    values: dict[str, object] = {}
    for column, text in row.items():
        value = (text or "").strip()
        if value and column:
            parts = [part.strip() for part in value.split(";")]
            values[column.strip()] = parts if column.strip() in _LISTS else value
    if ("hours" in values) == ("minutes" in values):
        raise ValueError("write either hours or minutes")
    return Credit.model_validate(values)


def _fault(error: Exception) -> str:
    return faults(error) if isinstance(error, ValidationError) else str(error)


def as_csv(courses: Iterable[Credit]) -> str:
    """The credits as a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for credit in courses:
        row = credit.model_dump(include=set(COLUMNS))
        writer.writerow(
            {
                column: "" if row[column] is None else row[column]
                for column in COLUMNS
                if column not in _LISTS
            }
            | {column: ";".join(row[column]) for column in _LISTS}
        )
    return out.getvalue()
