"""The hand-written schemas of routines and settings, and objects held against their parts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from dayhand import document
from dayhand.problems import Problem
from dayhand.resources import shipped
from dayhand.validation import _words
from dayhand.validation._shape import Shape


@cache
def schema(kind: str) -> dict[str, Any]:
    """The envelope of a `routine` or of the `practice`. Shared: copy it before changing it."""
    text = (shipped("schemas") / f"{kind}.schema.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def _shape(kind: str) -> Shape:
    return Shape(schema(kind), expressions=False)


@cache
def _parts(kind: str, name: str) -> Mapping[str, Mapping[str, Any]]:
    """The properties of a definition, with references at their top followed."""
    definitions = schema(kind)["$defs"]
    return {
        key: _followed(part, definitions) for key, part in definitions[name]["properties"].items()
    }


def _followed(part: dict[str, Any], definitions: Mapping[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        target = definitions[part["$ref"].rpartition("/")[2]]
        part = {**target, **{key: value for key, value in part.items() if key != "$ref"}}
    return part


def keys(name: str, *, kind: str = "routine") -> tuple[str, ...]:
    """The keys of a definition."""
    return tuple(_parts(kind, name))


def about(name: str, key: str, *, kind: str = "routine") -> Mapping[str, Any]:
    """The schema of one key of a definition."""
    return _parts(kind, name)[key]


class Keys:
    """The keys of a mapping that have a value of the right shape."""

    def __init__(self, node: document.Mapping) -> None:
        self.node = node
        self.problems: list[Problem] = []
        self.right: dict[str, document.Node] = {}

    def get(self, key: str) -> document.Node | None:
        """The value under a key, if it is there and its shape is right."""
        return self.right.get(key)

    def scalar(self, key: str) -> document.Scalar | None:
        """The same, for a key whose value is text, a number or the like."""
        found = self.right.get(key)
        return found if isinstance(found, document.Scalar) else None

    def text(self, key: str) -> str | None:
        """The same, as text."""
        found = self.scalar(key)
        return found.text if found else None


def check(
    node: document.Mapping,
    name: str,
    *,
    kind: str = "routine",
    inside: frozenset[str] = frozenset(),
    more: frozenset[str] = frozenset(),
) -> Keys:
    """Hold a mapping against a definition, key by key.

    The values under keys in `inside` are looked into by the caller; of them only the outermost
    shape is checked. Keys in `more` are known and not judged here.
    """
    parts = _parts(kind, name)
    checked = Keys(node)
    for entry in node.entries:
        key = entry.key.text
        if key in more or key in checked.right:
            continue
        part = parts.get(key)
        if part is None:
            checked.problems.append(_words.unknown_key(entry.key, parts))
            continue
        found = list(_value_problems(entry.value, key, part, kind, is_inside=key in inside))
        checked.problems += found
        if not found:
            checked.right[key] = entry.value
    definition = schema(kind)["$defs"][name]
    for key in definition.get("required", ()):
        if node.entry(key) is None and not _words.is_misspelt(key, node.keys(), parts):
            checked.problems.append(_words.missing_key(node.mark, key, name, definition))
    return checked


def value_problems(
    value: document.Node, name: str, key: str, *, named: str = ""
) -> Iterator[Problem]:
    """What is wrong with the value of one key of a routine's definition."""
    return _shape("routine").problems(value, about(name, key), named or key)


def _value_problems(
    value: document.Node, key: str, part: Mapping[str, Any], kind: str, *, is_inside: bool
) -> Iterator[Problem]:
    if not is_inside:
        yield from _shape(kind).problems(value, part, key)
        return
    wanted = {"object": document.Mapping, "array": document.Sequence}[part["type"]]
    if not isinstance(value, wanted):
        if isinstance(value, document.Scalar) and value.value is None:
            yield _words.nothing(value.mark, key)
        else:
            yield _words.wrong_type(value, key, [part["type"]])
    elif isinstance(value, document.Sequence) and part.get("minItems") and not value.items:
        yield _words.nothing(value.mark, key)
