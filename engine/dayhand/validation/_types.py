"""What is known of a value before the run: from a step's output schema, or from how it is made.

Where nothing is known everything is allowed: a false alarm is worse than a mistake found late.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias

__all__ = [
    "ANYTHING", "ListOf", "Made", "NoMember", "Schema", "Type", "kinds", "member", "of_schema",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Schema:
    """Described by a JSON Schema; `root` is where its references are looked up."""

    schema: Mapping[str, Any]
    root: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A mapping with these members and, if `is_open`, perhaps others."""

    members: Mapping[str, Type]
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list whose items are all of one type."""

    item: Type


@dataclass(frozen=True, slots=True)
class Either:
    """One of several types."""

    parts: tuple[Type, ...]


Type: TypeAlias = Schema | Made | ListOf | Either
ANYTHING = Schema({}, {})
TEXT = Schema({"type": "string"}, {})
BOOLEAN = Schema({"type": "boolean"}, {})


@dataclass(frozen=True, slots=True)
class NoMember:
    """A value has no such member: it is `what`, and has `names`."""

    what: str
    names: tuple[str, ...] = field(default=())


_WEEK = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
_TEXT, _NUMBER = Schema({"type": "string"}, {}), Schema({"type": "integer"}, {})
WEEKDAY = Schema({"type": "string", "enum": _WEEK.split()}, {})
_DAY = {"year": _NUMBER, "month": _NUMBER, "day": _NUMBER, "weekday": WEEKDAY}
_CLOCK = {"hour": _NUMBER, "minute": _NUMBER}

_DECIMAL = r"(?!^[-+.]*$)"  # how pydantic's pattern of a Decimal begins
_TEXTS = {
    "date": "date", "date-time": "moment", "time": "time", "duration": "length",
}  # fmt: skip
KINDS = {
    "text": "text",
    "number": "a number",
    "decimal": "a number",
    "boolean": "true or false",
    "date": "a date",
    "moment": "a date and time",
    "time": "a time of day",
    "length": "a length of time",
    "month": "a month",
    "list": "a list",
    "mapping": "a mapping",
}
_SPECIAL = {"month": "month", "duration": "length", "decimal": "decimal"}
_FORMS: Mapping[str, Mapping[str, Any]] = {
    "text": {"type": "string"}, "number": {"type": "integer"}, "boolean": {"type": "boolean"},
    "decimal": {"type": "string", "x-type": "decimal"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "time": {"type": "string", "format": "time"},
    "length": {"type": "string", "format": "duration"},
    "month": {"type": "string", "x-type": "month"}, "list": {"type": "array"},
    "mapping": {"type": "object"},
}  # fmt: skip
_JSON_KINDS = {
    "integer": "number", "number": "number", "boolean": "boolean", "array": "list",
    "object": "mapping",
}  # fmt: skip


def of_schema(schema: Mapping[str, Any]) -> Type:
    """The type that a step's whole input or output schema describes."""
    return Schema(schema, schema)


def of_value(value: Any) -> Type:
    """The type of a value that is written in the routine."""
    if isinstance(value, bool):
        return Schema({"type": "boolean"}, {})
    if isinstance(value, str):
        return Schema({"type": "string", "enum": [value]}, {})
    if isinstance(value, int):
        return Schema({"type": "integer"}, {})
    if isinstance(value, Decimal):
        return of_kinds(frozenset({"decimal"}))
    return Schema({"type": "null"}, {}) if value is None else ANYTHING


def of_kinds(names: frozenset[str]) -> Type:
    """A value of one of these kinds, of which nothing more is known."""
    return either([Schema(_FORMS[name], {}) for name in sorted(names)])


def either(parts: list[Type]) -> Type:
    """One of these types."""
    different: list[Type] = []
    for part in parts:
        if part not in different:
            different.append(part)
    return different[0] if len(different) == 1 else Either(tuple(different))


def word(kind: str) -> str:
    """A kind as it is said in a message."""
    return KINDS[kind]


def alternatives(given: Type) -> Sequence[Type] | None:
    """The type's alternatives, each a mapping, list or scalar; None where anything may be."""
    return _alternatives_of(_Same(given)) if isinstance(given, Schema) else _found(given)


