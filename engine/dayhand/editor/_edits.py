"""Changes of a text that touch nothing but what they change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dayhand.problems import Mark


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """`new` in place of `length` characters at a line and a column, both from 0."""

    line: int
    column: int
    length: int
    new: str

    @classmethod
    def of(cls, mark: Mark, new: str) -> Edit:
        """What replaces the text at a mark."""
        return cls(mark.line - 1, mark.column - 1, mark.length, new)


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with the edits made, none of which may overlap another; all else keeps every byte."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, reverse=True):
        line = lines[edit.line]
        lines[edit.line] = line[: edit.column] + edit.new + line[edit.column + edit.length :]
    return "".join(lines)
