"""The check of `retention` in `practice.yaml`: how long what ran is kept."""

from __future__ import annotations

from datetime import timedelta

from dayhand import document
from dayhand.model.retention import SHORTEST_RUNS, SIX_YEARS, Retention
from dayhand.problems import Problem
from dayhand.validation import _envelope
from dayhand.validation._forms import length_of

__all__ = ["read_retention"]

_SIX_YEARS_HINT = (
    "what left the practice is accounted for over six years (45 CFR 164.528):"
    " write '2192 days' or more"
)


def read_retention(problems: list[Problem], node: document.Node | None) -> Retention:
    """The rule; where it is wrong, that nothing is removed."""
    if not isinstance(node, document.Mapping):
        return Retention()
    keys = _envelope.check(node, "retention", kind="practice", inside=frozenset(), more=frozenset())
    problems += keys.problems
    runs = _length(problems, keys.scalar("runs"), SHORTEST_RUNS, "write '30 days' or more")
    sent = _length(problems, keys.scalar("sent"), SIX_YEARS, _SIX_YEARS_HINT)
    wrong = keys.problems or runs is None or (keys.scalar("sent") is not None and sent is None)
    return Retention() if wrong else Retention(runs, sent or SIX_YEARS)


def _length(
    problems: list[Problem], scalar: document.Scalar | None, shortest: timedelta, hint: str
) -> timedelta | None:
    length = length_of(scalar)
    if scalar is None or length is None or length >= shortest:
        return length
    told = f"'{scalar.text}' is shorter than it may be"
    problems.append(Problem(scalar.mark, "retention-too-short", told, hint))
    return None
