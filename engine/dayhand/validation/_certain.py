"""What is certain of a value from its type: the words it can be, its truth, the record it is."""

from __future__ import annotations

from dayhand.validation import _types
from dayhand.validation._types import Made, Schema, Type


def words(given: Type) -> frozenset[str] | None:
    """The only texts that a value can be; None if it can be others."""
    parts = _types.alternatives(given)
    found: set[str] = set()
    for part in parts or ():
        allowed = part.schema.get("enum") if isinstance(part, Schema) else None
        if not allowed or _types.kind(part) != "text":
            return None
        found |= {value for value in allowed if value is not None}
    return frozenset(found) or None


def truth(given: Type) -> bool | None:
    """True or False if every value of the type counts as that in a condition; None if not."""
    if isinstance(given, Made):
        return True if given.members else None
    if not isinstance(given, Schema):
        return None
    schema = given.schema
    if isinstance(schema.get("const"), bool):
        return bool(schema["const"])
    if "$ref" in schema:
        target = _types.lookup(given.root, str(schema["$ref"]))
        return truth(Schema(target, given.root)) if target is not None else None
    if schema.get("type") == "object":
        return True if schema.get("required") else None
    return True if _types.kind(given) in ("date", "moment") else None


def may_be_nothing(given: Type) -> bool:
    """True if the schema says of a value that it may be null; what is not known is not said to be."""
    if not isinstance(given, Schema):
        return False
    schema = given.schema
    if "$ref" in schema:
        target = _types.lookup(given.root, str(schema["$ref"]))
        return target is not None and may_be_nothing(Schema(target, given.root))
    kinds = schema.get("type")
    if kinds == "null" or (isinstance(kinds, list) and "null" in kinds):
        return True
    parts = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return any(may_be_nothing(Schema(part, given.root)) for part in parts)


def record_name(given: Type) -> tuple[int, str] | None:
    """How deep in lists a value has a named record, and its name; None if it has none."""
    deep = 0
    while isinstance(given, Schema):
        reference = given.schema.get("$ref")
        if isinstance(reference, str):
            return deep, reference.rpartition("/")[2]
        if given.schema.get("type") == "object" and given.schema.get("title"):
            return deep, str(given.schema["title"])
        if given.schema.get("type") != "array":
            return None
        given, deep = _types.item(given), deep + 1
    return None
