"""A routine's own inputs, and values given for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from dayhand import document
from dayhand.model.routine import Input
from dayhand.problems import Problem
from dayhand.validation import _draft, _envelope, _forms, _words
from dayhand.validation._check import Check
from dayhand.validation._shape import holds_expression
from dayhand.validation._types import Made, Schema, Type

_SCHEMAS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "month": {"type": "string", "x-type": "month"},
    "choice": {"type": "string", "enum": []},
    "file": {"type": "string"},
    "list": {"type": "array"},
}
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, Decimal),
    "integer": (int,),
    "boolean": (bool,),
}


def read_inputs(check: Check, node: document.Node | None) -> list[Input]:
    """The inputs a routine declares, their problems noted."""
    found: list[Input] = []
    if not isinstance(node, document.Mapping):
        return found
    for entry in node.entries:
        name = entry.key.text
        is_name = _draft.is_name(check, name, entry.key.mark)
        read = _read(check, name, entry)
        if read and is_name and not any(other.name == name for other in found):
            found.append(read)
    return found


def _read(check: Check, name: str, entry: document.Entry) -> Input | None:
    if not isinstance(entry.value, document.Mapping):
        return _read_short(check, name, entry)
    keys = _envelope.check(entry.value, "input_details")
    check.extend(keys.problems)
    kind: Any = keys.text("type")
    if kind is None:
        return None
    choices = keys.get("choices")
    listed = _texts(choices)
    if kind == "choice" and not entry.value.entry("choices"):
        message = f"the choice '{name}' needs its 'choices'"
        check.note(entry.key.mark, "missing-key", message, "add 'choices: [a, b]'")
    elif kind != "choice" and choices is not None:
        mark = entry.value.key_mark("choices") or entry.key.mark
        message = f"'choices' means nothing for the type '{kind}'"
        check.note(mark, "key-does-not-apply", message, "remove it, or write 'type: choice'")
    default = keys.get("default")
    required = keys.scalar("required")
    made = Input(
        name=name,
        type=kind,
        required=bool(required and required.value),
        default=document.plain(default) if default else None,
        description=keys.text("description") or "",
        choices=listed,
        mark=entry.key.mark,
    )
    if default is not None:
        check.extend(value_problems(made, default, "default"))
    return made


def _read_short(check: Check, name: str, entry: document.Entry) -> Input | None:
    problems = list(_envelope.value_problems(entry.value, "input_details", "type", named=name))
    check.extend(problems)
    if problems or not isinstance(entry.value, document.Scalar):
        return None
    kind: Any = entry.value.text
    if kind == "choice":
        message = f"the choice '{name}' needs its 'choices'"
        hint = f"write '{name}: {{type: choice, choices: [a, b]}}'"
        check.note(entry.value.mark, "missing-key", message, hint)
        return None
    return Input(name=name, type=kind, mark=entry.key.mark)


def value_problems(declared: Input, node: document.Node, name: str) -> Iterator[Problem]:
    """What is wrong with a literal value for an input."""
    if holds_expression(node):
        return
    schema = _SCHEMAS[declared.type]
    if isinstance(node, document.Scalar) and node.value is None:
        return
    if declared.type == "list":
        if not isinstance(node, document.Sequence):
            yield _words.wrong_type(node, name, ["array"])
        return
    if not isinstance(node, document.Scalar) or not _is_of(node.value, schema["type"]):
        yield _words.wrong_type(node, name, [schema["type"]])
        return
    form = schema.get("format") or schema.get("x-type")
    if form and _forms.fault(form, node.text):
        yield _words.wrong_form(node, name, form)
    if declared.type == "choice" and declared.choices and node.text not in declared.choices:
        yield _words.wrong_choice(node, name, list(declared.choices))


def _is_of(value: Any, kind: str) -> bool:
    return isinstance(value, _JSON_TYPES[kind]) and (
        kind == "boolean" or not isinstance(value, bool)
    )


def type_of(declared: Iterable[Input]) -> Type:
    """What `inputs` is in expressions."""
    return Made({one.name: _type(one) for one in declared})


def _type(one: Input) -> Type:
    schema = _SCHEMAS[one.type]
    if one.type == "choice":
        schema = {"type": "string", "enum": list(one.choices)} if one.choices else {}
    return Schema(schema, {})


def schema_of(kind: str) -> Type:
    """The type of an input, or of a form's field, by its name."""
    return Schema(_SCHEMAS.get(kind, {}), {})


def _texts(node: document.Node | None) -> tuple[str, ...]:
    if not isinstance(node, document.Sequence):
        return ()
    return tuple(item.text for item in node.items if isinstance(item, document.Scalar))
