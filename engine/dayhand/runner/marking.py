"""Marks as sensitive what a step declares to be so in the values that it is given.

A value of another step brings its mark along; one that stands in the routine itself has none. The JSON
Schema of the inputs says where the marks belong: `x-sensitive`, however deep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dayhand.steps.step import Step
from dayhand.values import mark_sensitive

__all__ = ["marked"]

_CHOICES = ("anyOf", "oneOf", "allOf")


def marked(step: Step, arguments: Any) -> Any:
    """The inputs of a step, those parts marked that it declares to be sensitive."""
    sensitive = _sensitive_inputs(step)
    if not sensitive:
        return arguments
    found = dict(arguments)
    for name, schema in sensitive.items():
        if name in found:
            found[name] = _marked(schema, found[name], step.__dict__["_definitions"])
    return found


def _sensitive_inputs(step: Step) -> Mapping[str, Any]:
    """The schemas of those inputs in which something is sensitive, by name; worked out once a step."""
    cached: Mapping[str, Any] | None = step.__dict__.get("_sensitive")
    if cached is None:
        told = step.input_schema()
        definitions = told.get("$defs", {})
        cached = {
            name: schema
            for name, schema in told.get("properties", {}).items()
            if _is_sensitive(schema, definitions, set())
        }
        step.__dict__["_sensitive"], step.__dict__["_definitions"] = cached, definitions
    return cached


def _is_sensitive(schema: Any, definitions: Mapping[str, Any], seen: set[str]) -> bool:
    if isinstance(schema, list):
        return any(_is_sensitive(one, definitions, seen) for one in schema)
    if not isinstance(schema, dict):
        return False
    if schema.get("x-sensitive"):
        return True
    name = _referred(schema)
    if name and name not in seen:
        seen.add(name)
        if _is_sensitive(definitions.get(name), definitions, seen):
            return True
    return any(_is_sensitive(one, definitions, seen) for one in schema.values())


def _marked(schema: Any, value: Any, definitions: Mapping[str, Any]) -> Any:
    if not isinstance(schema, dict):
        return value
    if schema.get("x-sensitive"):
        return mark_sensitive(value)
    name = _referred(schema)
    if name:
        return _marked(definitions.get(name), value, definitions)
    for choice in _CHOICES:
        for one in schema.get(choice, ()):
            value = _marked(one, value, definitions)
    if isinstance(value, dict):
        own, more = schema.get("properties", {}), schema.get("additionalProperties")
        return {key: _marked(own.get(key, more), item, definitions) for key, item in value.items()}
    if isinstance(value, list) and "items" in schema:
        return [_marked(schema["items"], item, definitions) for item in value]
    return value


def _referred(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).removeprefix("#/$defs/")
