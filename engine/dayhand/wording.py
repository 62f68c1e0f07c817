"""Words and tables that pages, commands and health checks share."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

__all__ = ["counted", "first_of", "markdown_table"]


def counted(number: int, noun: str) -> str:
    """`1 session`, `2 sessions`, `3 entries`."""
    if number == 1:
        return f"1 {noun}"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return f"{number} {noun[:-1]}ies"
    return f"{number} {noun}s"


def first_of(names: Sequence[str], *, most: int = 5) -> str:
    """`C-0003, C-0006 and 4 more`: as many as a line bears."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[object]], *, right: Collection[int] = ()
) -> list[str]:
    """The lines of a Markdown table; `None.` where it has no rows.

    What stands in a cell stays in it: bars get a backslash, and lines are joined.

    Args:
        head: what stands above the columns.
        rows: their cells.
        right: the columns that are set to the right, counted from 0.
    """
    body = [_row(row) for row in rows]
    if not body:
        return ["None."]
    rule = ["---:" if column in right else "---" for column in range(len(head))]
    return [_row(head), _row(rule), *body]


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")
