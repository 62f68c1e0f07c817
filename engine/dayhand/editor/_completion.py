"""What can be written at a place of a routine."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from dayhand import document, expressions
from dayhand.catalogue import StepSpec
from dayhand.editor._chains import CHAIN, resolved
from dayhand.editor._hover import spec_text, type_line
from dayhand.editor._place import Place, place_at
from dayhand.editor._surroundings import Surroundings
from dayhand.validation import inspection as seen
from dayhand.validation.inspection import StepSeen, Type

_CHAIN = re.compile(rf"(?P<chain>{CHAIN})\.(?P<part>\w*)$")
_FILTER = re.compile(r"\|\s*\w*$")
_TEST = re.compile(r"\bis\s+(?:not\s+)?\w*$")
_NAMES = {
    "inputs": "what the routine was given",
    "steps": "what the steps before gave",
    "practice": "the practice and its clinician",
    "run": "this run",
    "scheduled_for": "the moment the run is about",
    "now": "when the run began",
    "failure": "what has failed",
}
_KINDS_OF_STEP = ("uses", "steps", "parallel", "routine")
_NOT_WITH = {
    "uses": {"steps", "parallel", "routine", "inputs"},
    "steps": {"uses", "parallel", "routine", "with", "retry", "inputs", "on_decline"},
    "parallel": {"uses", "steps", "routine", "with", "retry", "inputs", "on_decline"},
    "routine": {"uses", "steps", "parallel", "with", "retry", "on_decline"},
}
_LISTS = {"steps", "parallel", "on_failure", "finally", "triggers"}


@dataclass(frozen=True, slots=True)
class Completion:
    """A word that can be written: `insert` is the text, `detail` one line, `about` Markdown.

    `kind` is `step`, `key`, `value`, `name`, `member`, `filter` or `routine`; what is `needed` comes first.
    """

    label: str
    kind: str
    insert: str
    detail: str = ""
    about: str = ""
    needed: bool = False


def completions(
    text: str, file: str, line: int, column: int, around: Surroundings
) -> list[Completion]:
    """What can stand at a line and a column, both from 0; what is typed already narrows it."""
    place = place_at(text, file, line, column, around)
    if place is None:
        return []
    found: Iterable[Completion]
    if place.expression is not None:
        found = _in_expression(place)
    elif place.is_key:
        found = _keys(place, around)
    else:
        found = _values(place, around)
    typed = place.word.lower()
    return [one for one in found if typed in one.label.lower()]


# Expressions --------------------------------------------------------------------------------------


def _in_expression(place: Place) -> Iterator[Completion]:
    source = place.expression or ""
    if _FILTER.search(source):
        for one in expressions.FILTERS.values():
            arguments = f"({', '.join(one.arguments)})" if one.required else ""
            about = f"{one.about}\n\n`{one.example}`"
            yield Completion(one.name, "filter", one.name, f"{one.name}{arguments}", about)
    elif _TEST.search(source):
        yield from (Completion(name, "filter", name, "test") for name in expressions.TESTS)
    elif chain := _CHAIN.search(source):
        yield from _members(place, chain["chain"])
    else:
        yield from _names(place)


def _members(place: Place, chain: str) -> Iterator[Completion]:
    if chain == "steps":
        for name, given in (place.step.before if place.step else {}).items():
            yield Completion(name, "member", name, type_line(given), needed=True)
        return
    found = resolved(chain, place.inspection, place.step)
    for name, inner in seen.members_of(found) if found is not None else ():
        yield Completion(name, "member", name, type_line(inner), seen.described(inner))


def _names(place: Place) -> Iterator[Completion]:
    names = place.step.names if place.step else place.inspection.names
    for name, given in names.items():
        detail = _NAMES.get(name) or type_line(given)
        yield Completion(name, "name", name, detail, needed=name not in _NAMES)
    if place.step is not None:
        yield Completion("steps", "name", "steps", _NAMES["steps"])


# Keys ---------------------------------------------------------------------------------------------


def _keys(place: Place, around: Surroundings) -> Iterator[Completion]:
    mapping = place.nodes[-1]
    written = set(mapping.keys()) if isinstance(mapping, document.Mapping) else set()
    found = [*_keys_here(place, around, mapping)]
    return (one for one in found if one.label not in written)


def _keys_here(place: Place, around: Surroundings, mapping: document.Node) -> Iterator[Completion]:
    path = place.path
    if not path:
        yield from _language("routine")
    elif place.step is not None and place.step.node is mapping:
        yield from _step_keys(place.step)
    elif path[0] == "triggers" and len(path) == 2:
        yield from _language("trigger")
    elif path[0] == "inputs" and len(path) == 2:
        yield from _language("input_details")
    elif path == ("concurrency",):
        yield Completion("overlap", "key", "overlap: ", "due while it still runs")
    elif place.step is not None:
        yield from _inside_step(place, place.step, around)


def _language(name: str) -> Iterator[Completion]:
    for key in seen.keys_of(name):
        about = str(seen.key_about(name, key).get("description") or "")
        end = ":" if key in _LISTS or key in ("inputs", "with", "concurrency") else ": "
        yield Completion(key, "key", f"{key}{end}", "", about)


def _step_keys(step: StepSeen) -> Iterator[Completion]:
    kind = next((one for one in _KINDS_OF_STEP if step.node.entry(one)), "")
    for one in _language("step"):
        if one.label not in _NOT_WITH.get(kind, ()):
            yield replace(one, needed=not kind and one.label in _KINDS_OF_STEP)


def _inside_step(place: Place, step: StepSeen, around: Surroundings) -> Iterator[Completion]:
    inside = _path_in(place, step)
    if inside[:1] == ("retry",) and len(inside) == 1:
        yield from _language("retry")
    elif inside[:1] == ("with",) and step.spec is not None:
        yield from _inputs(step.spec, inside[1:])
    elif inside == ("inputs",):
        called = step.node.get("routine")
        head = (around.routines or {}).get(getattr(called, "text", ""))
        for one in (head.inputs if head else None) or ():
            yield Completion(
                one.name, "key", f"{one.name}: ", one.type, one.description, one.required
            )


def _path_in(place: Place, step: StepSeen) -> tuple[str | int, ...]:
    """The part of the path that is inside the step."""
    return place.path[place.nodes.index(step.node) :]


def _inputs(spec: StepSpec, inside: tuple[str | int, ...]) -> Iterator[Completion]:
    given: Type = seen.schema_type(spec.inputs, spec.inputs)
    for part in inside:
        given = seen.member_of(given, part)
    needed = set(spec.inputs.get("required", ())) if not inside else set()
    for name, inner in seen.members_of(given):
        about = seen.described(inner)
        yield Completion(name, "key", f"{name}: ", type_line(inner), about, name in needed)


# Values -------------------------------------------------------------------------------------------


def _values(place: Place, around: Surroundings) -> Iterable[Completion]:
    key = next((part for part in reversed(place.path) if isinstance(part, str)), "")
    step = place.step
    if step is None:
        return _top_values(place, key, around)
    inside = _path_in(place, step)
    if inside == ("uses",):
        return _steps(around)
    if inside == ("routine",):
        return _routines(around)
    if inside[:1] == ("with",) and step.spec is not None:
        given: Type = seen.schema_type(step.spec.inputs, step.spec.inputs)
        for part in inside[1:]:
            given = seen.member_of(given, part)
        return _choices(given)
    if inside[:1] == ("retry",) and len(inside) > 1:
        return _choices(seen.key_type("retry", str(inside[1])))
    return _choices(seen.key_type("step", key)) if key in seen.keys_of("step") else ()


def _top_values(place: Place, key: str, around: Surroundings) -> Iterable[Completion]:
    path = place.path
    if path[:1] == ("triggers",):
        if key == "routine":
            return _routines(around)
        return _choices(seen.key_type("trigger", key)) if key in seen.keys_of("trigger") else ()
    if path[:1] == ("inputs",) and len(path) == 2:
        return _choices(seen.key_type("input_details", "type"))
    if path[:1] == ("inputs",) and key in seen.keys_of("input_details"):
        return _choices(seen.key_type("input_details", key))
    if path == ("concurrency", "overlap"):
        return _choices(seen.key_type("trigger", "overlap"))
    return _choices(seen.key_type("routine", key)) if key in seen.keys_of("routine") else ()


def _steps(around: Surroundings) -> Iterator[Completion]:
    for name, spec in sorted(around.catalogue.steps.items()):
        yield Completion(name, "step", name, f"{spec.effect}: {spec.summary}", spec_text(spec))


def _routines(around: Surroundings) -> Iterator[Completion]:
    for name in sorted(around.routines or ()):
        yield Completion(name, "routine", name, "a routine of this practice")


def _choices(given: Type) -> Iterator[Completion]:
    yield from (Completion(word, "value", word) for word in seen.choices_of(given))
