"""Values and conditions of a routine in words; what has no words is shown as it is written."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from dayhand import expressions
from dayhand.expressions import Part

_COMPARED = {
    "==": "is", "!=": "is not", "<": "is less than", "<=": "is at most", ">": "is more than",
    ">=": "is at least", "in": "is in", "not in": "is not in",
}  # fmt: skip
_NAMES = {
    "scheduled_for": "the time it is due", "now": "the time it began", "run": "the run",
    "practice": "the practice", "failure": "the failure",
}  # fmt: skip
_LONGEST = 200


def condition(source: str) -> str:
    """A `when` in words, such as `drafts has invoices`."""
    told = _condition(expressions.compile_expression(source).outline())
    return told or _shown(source)


def _condition(part: Part) -> str:
    if part.kind in ("and", "or"):
        told = [_condition(one) for one in part.parts]
        return f" {part.kind} ".join(told) if all(told) else ""
    if part.kind == "not":
        return _there(part.parts[0], is_there=False)
    if part.kind == "comparison":
        left, right = (_phrase(one) for one in part.parts)
        return f"{left} {_COMPARED[part.name]} {right}" if left and right else ""
    if part.kind == "test" and part.name in ("defined", "empty"):
        return _there(part.parts[0], is_there=part.name == "defined")
    return _there(part, is_there=True)


def _there(part: Part, *, is_there: bool) -> str:
    """That something is there, or not empty; `invoice has no email`."""
    if part.kind == "filter" and part.name == "default" and part.parts:
        part = part.parts[0]  # what it falls back to is as good as nothing there
    if part.kind == "reference" and part.reference is not None:
        told = _has([str(name) for name in part.reference.path], is_there=is_there)
        if told:
            return told
    if part.kind == "value":
        return "always" if bool(part.value) is is_there else "never"
    named = _phrase(part)
    if not named:
        return ""
    return f"there is {named}" if is_there else f"there is no {named.removeprefix('the ')}"


def _has(path: list[str], *, is_there: bool) -> str:
    """The same of what stands at a path; empty where that has no words of its own."""
    no, negated = ("", "") if is_there else ("no ", "not ")
    match path:
        case ["steps", step, "approved"]:
            return f"'{step}' was {negated}approved"
        case ["steps", step, field]:
            return f"{step} has {no}{field}"
        case ["inputs", name]:
            return f"the input {name} is {negated}set"
        case [owner, field] if owner not in _NAMES and owner != "steps":
            return f"the {owner} has {no}{field}"
    return ""


def phrase(source: str) -> str:
    """An expression in words, such as `the invoices of issued`."""
    return _phrase(expressions.compile_expression(source).outline()) or _shown(source)


def _phrase(part: Part) -> str:
    if part.kind == "value":
        return f"“{part.value}”" if isinstance(part.value, str) else _plain(part.value)
    if part.kind == "reference" and part.reference is not None:
        return _reference(part.reference.path)
    if part.kind == "filter" and part.parts:
        return _filtered(part)
    if part.kind == "choice":
        return _decided(part)
    return ""


_ABOUT: Mapping[str, str] = {
    "length": "the number of {0}", "plural": "the number of {0}", "sum": "the sum of {0}",
    "min": "the smallest of {0}", "max": "the largest of {0}", "first": "the first of {0}",
    "last": "the last of {0}", "start": "the first day of {0}", "end": "the last day of {0}",
    "date": "the day of {0}", "month": "the month of {0}", "weekday": "the weekday of {0}",
    "initials": "the initials of {0}",
}  # fmt: skip
_SAME = frozenset(
    {"default", "money", "join", "lines", "map", "upper", "lower", "title", "trim", "truncate",
     "sort", "unique", "round", "int", "number", "text", "slug", "time"}
)  # fmt: skip
"""Filters that change how a value is shown, or which of its fields: it stays what it is about."""


def _filtered(part: Part) -> str:
    inner = _phrase(part.parts[0])
    if not inner:
        return ""
    field = part.arguments.get("attribute")
    if part.name in ("select", "reject") and field is not None:
        return _chosen(part, inner, str(field.value))
    if field is not None:
        inner = f"the {field.value} of each of {inner}"
    if part.name == "month" and "shift" in part.arguments:
        return _moved(part.arguments["shift"], "month", inner)
    if part.name == "days" and "count" in part.arguments:
        return _moved(part.arguments["count"], "day", inner)
    if part.name in _ABOUT:
        about = inner
        if part.name in ("length", "plural"):
            about = inner.replace("the result of", "items of", 1).removeprefix("the ")
        return _ABOUT[part.name].format(about)
    return inner if part.name in _SAME else ""


def _moved(by: Part, unit: str, inner: str) -> str:
    """So many days or months before or after; empty where the number is reckoned."""
    is_before = by.kind == "negative"
    number = (by.parts[0] if is_before else by).value
    if type(number) is not int:
        return ""
    many = f"the {unit}" if number == 1 else f"{number} {unit}s"
    return f"{many} {'before' if is_before else 'after'} {inner}"


def _chosen(part: Part, inner: str, field: str) -> str:
    wanted = part.arguments.get("wanted")
    if wanted is None:
        return f"{inner} {'with' if part.name == 'select' else 'without'} {field}"
    is_not = "is" if part.name == "select" else "is not"
    return f"{inner} whose {field} {is_not} {_phrase(wanted)}"


def _decided(part: Part) -> str:
    test, yes, no = part.parts
    told = (_phrase(yes), _condition(test), _phrase(no))
    return "{} if {}, else {}".format(*told) if all(told) else ""


def _reference(path: tuple[str | int, ...]) -> str:
    names = [str(part) for part in path]
    if any(isinstance(part, int) for part in path):
        return ""
    head, *rest = names
    if head == "steps" and rest:
        owner, *rest = rest
        return f"the {' '.join(reversed(rest))} of {owner}" if rest else f"the result of {owner}"
    if head == "inputs" and len(rest) == 1:
        return f"the input {rest[0]}"
    if head in _NAMES:
        return f"the {' '.join(reversed(rest))} of {_NAMES[head]}" if rest else _NAMES[head]
    return f"the {' of the '.join(reversed(rest))} of the {head}" if rest else f"the {head}"


# Values -------------------------------------------------------------------------------------------


def value_text(value: Any) -> str:
    """A value of `with` on one line, expressions in ‹ ›."""
    if isinstance(value, str):
        return _cut(_text(value))
    if isinstance(value, Mapping):
        return _cut(", ".join(f"{key}: {value_text(one)}" for key, one in value.items()))
    if isinstance(value, list | tuple):
        return _cut(", ".join(value_text(one) for one in value) or "none")
    return _plain(value)


def _text(text: str) -> str:
    compiled = expressions.compile_text(text)
    if isinstance(compiled, str):
        return " ".join(compiled.split())
    parts = []
    for part in compiled.parts:
        if isinstance(part, str):
            parts.append(part)
        else:
            told = _phrase(part[1].outline())
            parts.append(f"‹{told or _shown(part[1].source)}›")
    return " ".join("".join(parts).split())


def _plain(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _shown(source: str) -> str:
    return _cut(" ".join(source.split()))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1].rstrip()}…"
