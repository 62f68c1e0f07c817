"""The filters and tests of the language as tables, each filter with an example for the manual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from dayhand.expressions import _list_filters as lists
from dayhand.expressions import _plain_filters as plain
from dayhand.expressions._wording import as_text, words


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


def _default(value: Any, fallback: Any = "") -> Any:
    return fallback if value is None else value


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
    Filter(
        "length", lists.length, "how many items or characters", "steps.drafts.invoices | length"
    ),
    Filter(
        "money",
        plain.money,
        "an amount with two places and its currency",
        "steps.drafts.total | money",
        ("currency",),
        needs_scope=True,
    ),
    Filter(
        "date",
        plain.day,
        "the day, or the day as text: short, long, iso, us, or %d %b %Y",
        "scheduled_for | date('long')",
        ("form",),
    ),
    Filter(
        "time",
        plain.time_of_day,
        "the time of day as text: 24, 12, or %H:%M",
        "event.start | time",
        ("form",),
    ),
    Filter(
        "month",
        plain.month,
        "the month as 2026-11, moved by a number of months",
        "scheduled_for | month(-1)",
        ("shift",),
    ),
    Filter("start", plain.first_day, "the first day of a month", "inputs.month | start"),
    Filter("end", plain.last_day, "the last day of a month", "inputs.month | end"),
    Filter(
        "days", plain.days_on, "so many days later", "scheduled_for | date | days(1)", ("count",), 1
    ),
    Filter("weekday", plain.weekday, "the day's name", "scheduled_for | weekday"),
    Filter(
        "sum",
        lists.total,
        "the numbers of a list, or of a field of its items, added up",
        "steps.drafts.invoices | sum('total')",
        _A,
    ),
    Filter("min", lists.least, "the smallest", "steps.gaps | min('days_left')", _A),
    Filter("max", lists.greatest, "the largest", "steps.gaps | max('days_left')", _A),
    Filter(
        "map",
        lists.mapped,
        "one field of each item",
        "steps.issued.invoices | map('number')",
        _A,
        1,
    ),
    Filter(
        "select",
        lists.selected,
        "items where a field is true, or equals a value",
        "steps.gaps | select('status', 'overdue')",
        ("attribute", "wanted"),
        1,
    ),
    Filter(
        "reject",
        lists.rejected,
        "items where a field is not true, or differs",
        "steps.notes | reject('state', 'signed')",
        ("attribute", "wanted"),
        1,
    ),
    Filter(
        "sort",
        lists.in_order,
        "the items in order",
        "steps.gaps | sort('days_left')",
        ("attribute", "reverse"),
    ),
    Filter(
        "unique", lists.each_once, "each item once", "steps.matches | map('client_id') | unique"
    ),
    Filter("first", lists.first, "the first item", "steps.sessions.items | first"),
    Filter("last", lists.last, "the last item", "steps.sessions.items | last"),
    Filter(
        "join",
        lists.in_one_text,
        "the items, or a field of each, in one text",
        "steps.issued.numbers | join(', ')",
        ("separator", "attribute"),
    ),
    Filter(
        "lines",
        lists.in_lines,
        "the items as a list in text, one a line",
        "steps.issued.numbers | lines",
        _A,
    ),
    Filter("upper", lambda v: words(v).upper(), "in capitals", "inputs.word | upper"),
    Filter("lower", lambda v: words(v).lower(), "in small letters", "inputs.word | lower"),
    Filter("title", plain.capitalised, "each word capitalised", "inputs.word | title"),
    Filter("trim", lambda v: words(v).strip(), "without spaces around it", "inputs.word | trim"),
    Filter(
        "truncate",
        plain.truncated,
        "at most so many characters",
        "inputs.word | truncate(40)",
        ("length",),
    ),
    Filter(
        "replace",
        plain.replaced,
        "with a text replaced by another",
        "inputs.word | replace('a', 'b')",
        ("old", "new"),
        2,
    ),
    Filter("initials", plain.initials, "A.S. for Alex Sample", "client.name | initials"),
    Filter("slug", plain.slug, "as it can stand in a file's name", "inputs.word | slug"),
    Filter(
        "plural",
        plain.plural,
        "1 invoice, 3 invoices",
        "steps.drafts.invoices | plural('invoice')",
        ("one", "many"),
        1,
    ),
    Filter("round", plain.rounded, "to so many places, halves up", "total | round(2)", ("places",)),
    Filter("abs", plain.without_sign, "without its sign", "balance | abs"),
    Filter("int", plain.whole_part, "as a whole number, cut", "inputs.word | int"),
    Filter("number", plain.number, "text as a number", "inputs.word | number"),
    Filter("text", as_text, "as text", "inputs.count | text"),
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
