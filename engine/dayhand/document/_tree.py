"""The located tree: mappings, sequences and scalars that know where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

from dayhand.problems import Mark, Problem

BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
"""What the parser counts as the end of a line."""

ScalarValue: TypeAlias = bool | int | Decimal | str | None
Path: TypeAlias = "tuple[str | int, ...] | list[str | int]"


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: `value` as it is typed, `text` as it stands there without its quotes."""

    value: ScalarValue
    mark: Mark
    text: str
    raw: str = field(default="", repr=False, compare=False)
    """The source from quote to quote (or of the block); empty if it reads exactly as `text`."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    items: tuple[Node, ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping, with its value."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping; in a document with a `duplicate-key` problem a key may stand here twice."""

    entries: tuple[Entry, ...]
    mark: Mark

    def entry(self, key: str) -> Entry | None:
        """The first entry under `key`."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry
        return None

    def get(self, key: str) -> Node | None:
        """The value under `key`; None if the key is not there (a null is a `Scalar`)."""
        entry = self.entry(key)
        return entry.value if entry else None

    def keys(self) -> tuple[str, ...]:
        """The keys in the order of the text."""
        return tuple(entry.key.text for entry in self.entries)

    def key_mark(self, key: str) -> Mark | None:
        """Where `key` itself stands."""
        entry = self.entry(key)
        return entry.key.mark if entry else None


Node: TypeAlias = Mapping | Sequence | Scalar


@dataclass(frozen=True, slots=True)
class Document:
    """A text that was read.

    `root` is None if the tree could not be told whole: bad syntax, an alias, a limit, no mapping at
    the top. It is there beside the other problems, so that they can all be reported at once.
    """

    file: str
    text: str
    root: Mapping | None
    problems: tuple[Problem, ...] = ()

    def line(self, number: int) -> str:
        """The source line of that number, counted from 1, without its end; "" if there is none."""
        lines = BREAK.split(self.text)
        return lines[number - 1] if 0 < number <= len(lines) else ""


def plain(node: Node) -> Any:
    """The tree as plain dicts, lists and values."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    # reversed: where a key stands twice the first one counts, as in `Mapping.get`
    pairs = {entry.key.text: entry.value for entry in reversed(node.entries)}
    return {key: plain(pairs[key]) for key in dict.fromkeys(node.keys())}


def at(node: Node | None, path: Path) -> Node | None:
    """The node that a path of keys and indexes leads to, or None."""
    for part in path:
        node = _child(node, part)
    return node


def _child(node: Node | None, part: str | int) -> Node | None:
    if isinstance(node, Mapping) and isinstance(part, str):
        return node.get(part)
    if isinstance(node, Sequence) and isinstance(part, int) and 0 <= part < len(node.items):
        return node.items[part]
    return None


def key_mark(node: Node | None, path: Path) -> Mark | None:
    """Where the last part of a path is written: the key of an entry, or the item of a list."""
    if not path:
        return node.mark if node else None
    parent, last = at(node, path[:-1]), path[-1]
    if isinstance(parent, Mapping) and isinstance(last, str):
        return parent.key_mark(last)
    item = _child(parent, last)
    return item.mark if item else None
