"""Releases, disclosures and requests as CSV: every faulty row told, written so that it reads back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import ValidationError

from dayhand import CsvRow, UserError, read_csv, write_csv
from dayhand_collaboration.kept import KINDS, Kind
from dayhand_collaboration.models import faults

__all__ = ["as_csv", "read_rows"]

_SHOWN = 20


def read_rows(kind_name: str, data: bytes, name: str) -> list[Any]:
    """The rows of a file, all or none.

    Raises:
        UserError: it is no such file; or some rows are wrong, each told with its line.
    """
    kind = KINDS[kind_name]
    try:
        header, *rows = read_csv(data) or [CsvRow(1, [])]
    except ValueError as error:
        raise UserError(f"{name}: {error}") from error
    columns = [column.strip() for column in header.cells]
    _check_columns(kind, columns, name)
    values, wrong = [], []
    for row in rows:
        try:
            values.append(_value(kind, columns, row.cells))
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
    return values


def _check_columns(kind: Kind, columns: Sequence[str], name: str) -> None:
    required = [field for field, info in kind.model.model_fields.items() if info.is_required()]
    unknown = [column for column in columns if column not in kind.columns]
    missing = [field for field in required if field not in columns]
    if unknown or missing:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unknown {', '.join(map(repr, unknown))}"] if unknown else []
        hint = f"the columns are: {', '.join(kind.columns)}"
        raise UserError(f"{name}: columns {'; '.join(parts)}", hint=hint)


def _value(kind: Kind, columns: Sequence[str], cells: Sequence[str]) -> Any:
    if len(cells) > len(columns):
        raise ValueError("more fields than columns; put text with commas in quotes")
    given = zip(columns, cells, strict=False)  # a spreadsheet drops empty last cells
    return kind.model.model_validate({name: text.strip() for name, text in given if text.strip()})


def as_csv(kind_name: str, values: Iterable[Any]) -> str:
    """The rows as a CSV file, guarded against what a spreadsheet would run."""
    kind = KINDS[kind_name]
    return write_csv(kind.columns, [[_cell(one, name) for name in kind.columns] for one in values])


def _cell(value: Any, name: str) -> object:
    cell = getattr(value, name)
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "; ".join(cell) if isinstance(cell, list) else cell
