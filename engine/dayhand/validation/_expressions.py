"""The expressions of a located text, with what is wrong told at its character."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dayhand import document, expressions
from dayhand.problems import Mark, Problem

_STEP = re.compile(
    r"""\s*(?:\.\s*(?P<name>\w+)|\[\s*(?P<index>'[^']*'|"[^"]*"|-?\d+)\s*\])""", re.VERBOSE
)
_MOST = 200  # expressions looked at in a text in which one is wrong
_HEAD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Reference:
    """A value an expression asks for, such as `steps.drafts.total`, and where it stands."""

    scalar: document.Scalar
    path: tuple[str | int, ...]
    offset: int
    length: int
    is_guarded: bool

    def mark(self, part: int) -> Mark:
        """Where a part of the path is written; of the whole if that cannot be told."""
        spots = _spots(self.scalar.text, self.offset)
        offset, length = spots[part] if part < len(spots) else (self.offset, self.length)
        return document.place(self.scalar, offset, length)

    def text(self, parts: int) -> str:
        """The first parts of the path as they are written in an expression."""
        shown = str(self.path[0])
        for part in self.path[1:parts]:
            shown += f"[{part}]" if isinstance(part, int) else f".{part}"
        return shown


@dataclass(frozen=True, slots=True)
class Read:
    """What was found in a text: what it refers to, and each expression with its offset.

    `is_alone` says that the text is one expression and nothing else.
    """

    scalar: document.Scalar
    references: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    expressions: tuple[tuple[int, expressions.Part], ...] = ()
    is_alone: bool = False


def read_bare(scalar: document.Scalar) -> Read:
    """A bare expression, as `when` and `for_each` take it."""
    try:
        told = _told_bare(scalar.text)
    except expressions.ExpressionError as error:
        return Read(scalar, problems=(_problem(scalar, error),))
    found = _references(scalar, told.references)
    return Read(scalar, found, expressions=told.outlines, is_alone=True)


def read_text(scalar: document.Scalar) -> Read:
    """A text with `${{ }}` in it."""
    try:
        told = _told_text(scalar.text)
    except expressions.ExpressionError as error:
        return _read_one_by_one(scalar, error)
    found = _references(scalar, told.references)
    return Read(scalar, found, expressions=told.outlines, is_alone=told.is_alone)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of a text without its place: kept, for an editor checks a text at each key."""

    references: tuple[expressions.Reference, ...] = ()
    outlines: tuple[tuple[int, expressions.Part], ...] = ()
    is_alone: bool = False


@functools.lru_cache(maxsize=4096)
def _told_bare(text: str) -> _Told:
    compiled = expressions.compile_expression(text)
    return _Told(compiled.references(), ((0, compiled.outline()),), is_alone=True)


@functools.lru_cache(maxsize=4096)
def _told_text(text: str) -> _Told:
    compiled = expressions.compile_text(text)
    if isinstance(compiled, str):
        return _Told()
    outlines = tuple(
        (part[0], part[1].outline()) for part in compiled.parts if not isinstance(part, str)
    )
    return _Told(compiled.references(), outlines, is_alone=compiled.alone is not None)


def _read_one_by_one(scalar: document.Scalar, first: expressions.ExpressionError) -> Read:
    """A text in which an expression is wrong: the others are looked at as well."""
    problems = {_problem(scalar, first): None}
    found: list[Reference] = []
    outlines: list[tuple[int, expressions.Part]] = []
    for start, text in _embedded(scalar.text):
        try:
            compiled = expressions.compile_expression(text)
        except expressions.ExpressionError as error:
            problems[_problem(scalar, error, start)] = None
        else:
            found += _references(scalar, compiled.references(), start)
            outlines.append((start, compiled.outline()))
    return Read(scalar, tuple(found), tuple(problems), tuple(outlines))


def _embedded(text: str) -> Iterator[tuple[int, str]]:
    """What stands between `${{` and the next `}}`, with its offset; not more than may stand."""
    position = 0
    for _ in range(_MOST):
        start = text.find("${{", position) + 3
        end = text.find("}}", start)
        if start < 3 or end < 0:
            return
        yield start, text[start:end]
        position = end + 2


def _references(
    scalar: document.Scalar, found: Iterable[expressions.Reference], start: int = 0
) -> tuple[Reference, ...]:
    return tuple(
        Reference(scalar, one.path, start + one.offset, one.length, one.guarded)
        for one in found
        if one.path != ("null",)
    )


def _spots(text: str, offset: int) -> list[tuple[int, int]]:
    """Offset and length of each part of a reference that begins at `offset`."""
    head = _HEAD.match(text, offset)
    if not head:
        return []
    spots = [(head.start(), len(head[0]))]
    position = head.end()
    while found := _STEP.match(text, position):
        group = "name" if found["name"] is not None else "index"
        spots.append((found.start(group), len(found[group])))
        position = found.end()
    return spots


def _problem(
    scalar: document.Scalar, error: expressions.ExpressionError, start: int = 0
) -> Problem:
    mark = document.place(scalar, start + error.offset, error.length)
    return Problem(mark, error.code, error.message, error.hint)
