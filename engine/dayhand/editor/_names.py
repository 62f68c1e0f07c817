"""Names in a routine: where one is declared, where it is used, and another one in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath

from dayhand import document
from dayhand.editor._edits import Edit, applied
from dayhand.editor._surroundings import Surroundings
from dayhand.errors import UserError
from dayhand.problems import Mark
from dayhand.validation.inspection import Inspection

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class RenameError(UserError):
    """A name cannot be given another: what stands there is none, or the new one does not do."""


@dataclass(frozen=True, slots=True)
class NameAt:
    """A name at a place: where it stands there, where it is declared, and of what kind it is."""

    name: str
    mark: Mark
    declared: Mark
    kind: str


def name_at(inspection: Inspection, line: int, column: int) -> NameAt | None:
    """The id, input or item at a place (line and column from 0), or None."""
    for use in inspection.uses:
        if _holds(use.mark, line, column):
            return NameAt(use.name, use.mark, use.declared, use.kind)
        if _holds(use.declared, line, column):
            return NameAt(use.name, use.declared, use.declared, use.kind)
    for step in inspection.steps:
        if step.id and step.id_mark and _holds(step.id_mark, line, column):
            return NameAt(step.id, step.id_mark, step.id_mark, "step")
    return None


def _holds(mark: Mark, line: int, column: int) -> bool:
    begin = mark.column - 1
    return mark.line - 1 == line and begin <= column <= begin + mark.length


def uses_of(inspection: Inspection, declared: Mark) -> list[Mark]:
    """Where a name is used, in the order of the text; its declaration is not among them."""
    return sorted({use.mark for use in inspection.uses if use.declared == declared})


def definition(
    text: str, file: str, line: int, column: int, around: Surroundings
) -> tuple[PurePath | None, Mark] | None:
    """Where what stands at a place is declared: a mark in this file (None), or in another routine's."""
    read = document.read(text, file=file)
    for scalar in _called(read.root):
        if _holds(scalar.mark, line, column) and scalar.text in around.files:
            return around.files[scalar.text], Mark(str(around.files[scalar.text]), 1, 1)
    found = name_at(around.inspect(text, file), line, column)
    return (None, found.declared) if found else None


def _called(node: document.Node | None, depth: int = 0) -> Iterator[document.Scalar]:
    """The names of other routines: values of `routine` below the top."""
    if isinstance(node, document.Mapping):
        for entry in node.entries:
            if depth and entry.key.text == "routine" and isinstance(entry.value, document.Scalar):
                yield entry.value
            yield from _called(entry.value, depth + 1)
    elif isinstance(node, document.Sequence):
        for item in node.items:
            yield from _called(item, depth + 1)


def rename(
    text: str, file: str, line: int, column: int, new: str, around: Surroundings
) -> list[Edit]:
    """The edits that give a step's id, or a loop's item, another name everywhere.

    Raises:
        RenameError: nothing that can be renamed stands there, or the routine would not mean the same.
    """
    inspection = around.inspect(text, file)
    found = name_at(inspection, line, column)
    if found is None:
        raise RenameError("only the id of a step, or the item of a loop, can be renamed")
    if found.kind == "input":
        hint = "change it by hand, together with what starts it"
        raise RenameError("an input's name is known to whoever starts the routine", hint=hint)
    if not _NAME.fullmatch(new):
        raise RenameError(f"'{new}' is no name: lower-case letters, digits and '_', a letter first")
    marks = [found.declared, *uses_of(inspection, found.declared)]
    edits = [Edit.of(mark, new) for mark in marks]
    _check(inspection, around.inspect(applied(text, edits), file))
    return sorted(edits)


def _check(before: Inspection, after: Inspection) -> None:
    """A rename must not make a mistake that was not there: a name taken, a field named elsewhere."""
    known = {problem.code for problem in before.checked.problems if problem.is_error}
    counts = [sum(p.is_error for p in one.checked.problems) for one in (before, after)]
    if counts[1] > counts[0]:
        new = [p for p in after.checked.problems if p.is_error and p.code not in known]
        told = (new or [p for p in after.checked.problems if p.is_error])[0]
        raise RenameError(f"line {told.mark.line}: {told.message}", hint=told.hint)
