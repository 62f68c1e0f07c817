"""Compiled expressions, and texts with `${{ … }}` in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dayhand.expressions._data import text as as_text
from dayhand.expressions._errors import EvaluationError, ExpressionError, FilterError
from dayhand.expressions._evaluation import Reading, Run, runnable
from dayhand.expressions._references import Reference, references
from dayhand.expressions._syntax import parse

OPENING, CLOSING = "${{", "}}"
MAX_EXPRESSIONS = 500
MAX_RESULT = 256 * 1024
_BRACE_OR_TEXT = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|[{}]""", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; two are equal if their sources are."""

    source: str
    _references: tuple[Reference, ...] = field(repr=False, compare=False)
    _run: Run = field(repr=False, compare=False)

    def references(self) -> tuple[Reference, ...]:
        """What the expression reads, in the order of the text."""
        return self._references

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """The value with these names in scope, sensitive if a sensitive value was read for it.

        Raises:
            EvaluationError: a name is missing, or a value is of the wrong kind.
        """
        reading = Reading(scope)
        value = self._run(reading)
        return reading.result(value) if reading.is_sensitive else value


@dataclass(frozen=True, slots=True)
class Template:
    """A text with expressions in it: `parts` are texts and (offset, expression) pairs."""

    source: str
    parts: tuple[str | tuple[int, Expression], ...] = field(repr=False, compare=False)

    @property
    def is_alone(self) -> bool:
        """True if the text is one expression and nothing else; then its value keeps its type."""
        return len(self.parts) == 1

    def expressions(self) -> tuple[tuple[int, Expression], ...]:
        """The expressions, each with the offset at which its source begins in this text."""
        return tuple(part for part in self.parts if not isinstance(part, str))

    def references(self) -> tuple[Reference, ...]:
        """What all the expressions read, with offsets into the whole text."""
        return tuple(
            replace(reference, offset=reference.offset + offset)
            for offset, expression in self.expressions()
            for reference in expression.references()
        )

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """The typed value of an expression that stands alone, else the text with all filled in.

        What is filled in is never read as a template again.

        Raises:
            EvaluationError: with the offset in the whole text.
        """
        reading = Reading(scope)
        if self.is_alone:
            return reading.result(_value(self.parts[0], reading))
        written = [_text(part, reading) for part in self.parts]
        if sum(map(len, written)) > MAX_RESULT:
            raise EvaluationError(f"the text grows longer than {MAX_RESULT // 1024} KiB")
        return reading.result("".join(written))


def _value(part: str | tuple[int, Expression], reading: Reading) -> Any:
    if isinstance(part, str):
        return part
    offset, expression = part
    try:
        return expression._run(reading)  # noqa: SLF001  # one module, one reading for all parts
    except EvaluationError as error:
        raise error.moved(offset) from None


def _text(part: str | tuple[int, Expression], reading: Reading) -> str:
    if isinstance(part, str):
        return part
    try:
        return as_text(_value(part, reading))
    except FilterError as error:
        offset, expression = part
        start = offset + len(expression.source) - len(expression.source.lstrip())
        length = len(expression.source.strip())
        raise EvaluationError(error.message, offset=start, length=length, hint=error.hint) from None


def compile_expression(source: str) -> Expression:
    """A bare expression, as `when` and `for_each` take it.

    Raises:
        ExpressionError: it is not one of the language; offsets count from the start of `source`.
    """
    inner = source.strip()
    if inner.startswith(OPENING):
        raise ExpressionError(
            "an expression is written here without ${{ }}",
            offset=source.index(OPENING),
            length=len(inner),
            code="expression-syntax",
            hint=f"write: {inner.removeprefix(OPENING).removesuffix(CLOSING).strip()[:80]}",
        )
    tree = parse(source)
    return Expression(source, references(tree), runnable(tree))


def compile_text(source: str) -> Template | str:
    """A text as a `Template`, or as it is if it holds no `${{`.

    Raises:
        ExpressionError: offsets count from the start of `source`.
    """
    if OPENING not in source:
        return source
    parts: list[str | tuple[int, Expression]] = []
    position = 0
    while (opening := source.find(OPENING, position)) >= 0:
        if opening > position:
            parts.append(source[position:opening])
        start = opening + len(OPENING)
        end = _end(source, start)
        parts.append((start, _compiled(source[start:end], start)))
        position = end + len(CLOSING)
        _check_count(parts, opening)
    if position < len(source):
        parts.append(source[position:])
    return Template(source, tuple(parts))


def _check_count(parts: list[str | tuple[int, Expression]], offset: int) -> None:
    if len(parts) > 2 * MAX_EXPRESSIONS:
        raise ExpressionError(
            f"a text can hold up to {MAX_EXPRESSIONS} expressions",
            offset=offset,
            length=len(OPENING),
            code="expression-too-long",
            hint="use a template file",
        )


def _compiled(inner: str, offset: int) -> Expression:
    try:
        return compile_expression(inner)
    except ExpressionError as error:
        raise error.moved(offset) from None


def _end(source: str, start: int) -> int:
    """Where the closing braces of an expression stand: not in a text, not of a mapping."""
    depth = 0
    for match in _BRACE_OR_TEXT.finditer(source, start):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}" and depth:
            depth -= 1
        elif source.startswith(CLOSING, match.start()) and match[0] == "}":
            return match.start()
    end = source.find(CLOSING, start)  # a quote is open: let the compiler say so
    if end >= 0:
        return end
    raise ExpressionError(
        "this ${{ is not closed",
        offset=start - len(OPENING),
        length=len(OPENING),
        code="expression-unclosed",
        hint="add }} where the expression ends",
    )
