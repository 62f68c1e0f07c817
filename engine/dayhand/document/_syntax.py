"""What YAML syntax errors mean to a person who is not a programmer, and what to do about them.

The parser says "did not find expected key"; the author has put an apostrophe inside single quotes.
Each rule below looks at the line as it was written; the first one that knows its cause speaks.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Blame: TypeAlias = Literal["here", "start", "previous line"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What the parser said, and the lines it spoke about; columns count from 0."""

    said: str
    while_doing: str
    line: str
    column: int
    first_line: str
    """The line on which the construct in question began."""
    first_column: int
    previous_line: str

    @property
    def char(self) -> str:
        """The character at which the parser stopped."""
        return self.line[self.column : self.column + 1]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The message, the hint, and which of the failure's places is to blame."""

    message: str
    hint: str
    blame: Blame = "here"


def explain(failure: Failure) -> Explanation:
    """The likeliest cause of a syntax error, told in the author's words."""
    for rule in _RULES:
        explanation = rule(failure)
        if explanation:
            return explanation
    return Explanation(
        f"this is not valid YAML: {failure.said}", "look at this line and the one above it"
    )


def _tab(failure: Failure) -> Explanation | None:
    if "\t" in re.match(r"\s*", failure.line)[0]:  # type: ignore[index]  # \s* always matches
        return Explanation("a tab indents this line", "indent with spaces, two for each level")
    return None


def _open_quote(failure: Failure) -> Explanation | None:
    if "quoted scalar" in failure.while_doing and "found unexpected" in failure.said:
        quote = failure.first_line[failure.first_column : failure.first_column + 1]
        return Explanation(
            "a quote is opened here and never closed",
            f"close the text with {quote} on the same line",
            blame="start",
        )
    return None


def _escape(failure: Failure) -> Explanation | None:
    if "quoted scalar" in failure.while_doing or "double-quoted" in failure.while_doing:
        return Explanation(
            "the backslash begins an escape that does not exist",
            "use single quotes, or write the backslash twice",
        )
    return None


def _expression_in_flow(failure: Failure) -> Explanation | None:
    start = failure.line.rfind("${{", 0, failure.column + 3)
    if "flow" in failure.while_doing and start >= 0:
        return Explanation(
            "inside { } or [ ] an expression needs quotes",
            'put it in double quotes: "${{ … }}"',
        )
    return None


def _expression_with_colon(failure: Failure) -> Explanation | None:
    start = failure.line.find("${{")
    if "values are not allowed" in failure.said and 0 <= start < failure.column:
        return Explanation(
            "an expression that contains ': ' needs quotes",
            "put the whole value in single quotes: '${{ … }}'",
        )
    return None


_AFTER_QUOTE = re.compile(r"""(?:^|[:\-\[{,]\s)\s*(["']).*\1\s*$""")


def _after_quote(failure: Failure) -> Explanation | None:
    before = _AFTER_QUOTE.search(failure.line[: failure.column])
    if not before or "expected" not in failure.said or failure.char in ("", "}", "]"):
        return None
    if before[1] == "'":
        return Explanation(
            "the text goes on after its closing quote",
            "write an apostrophe inside '…' twice (''), or use double quotes",
        )
    return Explanation(
        "the text goes on after its closing quote",
        'put the whole value in single quotes, or write inner quotes as \\"',
    )


def _quote_ran_on(failure: Failure) -> Explanation | None:
    if "block" in failure.while_doing and failure.line[: failure.column].rstrip()[-1:] in (
        "'",
        '"',
    ):
        return Explanation(
            "a quote in a line above is not closed",
            "close the text with the quote it begins with, on the same line",
        )
    return None


_NO_SPACE = re.compile(r"^\s*(?:- +)?([A-Za-z_][\w-]*):(?![\s/:])(\S.*)?$")


def missing_space(line: str) -> str:
    """How `key:value` should have been written, or ""."""
    match = _NO_SPACE.match(line)
    return f"{match[1]}: {match[2]}" if match else ""


def _no_key(failure: Failure) -> Explanation | None:
    before = failure.line[: failure.column].rstrip()
    if failure.char == ":" and (not before or before[-1] in "-{[,"):
        return Explanation("there is no key before this colon", "write a name before it")
    return None


