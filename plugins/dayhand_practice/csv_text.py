"""CSV text to rows and back: strict about its form, tolerant of what spreadsheets add.

An export guards each cell that a spreadsheet would run as a formula (`=`, `+`, `-`, `@`, TAB, CR
or NUL at its start, OWASP ASVS 1.2.10) with an apostrophe. A cell that begins with apostrophes
before such a sign gets one more, so that taking one away on import always gives back what was.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Row", "guarded", "read", "unguarded", "write"]

_RISKY = re.compile(r"'*[=+\-@\t\r\x00]")
_GUARDED = re.compile(r"'+[=+\-@\t\r\x00]")
LARGEST = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Row:
    """A row's cells, and the line it begins on."""

    line: int
    cells: list[str]


def guarded(text: str) -> str:
    """The cell, made safe for a spreadsheet."""
    return f"'{text}" if _RISKY.match(text) else text


def unguarded(text: str) -> str:
    """The cell as it was before `guarded`."""
    return text[1:] if _GUARDED.match(text) else text


def write(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """CSV text with a byte-order mark, without which Excel misreads accents."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return "\ufeff" + out.getvalue()


def read(data: bytes) -> list[Row]:
    """All rows that are not blank, the header first.

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
    rows: list[Row] = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(Row(line, [unguarded(cell) for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {line} is not well-formed CSV ({error})") from error
    return rows
