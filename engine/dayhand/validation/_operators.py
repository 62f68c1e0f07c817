"""What operators make of kinds of values: the rules of the language, over kinds instead of values."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

_NUMBERS = frozenset({"number", "decimal"})
_SUMS: Mapping[tuple[str, str], str] = {
    ("text", "text"): "text", ("month", "month"): "text", ("text", "month"): "text",
    ("month", "text"): "text", ("list", "list"): "list", ("date", "length"): "date",
    ("moment", "length"): "moment", ("length", "length"): "length",
}  # fmt: skip
_DIFFERENCES: Mapping[tuple[str, str], str] = {
    ("date", "date"): "length", ("moment", "moment"): "length", ("date", "length"): "date",
    ("moment", "length"): "moment", ("length", "length"): "length",
}  # fmt: skip
_OTHERS: Mapping[str, Mapping[tuple[str, str], str]] = {"+": _SUMS, "-": _DIFFERENCES}

_GROUPS: Mapping[str, str] = {
    "number": "number", "decimal": "number", "boolean": "number", "text": "text",
    "month": "text",
}  # fmt: skip
COMPARED: Mapping[frozenset[str], str] = {
    frozenset({"date", "moment"}): "make a date of the moment: add '| date'",
    frozenset({"date", "text"}): "make a date of the text: add '| date'",
    frozenset({"date", "month"}): "make a month of the date: add '| month'",
    frozenset({"moment", "month"}): "make a month of the moment: add '| month'",
    frozenset({"moment", "text"}): "compare its day: add '| date' to both",
    frozenset({"number", "text"}): "make a number of the text: add '| number'",
    frozenset({"decimal", "text"}): "make a number of the text: add '| number'",
    frozenset({"list", "number"}): "compare how many there are: add '| length'",
    frozenset({"length", "number"}): "compare its days: add '.days'",
}
"""What to do about two kinds that do not compare."""


_INSTEAD: Mapping[frozenset[str], str] = {
    frozenset({"date", "number"}): "move a date by days: add '| days(14)'",
    frozenset({"moment", "number"}): "move a moment by days: add '| days(14)'",
    frozenset({"date", "moment"}): "make dates of both: add '| date'",
    frozenset({"list"}): "leave items out with '| reject'",
    frozenset({"list", "number"}): "count the items first: add '| length'",
}
_TEXTS = frozenset({"text", "month"})


def instead(operator: str, kinds: frozenset[str]) -> str:
    """What to do about an operator that cannot take these kinds."""
    if operator == "+" and kinds & _TEXTS:
        return "join text with '~'"
    if "number" in kinds and kinds & _TEXTS:
        return "make a number of the text: add '| number'"
    return _INSTEAD.get(kinds, f"'{operator}' is for numbers, dates and lengths of time")


def calculated(operator: str, left: frozenset[str], right: frozenset[str]) -> frozenset[str]:
    """The kinds that `left operator right` can give; none if it can only fail."""
    found = {_one(operator, one, other) for one, other in product(left, right)}
    return frozenset(kind for kind in found if kind)


def _one(operator: str, left: str, right: str) -> str:
    if {left, right} <= _NUMBERS:
        return "decimal" if operator == "/" or "decimal" in (left, right) else "number"
    return _OTHERS.get(operator, {}).get((left, right), "")


def comparable(left: frozenset[str], right: frozenset[str]) -> bool:
    """True if some value of the one kinds may be compared with, or equal, one of the others."""
    if "length" in left | right and "text" in left | right:
        return True  # a length of time may have been written as text
    ones, others = ({_GROUPS.get(kind, kind) for kind in kinds} for kinds in (left, right))
    return bool(ones & others)
