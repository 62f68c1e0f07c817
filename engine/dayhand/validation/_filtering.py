"""What filters take and give, as kinds; a field that a filter is told has to be in the items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from dayhand.expressions import FILTERS, Part, refusal
from dayhand.validation import _certain, _types, _words
from dayhand.validation._operators import COMPARED, comparable
from dayhand.validation._types import ANYTHING, ListOf, NoMember, Type

if TYPE_CHECKING:
    from dayhand.validation._typing import Typing

_LIST = frozenset({"list"})
_DAYS = frozenset({"date", "moment", "text"})
_MONTHS = _DAYS | {"month"}
_TEXTS = frozenset({"text", "month", "length"})
_NUMBERS = frozenset({"number", "decimal", "text"})
_TIMES = frozenset({"moment", "time"})
_ONE_DAY = (frozenset({"date"}), frozenset({"moment"}))
_SHOWN = frozenset(
    {"text", "number", "decimal", "boolean", "date", "moment", "time", "length", "month"}
)
_TAKES: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(("sum", "min", "max", "map", "select", "reject", "sort", "unique"), _LIST),
    **dict.fromkeys(("first", "last", "join", "lines"), _LIST),
    **dict.fromkeys(("upper", "lower", "title", "trim", "truncate", "replace", "initials"), _TEXTS),
    **dict.fromkeys(("money", "round", "abs", "int", "number"), _NUMBERS),
    **dict.fromkeys(("date", "days", "weekday"), _DAYS),
    **dict.fromkeys(("month", "start", "end"), _MONTHS),
    **dict.fromkeys(("slug", "text"), _SHOWN),
    "time": _TIMES,
    "plural": frozenset({"number", "decimal", "list"}),
    "length": frozenset({"list", "mapping", "text", "month"}),
}
_WANTED = {
    _LIST: "a list", _TEXTS: "text", _NUMBERS: "a number", _DAYS: "a date", _MONTHS: "a date",
    _TIMES: "a time", _SHOWN: "a single value",
}  # fmt: skip
_LENIENT = frozenset({"select", "reject", "sort"})
"""Filters that go on where an item has no such field: they find nothing, or everything."""
_GIVES: Mapping[str, str] = {
    **dict.fromkeys(
        ("money", "time", "weekday", "join", "lines", "upper", "lower", "title"), "text"
    ),
    **dict.fromkeys(("trim", "truncate", "replace", "initials", "slug", "plural", "text"), "text"),
    **dict.fromkeys(("round", "abs", "number"), "decimal"),
    **dict.fromkeys(("length", "int"), "number"),
    **dict.fromkeys(("start", "end"), "date"),
    "month": "month",
}


def result(typing: Typing, part: Part, given: Type, arguments: Mapping[str, Type]) -> Type:
    """What a filter gives; what it can never take is noted."""
    _argued(typing, part)
    kinds = _types.kinds(given)
    takes = _TAKES.get(part.name)
    if takes and kinds and not kinds & takes:
        _refuse(typing, part, kinds, takes)
        return _types.of_kinds(frozenset({_GIVES[part.name]})) if part.name in _GIVES else ANYTHING
    if takes == _LIST or part.name == "plural":
        return _of_list(typing, part, given, arguments)
    if part.name == "default":
        fallback = arguments.get("fallback", _types.TEXT)
        return _types.either([given, fallback])
    if part.name == "date":
        return _types.TEXT if "form" in arguments else _types.of_kinds(frozenset({"date"}))
    if part.name == "days":
        return given if kinds in _ONE_DAY else ANYTHING
    if part.name == "weekday":
        return _types.WEEKDAY
    return _types.of_kinds(frozenset({_GIVES[part.name]}))


def _argued(typing: Typing, part: Part) -> None:
    """Note arguments, written out, that the filter refuses whatever it is given."""
    known = FILTERS.get(part.name)
    written = {name: _written(one) for name, one in part.arguments.items()}
    if known is None or None in written.values():
        return
    refused = refusal(known, written)
    if refused is not None:
        message = f"{part.name}: {refused.message}"
        where = next(iter(part.arguments.values()))
        typing.note(
            where, "filter-arguments", message, refused.hint or f"for example {known.example}"
        )


def _written(part: Part) -> Any:
    """The value that a part is, if it stands there; None if it does not."""
    if part.kind == "negative":
        inner = _written(part.parts[0])
        return -inner if isinstance(inner, int | Decimal) else None
    return part.value if part.kind == "value" else None


def _refuse(typing: Typing, part: Part, kinds: frozenset[str], takes: frozenset[str]) -> None:
    wanted = _WANTED.get(takes, "a list or text" if part.name == "length" else "a number or a list")
    message = f"'{part.name}' needs {wanted}, and this is {_types.said(kinds)}"
    typing.note(part, "type-mismatch", message, _hint(part.name, min(kinds)))


def _hint(name: str, kind: str) -> str:
    if (name, kind) in _HINTS:
        return _HINTS[name, kind]
    if name in ("join", "lines") and kind in ("text", "month"):
        return "it is text already: leave the filter out"
    if _TAKES[name] is _TEXTS:
        return "make text of it first: add '| text'"
    return f"for example {FILTERS[name].example}"


_HINTS = {
    ("date", "month"): "take its first or last day: add '| start' or '| end'",
    ("days", "month"): "take its first or last day: add '| start' or '| end'",
    ("time", "date"): "a date has no time of day",
    ("money", "list"): "add the items up first: '| sum'",
    ("round", "list"): "add the items up first: '| sum'",
}

# Lists --------------------------------------------------------------------------------------------


def _of_list(typing: Typing, part: Part, given: Type, arguments: Mapping[str, Type]) -> Type:
    item = _types.item(given)
    field = _field(typing, part, item)
    if part.name in ("select", "reject") and "wanted" in arguments:
        _wanted(typing, part.arguments["wanted"], field, arguments["wanted"])
    if part.name in ("join", "lines"):
        _shown(typing, part, field)
    if part.name in ("min", "max", "sort") and "attribute" not in arguments:
        _ordered(typing, part, item)
    if part.name == "sum":
        _numbers(typing, part, field)
        return field if _types.kinds(field) else ANYTHING
    made: dict[str, Callable[[], Type]] = {
        "map": lambda: ListOf(field), "min": lambda: field, "max": lambda: field,
        "first": lambda: item, "last": lambda: item,
    }  # fmt: skip
    if part.name in made:
        return made[part.name]()
    return _types.TEXT if part.name in _GIVES else given


def _field(typing: Typing, part: Part, item: Type) -> Type:
    """The type of the field that the filter is told; the item's own where it is told none."""
    told = part.arguments.get("attribute")
    if told is None:
        return item
    if told.kind != "value" or not isinstance(told.value, str):
        return ANYTHING
    found = item
    for name in told.value.split("."):
        if _types.kinds(found) == _LIST:
            return ANYTHING
        inner = _types.member(found, name)
        if isinstance(inner, NoMember):
            message = f"the items have no '{told.value}'"
            if not inner.names:
                message = f"the items are {inner.what} and have no '{told.value}'"
            hint = typing.check.guess(name, inner.names, "they have")
            if part.name in _LENIENT:
                typing.warn(told, "unknown-output", message, hint)
            else:
                typing.note(told, "unknown-output", message, hint)
            return ANYTHING
        found = inner
    return found


