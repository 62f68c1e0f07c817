"""A chain of names in an expression, such as `steps.drafts.total`, and what it gives at a place."""

from __future__ import annotations

import re

from dayhand.validation import inspection as seen
from dayhand.validation.inspection import Inspection, StepSeen, Type

CHAIN = r"[A-Za-z_]\w*(?:\.\w+|\[-?\d+\]|\['[^']*'\]|\[\"[^\"]*\"\])*"
_PART = re.compile(r"\[(-?\d+)\]|\['([^']*)'\]|\[\"([^\"]*)\"\]|\w+")


def resolved(chain: str, inspection: Inspection, step: StepSeen | None) -> Type | None:
    """The type of what a chain gives in a step; None if that cannot be told."""
    parts = [_part(match) for match in _PART.finditer(chain)]
    if not parts:
        return None
    names = step.names if step else inspection.names
    if parts[0] == "steps":
        before = step.before if step else {}
        given, rest = (before.get(str(parts[1])) if len(parts) > 1 else None), parts[2:]
    else:
        given, rest = names.get(str(parts[0])), parts[1:]
    for part in rest:
        if given is None:
            return None
        given = seen.member_of(given, part)
    return given


def _part(match: re.Match[str]) -> str | int:
    index, single, double = match.groups()
    if index is not None:
        return int(index)
    named = single if single is not None else double
    return named if named is not None else match[0]
