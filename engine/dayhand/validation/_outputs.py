"""What a step gives back, as far as it can be told before the run."""

from __future__ import annotations

from collections.abc import Callable

from dayhand import document
from dayhand.validation import _inputs, _types
from dayhand.validation._draft import Draft
from dayhand.validation._forms import is_one_expression
from dayhand.validation._shape import holds_expression
from dayhand.validation._types import ANYTHING, ListOf, Made, Schema, Type

_TEXT = Schema({"type": "string"}, {})
_ENDED = Schema({"type": "string", "enum": ["done", "done_with_failures"]}, {})
CALLED = Made({"run": _TEXT, "state": _ENDED})
"""What a step that runs another routine gives back: where that one fails or is declined, so does this."""

FAILURE = Made({"step": _TEXT, "kind": _TEXT, "message": _TEXT, "hint": _TEXT})
"""What is known of a failure where one is handled."""

_APPROVED = Made({
    "approved": Schema({"type": "boolean", "const": True}, {}), "by": _TEXT, "note": _TEXT,
    "at": Schema({"type": "string", "format": "date-time"}, {}),
})  # fmt: skip
"""An approval that the run has gone on from: declined, it would have ended."""

Resolve = Callable[[document.Scalar], Type]
"""The type of a `${{ }}` that stands alone."""


def output_of(draft: Draft, resolve: Resolve) -> Type:
    """The type of a step's output: by its plugin's schema, or by what its author wrote."""
    if draft.kind == "routine":
        return CALLED
    spec = draft.spec
    if spec is None:
        return ANYTHING
    if spec.name == "person.approve" and draft.keys.text("on_decline") != "continue":
        return _APPROVED
    given = draft.arguments()
    if spec.output_from == "with":
        return written(given, resolve) if given is not None else Made({})
    if spec.output_from:
        fields = given.get(spec.output_from) if given is not None else None
        return _form(fields)
    return _types.of_schema(spec.output)


def _form(fields: document.Node | None) -> Type:
    if not isinstance(fields, document.Mapping):
        return ANYTHING
    members: dict[str, Type] = {}
    for entry in fields.entries:
        kind, choices = entry.value, None
        if isinstance(kind, document.Mapping):
            choices = kind.get("choices")
            found = kind.get("type")
            kind = found if found is not None else kind
        text = kind.text if isinstance(kind, document.Scalar) else ""
        members[entry.key.text] = _choice(choices) if text == "choice" else _inputs.schema_of(text)
    return Made(members)


def _choice(choices: document.Node | None) -> Type:
    """One of the words in a form; anything, if they are not all written out."""
    items = choices.items if isinstance(choices, document.Sequence) else ()
    words = [
        one.text for one in items if isinstance(one, document.Scalar) and not holds_expression(one)
    ]
    return (
        Schema({"type": "string", "enum": words}, {})
        if words and len(words) == len(items)
        else ANYTHING
    )


def written(node: document.Node, resolve: Resolve) -> Type:
    """The type of a value as it stands in the routine."""
    if isinstance(node, document.Mapping):
        return Made({entry.key.text: written(entry.value, resolve) for entry in node.entries})
    if isinstance(node, document.Sequence):
        items = [written(item, resolve) for item in node.items]
        same = bool(items) and all(item == items[0] for item in items)
        return ListOf(items[0] if same else ANYTHING)
    if holds_expression(node):
        return resolve(node) if is_one_expression(node.text) else _TEXT
    return _literal(node)


def _literal(node: document.Scalar) -> Type:
    return ANYTHING if node.value is None else _types.of_value(node.value)