def _wanted(typing: Typing, part: Part, field: Type, wanted: Type) -> None:
    """A value that the field can never have."""
    have, other = _types.kinds(field), _types.kinds(wanted)
    words, choices = _certain.words(wanted), _certain.words(field)
    if have and other and not comparable(have, other):
        message = f"the field is {_types.said(have)}, and this is {_types.said(other)}"
        hint = COMPARED.get(frozenset(have | other), "compare like with like")
        typing.warn(part, "never-equal", message, hint)
    elif part.kind == "value" and words and choices and not words & choices:
        hint = typing.check.guess(str(part.value), sorted(choices), "it can be")
        typing.warn(part, "never-equal", f"the field is never '{part.value}'", hint)


def _shown(typing: Typing, part: Part, field: Type) -> None:
    kinds = _types.kinds(field)
    if kinds and kinds <= {"list", "mapping"}:
        names = [name for name, _ in _types.members(field)]
        example = "', ', 'FIELD'" if part.name == "join" else "'FIELD'"
        hint = f"name a field: {part.name}({example}) {_words.listed('there are', names)}".strip()
        message = f"'{part.name}' needs texts, and these are {_types.plural(kinds)}"
        typing.note(part, "type-mismatch", message, hint)


def _ordered(typing: Typing, part: Part, item: Type) -> None:
    """Warn of records that have no order; a single one needs none."""
    kinds = _types.kinds(item)
    if kinds and kinds <= {"list", "mapping"}:
        fields = [f"{part.name}('{name}')" for name, _ in _types.members(item)]
        hint = _words.listed("name a field, such as", fields) or "name a field of them"
        message = f"'{part.name}' has no order for {_types.plural(kinds)}"
        typing.warn(part, "type-mismatch", message, hint)


def _numbers(typing: Typing, part: Part, field: Type) -> None:
    kinds = _types.kinds(field)
    if kinds and not kinds & {"number", "decimal"}:
        names = [
            name
            for name, one in _types.members(field)
            if (_types.kinds(one) or frozenset()) & {"number", "decimal"}
        ]
        hint = _words.listed("name a field, such as", [f"sum('{name}')" for name in names])
        hint = hint or "name a field that is a number"
        message = f"'sum' adds numbers, and these are {_types.plural(kinds)}"
        typing.note(part, "type-mismatch", message, hint)
