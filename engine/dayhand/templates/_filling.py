"""Parts and values → text, within bounds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dayhand.expressions import EvaluationError, compile_expression
from dayhand.templates._errors import TemplateError
from dayhand.templates._html import inert, is_address
from dayhand.templates._reading import Choice, Formula, Loop, Part, Value

MAX_TEXT = 1024 * 1024
MAX_ITEMS = 1_000
MAX_ROUNDS = 100_000

_AS_TEXT = compile_expression("value | text")


class Output:
    """The text so far, which has an end, and so have the rounds of all loops together."""

    def __init__(self, *, html: bool) -> None:
        self.parts: list[str] = []
        self._html = html
        self._size = 0
        self._rounds = 0

    def write(self, parts: Sequence[Part], scope: dict[str, Any]) -> None:
        for part in parts:
            if isinstance(part, str):
                self._add(part, None)
            elif isinstance(part, Value):
                self._add(self._text(part, scope), part.formula)
            elif isinstance(part, Choice):
                self._choose(part, scope)
            else:
                self._repeat(part, scope)

    def _add(self, text: str, formula: Formula | None) -> None:
        self._size += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))
        if self._size > MAX_TEXT:
            line = formula.line(0) if formula else 1
            raise TemplateError("the text grows beyond 1 MiB", line, "use fewer or shorter values")
        self.parts.append(text)

    def _text(self, part: Value, scope: dict[str, Any]) -> str:
        value = part.formula.value(scope)
        line = part.formula.line(0)
        if value is None:
            hint = "say what stands there instead, with the filter default"
            raise TemplateError("this value is empty (null)", line, hint)
        try:
            text = str(_AS_TEXT.evaluate({"value": value}))
        except EvaluationError as error:
            raise TemplateError(error.message, line, error.hint) from None
        if not self._html:
            return text
        if part.is_address and not is_address(text):
            hint = "use https:, mailto: or tel:"
            raise TemplateError("this value is not an address that may be linked", line, hint)
        return inert(text)

    def _choose(self, part: Choice, scope: dict[str, Any]) -> None:
        for condition, body in part.branches:
            if condition is None or condition.value(scope):
                self.write(body, scope)
                return

    def _repeat(self, part: Loop, scope: dict[str, Any]) -> None:
        items = part.items.value(scope)
        line = part.items.line(0)
        if not isinstance(items, list):
            raise TemplateError("'for' goes over a list, and this is none", line)
        self._rounds += len(items)
        if len(items) > MAX_ITEMS or self._rounds > MAX_ROUNDS:
            message = (
                f"'for' goes over up to {MAX_ITEMS:,} items, and all loops over {MAX_ROUNDS:,}"
            )
            raise TemplateError(message, line, "split the list in the routine")
        for index, item in enumerate(items, start=1):
            loop = {"index": index, "first": index == 1, "last": index == len(items)}
            self.write(part.body, {**scope, part.name: item, "loop": loop})
        if not items:
            self.write(part.otherwise, scope)
