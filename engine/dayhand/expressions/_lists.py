"""Filters on lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from dayhand.expressions._asking import (
    Reading,
    a_list,
    text_argument,
)
from dayhand.expressions._data import (
    MAX_TEXT,
    calculate,
    compare,
    dig,
    is_ordered,
    kind,
    number,
    text,
)
from dayhand.expressions._errors import FilterError, FilterMissingError


def _read(items: list[Any], attribute: Any, reading: Reading) -> list[Any]:
    """The items, or that part of each, all of them noted."""
    found = items if attribute is None else [dig(item, attribute) for item in items]
    return [reading.note(item) for item in found]


def total(value: Any, reading: Reading, attribute: Any = None) -> int | Decimal:
    total: int | Decimal = 0
    for item in _read(a_list(value, "sum"), attribute, reading):
        total = calculate("+", total, number(item, "sum"))
    return total


def mapped(value: Any, _: Reading, attribute: Any) -> list[Any]:
    return [dig(item, attribute) for item in a_list(value, "map")]


_ANY: Any = object()


def _matches(item: Any, attribute: Any, wanted: Any) -> bool:
    try:
        found = dig(item, attribute)
    except FilterMissingError:
        return False
    return bool(found) if wanted is _ANY else compare("eq", found, wanted)


def select(value: Any, _: Reading, attribute: Any, equals: Any = _ANY) -> list[Any]:
    return [item for item in a_list(value, "select") if _matches(item, attribute, equals)]


def reject(value: Any, _: Reading, attribute: Any, equals: Any = _ANY) -> list[Any]:
    return [item for item in a_list(value, "reject") if not _matches(item, attribute, equals)]


def ordered(value: Any, _: Reading, attribute: Any = None, descending: Any = False) -> list[Any]:  # noqa: FBT002  # the language's argument
    items = a_list(value, "sort")
    keys = items if attribute is None else [dig(item, attribute) for item in items]
    pairs = [(key, item) for key, item in zip(keys, items, strict=True) if key is not None]
    _check_order([key for key, _ in pairs], "sort")
    pairs.sort(key=lambda pair: pair[0], reverse=bool(descending))
    return [item for _, item in pairs] + [
        item for key, item in zip(keys, items, strict=True) if key is None
    ]


def _check_order(values: list[Any], name: str) -> None:
    for other in values:
        if not is_ordered(values[0], other):
            raise FilterError(
                f"{name} cannot put {kind(values[0])} and {kind(other)} in an order",
                "name the attribute to compare",
            )


def unique(value: Any, _: Reading, attribute: Any = None) -> list[Any]:
    found: dict[Any, Any] = {}
    for item in a_list(value, "unique"):
        found.setdefault(_identity(item if attribute is None else dig(item, attribute)), item)
    return list(found.values())


def _identity(value: Any) -> Any:
    """Something hashable that is equal where the values are."""
    if isinstance(value, list):
        return ("list", *(_identity(item) for item in value))
    if isinstance(value, Mapping):
        return ("mapping", frozenset((key, _identity(item)) for key, item in value.items()))
    return (kind(value), value)


def first(value: Any, reading: Reading) -> Any:
    return _one(a_list(value, "first"), 0, reading)


def last(value: Any, reading: Reading) -> Any:
    return _one(a_list(value, "last"), -1, reading)


def _one(items: list[Any], index: int, reading: Reading) -> Any:
    if not items:
        raise FilterMissingError("the list is empty", "use default")
    return reading.note(items[index])


def smallest(value: Any, reading: Reading, attribute: Any = None) -> Any:
    return _extreme(a_list(value, "min"), "min", min, attribute, reading)


def largest(value: Any, reading: Reading, attribute: Any = None) -> Any:
    return _extreme(a_list(value, "max"), "max", max, attribute, reading)


def _extreme(
    items: list[Any], name: str, pick: Callable[[list[Any]], Any], attribute: Any, reading: Reading
) -> Any:
    found = _read(items, attribute, reading)
    if not found:
        raise FilterMissingError("the list is empty", "use default")
    _check_order(found, name)
    return pick(found)


def join(value: Any, reading: Reading, separator: Any = ", ") -> str:
    return _joined(a_list(value, "join"), text_argument(separator, "the separator"), "", reading)


def lines(value: Any, reading: Reading, mark: Any = "- ") -> str:
    return _joined(a_list(value, "lines"), "\n", text_argument(mark, "the mark"), reading)


def _joined(items: list[Any], separator: str, before: str, reading: Reading) -> str:
    parts: list[str] = []
    left = MAX_TEXT
    for item in items:
        written = before + text(reading.note(item))
        left -= len(written) + len(separator)
        if left < -len(separator):
            raise FilterError(f"the text grows longer than {MAX_TEXT // 1024} KiB")
        parts.append(written)
    return separator.join(parts)
