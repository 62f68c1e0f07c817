"""What an editor asks of a routine, complete or half written: what can be used where, and what uses what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from dayhand import document
from dayhand.catalogue import Catalogue, StepSpec
from dayhand.model.routine import Routine
from dayhand.problems import Mark
from dayhand.validation import _certain, _envelope, _inputs, _types
from dayhand.validation._check import RoutineHead
from dayhand.validation._draft import Draft
from dayhand.validation._lookup import Lookup, Use
from dayhand.validation._scope import base_names
from dayhand.validation._types import ANYTHING, NoMember, Type
from dayhand.validation.routine import Checked, Examined, examine

__all__ = [
    "ANY",
    "Inspection",
    "Named",
    "StepSeen",
    "Type",
    "choices_of",
    "described",
    "inspect_routine",
    "is_plain_match",
    "is_same_record",
    "key_about",
    "key_type",
    "keys_of",
    "kind_of",
    "member_of",
    "members_of",
    "record_of",
    "schema_type",
]


@dataclass(frozen=True, slots=True)
class Named:
    """A name where it is used, and where it is declared: an id, an input, or a loop's item."""

    name: str
    mark: Mark
    declared: Mark
    kind: str


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step, and what an expression in it can see: `names`, and the steps before it by id."""

    node: document.Mapping
    id: str | None
    id_mark: Mark | None
    spec: StepSpec | None
    uses: Mark | None
    names: Mapping[str, Type] = field(default_factory=dict)
    before: Mapping[str, Type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inspection:
    """A check, with every step and every use of a name."""

    checked: Checked
    steps: tuple[StepSeen, ...] = ()
    uses: tuple[Named, ...] = ()
    names: Mapping[str, Type] = field(default_factory=dict)

    def step_of(self, node: document.Node) -> StepSeen | None:
        """The step that is written as this mapping."""
        return next((step for step in self.steps if step.node is node), None)


def inspect_routine(
    source: document.Document,
    catalogue: Catalogue,
    *,
    routines: Mapping[str, Routine | RoutineHead] | None = None,
    file_stem: str | None = None,
    today: date = date(2026, 1, 1),
) -> Inspection:
    """Check a routine as `check_routine` does, and tell what it is made of."""
    found = examine(source, catalogue, routines=routines, file_stem=file_stem, today=today)
    if found.parts is None or found.lookup is None:
        return Inspection(found.checked)
    names = base_names(_inputs.type_of(found.parts.inputs))
    steps = tuple(_seen(draft, found.lookup, names) for draft in found.parts.drafts())
    uses = tuple(dict.fromkeys(_uses(found)))
    return Inspection(found.checked, steps, uses, names)


def _seen(draft: Draft, lookup: Lookup, names: Mapping[str, Type]) -> StepSeen:
    scope = lookup.scopes.get(id(draft))
    uses = draft.keys.node.get("uses")
    return StepSeen(
        draft.keys.node,
        draft.id,
        draft.id_mark,
        draft.spec,
        uses.mark if uses is not None else None,
        scope.names if scope else names,
        {name: known.type for name, known in scope.steps.items()} if scope else {},
    )


def _uses(found: Examined) -> Iterator[Named]:
    if found.parts is None or found.lookup is None:
        return
    for use in found.lookup.uses:
        yield from _of_step(use)
    inputs = {one.name: one.mark for one in found.parts.inputs}
    for reference, loops in found.lookup.others:
        head = str(reference.path[0])
        if head == "inputs" and len(reference.path) > 1:
            declared = inputs.get(str(reference.path[1]))
            if declared is not None:
                yield Named(str(reference.path[1]), reference.mark(1), declared, "input")
            continue
        loop = next((one for one in reversed(loops) if one.item == head), None)
        written = loop.keys.node.get("as") if loop is not None else None
        if written is not None:
            yield Named(head, reference.mark(0), written.mark, "item")


def _of_step(use: Use) -> Iterator[Named]:
    """The id itself, and those of the steps in it that follow: `steps.group.inner`."""
    draft: Draft | None = use.draft
    for position, part in enumerate((use.draft.id, *use.path), 1):
        if isinstance(part, int):
            continue
        if position > 1:
            inner = draft.inner if draft else []
            draft = next((one for one in inner if one.id == part), None)
        if draft is None or draft.id_mark is None or part is None:
            return
        yield Named(part, _unquoted(use.reference.mark(position), part), draft.id_mark, "step")


def _unquoted(mark: Mark, name: str) -> Mark:
    """The name itself where it is written in quotes: `steps['name']`."""
    if mark.length != len(name) + 2:
        return mark
    return Mark(mark.file, mark.line, mark.column + 1, len(name))


# Types, in words ----------------------------------------------------------------------------------


def members_of(given: Type) -> list[tuple[str, Type]]:
    """The named members of a value, where they are known; of a date, what can be read of it."""
    found = _types.members(given)
    return found or [*_types.parts_of(given)]


def member_of(given: Type, name: str | int) -> Type:
    """A member of a value; anything where it is not known."""
    found = _types.member(given, name)
    return ANYTHING if isinstance(found, NoMember) else found


def is_same_record(given: Type, wanted: Type) -> bool:
    """True if both are of one named record, or lists of it: a list of sessions where one is wanted."""
    ours, theirs = (_certain.record_name(one) for one in (given, wanted))
    return ours is not None and ours == theirs


def record_of(given: Type) -> str:
    """The name of the record that a value is, or a list of; empty if it is none."""
    found = _certain.record_name(given)
    return found[1] if found else ""


def is_plain_match(given: Type, wanted: Type) -> bool:
    """True if a value can be used where one is wanted, as far as both are known; records are not."""
    kinds = _types.kinds(given) or frozenset()
    return bool(kinds) and kinds == _types.kinds(wanted) and not kinds & {"mapping", "list"}


ANY: Type = ANYTHING
"""What is not known."""


def kind_of(given: Type) -> str:
    """What a value is, in a few words."""
    kinds = _types.kinds(given)
    return _types.said(kinds) if kinds else "anything"


def keys_of(name: str) -> tuple[str, ...]:
    """The keys of a part of the language: `routine`, `step`, `trigger`, `retry`, `input_details`."""
    return _envelope.keys(name)


def choices_of(given: Type) -> list[str]:
    """The words that are told of a value: those of its alternatives, or of a list's items."""
    found: dict[str, None] = {}
    for part in _types.alternatives(given) or ():
        kind = _types.kind(part)
        if kind == "list":
            found |= dict.fromkeys(choices_of(_types.item(part)))
        elif kind == "boolean":
            found |= {"true": None, "false": None}
        else:
            found |= dict.fromkeys(sorted(_certain.words(part) or ()))
    return [*found]


def key_type(name: str, key: str) -> Type:
    """What the value of one of these keys can be."""
    return _types.Schema(_envelope.about(name, key), _envelope.schema("routine"))


def schema_type(schema: Mapping[str, object], root: Mapping[str, object]) -> Type:
    """What a schema describes; `root` is where its references are looked up."""
    return _types.Schema(schema, root)


def described(given: Type) -> str:
    """What is said of a value where its schema describes it."""
    return str(given.schema.get("description") or "") if isinstance(given, _types.Schema) else ""


def key_about(name: str, key: str) -> Mapping[str, object]:
    """The schema of one of these keys: its description, and the values it can have."""
    return _envelope.about(name, key)
