"""Text with `${{ }}` in it: an expression alone gives its typed value, inside text it is text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dayhand.expressions._errors import EvaluationError, ExpressionError, FilterError
from dayhand.expressions._references import Reference
from dayhand.expressions._tree import Expression, compile_expression
from dayhand.expressions._wording import as_text, joined
from dayhand.values import tainted

_OPEN, _CLOSE = "${{", "}}"
_MAX_EXPRESSIONS = 500


@dataclass(frozen=True, slots=True)
class Template:
    """Compiled text: pieces of text, and expressions with the offset each begins at."""

    source: str
    parts: tuple[str | tuple[int, Expression], ...]

    @property
    def alone(self) -> Expression | None:
        """The expression, if there is nothing else in the text."""
        if len(self.parts) == 1 and not isinstance(self.parts[0], str):
            return self.parts[0][1]
        return None

    def references(self) -> tuple[Reference, ...]:
        """What its expressions refer to, with offsets in the whole text."""
        found = []
        for part in self.parts:
            if not isinstance(part, str):
                begin, expression = part
                for one in expression.references():
                    offsets = tuple(offset + begin for offset in one.offsets)
                    found.append(
                        Reference(one.path, one.offset + begin, one.length, one.guarded, offsets)
                    )
        return tuple(found)

    def evaluate(self, scope: Mapping[str, Any]) -> Any:
        """Its value. Raises `EvaluationError` with the offset in the whole text."""
        alone = self.alone
        values: list[Any] = []
        for part in self.parts:
            if isinstance(part, str):
                values.append(part)
                continue
            begin, expression = part
            try:
                value = expression.evaluate(scope)
                values.append(value if alone is not None else _told(value))
            except EvaluationError as error:
                raise error.moved(begin) from None
        if alone is not None:
            return values[0]
        try:
            text = joined(values)
        except FilterError as error:
            hint = "long text belongs in a template"
            raise EvaluationError(error.message, hint=hint) from None
        return tainted(text, values)


def _told(value: Any) -> str:
    try:
        text = as_text(value)
    except FilterError as error:
        raise EvaluationError(error.message, hint=error.hint) from None
    told: str = tainted(text, (value,))
    return told


def compile_text(source: str) -> Template | str:
    """Compile a text; one without `${{` is given back as it is.

    Raises:
        ExpressionError: an expression is wrong or not closed; the offset is in the whole text.
    """
    if _OPEN not in source:
        return source
    parts: list[str | tuple[int, Expression]] = []
    position = 0
    while (begin := source.find(_OPEN, position)) >= 0:
        if begin > position:
            parts.append(source[position:begin])
        inside = begin + len(_OPEN)
        end = _closing(source, inside)
        if end < 0:
            raise ExpressionError(
                "'${{' is not closed",
                offset=begin,
                length=len(_OPEN),
                code="expression-unclosed",
                hint="close it with '}}'",
            )
        parts.append((inside, _compiled(source, inside, end)))
        position = end + len(_CLOSE)
        _check_count(parts, begin)
    if position < len(source):
        parts.append(source[position:])
    return Template(source, tuple(parts))


def _check_count(parts: list[str | tuple[int, Expression]], offset: int) -> None:
    if sum(1 for part in parts if not isinstance(part, str)) > _MAX_EXPRESSIONS:
        raise ExpressionError(
            f"a text can hold up to {_MAX_EXPRESSIONS} expressions",
            offset=offset,
            length=len(_OPEN),
            code="expression-too-long",
            hint="long text belongs in a template",
        )


def _compiled(source: str, begin: int, end: int) -> Expression:
    try:
        return compile_expression(source[begin:end])
    except ExpressionError as error:
        raise error.moved(begin) from None


def _closing(source: str, position: int) -> int:
    """Where the `}}` stands that closes an expression: outside quotes, and outside braces."""
    quote, depth = "", 0
    while position < len(source):
        char = source[position]
        if quote:
            if char == "\\":
                position += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "{":
            depth += 1
        elif char == "}" and depth:
            depth -= 1
        elif source.startswith(_CLOSE, position):
            return position
        position += 1
    return -1
