"""Two types that can never fit: what a value is, and what is wanted of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dayhand.validation import _certain, _types, _words
from dayhand.validation._types import Type

_SCALARS = frozenset(_types.KINDS) - {"list", "mapping"}
_CONFLICTS: Mapping[str, frozenset[str]] = {
    "list": _SCALARS | {"mapping"},
    "mapping": _SCALARS | {"list"},
    "boolean": frozenset({"text", "list", "mapping", "date", "moment", "month"}),
    "number": frozenset({"text", "list", "mapping", "date", "moment", "month"}),
    "decimal": frozenset({"text", "list", "mapping", "date", "moment", "month", "boolean"}),
    "text": frozenset({"list", "mapping"}),
    "date": frozenset(_types.KINDS) - {"date", "moment", "time", "month"},
    "moment": frozenset(_types.KINDS) - {"date", "moment", "time", "month"},
    "time": frozenset(_types.KINDS) - {"time", "moment", "date", "length", "month"},
    "length": frozenset(_types.KINDS) - {"length", "number", "decimal", "time"},
    "month": frozenset({"number", "boolean", "list", "mapping"}),
}
"""What a value of a kind can never be taken for. What pydantic may still convert is not here."""


@dataclass(frozen=True, slots=True)
class Clash:
    """What a value is and what is wanted of it, in words, and what to do."""

    have: str
    want: str
    hint: str


def clash(given: Type, wanted: Type, depth: int = 0) -> Clash | None:
    """Tell where the two can never fit."""
    have, want = _types.kinds(given), _types.kinds(wanted)
    if not have or not want or depth > 4:
        return None
    if all(needed in _CONFLICTS[one] for one in have for needed in want):
        return Clash(_types.said(have), _types.said(want), remedy(given, min(want)))
    if have == want == {"list"}:
        inner = clash(_types.item(given), _types.item(wanted), depth + 1)
        if inner and _is_deep(_types.item(given), _types.item(wanted)):
            told, needed = (_types.plural_of(word) for word in (inner.have, inner.want))
            names = [name for name, _ in _types.members(_types.item(given))]
            hint = _words.listed("take a field of each with '| map': they have", names)
            hint = hint or f"look for a list of {needed} among the outputs before"
            return Clash(f"a list of {told}", f"a list of {needed}", hint)
    return None


_TO_TEXT = "make text of it: add '| text'"
_REMEDIES: Mapping[tuple[str, str], str] = {
    ("list", "text"): "take one of it with '| first', or make text of it with '| join'",
    ("list", "mapping"): "take one of it: '[0]' or '| first'",
    ("list", "month"): "take one of it: '[0]' or '| first'",
    ("mapping", "text"): "use one of its fields",
    ("number", "text"): _TO_TEXT, ("decimal", "text"): _TO_TEXT, ("boolean", "text"): _TO_TEXT,
    ("date", "text"): _TO_TEXT, ("moment", "text"): _TO_TEXT,
    ("text", "list"): "put it in a list: '[ … ]'",
    ("number", "length"): "write a length of time, such as '20 minutes'",
    ("number", "moment"): "move a moment by days: 'scheduled_for | days(2)'",
    ("number", "month"): "move a month: 'scheduled_for | month(-1)'",
    ("number", "date"): "move a date by days: 'scheduled_for | date | days(2)'",
    ("month", "date"): "take its first or last day: add '| start' or '| end'",
}  # fmt: skip


def remedy(given: Type, wanted: str) -> str:
    """What to do about a value where one of the `wanted` kind has to be."""
    names = [name for name, _ in _types.members(given)]
    if names:
        return _words.listed("it has", names)
    found = (_REMEDIES.get((kind, wanted)) for kind in sorted(_types.kinds(given) or ()))
    return next((hint for hint in found if hint), f"give it {_types.word(wanted)}")


def never(given: Type, wanted: Type) -> tuple[str, tuple[str, ...]] | None:
    """A word that is given, and those that are wanted, where it is none of them."""
    have, want = _certain.words(given), _certain.words(wanted)
    if not have or not want or have & want:
        return None
    return " or ".join(f"'{word}'" for word in sorted(have)), tuple(sorted(want))


# Steps that are built in, and routines: they take more than a plugin's step does -------------------

_ALL = frozenset(_types.KINDS)
_BUILT_IN_REFUSES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"list", "mapping"}),
    "length": _ALL - {"length", "text"},
    "moment": _ALL - {"moment", "date", "text"},
    "mapping": _ALL - {"mapping"},
}


def built_in_clash(name: str, given: Type, wanted: Type) -> Clash | None:
    """The same for an input of a built-in step, which takes anything that can be shown."""
    have, want = _types.kinds(given), _types.kinds(wanted)
    needed = "moment" if name == "moment" else min(want or {""})
    if not have or not have <= _BUILT_IN_REFUSES.get(needed, frozenset()):
        return None
    return Clash(_types.said(have), _types.word(needed), remedy(given, needed))


_INPUT_REFUSES: Mapping[str, frozenset[str]] = {
    "text": frozenset({"list", "mapping"}),
    "file": _ALL - {"text"},
    "choice": frozenset({"list", "mapping", "date", "moment", "time", "length"}),
    "number": _ALL - {"number", "decimal", "text"},
    "integer": _ALL - {"number", "decimal", "text"},
    "boolean": _ALL - {"boolean", "text"},
    "date": _ALL - {"date", "moment", "text"},
    "month": _ALL - {"date", "moment", "month", "text"},
    "list": frozenset({"mapping"}),
}
_INPUTS: Mapping[str, str] = {
    "text": "text", "file": "a file's path", "choice": "one of its choices", "number": "a number",
    "integer": "a whole number", "boolean": "true or false", "date": "a date", "month": "a month",
    "list": "a list",
}  # fmt: skip


def input_clash(kind: str, given: Type) -> Clash | None:
    """The same for an input of a routine, by the input's type."""
    have = _types.kinds(given)
    if not have or not have <= _INPUT_REFUSES[kind]:
        return None
    hint = remedy(given, {"file": "text", "choice": "text", "integer": "number"}.get(kind, kind))
    return Clash(_types.said(have), _INPUTS[kind], hint)


def _is_deep(given: Type, wanted: Type) -> bool:
    """Between items only texts for mappings and the like count: ids where records are wanted."""
    have, want = _types.kinds(given) or frozenset(), _types.kinds(wanted) or frozenset()
    return ("mapping" in have) != ("mapping" in want)