class _Same:
    """A schema as a key: the very same one, for it is not looked into, and does not change."""

    __slots__ = ("given",)

    def __init__(self, given: Schema) -> None:
        self.given = given

    def __hash__(self) -> int:
        return id(self.given.schema) ^ id(self.given.root) >> 4

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Same):
            return NotImplemented
        ours, theirs = self.given, other.given
        return ours.schema is theirs.schema and ours.root is theirs.root


def _found(given: Type) -> tuple[Type, ...] | None:
    found: list[Type] = []
    return tuple(found) if _collect(given, found, 0) else None


@functools.lru_cache(maxsize=2048)  # a routine asks for the same types again and again
def _alternatives_of(same: _Same) -> tuple[Type, ...] | None:
    return _found(same.given)


def _collect(given: Type, found: list[Type], depth: int) -> bool:
    """Gather alternatives; False as soon as one of them may be anything."""
    if isinstance(given, Either):
        return all(_collect(part, found, depth + 1) for part in given.parts)
    if not isinstance(given, Schema):
        found.append(given)
        return True
    schema = given.schema
    if depth > 20 or not isinstance(schema, Mapping):
        return False
    if "$ref" in schema:
        target = lookup(given.root, schema["$ref"])
        return target is not None and _collect(Schema(target, given.root), found, depth + 1)
    named = next((word for word in ("anyOf", "oneOf", "allOf") if word in schema), None)
    if named is not None:
        parts = schema[named]
        is_sum = named == "allOf" and len(parts) != 1
        return not is_sum and all(
            _collect(Schema(part, given.root), found, depth + 1) for part in parts
        )
    if isinstance(schema.get("type"), list):
        return all(
            _collect(Schema({**schema, "type": kind}, given.root), found, depth + 1)
            for kind in schema["type"]
        )
    if "type" not in schema:
        return _collect_choices(given, found)
    if schema["type"] != "null":
        found.append(given)
    return True


def _collect_choices(given: Schema, found: list[Type]) -> bool:
    values = [given.schema["const"]] if "const" in given.schema else given.schema.get("enum")
    if values and all(isinstance(value, str | None) for value in values):
        found.append(Schema({"type": "string", "enum": values}, given.root))
        return True
    return False


