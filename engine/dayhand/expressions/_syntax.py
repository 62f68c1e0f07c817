"""Source → Jinja2 syntax tree, with offsets, within bounds, and nothing in it but the language.

The tokens are ours and Jinja2's parser reads them. Where Jinja2 keeps a line number our tokens
carry their offset in the source, so that every node knows its character. (Its own lexer would give
a line, read `1.10` as a float, and take `02139` for two numbers.)
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import Token, TokenStream
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from dayhand.errors import DayhandError
from dayhand.expressions._errors import ExpressionError

MAX_LENGTH = 2_000
MAX_BRACKETS = 24
MAX_LEVELS = 60
MAX_DIGITS = 28
OLDEST_JINJA = (3, 1, 6)  # CVE-2025-27516

_TOKEN = re.compile(
    r"""
      (?P<space>\s+)
    | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<float>[0-9]+(?:\.[0-9]+(?:[eE][+-]?[0-9]{1,2})?|[eE][+-]?[0-9]{1,2})(?![\w]))
    | (?P<integer>[0-9]+(?![\w]))
    | (?P<name>[^\W\d]\w*)
    | (?P<operator>\*\*|//|==|!=|>=|<=|[-+*/%~\[\](){}<>=.:|,;])
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {
    "+": "add", "-": "sub", "/": "div", "//": "floordiv", "*": "mul", "%": "mod", "**": "pow",
    "~": "tilde", "[": "lbracket", "]": "rbracket", "(": "lparen", ")": "rparen",
    "{": "lbrace", "}": "rbrace", "==": "eq", "!=": "ne", ">": "gt", ">=": "gteq",
    "<": "lt", "<=": "lteq", "=": "assign", ".": "dot", ":": "colon", "|": "pipe",
    ",": "comma", ";": "semicolon",
}  # fmt: skip
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_INSTEAD = {
    "&": "write 'and'",
    "!": "write 'not', or '!=' to compare",
    "?": "write 'a if condition else b'",
    "$": "leave out '${{ }}': this is an expression already",
    "`": "use ' or \" around a text",
    "“": 'use straight quotes: "',
    "”": 'use straight quotes: "',
    "‘": "use straight quotes: '",
    "’": "use straight quotes: '",
}
_NOT_PARTS: dict[type[nodes.Node], tuple[str, str]] = {
    nodes.Call: ("calls are not part of the language", "use a filter: value | name"),
    nodes.Pow: ("'**' is not part of the language", "multiply instead"),
    nodes.Slice: ("slices are not part of the language", "use first, last or truncate"),
}
_PARTS = (
    nodes.Name, nodes.Const, nodes.Tuple, nodes.List, nodes.Dict, nodes.Pair, nodes.CondExpr,
    nodes.Filter, nodes.Test, nodes.Getattr, nodes.Getitem, nodes.Concat, nodes.Compare,
    nodes.Operand, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod,
    nodes.Not, nodes.Neg, nodes.Pos, nodes.And, nodes.Or, nodes.Keyword,
)  # fmt: skip
_STATEMENTS = frozenset({"for", "lambda", "import", "set", "include", "macro", "def"})


@dataclass(frozen=True, slots=True)
class Tree:
    """A parsed expression; `ends` tells where a token that begins at an offset ends.

    For a dot that is the end of the name after it, for an opening bracket its closing one.
    """

    source: str
    root: nodes.Expr
    ends: dict[int, int] = field(repr=False)


def parse(source: str) -> Tree:
    """The tree of an expression in which everything is allowed and bounded.

    Raises:
        ExpressionError: anything else.
    """
    if len(source) > MAX_LENGTH:
        raise ExpressionError(
            f"an expression can have up to {MAX_LENGTH:,} characters; this one has {len(source):,}",
            offset=MAX_LENGTH,
            code="expression-too-long",
            hint="split it with value.set, or move long text into a template",
        )
    tokens, ends = _tokens(source)
    if not tokens:
        raise _syntax_error("there is no expression here", 0, max(len(source), 1))
    root = _parsed(source, tokens, ends)
    _check(source, root, ends)
    return Tree(source, root, ends)


@functools.cache
def _environment() -> ImmutableSandboxedEnvironment:
    """Holds Jinja2's parser. Nothing is ever rendered by it."""
    check_jinja(vars(jinja2).get("__version__"))
    return ImmutableSandboxedEnvironment(autoescape=True)


def check_jinja(version: str | None) -> None:
    """Refuse a Jinja2 with known holes; None is one so new that it no longer has the attribute."""
    if version is None:
        return
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    if numbers < OLDEST_JINJA:
        raise DayhandError(
            f"Jinja2 {version} has known security holes",
            hint="install Jinja2 3.1.6 or newer: pip install --only-binary :all: -U jinja2",
        )


def _syntax_error(message: str, offset: int, length: int = 1, hint: str = "") -> ExpressionError:
    return ExpressionError(
        message, offset=offset, length=length, code="expression-syntax", hint=hint
    )


def _not_allowed(message: str, offset: int, length: int, hint: str) -> ExpressionError:
    return ExpressionError(
        message, offset=offset, length=length, code="expression-not-allowed", hint=hint
    )


def _too_deep(offset: int) -> ExpressionError:
    return ExpressionError(
        "the expression is nested too deeply",
        offset=offset,
        code="expression-too-deep",
        hint="split it with value.set",
    )


def _tokens(source: str) -> tuple[list[Token], dict[int, int]]:
    tokens: list[Token] = []
    ends: dict[int, int] = {}
    brackets: list[tuple[str, int]] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise _unknown_character(source, position)
        if match.lastgroup != "space":
            is_part = bool(tokens) and tokens[-1].type == "dot"
            token = _token(match, is_part=is_part)
            if is_part:
                ends[tokens[-1].lineno] = match.end()
            tokens.append(token)
            ends.setdefault(position, match.end())
            _balance(match, brackets, ends)
        position = match.end()
    if brackets:
        raise _syntax_error(
            f"this '{brackets[-1][0]}' is not closed",
            brackets[-1][1],
            hint=f"add '{_CLOSING[brackets[-1][0]]}'",
        )
    return tokens, ends


def _unknown_character(source: str, position: int) -> ExpressionError:
    char = source[position]
    if char.isdigit():
        length = len(re.match(r"[\w.]*", source[position:])[0])  # type: ignore[index]
        hint = "letters and digits are mixed; text needs quotes"
        return _syntax_error("this is not a number", position, max(length, 1), hint)
    if char in ("'", '"'):
        return _syntax_error("this text is not closed", position, hint=f"add {char} where it ends")
    return _syntax_error(f"unexpected '{char}'", position, hint=_INSTEAD.get(char, ""))


def _token(match: re.Match[str], *, is_part: bool) -> Token:
    kind, text, offset = str(match.lastgroup), match[0], match.start()
    if kind == "operator":
        return Token(offset, _OPERATORS[text], text)
    if kind == "name":
        return Token(offset, kind, "none" if text == "null" and not is_part else text)
    if kind == "string":
        return Token(offset, kind, re.sub(r"\\(.)", _unescaped, text[1:-1], flags=re.DOTALL))
    return _number(kind, text, offset)


def _number(kind: str, text: str, offset: int) -> Token:
    value: Any = Decimal(text) if kind == "float" else int(text)
    if len(text) > MAX_DIGITS or abs(Decimal(text).adjusted()) > MAX_DIGITS:
        raise _not_allowed("this number is too long", offset, len(text), "")
    if kind == "integer" and len(text) > 1 and text[0] == "0":
        raise _syntax_error(
            "a number does not begin with 0", offset, len(text), "a code such as a ZIP needs quotes"
        )
    return Token(offset, kind, value)


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])


