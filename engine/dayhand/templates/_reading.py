"""Template text → parts: a reader with a stack of open blocks, and expressions in between."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from dayhand.expressions import (
    EvaluationError,
    Expression,
    ExpressionError,
    MissingError,
    compile_expression,
)
from dayhand.templates._errors import TemplateError
from dayhand.templates._html import Place

MAX_SOURCE = 128 * 1024
MAX_EXPRESSIONS = 2_000
MAX_LOOPS = 2
MAX_LEVELS = 20
TAGS = ("for", "if", "elif", "else", "endfor", "endif")

_OPENING = re.compile(r"\{(?:\{|%|#)-?")
_CLOSING = {
    kind: re.compile(rf"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|(?P<end>-?{kind}\}})""")
    for kind in ("%", r"\}")
}
_REMARK_END = re.compile(r"-?#\}")
_TAG = re.compile(r"\s*(\w+)?(.*)", re.DOTALL)
_FOR = re.compile(r"\s*(\w+(?:\s*,\s*\w+)*)\s+in\b(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the template: `kind` is "text", "{" (a value) or "%" (a tag)."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression and how to find its lines."""

    expression: Expression
    start: int
    source: str = field(repr=False)

    def line(self, offset: int) -> int:
        return line_of(self.source, self.start + offset)

    def value(self, scope: Mapping[str, Any]) -> Any:
        try:
            return self.expression.evaluate(scope)
        except EvaluationError as error:
            hint = error.hint
            if not hint and isinstance(error, MissingError):
                hint = "hand it over in values, or use the filter default"
            raise TemplateError(error.message, self.line(error.offset), hint) from None


@dataclass(frozen=True, slots=True)
class Value:
    formula: Formula
    is_address: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The branches of an `if`; the condition of `else` is None."""

    branches: tuple[tuple[Formula | None, tuple[Part, ...]], ...]


@dataclass(frozen=True, slots=True)
class Loop:
    name: str
    items: Formula
    body: tuple[Part, ...]
    otherwise: tuple[Part, ...]


Part = str | Value | Choice | Loop


def line_of(source: str, offset: int) -> int:
    return source.count("\n", 0, offset) + 1


@functools.lru_cache(maxsize=64)
def read(source: str, html: bool) -> tuple[Part, ...]:  # noqa: FBT001  # a key of the cache
    if len(source) > MAX_SOURCE:
        raise TemplateError(f"a template has up to {MAX_SOURCE // 1024} KiB", 1, "split it")
    source = source.replace("\r\n", "\n")
    return _Reader(source, html=html).read()


def _pieces(source: str) -> Iterator[_Piece]:
    """The template cut up; white space that a tag swallows is gone."""
    position, text_start, eats = 0, 0, False
    while (opening := _OPENING.search(source, position)) is not None:
        kind = opening[0][1]
        body, end, trims_after = _inside(source, kind, opening)
        start, end = _with_its_line(source, kind, opening.start(), end)
        text = source[text_start : max(start, text_start)]
        text = text.lstrip() if eats else text
        yield _Piece("text", text.rstrip() if opening[0].endswith("-") else text, text_start)
        if kind != "#":
            yield _Piece(kind, body, opening.end())
        position = text_start = end
        eats = trims_after
    yield _Piece("text", source[text_start:].lstrip() if eats else source[text_start:], text_start)


def _inside(source: str, kind: str, opening: re.Match[str]) -> tuple[str, int, bool]:
    """What stands between the braces, where that ends, and whether it swallows what follows."""
    start = opening.end()
    if kind == "#":
        end = _REMARK_END.search(source, start)
    else:
        found = _CLOSING["%" if kind == "%" else r"\}"].finditer(source, start)
        end = next((match for match in found if match["end"]), None)
    if end is None:
        closing = {"{": "}}", "%": "%}", "#": "#}"}[kind]
        line = line_of(source, opening.start())
        raise TemplateError(f"this '{{{kind}' is not closed", line, f"add '{closing}'")
    return source[start : end.start()], end.end(), end[0].startswith("-")


_REST_OF_LINE = re.compile(r"[ \t]*(?:\n|\Z)")


def _with_its_line(source: str, kind: str, start: int, end: int) -> tuple[int, int]:
    """From where to where a tag or remark goes: its whole line, if it stands there alone."""
    line_start = source.rfind("\n", 0, start) + 1
    rest = _REST_OF_LINE.match(source, end)
    if kind == "{" or rest is None or source[line_start:start].strip(" \t"):
        return start, end
    return line_start, rest.end()


@dataclass(slots=True)
class _Block:
    """A tag that is not ended yet: its finished branches, and the parts of the one being read."""

    tag: str
    start: int
    heads: list[Any]
    bodies: list[list[Part]]


class _Reader:
    """Pieces → parts, with a stack of open blocks in place of recursion."""

    def __init__(self, source: str, *, html: bool) -> None:
        self._source = source
        self._place = Place() if html else None
        self._stack = [_Block("", 0, [None], [[]])]
        self._formulas = 0

    def read(self) -> tuple[Part, ...]:
        for piece in _pieces(self._source):
            if piece.kind == "%":
                self._tag(piece)
            elif piece.kind == "{":
                formula = self._formula(piece.text, piece.start)
                is_address = self._place.take_value(formula.line(0)) if self._place else False
                self._parts.append(Value(formula, is_address))
            elif piece.text:
                if self._place:
                    self._place.take_text(piece.text)
                self._parts.append(piece.text)
        if len(self._stack) > 1:
            block = self._stack[-1]
            self._fail(
                f"this '{block.tag}' is not ended", block.start, f"add {{% end{block.tag} %}}"
            )
        return tuple(self._parts)

    @property
    def _parts(self) -> list[Part]:
        return self._stack[-1].bodies[-1]

    def _fail(self, message: str, offset: int, hint: str = "") -> NoReturn:
        raise TemplateError(message, line_of(self._source, offset), hint)

    def _formula(self, text: str, start: int) -> Formula:
        self._formulas += 1
        if self._formulas > MAX_EXPRESSIONS:
            self._fail(
                f"a template has up to {MAX_EXPRESSIONS:,} values and tags", start, "split it"
            )
        try:
            return Formula(compile_expression(text), start, self._source)
        except ExpressionError as error:
            self._fail(error.message, start + error.offset, error.hint)

    def _tag(self, piece: _Piece) -> None:
        found = _TAG.match(piece.text)
        tag = (found and found[1]) or ""
        rest = found[2] if found else ""
        start = piece.start + len(piece.text) - len(rest)
        if tag not in TAGS:
            self._fail(f"'{tag}' is not a tag", piece.start, f"there are {', '.join(TAGS)}")
        if tag in ("else", "endfor", "endif") and rest.strip():
            self._fail(f"nothing stands after '{tag}'", piece.start)
        if tag == "if":
            self._open(_Block("if", piece.start, [self._formula(rest, start)], [[]]))
        elif tag == "for":
            self._open(_Block("for", piece.start, [self._head(rest, start)], [[]]))
        elif tag.startswith("end"):
            self._end(tag.removeprefix("end"), piece.start)
        else:
            self._branch(tag, rest, start)

    def _open(self, block: _Block) -> None:
        if len(self._stack) > MAX_LEVELS:
            self._fail("the tags are nested too deeply", block.start, "make the template simpler")
        loops = sum(open_block.tag == "for" for open_block in self._stack)
        if block.tag == "for" and loops >= MAX_LOOPS:
            hint = "prepare the lists in the routine"
            self._fail(f"loops stand up to {MAX_LOOPS} deep", block.start, hint)
        self._stack.append(block)

    def _head(self, text: str, start: int) -> tuple[str, Formula]:
        found = _FOR.match(text)
        if found is None:
            self._fail("this 'for' cannot be read", start, "write {% for item in list %}")
        name = found[1]
        if not name.isidentifier() or name.startswith("_") or name == "loop":
            self._fail(f"'{name}' cannot name the items", start, "one name, such as 'item'")
        return name, self._formula(found[2], start + found.start(2))

    def _branch(self, tag: str, rest: str, start: int) -> None:
        block = self._stack[-1]
        after_else = len(block.heads) > 1 and block.heads[-1] is None
        if not block.tag or after_else or (tag == "elif" and block.tag == "for"):
            self._fail(f"this '{tag}' belongs to no 'if'", start)
        block.heads.append(self._formula(rest, start) if tag == "elif" else None)
        block.bodies.append([])

    def _end(self, tag: str, start: int) -> None:
        block = self._stack[-1]
        if block.tag != tag:
            hint = f"'{block.tag}' is open here" if block.tag else ""
            self._fail(f"there is no '{tag}' to end here", start, hint)
        self._stack.pop()
        bodies = [tuple(body) for body in block.bodies]
        if tag == "if":
            self._parts.append(Choice(tuple(zip(block.heads, bodies, strict=True))))
        else:
            name, items = block.heads[0]
            self._parts.append(Loop(name, items, bodies[0], bodies[1] if len(bodies) > 1 else ()))
