"""CSV text to rows and back: strict about its form, tolerant of what spreadsheets add.

An export guards each cell that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, also in
full width, TAB, CR, LF or NUL at its start, OWASP ASVS 1.2.10) with an apostrophe. A cell that
begins with apostrophes before such a sign gets one more, so that taking one away on import always
gives back what was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["CsvRow", "read_csv", "write_csv"]

_SIGNS = r"[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n\x00]"
_RISKY = re.compile(f"'*{_SIGNS}")
_GUARDED = re.compile(f"'+{_SIGNS}")
LARGEST = 20 * 1024 * 1024
MOST_CELLS = 1_000
"""In a row."""
MOST_ROWS = 200_000
MOST_IN_ALL = 2_000_000
"""Cells of a file; a short one takes sixty bytes of memory, and three in the file."""


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row's cells, and the line it begins on."""

    line: int
    cells: list[str]


def guarded(text: str) -> str:
    """The cell, made safe for a spreadsheet."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(text: str) -> str:
    """The cell as it was before `guarded`."""
    return text[1:] if _GUARDED.match(text) else text


def write_csv(
    header: Sequence[str], rows: Iterable[Sequence[Any]], *, as_they_are: Collection[str] = ()
) -> str:
    """CSV text with a byte-order mark, without which Excel misreads accents.

    Text is guarded; numbers, dates and the like are written as `str` gives them, and `None` as
    nothing.

    Args:
        header: the names of the columns.
        rows: the cells of each row.
        as_they_are: columns whose text is known to be a number or a date, and is not guarded.
    """
    plain = [name in as_they_are for name in header]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    for cells in rows:
        writer.writerow(
            guarded(cell)
            if isinstance(cell, str) and not bare
            else ""
            if cell is None
            else str(cell)
            for cell, bare in zip(cells, plain, strict=True)
        )
    return "\ufeff" + out.getvalue()


def read_csv(data: bytes) -> list[CsvRow]:
    """All rows that are not blank, the header first, without the guard of `write_csv`.

    Raises:
        ValueError: it is not CSV in UTF-8; the message says why and where.
    """
    if len(data) > LARGEST:
        raise ValueError("it is larger than 20 MiB")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"line {line} is not UTF-8 text; in the spreadsheet choose 'CSV UTF-8' when saving"
        ) from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[CsvRow] = []
    line, in_all = 1, 0
    try:
        for cells in reader:
            if len(cells) > MOST_CELLS:
                raise ValueError(f"line {line} has more than {MOST_CELLS:,} cells")
            if cells and any(cell.strip() for cell in cells):
                rows.append(CsvRow(line, [unguarded(cell) for cell in cells]))
                in_all += len(cells)
                _refuse_many(len(rows), in_all)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line} is not well-formed CSV ({error})") from error
    return rows


def _refuse_many(rows: int, cells: int) -> None:
    if rows > MOST_ROWS:
        raise ValueError(f"it has more than {MOST_ROWS:,} rows")
    if cells > MOST_IN_ALL:
        raise ValueError(f"it has more than {MOST_IN_ALL:,} cells")