def _balance(match: re.Match[str], brackets: list[tuple[str, int]], ends: dict[int, int]) -> None:
    char, offset = match[0], match.start()
    if char in _CLOSING:
        brackets.append((char, offset))
        if len(brackets) > MAX_BRACKETS:
            raise _too_deep(offset)
    elif char in (")", "]", "}"):
        if not brackets or _CLOSING[brackets[-1][0]] != char:
            raise _syntax_error(f"unexpected '{char}'", offset)
        ends[brackets.pop()[1]] = match.end()


def _parsed(source: str, tokens: list[Token], ends: dict[int, int]) -> nodes.Expr:
    end = Token(len(source.rstrip()), "eof", "")
    parser = Parser(_environment(), "", state="variable")
    parser.stream = TokenStream(iter([*tokens, end]), None, None)
    try:
        root = parser.parse_expression()
    except RecursionError:  # `not not not …`; the parser is Python, so the process is safe
        raise _too_deep(0) from None
    except TemplateSyntaxError as error:
        culprit = next((token for token in tokens if token.lineno == error.lineno), end)
        raise _unexpected(culprit, ends) from None
    if parser.stream.current.type != "eof":
        raise _unexpected(parser.stream.current, ends)
    return root


def _unexpected(token: Token, ends: dict[int, int]) -> ExpressionError:
    offset = token.lineno
    if token.type == "eof":
        return _syntax_error("the expression stops too early", max(offset - 1, 0))
    length = ends.get(offset, offset + 1) - offset
    if token.type == "name" and token.value in _STATEMENTS:
        return _not_allowed(
            f"'{token.value}' is not part of the language",
            offset,
            length,
            "use the filters map, select, sum or join",
        )
    if token.type == "assign":
        return _syntax_error("unexpected '='", offset, hint="write '==' to compare")
    if token.type == "name":
        hint = "put a text in quotes, or join two values with '~'"
        return _syntax_error(f"unexpected '{token.value}'", offset, length, hint)
    return _syntax_error(
        f"unexpected '{_shown(token)}'", offset, 1 if token.type in _CLOSERS else length
    )


