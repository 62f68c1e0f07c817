"""The tokens of a YAML text by line, for whoever changes how it stands and not what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml import tokens

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_STARTS = (tokens.BlockMappingStartToken, tokens.BlockSequenceStartToken)
_OPEN = (tokens.FlowMappingStartToken, tokens.FlowSequenceStartToken)
_CLOSE = (tokens.FlowMappingEndToken, tokens.FlowSequenceEndToken)
_SILENT = (
    *_STARTS, tokens.BlockEndToken, tokens.StreamStartToken, tokens.StreamEndToken,
    tokens.KeyToken,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """What stands from `start` to `end`, each (line, column) from 0.

    `depth` is how many block lists and mappings it is in, `column` that of the innermost one, and
    `flow` how many `{` and `[` were open before it. `is_block` says that it is a literal or folded
    text.
    """

    kind: str
    start: tuple[int, int]
    end: tuple[int, int]
    depth: int
    column: int
    flow: int
    is_block: bool = False


@dataclass(slots=True)
class _Nesting:
    """Block collections that are open: `-` for a list, `:` for a mapping, with their columns.

    A list may stand at its key's own column; it has no token of its own then, and is `=`.
    """

    open: list[tuple[str, int]] = field(default_factory=list)

    def entry(self, column: int) -> None:
        """A dash at a column."""
        if not self.open or self.open[-1] != ("-", column):
            while self.open and self.open[-1] == ("=", column + 1):
                self.open.pop()
            if not self.open or self.open[-1] != ("=", column):
                self.open.append(("=", column))

    def key(self, column: int) -> None:
        """A key at a column ends the list that stood at the same one."""
        if self.open and self.open[-1] == ("=", column):
            self.open.pop()

    def end(self) -> None:
        while self.open and self.open[-1][0] == "=":
            self.open.pop()
        if self.open:
            self.open.pop()


def read_tokens(text: str) -> list[Token]:
    """The tokens that have characters, in their order.

    Raises:
        yaml.YAMLError: the text cannot be read.
    """
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    nesting, flow = _Nesting(), 0
    for one in yaml.scan(text, Loader=_LOADER):
        start = (one.start_mark.line, one.start_mark.column)
        end = (one.end_mark.line, one.end_mark.column)
        if isinstance(one, _STARTS):
            sign = "-" if isinstance(one, tokens.BlockSequenceStartToken) else ":"
            nesting.open.append((sign, start[1]))
        elif isinstance(one, tokens.BlockEndToken):
            nesting.end()
        elif flow == 0 and isinstance(one, tokens.BlockEntryToken):
            nesting.entry(start[1])
        elif flow == 0 and isinstance(one, tokens.KeyToken):
            nesting.key(start[1])
        if (isinstance(one, _SILENT) and start == end) or isinstance(one, _SILENT[:-1]):
            continue
        if isinstance(one, _CLOSE):
            flow -= 1
        style = getattr(one, "style", None)
        column = nesting.open[-1][1] if nesting.open else 0
        name, depth = type(one).__name__, len(nesting.open)
        yield Token(name, start, end, depth, column, flow, style in ("|", ">"))
        if isinstance(one, _OPEN):
            flow += 1
