"""Credits as CSV."""

from __future__ import annotations

from collections.abc import Iterable

from dayhand import read_rows, write_rows
from dayhand_education.models import Credit

__all__ = ["COLUMNS", "as_csv", "read_credits"]

COLUMNS = (
    "completed_on", "title", "provider", "hours", "minutes", "subjects", "format", "category",
    "approved_by", "certificate", "licences",
)  # fmt: skip


def _has_one_length(credit: Credit) -> None:
    if (credit.hours is None) == (credit.minutes is None):
        raise ValueError("write either hours or minutes")


def read_credits(data: bytes, name: str) -> list[Credit]:
    """The credits in a file, all or none.

    Raises:
        UserError: it is no such file; or some rows are wrong, each told with its line.
    """
    return read_rows(Credit, data, name, columns=COLUMNS, check=_has_one_length)


def as_csv(courses: Iterable[Credit]) -> str:
    """The credits as a CSV file."""
    return write_rows(Credit, courses, columns=COLUMNS)
