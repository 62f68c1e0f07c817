"""The schemas an editor is given: the hand-written envelopes with what the plugins declare put in.

They are for completion and hover. Where a value may be `${{ }}` the schema says so, and what only
the whole check can tell (names, references, order) it leaves alone.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from dayhand.catalogue import Catalogue, StepSpec
from dayhand.validation import _envelope

__all__ = ["made_from", "practice_schema", "routine_schema"]

_DEFINITIONS = "$defs"
_EXPRESSION = {
    "description": "An expression: '${{ … }}'.",
    "type": "string",
    "pattern": r"\$\{\{",
}
_MAPS = ("properties", "patternProperties", _DEFINITIONS)
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")


def made_from(catalogue: Catalogue) -> str:
    """What the schemas say they were made from; another text where other plugins are installed."""
    return f"made from the plugins {catalogue.fingerprint[:16] or 'at hand'}"


def routine_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of a routine, with every step there is: its inputs by `uses`."""
    schema = {"$comment": made_from(catalogue), **copy.deepcopy(_envelope.schema("routine"))}
    definitions = schema[_DEFINITIONS]
    definitions["embedded"] = dict(_EXPRESSION)
    step = definitions["step"]
    names = sorted(catalogue.steps)
    step["properties"]["uses"]["enum"] = names
    step["properties"]["uses"]["markdownEnumDescriptions"] = [
        _summary(catalogue.steps[name]) for name in names
    ]
    step["allOf"] = [_rule(catalogue.steps[name]) for name in names]
    for name in names:
        definitions[_with_name(name)] = _inputs(catalogue.steps[name])
    return schema


def practice_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of `practice.yaml`, with the section of each plugin."""
    schema = {"$comment": made_from(catalogue), **copy.deepcopy(_envelope.schema("practice"))}
    settings = schema[_DEFINITIONS]["settings"]
    settings["additionalProperties"] = False
    for name, section in sorted(catalogue.sections.items()):
        own = _moved(section.schema, f"#/{_DEFINITIONS}/section.{name}")
        own.setdefault("description", f"Settings of the plugin '{section.plugin}'.")
        schema[_DEFINITIONS][f"section.{name}"] = own
        settings["properties"][name] = {"$ref": f"#/{_DEFINITIONS}/section.{name}"}
    return schema


def _with_name(step: str) -> str:
    return f"with.{step}"


def _summary(spec: StepSpec) -> str:
    return f"{spec.summary} ({spec.effect})"


def _rule(spec: StepSpec) -> dict[str, Any]:
    """If this step is used, `with` is its inputs; and is needed if one of them is."""
    then: dict[str, Any] = {
        "properties": {
            "uses": {"description": _about(spec)},
            "with": {"$ref": f"#/{_DEFINITIONS}/{_with_name(spec.name)}"},
        }
    }
    if spec.inputs.get("required"):
        then["required"] = ["with"]
    return {
        "if": {"properties": {"uses": {"const": spec.name}}, "required": ["uses"]},
        "then": then,
    }


def _about(spec: StepSpec) -> str:
    told = [spec.summary, spec.description, f"Effect: {spec.effect}. Plugin: {spec.plugin}."]
    return "\n\n".join(part for part in dict.fromkeys(told) if part)


def _inputs(spec: StepSpec) -> dict[str, Any]:
    inputs = _moved(spec.inputs, f"#/{_DEFINITIONS}/{_with_name(spec.name)}")
    inputs["description"] = _about(spec)
    inputs.setdefault("type", "object")
    allowed: dict[str, Any] = _with_expressions(inputs, is_top=True)
    return allowed


def _moved(schema: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A copy of a schema that will stand at `place` in another one, its references kept right."""
    return {key: _moved_value(value, place) for key, value in schema.items() if key != "$schema"}


def _moved_value(value: Any, place: str) -> Any:
    if isinstance(value, Mapping):
        moved = _moved(value, place)
        reference = moved.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            moved["$ref"] = place + reference[1:]
        return moved
    if isinstance(value, list):
        return [_moved_value(item, place) for item in value]
    return value


def _with_expressions(schema: Any, *, is_top: bool = False) -> Any:
    """The schema with `${{ }}` allowed wherever a value is."""
    if not isinstance(schema, Mapping):
        return schema
    changed = dict(schema)
    for keyword in _MAPS:
        if isinstance(changed.get(keyword), Mapping):
            changed[keyword] = {
                name: _with_expressions(part, is_top=keyword == _DEFINITIONS)
                for name, part in changed[keyword].items()
            }
    for keyword in ("items", "additionalProperties"):
        if isinstance(changed.get(keyword), Mapping):
            changed[keyword] = _with_expressions(changed[keyword])
    for keyword in _LISTS:
        if isinstance(changed.get(keyword), list):
            changed[keyword] = [_with_expressions(part, is_top=True) for part in changed[keyword]]
    return changed if is_top or not _is_narrow(changed) else _either(changed)


def _is_narrow(schema: Mapping[str, Any]) -> bool:
    """True if text with an expression in it would not be accepted as it is."""
    if schema.get("type") == "string":
        return any(key in schema for key in ("enum", "const", "pattern", "format", "maxLength"))
    return bool(schema.keys() - {"description", "title", "default"})


def _either(schema: dict[str, Any]) -> dict[str, Any]:
    """The value, or an expression; what an editor shows of it stays on the outside."""
    shown: dict[str, Any] = {
        key: schema[key] for key in ("description", "title", "default") if key in schema
    }
    inner = {key: value for key, value in schema.items() if key not in shown}
    embedded = {"$ref": f"#/{_DEFINITIONS}/embedded"}
    return {**shown, "anyOf": [inner, embedded]}
