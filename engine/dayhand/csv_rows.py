"""CSV files whose rows are models: read with every faulty row told, written so that they read back.

A cell that is empty is a field left out. A list is one cell, its parts with `;` between them; true and
false are `yes` and `no`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, Field, ValidationError

from dayhand.csv_text import CsvRow, read_csv, write_csv
from dayhand.errors import UserError
from dayhand.problems import closest
from dayhand.wording import counted

__all__ = ["Taken", "checked", "faults", "read_rows", "write_rows"]

M = TypeVar("M", bound=BaseModel)
_SHOWN = 20
_NUMBERED = re.compile(r"\^\(?([A-Z]+-)\[0-9\]\{(\d)\}\)?\??\$")
"""The form of an id such as `K-000001`."""


class Taken(BaseModel):
    """What became of rows that were taken in."""

    rows: int = 0
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    ids: list[str] = Field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"


def faults(error: ValidationError) -> str:
    """What is wrong with which field, in one line, without the values."""
    return ", ".join(
        f"{'.'.join(map(str, one['loc'])) or 'row'}: {_told(one)}"
        for one in error.errors(include_input=False, include_url=False)
    )


def _told(one: Any) -> str:
    """What is wrong, for whoever does not read regular expressions."""
    if one["type"] != "string_pattern_mismatch":
        return str(one["msg"]).removeprefix("Value error, ")
    numbered = _NUMBERED.fullmatch(one["ctx"]["pattern"])
    if numbered is None:
        return "it is not written as it should be"
    return f"write it as {numbered[1]}{1:0{numbered[2]}}"


def checked(model: type[M], what: str = "it", /, **values: object) -> M:
    """A model made of values that a person gave.

    Args:
        model: what to make.
        what: what the message calls it, such as `the credit`.
        **values: by the names of its fields.

    Raises:
        UserError: some values are wrong; tells which fields.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise UserError(
            f"{what} cannot be kept: {faults(error)}",
            hint="nothing was changed; correct what is named, and say it again",
        ) from error


def read_rows(
    model: type[M],
    data: bytes,
    name: str,
    *,
    columns: Collection[str] = (),
    required: Collection[str] = (),
    usual: Mapping[str, object] | None = None,
    check: Callable[[M], None] | None = None,
) -> list[M]:
    """The rows of a CSV file, all or none. A cell is told by its line and column, never by what it holds.

    Args:
        model: what a row is; a file has a column for each field that must be given.
        data: the file, UTF-8.
        name: what the messages call the file.
        columns: those that the file may have, if not all the model's fields.
        required: those that it has besides.
        usual: what stands for cells that are left out, by column.
        check: raises a `ValueError`, with the reason, for a row that cannot be.

    Raises:
        UserError: it is no such file; or some rows are wrong, each told with its line.
    """
    usual = usual or {}
    try:
        header, *rows = read_csv(data) or [CsvRow(1, [])]
    except ValueError as error:
        raise UserError(
            f"{name}: {error}",
            hint="save it as CSV in UTF-8, with commas between and a line of column names",
        ) from error
    found = [cell.strip() for cell in header.cells]
    known = list(columns or model.model_fields)
    must = [key for key in known if model.model_fields[key].is_required() and key not in usual]
    _check_columns(found, known, [*must, *required], name)
    values: list[M] = []
    wrong: list[str] = []
    for row in rows:
        try:
            value = model.model_validate({**usual, **_given(model, found, row.cells)})
            if check is not None:
                check(value)
        except ValidationError as error:
            wrong.append(f"line {row.line}: {faults(error)}")
        except ValueError as error:
            wrong.append(f"line {row.line}: {error}")
        else:
            values.append(value)
    if wrong:
        more = f"; and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise UserError(
            f"{name}: {counted(len(wrong), 'row')} cannot be read, nothing was imported",
            hint="; ".join(wrong[:_SHOWN]) + more,
        )
    return values


def _check_columns(
    found: Sequence[str], known: Sequence[str], must: Sequence[str], name: str
) -> None:
    missing = [column for column in must if column not in found]
    unknown = [column for column in found if column not in known]
    twice = [column for column, count in Counter(found).items() if count > 1 and column in known]
    if missing or unknown or twice:
        parts = [f"missing {', '.join(missing)}"] if missing else []
        parts += [f"unknown {', '.join(_shown(unknown, found, known))}"] if unknown else []
        parts += [f"{', '.join(twice)} there twice"] if twice else []
        hint = f"the columns are: {', '.join(known)}"
        raise UserError(f"{name}: columns {'; '.join(parts)}", hint=hint)


def _shown(unknown: Sequence[str], found: Sequence[str], known: Sequence[str]) -> list[str]:
    """Their names where some are known, or nearly; else there may be no header, and these are a client's
    data.
    """
    is_header = bool(set(found) & set(known))
    return [
        repr(column)
        if is_header or closest(column, list(known))
        else f"column no. {found.index(column) + 1}"
        for column in unknown
    ]


def _given(model: type[BaseModel], columns: Sequence[str], cells: Sequence[str]) -> dict[str, Any]:
    if len(cells) > len(columns):
        raise ValueError("more fields than columns; put text with commas in quotes")
    given = zip(columns, cells, strict=False)  # a spreadsheet drops empty last cells
    return {
        column: _parts(text) if _is_list(model, column) else text.strip()
        for column, text in given
        if text.strip()
    }


def _is_list(model: type[BaseModel], column: str) -> bool:
    return get_origin(model.model_fields[column].annotation) is list


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def write_rows(model: type[M], values: Iterable[M], *, columns: Collection[str] = ()) -> str:
    """A CSV file of models that `read_rows` reads back, guarded against what a spreadsheet would run.

    Args:
        model: what the rows are.
        values: the rows.
        columns: those to write, if not all the model's fields.
    """
    names = list(columns or model.model_fields)
    return write_csv(names, [[_cell(getattr(one, name)) for name in names] for one in values])


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "; ".join(map(str, value)) if isinstance(value, list) else value