def lookup(root: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
    """What a reference leads to in the schema it stands in; None if that is elsewhere, or nothing."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        return None
    target: Any = root
    for part in reference[2:].split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(target, Mapping) or name not in target:
            return None
        target = target[name]
    return target if isinstance(target, Mapping) else None


def kind(given: Type) -> str | None:
    """The kind of one alternative, such as `text` or `list`; None if it is not known."""
    if isinstance(given, Made):
        return "mapping"
    if isinstance(given, ListOf):
        return "list"
    if isinstance(given, Either):
        return None
    schema = given.schema
    if schema.get("type") == "string":
        special = schema.get("x-type")
        if special in _SPECIAL:
            return _SPECIAL[special]
        if _DECIMAL in str(schema.get("pattern", "")):
            return "decimal"
        return _TEXTS.get(str(schema.get("format", "")), "text")
    return _JSON_KINDS.get(str(schema.get("type")))


def kinds(given: Type) -> frozenset[str] | None:
    """The kinds a value of the type can be of, besides nothing; None where anything may be."""
    return _kinds_of(_Same(given)) if isinstance(given, Schema) else _kinds(given)


@functools.lru_cache(maxsize=2048)
def _kinds_of(same: _Same) -> frozenset[str] | None:
    return _kinds(same.given)


def _kinds(given: Type) -> frozenset[str] | None:
    parts = alternatives(given)
    if parts is None:
        return None
    found = {kind(part) for part in parts}
    return None if None in found else frozenset(name for name in found if name)


def member(given: Type, name: str | int) -> Type | NoMember:
    """The type of a value's member, by name or position."""
    parts = alternatives(given)
    if parts is None:
        return ANYTHING
    found: list[Type] = []
    refusals: list[NoMember] = []
    for part in parts:
        inner = _member_of_one(part, name)
        if isinstance(inner, NoMember):
            refusals.append(inner)
        else:
            found.append(inner)
    if not found:
        return _merged(refusals)
    return found[0] if len(found) == 1 and not refusals else _either(found)


def _either(found: list[Type]) -> Type:
    """One type for several alternatives; only where they agree is anything known."""
    return found[0] if all(other == found[0] for other in found) else ANYTHING


def _merged(refusals: list[NoMember]) -> Type | NoMember:
    if not refusals:  # it is always null
        return ANYTHING
    names = tuple(dict.fromkeys(name for refusal in refusals for name in refusal.names))
    return NoMember(refusals[0].what, names)


_PARTS: Mapping[str, Mapping[str, Schema]] = {
    "date": _DAY,
    "moment": {**_DAY, **_CLOCK},
    "time": _CLOCK,
    "length": {"days": _NUMBER},
}
"""What expressions can read of a date and its like."""


def parts_of(given: Type) -> Iterator[tuple[str, Type]]:
    """What expressions can read of a value that is a date, a moment, a time or a length."""
    for name in sorted(kinds(given) or ()):
        yield from _PARTS.get(name, {}).items()


def _member_of_one(given: Type, name: str | int) -> Type | NoMember:
    if isinstance(given, Made):
        return _member_made(given, name)
    if isinstance(given, Either):
        return ANYTHING
    if isinstance(given, ListOf):
        return given.item if isinstance(name, int) else NoMember("a list")
    what = kind(given)
    if what == "mapping":
        return _property(given, name)
    if what == "list":
        return _item(given, name)
    if what is None:
        return ANYTHING
    parts = _PARTS.get(what, {})
    return parts[str(name)] if name in parts else NoMember(KINDS[what], tuple(parts))


def _member_made(given: Made, name: str | int) -> Type | NoMember:
    if name in given.members:
        return given.members[str(name)]
    return ANYTHING if given.is_open else NoMember("a mapping", tuple(given.members))


def _property(given: Schema, name: str | int) -> Type | NoMember:
    schema = given.schema
    properties = schema.get("properties")
    if isinstance(properties, Mapping) and name in properties:
        return Schema(properties[name], given.root)
    more = schema.get("additionalProperties")
    if isinstance(more, Mapping):
        return Schema(more, given.root)
    if "patternProperties" in schema or more is True or (more is None and not properties):
        return ANYTHING
    return NoMember("a mapping", tuple(properties or ()))


def _item(given: Schema, name: str | int) -> Type | NoMember:
    if not isinstance(name, int):
        return NoMember("a list")
    first = given.schema.get("prefixItems")
    if isinstance(first, list) and 0 <= name < len(first):
        return Schema(first[name], given.root)
    items = given.schema.get("items")
    return Schema(items, given.root) if isinstance(items, Mapping) and not first else ANYTHING


def item(given: Type) -> Type:
    """The type of the items of a list, as a loop sees them."""
    parts = alternatives(given)
    lists = list(parts) if parts is not None else []
    if len(lists) == 1 and kind(lists[0]) == "list":
        found = _member_of_one(lists[0], 0)
        return ANYTHING if isinstance(found, NoMember) else found
    return ANYTHING


def said(names: frozenset[str]) -> str:
    """Kinds as they are said in a message."""
    return " or ".join(sorted({KINDS[name] for name in names}))


def plural(names: frozenset[str]) -> str:
    """Items of these kinds, as they are said in a message."""
    return plural_of(said(names))


def plural_of(told: str) -> str:
    """A kind that was said, of several things."""
    words = {
        "text": "texts", "a mapping": "records", "a number": "numbers", "a list": "lists",
        "a date": "dates", "a date and time": "moments",
    }  # fmt: skip
    return words.get(told, told)


def members(given: Type) -> list[tuple[str, Type]]:
    """The named members of a value, where they are known."""
    parts = alternatives(given)
    found: list[tuple[str, Type]] = []
    for part in parts or ():
        if isinstance(part, Made):
            found += part.members.items()
        elif isinstance(part, Schema) and isinstance(part.schema.get("properties"), Mapping):
            properties = part.schema["properties"]
            found += [(name, Schema(inner, part.root)) for name, inner in properties.items()]
    return found
