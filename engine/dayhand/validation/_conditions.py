"""Conditions that are always true, or never: then `when` decides nothing, or its step is not reached."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dayhand import document
from dayhand.expressions import Part
from dayhand.validation import _types, _words
from dayhand.validation._check import Check
from dayhand.validation._expressions import Read
from dayhand.validation._scope import Scope, conjuncts
from dayhand.validation._typing import Typing

_NEVER = "a field of it may be meant; or remove the step"
_EQUAL = re.compile(r"(?P<path>[\w.]+) == (?P<value>'[^']*'|\"[^\"]*\"|\d+)")


def check_condition(
    check: Check,
    typings: list[tuple[Typing, Part]],
    when: document.Scalar,
    scope: Scope,
) -> None:
    """Warn of a `when` that can only be true, or never is."""
    for typing, part in typings:
        truth = None if part.kind == "value" else typing.truth(part)
        if truth is not None:
            _constant(check, typing, part, when, truth=truth)
            return
    opposite = _contradiction(conjuncts(when.text), scope.holds)
    if opposite:
        one, other = (_words.shown(text) for text in opposite)
        message = f"this is never reached: it would need both {one} and {other}"
        check.warn(when.mark, "unreachable", message, "one of the two conditions is not meant")


def _constant(
    check: Check, typing: Typing, part: Part, when: document.Scalar, *, truth: bool
) -> None:
    approval = next((one for one in _approvals(typing, part)), None)
    if approval is not None and not truth:
        message = f"this is never reached: without '{approval}' the run has ended"
        hint = "add 'on_decline: continue' to the approval, if the routine decides what then"
        check.warn(when.mark, "unreachable", message, hint)
    elif approval is not None:
        hint = "leave 'when' out, or add 'on_decline: continue' to the approval"
        check.advise(when.mark, "always-true", "declined, the run has ended before this", hint)
    elif truth:
        name = when.text.strip()
        fields = [] if part.reference is None else _fields(typing, part, name)
        hint = _words.listed("one of its fields may be meant", fields) or "leave 'when' out"
        check.warn(when.mark, "always-true", "this is always true", hint)
    else:
        check.warn(when.mark, "unreachable", "this is never reached: it is never true", _NEVER)


def _fields(typing: Typing, part: Part, name: str) -> list[str]:
    return [f"{name}.{field}" for field, _ in _types.members(typing.of(part))]


def _approvals(typing: Typing, part: Part) -> Iterable[str]:
    """The references of a condition that are always true because a refusal ends the run."""
    if part.reference is not None:
        is_answer = part.reference.path[0] == "steps" and part.reference.path[-1] == "approved"
        if is_answer and typing.truth(part):
            yield ".".join(str(name) for name in part.reference.path)
    for inner in part.parts:
        yield from _approvals(typing, inner)


def _contradiction(parts: tuple[str, ...], holds: Iterable[str]) -> tuple[str, str] | None:
    """Two conditions of which one is not true if the other is: of a `when` and those around it."""
    known = [*holds]
    for part in parts:
        for other in known:
            if _excludes(part, other):
                return other, part
        known.append(part)
    return None


def _excludes(one: str, other: str) -> bool:
    if _denied(one) == _bare(other) or _denied(other) == _bare(one):
        return True
    first, second = _EQUAL.fullmatch(_bare(one)), _EQUAL.fullmatch(_bare(other))
    if not first or not second or first["path"] != second["path"]:
        return False
    return first["value"].strip("'\"") != second["value"].strip("'\"")


def _denied(text: str) -> str | None:
    """What must not hold, for a condition that begins with `not`."""
    return _bare(text[4:]) if text.startswith("not ") else None


def _bare(text: str) -> str:
    """A condition without brackets around the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and "(" not in text[1:-1]:
        text = text[1:-1].strip()
    return text


def check_loop(check: Check, read: Read) -> None:
    """Warn of a loop over nothing."""
    for _, part in read.expressions:
        if part.kind == "list" and not part.parts:
            message = "what is inside is never reached: the list is empty"
            check.warn(
                read.scalar.mark, "unreachable", message, "fill the list, or remove the loop"
            )
