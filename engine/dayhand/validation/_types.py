"""What is known of a value before the run: from a step's output schema, or from how it is made.

Where nothing is known everything is allowed: a false alarm is worse than a mistake found late.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = [
    "ANYTHING",
    "ListOf",
    "Made",
    "NoMember",
    "Schema",
    "Type",
    "kinds",
    "member",
    "of_schema",
]


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


Type: TypeAlias = Schema | Made | ListOf
ANYTHING = Schema({}, {})


@dataclass(frozen=True, slots=True)
class NoMember:
    """A value has no such member: it is `what`, and has `names`."""

    what: str
    names: tuple[str, ...] = field(default=())


def _of(form: str) -> Schema:
    return Schema({"type": "string", "format": form}, {})


_TEXT, _NUMBER = Schema({"type": "string"}, {}), Schema({"type": "integer"}, {})
_DAY = {"year": _NUMBER, "month": _NUMBER, "day": _NUMBER, "weekday": _TEXT}
_CLOCK = {"hour": _NUMBER, "minute": _NUMBER}

_DECIMAL = r"(?!^[-+.]*$)"  # how pydantic's pattern of a Decimal begins
_TEXTS = {
    "date": "date", "date-time": "moment", "time": "time", "duration": "length",
}  # fmt: skip
_WORDS = {
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
_JSON_KINDS = {
    "integer": "number", "number": "number", "boolean": "boolean", "array": "list",
    "object": "mapping",
}  # fmt: skip


def of_schema(schema: Mapping[str, Any]) -> Type:
    """The type that a step's whole input or output schema describes."""
    return Schema(schema, schema)


def word(kind: str) -> str:
    """A kind as it is said in a message."""
    return _WORDS[kind]


def alternatives(given: Type, depth: int = 0) -> Iterator[Type] | None:
    """The type's alternatives, each a mapping, list or scalar; None where anything may be."""
    found: list[Type] = []
    return iter(found) if _collect(given, found, depth) else None


def _collect(given: Type, found: list[Type], depth: int) -> bool:
    """Gather alternatives; False as soon as one of them may be anything."""
    if not isinstance(given, Schema):
        found.append(given)
        return True
    schema = given.schema
    if depth > 20 or not isinstance(schema, Mapping):
        return False
    if "$ref" in schema:
        target = _lookup(given.root, schema["$ref"])
        return target is not None and _collect(Schema(target, given.root), found, depth + 1)
    for keyword in ("anyOf", "oneOf", "allOf"):
        if keyword in schema:
            if keyword == "allOf" and len(schema[keyword]) != 1:
                return False
            return all(
                _collect(Schema(part, given.root), found, depth + 1) for part in schema[keyword]
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


def _lookup(root: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
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
    schema = given.schema
    if schema.get("type") == "string":
        special = schema.get("x-type")
        if special in ("month", "duration"):
            return "month" if special == "month" else "length"
        if _DECIMAL in str(schema.get("pattern", "")):
            return "decimal"
        return _TEXTS.get(str(schema.get("format", "")), "text")
    return _JSON_KINDS.get(str(schema.get("type")))


def kinds(given: Type) -> frozenset[str] | None:
    """The kinds a value of the type can be of, besides nothing; None where anything may be."""
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
    "moment": {**_DAY, **_CLOCK, "date": _of("date"), "time": _of("time")},
    "time": _CLOCK,
    "length": {"days": _NUMBER, "minutes": _NUMBER},
}
"""What expressions can read of a date and its like."""


def _member_of_one(given: Type, name: str | int) -> Type | NoMember:
    if isinstance(given, Made):
        return _member_made(given, name)
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
    return parts[str(name)] if name in parts else NoMember(_WORDS[what], tuple(parts))


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


_SCALARS = frozenset(_WORDS) - {"list", "mapping"}
_CONFLICTS: Mapping[str, frozenset[str]] = {
    "list": _SCALARS | {"mapping"},
    "mapping": _SCALARS | {"list"},
    "boolean": frozenset({"text", "list", "mapping", "date", "moment", "month"}),
    "number": frozenset({"text", "list", "mapping", "date", "moment", "month"}),
    "decimal": frozenset({"text", "list", "mapping", "date", "moment", "month", "boolean"}),
    "text": frozenset({"list", "mapping"}),
    "date": frozenset(_WORDS) - {"date", "moment", "time", "month"},
    "moment": frozenset(_WORDS) - {"date", "moment", "time", "month"},
    "time": frozenset(_WORDS) - {"time", "moment", "date", "length", "month"},
    "length": frozenset(_WORDS) - {"length", "number", "decimal", "time"},
    "month": frozenset({"number", "boolean", "list", "mapping"}),
}
"""What a value of a kind can never be taken for. What pydantic may still convert is not here."""


def clash(given: Type, wanted: Type, depth: int = 0) -> tuple[str, str] | None:
    """What the value is and what is wanted, in words, where the two can never fit."""
    have, want = kinds(given), kinds(wanted)
    if not have or not want or depth > 4:
        return None
    if all(needed in _CONFLICTS[one] for one in have for needed in want):
        return _said(have), _said(want)
    if have == want == {"list"}:
        inner = clash(item(given), item(wanted), depth + 1)
        if inner and _is_deep(item(given), item(wanted)):
            return f"a list of {_plural(inner[0])}", f"a list of {_plural(inner[1])}"
    return None


def _is_deep(given: Type, wanted: Type) -> bool:
    """Between items only texts for mappings and the like count: ids where records are wanted."""
    have, want = kinds(given) or frozenset(), kinds(wanted) or frozenset()
    return ("mapping" in have) != ("mapping" in want)


def _said(names: frozenset[str]) -> str:
    return " or ".join(sorted({_WORDS[name] for name in names}))


def _plural(said: str) -> str:
    words = {"text": "texts", "a mapping": "records", "a number": "numbers", "a list": "lists"}
    return words.get(said, said)


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
