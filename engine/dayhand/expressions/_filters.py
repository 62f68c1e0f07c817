"""The filters and tests of the language, each bounded and over plain values only.

The module is long because it is one table: each filter stands with its function and its example.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from dayhand.expressions._errors import FilterError, FilterMissingError
from dayhand.values import SensitiveValue, mark_sensitive

MAX_TEXT = 64 * 1024
MAX_ITEMS = 10_000
MAX_DIGITS = 40
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: what it is called, does and takes, with an example for the manual."""

    name: str
    function: Callable[..., Any]
    about: str
    example: str
    arguments: tuple[str, ...] = ()
    required: int = 0
    takes_missing: bool = False
    needs_scope: bool = False


def as_text(value: Any) -> str:
    """A value as it stands in a sentence."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | Decimal):
        return _number_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")[:16]
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _length_text(value)
    kind = "a list" if isinstance(value, list) else "a group of values"
    raise FilterError(
        f"{kind} cannot stand inside text", "use join, lines, length or one of its fields"
    )


def _number_text(value: int | Decimal) -> str:
    if isinstance(value, int):
        if value.bit_length() > 4 * MAX_DIGITS:
            raise FilterError("the number is too large")
        return str(int(value))
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) <= 2 * MAX_DIGITS:
        return f"{value:f}"
    return str(Decimal(value))  # written out, 1E+999999999 has a gigabyte of zeros


def _length_text(value: timedelta) -> str:
    from dayhand.durations import as_text as told

    return told(value)


# Reaching into lists ------------------------------------------------------------------------------


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise FilterError("it needs a list")
    if len(value) > MAX_ITEMS:
        raise FilterError(f"the list has more than {MAX_ITEMS:,} items")
    return value


def _pick(item: Any, path: Any, *, missing: Any = _MISSING) -> Any:
    """A field of an item by its dotted path."""
    if not isinstance(path, str):
        raise FilterError("the field's name is text in quotes")
    value = item
    for part in path.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif missing is not _MISSING:
            return missing
        else:
            raise FilterError("an item has no such field", spelled=f"an item has no '{path}'")
    return value


def _picked(value: Any, attribute: Any) -> list[Any]:
    items = _listed(value)
    return items if attribute is None else [_pick(item, attribute) for item in items]


def _tainted(result: Any, sources: list[Any]) -> Any:
    return mark_sensitive(result) if any(isinstance(s, SensitiveValue) for s in sources) else result


def _numbers(values: list[Any]) -> list[Any]:
    if not all(isinstance(v, int | Decimal) and not isinstance(v, bool) for v in values):
        raise FilterError("it needs numbers")
    return values


def _sum(value: Any, attribute: Any = None) -> Any:
    numbers = _numbers(_picked(value, attribute))
    return _tainted(sum(numbers, 0), numbers)


def _min(value: Any, attribute: Any = None) -> Any:
    return _extreme(min, _picked(value, attribute))


def _max(value: Any, attribute: Any = None) -> Any:
    return _extreme(max, _picked(value, attribute))


def _extreme(choose: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        raise FilterMissingError("the list is empty", "add: | default(…)")
    return _tainted(choose(known), known)


def _map(value: Any, attribute: Any) -> list[Any]:
    return [_pick(item, attribute) for item in _listed(value)]


def _select(value: Any, attribute: Any, wanted: Any = _MISSING) -> list[Any]:
    return [item for item in _listed(value) if _holds(item, attribute, wanted)]


def _reject(value: Any, attribute: Any, wanted: Any = _MISSING) -> list[Any]:
    return [item for item in _listed(value) if not _holds(item, attribute, wanted)]


def _holds(item: Any, attribute: Any, wanted: Any) -> bool:
    found = _pick(item, attribute, missing=None)
    return bool(found) if wanted is _MISSING else bool(found == wanted)


def _sort(value: Any, attribute: Any = None, reverse: Any = None) -> list[Any]:
    def key(item: Any) -> tuple[bool, Any]:
        found = item if attribute is None else _pick(item, attribute, missing=None)
        return found is None, found if found is not None else 0

    return sorted(_listed(value), key=key, reverse=bool(reverse))


def _unique(value: Any) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in _listed(value):
        found.setdefault(_identity(item), item)
    return list(found.values())


def _identity(value: Any) -> Any:
    """Something hashable that is equal where the values are."""
    if isinstance(value, list):
        return ("list", *(_identity(item) for item in value))
    if isinstance(value, dict):
        return ("group", frozenset((key, _identity(item)) for key, item in value.items()))
    return ("bool", value) if isinstance(value, bool) else value


def _first(value: Any) -> Any:
    if not _listed(value):
        raise FilterMissingError("the list is empty", "add: | default(…)")
    return value[0]


def _last(value: Any) -> Any:
    if not _listed(value):
        raise FilterMissingError("the list is empty", "add: | default(…)")
    return value[-1]


def _join(value: Any, separator: Any = ", ", attribute: Any = None) -> Any:
    parts = _picked(value, attribute)
    return _tainted(joined(parts, between=_words(separator)), parts)


def _lines(value: Any, attribute: Any = None) -> Any:
    parts = _picked(value, attribute)
    return _tainted(joined(parts, before="- ", between="\n"), parts)


def joined(parts: list[Any], *, before: str = "", between: str = "") -> str:
    """The parts in one text, given up as soon as it grows too long."""
    if len(between) > MAX_TEXT:
        raise FilterError(f"the text is longer than {MAX_TEXT:,} characters")
    texts: list[str] = []
    length = 0
    for part in parts:
        texts.append(before + as_text(part))
        length += len(texts[-1]) + len(between)
        if length > MAX_TEXT + len(between):
            raise FilterError(f"the text is longer than {MAX_TEXT:,} characters")
    return between.join(texts)


def _length(value: Any) -> int:
    if not isinstance(value, list | dict | str):
        raise FilterError("it needs a list or text")
    return len(value)


# Text ---------------------------------------------------------------------------------------------


_WORD = re.compile(r"[^\W\d_][\w'’]*")


def _text(value: Any) -> str:
    return as_text(value)


def _words(value: Any) -> str:
    if not isinstance(value, str):
        raise FilterError("it needs text")
    return str(value)


def _title(value: Any) -> str:
    return _WORD.sub(lambda word: word[0].capitalize(), _words(value))


def _truncate(value: Any, length: Any = 80) -> str:
    text = _words(value)
    size = _whole(length)
    return text if len(text) <= size else text[: max(size - 1, 0)].rstrip() + "…"


def _replace(value: Any, old: Any, new: Any) -> str:
    text, before, after = _words(value), _words(old), _words(new)
    if not before:
        raise FilterError("there is nothing to replace")
    if len(text) + text.count(before) * len(after) > MAX_TEXT:
        raise FilterError(f"the text would be longer than {MAX_TEXT:,} characters")
    return text.replace(before, after)


def _initials(value: Any) -> str:
    words = _WORD.findall(_words(value))
    return "".join(f"{word[0].upper()}." for word in words[:4])


def _slug(value: Any) -> str:
    plain = unicodedata.normalize("NFKD", as_text(value)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:100]


def _plural(value: Any, one: Any, many: Any = None) -> str:
    count = len(value) if isinstance(value, list) else value
    if isinstance(count, bool) or not isinstance(count, int | Decimal):
        raise FilterError("it needs a number or a list")
    word = _words(one) if count == 1 else _words(many) if many is not None else f"{_words(one)}s"
    return f"{as_text(count)} {word}"


# Numbers and money --------------------------------------------------------------------------------


_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*")


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value % 1:
        raise FilterError("it needs a whole number")
    return int(value)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise FilterError("it needs a number")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise FilterError("the text is not a number")
    found = Decimal(value)
    if not found.is_finite() or abs(found.adjusted()) > 40:
        raise FilterError("the number is too large")
    return found


def _int(value: Any) -> int:
    return int(_number(value))


def _round(value: Any, places: Any = 0) -> Decimal:
    count = _whole(places)
    if not 0 <= count <= 10:
        raise FilterError("it rounds to 0 to 10 places")
    return _number(value).quantize(Decimal(1).scaleb(-count), rounding=ROUND_HALF_UP)


def _abs(value: Any) -> Decimal:
    return abs(_number(value))


def _money(value: Any, currency: Any = None, *, scope: Mapping[str, Any]) -> str:
    unit = currency
    if unit is None:
        practice = scope.get("practice")
        unit = practice.get("currency", "") if isinstance(practice, dict) else ""
    amount = _number(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{amount:,.2f} {_words(unit)}".strip()


# Time ---------------------------------------------------------------------------------------------

_NAMED = {"short": "%d %b", "long": "%A %-d %B %Y", "iso": "%Y-%m-%d", "us": "%m/%d/%Y"}
_DATE_PARTS = "aAbBdHIjmMpSuUVwyY"
_TIME_PARTS = "HIMSp"
_LONGEST_FORM = 40


def _moment(value: Any) -> date:
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value).date()
        except ValueError:
            raise FilterError("the text is not a date such as 2026-11-01") from None
    raise FilterError("it needs a date")


def _date(value: Any, form: Any = None) -> Any:
    moment = _moment(value)
    if form is None:
        return moment.date() if isinstance(moment, datetime) else moment
    hint = f"use {', '.join(_NAMED)}, or parts such as %d %b %Y"
    return _formed(moment, _NAMED.get(_words(form), _words(form)), _DATE_PARTS, hint)


def _time(value: Any, form: Any = "24") -> str:
    if not isinstance(value, datetime | time):
        raise FilterError("it needs a moment or a time of day")
    pattern = {"12": "%-I:%M %p", "24": "%H:%M"}.get(_words(form), _words(form))
    return _formed(value, pattern, _TIME_PARTS, "use '12', '24', or parts such as %H:%M")


def _formed(moment: date | time, pattern: str, parts: str, hint: str) -> str:
    """The moment in a form; `%-d` is `%d` without its leading zeros."""

    def written(match: re.Match[str]) -> str:
        sign, part = match[1], match[2]
        if part == "%" and not sign:
            return "%"
        if not part or part not in parts:
            raise FilterError("the form is not one it knows", hint)
        text = moment.strftime(f"%{part}")
        return (text.lstrip("0") or "0") if sign else text

    if "%" not in pattern or len(pattern) > _LONGEST_FORM:
        raise FilterError("the form is not one it knows", hint)
    return re.sub(r"%(-?)(.?)", written, pattern, flags=re.DOTALL)


def _month(value: Any, shift: Any = 0) -> str:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        year, month = int(value[:4]), int(value[5:])
    else:
        moment = _moment(value)
        year, month = moment.year, moment.month
    index = year * 12 + month - 1 + _whole(shift)
    if not 12 <= index < 12 * 10_000:
        raise FilterError("the month is too far away")
    return f"{index // 12:04}-{index % 12 + 1:02}"


def _start(value: Any) -> date:
    text = _month(value)
    return date(int(text[:4]), int(text[5:]), 1)


def _end(value: Any) -> date:
    return _start(_month(value, 1)) - timedelta(days=1)


def _days(value: Any, count: Any) -> date:
    try:
        return _moment(value) + timedelta(days=_whole(count))
    except OverflowError:
        raise FilterError("the day is too far away") from None


def _weekday(value: Any) -> str:
    return _moment(value).strftime("%A")


def _default(value: Any, fallback: Any = "") -> Any:
    return fallback if value is None else value


# The tables ---------------------------------------------------------------------------------------

_A = ("attribute",)
_ALL = (
    Filter(
        "default",
        _default,
        "the value, or this where it is missing or null",
        "steps.review.note | default('none')",
        ("fallback",),
        takes_missing=True,
    ),
    Filter("length", _length, "how many items or characters", "steps.drafts.invoices | length"),
    Filter(
        "money",
        _money,
        "an amount with two places and its currency",
        "steps.drafts.total | money",
        ("currency",),
        needs_scope=True,
    ),
    Filter(
        "date",
        _date,
        "the day, or the day as text: short, long, iso, us, or %d %b %Y",
        "scheduled_for | date('long')",
        ("form",),
    ),
    Filter(
        "time", _time, "the time of day as text: 24, 12, or %H:%M", "event.start | time", ("form",)
    ),
    Filter(
        "month",
        _month,
        "the month as 2026-11, moved by a number of months",
        "scheduled_for | month(-1)",
        ("shift",),
    ),
    Filter("start", _start, "the first day of a month", "inputs.month | start"),
    Filter("end", _end, "the last day of a month", "inputs.month | end"),
    Filter("days", _days, "so many days later", "scheduled_for | date | days(1)", ("count",), 1),
    Filter("weekday", _weekday, "the day's name", "scheduled_for | weekday"),
    Filter(
        "sum",
        _sum,
        "the numbers of a list, or of a field of its items, added up",
        "steps.drafts.invoices | sum('total')",
        _A,
    ),
    Filter("min", _min, "the smallest", "steps.gaps | min('days_left')", _A),
    Filter("max", _max, "the largest", "steps.gaps | max('days_left')", _A),
    Filter("map", _map, "one field of each item", "steps.issued.invoices | map('number')", _A, 1),
    Filter(
        "select",
        _select,
        "items where a field is true, or equals a value",
        "steps.gaps | select('status', 'overdue')",
        ("attribute", "wanted"),
        1,
    ),
    Filter(
        "reject",
        _reject,
        "items where a field is not true, or differs",
        "steps.notes | reject('state', 'signed')",
        ("attribute", "wanted"),
        1,
    ),
    Filter(
        "sort",
        _sort,
        "the items in order",
        "steps.gaps | sort('days_left')",
        ("attribute", "reverse"),
    ),
    Filter("unique", _unique, "each item once", "steps.matches | map('client_id') | unique"),
    Filter("first", _first, "the first item", "steps.sessions.items | first"),
    Filter("last", _last, "the last item", "steps.sessions.items | last"),
    Filter(
        "join",
        _join,
        "the items, or a field of each, in one text",
        "steps.issued.numbers | join(', ')",
        ("separator", "attribute"),
    ),
    Filter(
        "lines",
        _lines,
        "the items as a list in text, one a line",
        "steps.issued.numbers | lines",
        _A,
    ),
    Filter("upper", lambda v: _words(v).upper(), "in capitals", "inputs.word | upper"),
    Filter("lower", lambda v: _words(v).lower(), "in small letters", "inputs.word | lower"),
    Filter("title", _title, "each word capitalised", "inputs.word | title"),
    Filter("trim", lambda v: _words(v).strip(), "without spaces around it", "inputs.word | trim"),
    Filter(
        "truncate",
        _truncate,
        "at most so many characters",
        "inputs.word | truncate(40)",
        ("length",),
    ),
    Filter(
        "replace",
        _replace,
        "with a text replaced by another",
        "inputs.word | replace('a', 'b')",
        ("old", "new"),
        2,
    ),
    Filter("initials", _initials, "A.S. for Alex Sample", "client.name | initials"),
    Filter("slug", _slug, "as it can stand in a file's name", "inputs.word | slug"),
    Filter(
        "plural",
        _plural,
        "1 invoice, 3 invoices",
        "steps.drafts.invoices | plural('invoice')",
        ("one", "many"),
        1,
    ),
    Filter("round", _round, "to so many places, halves up", "total | round(2)", ("places",)),
    Filter("abs", _abs, "without its sign", "balance | abs"),
    Filter("int", _int, "as a whole number, cut", "inputs.word | int"),
    Filter("number", _number, "text as a number", "inputs.word | number"),
    Filter("text", _text, "as text", "inputs.count | text"),
)
FILTERS: dict[str, Filter] = {one.name: one for one in _ALL}


def _empty(value: Any, *, is_there: bool) -> bool:
    return not is_there or value is None or (isinstance(value, str | list | dict) and not value)


class Test(Protocol):
    """A test is given the value, and whether it is there at all."""

    def __call__(self, value: Any, *, is_there: bool) -> bool: ...


def _defined(value: Any, *, is_there: bool) -> bool:  # noqa: ARG001  # null is defined
    return is_there


def _undefined(value: Any, *, is_there: bool) -> bool:  # noqa: ARG001  # null is defined
    return not is_there


def _none(value: Any, *, is_there: bool) -> bool:  # noqa: ARG001  # what is missing counts as null
    return value is None


TESTS: dict[str, Test] = {
    "defined": _defined,
    "undefined": _undefined,
    "none": _none,
    "empty": _empty,
}
"""Tests, written `value is NAME`."""