_CLOSERS = frozenset({"lparen", "lbracket", "lbrace", "dot"})


def _shown(token: Token) -> str:
    shown = str(token.value)
    return shown if len(shown) <= 20 else shown[:20] + "…"  # fits one line


def _walk(root: nodes.Expr) -> Iterator[tuple[nodes.Node, int]]:
    """Every node with its level, without recursion."""
    waiting: list[tuple[nodes.Node, int]] = [(root, 1)]
    while waiting:
        node, level = waiting.pop()
        yield node, level
        waiting.extend((child, level + 1) for child in node.iter_child_nodes())


def _check(source: str, root: nodes.Expr, ends: dict[int, int]) -> None:
    for node, level in _walk(root):
        if level > MAX_LEVELS:
            raise _too_deep(node.lineno)
        if not isinstance(node, _PARTS):
            raise _refused(node, source, ends)
        if isinstance(node, nodes.Filter | nodes.Test) and (node.dyn_args or node.dyn_kwargs):
            raise _not_allowed("'*' cannot stand before an argument", node.lineno, 1, "")
        name = _private_name(node)
        if name is not None:
            length = ends.get(node.lineno, node.lineno + 1) - node.lineno
            hint = "names that begin with '_' are out of reach"
            raise _not_allowed(f"'{name}' cannot be used", node.lineno, length, hint)


def _refused(node: nodes.Node, source: str, ends: dict[int, int]) -> ExpressionError:
    message, hint = _NOT_PARTS.get(
        type(node), (f"{type(node).__name__} is not part of the language", "")
    )
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        value = source[: node.node.lineno].rstrip()
        if len(value) <= 40:  # a hint fits one line
            hint = f"a filter may do it: {value} | {node.node.attr}"
    length = ends.get(node.lineno, node.lineno + 1) - node.lineno
    return _not_allowed(message, node.lineno, length, hint)


def _private_name(node: nodes.Node) -> str | None:
    name: Any = None
    if isinstance(node, nodes.Name):
        name = node.name
    elif isinstance(node, nodes.Getattr):
        name = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        name = node.arg.value
    return name if isinstance(name, str) and name.startswith("_") else None