def _no_space(failure: Failure) -> Explanation | None:
    for line in (failure.first_line, failure.previous_line):
        repaired = missing_space(line)
        if repaired and ("':'" in failure.said or "not allowed" in failure.said):
            return Explanation(
                "there is no space after the colon",
                f"write '{repaired}'",
                blame="start" if line == failure.first_line else "previous line",
            )
    return None


def _no_dash_space(failure: Failure) -> Explanation | None:
    if re.match(r"\s*-[^\s-]", failure.first_line) and "':'" in failure.said:
        return Explanation(
            "there is no space after the dash", "write '- ' before each item", blame="start"
        )
    return None


def _no_colon(failure: Failure) -> Explanation | None:
    if "simple key" in failure.while_doing:
        return Explanation(
            "this line is neither 'key: value' nor '- item'",
            "add the colon and a space, or indent the line if it goes on with the text above",
            blame="start",
        )
    return None


def _second_colon(failure: Failure) -> Explanation | None:
    if "values are not allowed" not in failure.said:
        return None
    key = re.match(r"\s*(?:- +)?[^:]*:\s", failure.line)
    if key and key.end() <= failure.column:
        return Explanation("the text contains ': '", "put the whole text in quotes")
    return Explanation(
        "a key stands here where the line above has a value already",
        "check the indentation: the keys of one block begin in the same column",
    )


def _reserved(failure: Failure) -> Explanation | None:
    if "cannot start any token" in failure.said and failure.char:
        return Explanation(
            f"a text cannot begin with '{failure.char}'", "put the whole text in quotes"
        )
    return None


def _star(failure: Failure) -> Explanation | None:
    if "alias" in failure.while_doing or "anchor" in failure.while_doing:
        sign = failure.first_line[failure.first_column : failure.first_column + 1]
        return Explanation(
            f"a text cannot begin with '{sign}'",
            "put the whole text in quotes",
            blame="start",
        )
    return None


def _list_on_key_line(failure: Failure) -> Explanation | None:
    if "sequence entries are not allowed" in failure.said:
        return Explanation(
            "a list cannot begin on the line of its key",
            "begin the list on the next line, or put the text in quotes",
        )
    return None


def _open_bracket(failure: Failure) -> Explanation | None:
    if "flow" not in failure.while_doing:
        return None
    bracket = failure.first_line[failure.first_column : failure.first_column + 1]
    closing = {"[": "]", "{": "}"}.get(bracket)
    if not closing:
        return Explanation("a [ or { is opened and never closed", "close it, or use quotes")
    return Explanation(
        f"the '{bracket}' that is opened here is not closed, or a comma is missing",
        f"separate the entries with ', ' and close with '{closing}'; a text that has brackets "
        "needs quotes",
        blame="start",
    )


def _stray_bracket(failure: Failure) -> Explanation | None:
    if failure.char in ("]", "}"):
        return Explanation(
            f"there is a '{failure.char}' too many", "remove it, or put the text in quotes"
        )
    return None


def _undefined_tag(failure: Failure) -> Explanation | None:
    if "tag" in failure.said or "tag" in failure.while_doing:
        return Explanation("a text cannot begin with '!'", "put the whole text in quotes")
    return None


def _indentation(failure: Failure) -> Explanation | None:
    if "block" not in failure.while_doing:
        return None
    if "collection" in failure.while_doing or "'-'" in failure.said:
        return Explanation(
            "a list goes on here with something that is not '- item'",
            "indent this line under its item, or begin it with '- '",
        )
    return Explanation(
        "this line does not fit the block it stands in",
        "check the indentation: the keys of one block begin in the same column",
    )


_RULES: tuple[Callable[[Failure], Explanation | None], ...] = (
    _tab,
    _open_quote,
    _escape,
    _no_key,
    _expression_in_flow,
    _expression_with_colon,
    _after_quote,
    _quote_ran_on,
    _no_space,
    _no_dash_space,
    _no_colon,
    _second_colon,
    _reserved,
    _star,
    _list_on_key_line,
    _open_bracket,
    _stray_bracket,
    _undefined_tag,
    _indentation,
)
