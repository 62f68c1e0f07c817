"""The filters that work on lists: reach into items, choose, put in order, count, join."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dayhand.expressions._errors import FilterError, FilterMissingError
from dayhand.expressions._wording import MAX_ITEMS, MAX_PATH, joined, words
from dayhand.values import tainted

_MISSING = object()


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
    if len(path) > MAX_PATH:  # it is taken apart once an item
        raise FilterError("the field's name is too long")
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


def _numbers(values: list[Any]) -> list[Any]:
    if not all(isinstance(v, int | Decimal) and not isinstance(v, bool) for v in values):
        raise FilterError("it needs numbers")
    return values


def total(value: Any, attribute: Any = None) -> Any:
    numbers = _numbers(_picked(value, attribute))
    return tainted(sum(numbers, 0), numbers)


def least(value: Any, attribute: Any = None) -> Any:
    return _extreme(min, _picked(value, attribute))


def greatest(value: Any, attribute: Any = None) -> Any:
    return _extreme(max, _picked(value, attribute))


def _extreme(choose: Callable[[list[Any]], Any], values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    if not known:
        raise FilterMissingError("the list is empty", "add: | default(…)")
    return tainted(choose(known), known)


def mapped(value: Any, attribute: Any) -> list[Any]:
    return [_pick(item, attribute) for item in _listed(value)]


def selected(value: Any, attribute: Any, wanted: Any = _MISSING) -> list[Any]:
    return [item for item in _listed(value) if _holds(item, attribute, wanted)]


def rejected(value: Any, attribute: Any, wanted: Any = _MISSING) -> list[Any]:
    return [item for item in _listed(value) if not _holds(item, attribute, wanted)]


def _holds(item: Any, attribute: Any, wanted: Any) -> bool:
    found = _pick(item, attribute, missing=None)
    return bool(found) if wanted is _MISSING else bool(found == wanted)


def in_order(value: Any, attribute: Any = None, reverse: Any = None) -> list[Any]:
    def key(item: Any) -> tuple[bool, Any]:
        found = item if attribute is None else _pick(item, attribute, missing=None)
        return found is None, found if found is not None else 0

    return sorted(_listed(value), key=key, reverse=bool(reverse))


def each_once(value: Any) -> list[Any]:
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


def first(value: Any) -> Any:
    if not _listed(value):
        raise FilterMissingError("the list is empty", "add: | default(…)")
    return value[0]


def last(value: Any) -> Any:
    if not _listed(value):
        raise FilterMissingError("the list is empty", "add: | default(…)")
    return value[-1]


def in_one_text(value: Any, separator: Any = ", ", attribute: Any = None) -> Any:
    parts = _picked(value, attribute)
    return tainted(joined(parts, between=words(separator)), parts)


def in_lines(value: Any, attribute: Any = None) -> Any:
    parts = _picked(value, attribute)
    return tainted(joined(parts, before="- ", between="\n"), parts)


def length(value: Any) -> int:
    if not isinstance(value, list | dict | str):
        raise FilterError("it needs a list or text")
    return len(value)
