"""The short way to "nothing is wrong": most values are right, and most schemas say little.

`fits` is True only where jsonschema would find nothing; where it is False nothing is known yet, and
jsonschema is loaded to tell. So a routine without mistakes is checked without it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dayhand import document
from dayhand.validation import _forms

_SAYS_NOTHING = frozenset(
    {"description", "title", "default", "examples", "x-sensitive", "x-private", "$defs"}
)
_KNOWN = _SAYS_NOTHING | {
    "$ref", "anyOf", "type", "enum", "minLength", "maxLength", "pattern", "format", "x-type",
    "items", "minItems", "uniqueItems", "properties", "required", "additionalProperties",
    "minProperties", "maxProperties", "minimum", "maximum",
}  # fmt: skip
_SCALARS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, Decimal),
    "boolean": (bool,),
    "null": (type(None),),
}
_JSON_FORMATS = frozenset({"date", "date-time", "time"})
_DEEPEST = 24


def fits(
    node: document.Node,
    schema: Mapping[str, Any],
    root: Mapping[str, Any],
    *,
    expressions: bool,
    depth: int = 0,
) -> bool:
    """True if the value is right by the schema, `False` if that takes a closer look."""
    if depth > _DEEPEST or not schema.keys() <= _KNOWN:
        return False
    inner: dict[str, Any] = {"root": root, "expressions": expressions, "depth": depth + 1}
    if "$ref" in schema:
        target = _target(schema["$ref"], root)
        if target is None or not fits(node, target, **inner):
            return False
    if "anyOf" in schema and not any(fits(node, part, **inner) for part in schema["anyOf"]):
        return False
    if isinstance(node, document.Scalar):
        return _fits_scalar(node, schema, expressions=expressions)
    if isinstance(node, document.Sequence):
        return _fits_list(node, schema, inner)
    return _fits_mapping(node, schema, inner)


def _target(reference: str, root: Mapping[str, Any]) -> Mapping[str, Any] | None:
    place, _, name = reference.rpartition("/")
    found = root.get("$defs", {}).get(name) if place == "#/$defs" else None
    return found if isinstance(found, Mapping) else None


def _fits_scalar(node: document.Scalar, schema: Mapping[str, Any], *, expressions: bool) -> bool:
    value = node.value
    if expressions and isinstance(value, str) and "${{" in value:
        is_open = "type" not in schema or _forms.is_one_expression(value)
        return is_open or _is_type(value, schema["type"])
    if "type" in schema and not _is_type(value, schema["type"]):
        return False
    if "enum" in schema and not (isinstance(value, str) and value in schema["enum"]):
        return False
    if isinstance(value, str):
        return _fits_text(value, schema)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        in_bounds = schema.get("minimum", value) <= value <= schema.get("maximum", value)
        return in_bounds and "x-type" not in schema
    return True


def _is_type(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return any(_is_type(value, one) for one in wanted)
    if isinstance(value, bool):
        return bool(wanted == "boolean")
    return isinstance(value, _SCALARS.get(wanted, ()))


def _fits_text(value: str, schema: Mapping[str, Any]) -> bool:
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
        return False
    if _forms.is_known(schema.get("x-type")):
        if _forms.fault(schema["x-type"], value):
            return False
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        return False
    form = schema.get("format")
    return form not in _JSON_FORMATS or not _forms.fault(str(form), value)


def _fits_list(
    node: document.Sequence, schema: Mapping[str, Any], inner: Mapping[str, Any]
) -> bool:
    if schema.get("type", "array") != "array" or "enum" in schema:
        return False
    if len(node.items) < schema.get("minItems", 0):
        return False
    if schema.get("uniqueItems") and not _are_unlike(node.items):
        return False
    items = schema.get("items", {})
    return isinstance(items, Mapping) and all(fits(item, items, **inner) for item in node.items)


def _are_unlike(items: tuple[document.Node, ...]) -> bool:
    scalars = [item.value for item in items if isinstance(item, document.Scalar)]
    return len({value for value in scalars if isinstance(value, str)}) == len(items)


def _fits_mapping(
    node: document.Mapping, schema: Mapping[str, Any], inner: Mapping[str, Any]
) -> bool:
    if schema.get("type", "object") != "object" or "enum" in schema:
        return False
    count = len(node.entries)
    if not schema.get("minProperties", 0) <= count <= schema.get("maxProperties", count):
        return False
    parts = schema.get("properties", {})
    others = schema.get("additionalProperties", True)
    written = node.keys()
    if len(set(written)) != len(written) or any(
        key not in written for key in schema.get("required", ())
    ):
        return False
    for entry in node.entries:
        part = parts.get(entry.key.text, {} if others is True else others)
        if not isinstance(part, Mapping) or not fits(entry.value, part, **inner):
            return False
    return True
