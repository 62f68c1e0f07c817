"""YAML text → located tree: the one place that knows YAML.

`read` takes a text and gives a `Document`: either a tree in which every key and value knows its
line and column, or problems, or both (a duplicate key does not hide what else is wrong). It never
raises for what an author wrote.

The reading is narrower than YAML 1.1 and close to the JSON schema of YAML 1.2: only `true` and
`false`, `null` and JSON numbers are typed, so that `no`, `on`, `07:30`, `02139` and `1_000` stay
the text that was meant. An empty value is None, keys are always text. Tags, anchors, aliases and
merge keys are problems.

The C parser's events are judged one by one and the tree is built from them directly: PyYAML's
composers never see the text, because the C one crashes the process at 30,000 levels and both expand
aliases without limit.
"""

from __future__ import annotations

from dayhand.document._formatting import formatted
from dayhand.document._places import place
from dayhand.document._reader import MAX_BYTES, MAX_DEPTH, MAX_EVENTS, read
from dayhand.document._tree import (
    Document,
    Entry,
    Mapping,
    Node,
    Path,
    Scalar,
    ScalarValue,
    Sequence,
    at,
    key_mark,
    plain,
)

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "MAX_EVENTS",
    "Document",
    "Entry",
    "Mapping",
    "Node",
    "Path",
    "Scalar",
    "ScalarValue",
    "Sequence",
    "at",
    "formatted",
    "key_mark",
    "place",
    "plain",
    "read",
]
