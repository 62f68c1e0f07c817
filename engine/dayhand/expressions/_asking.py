"""What a filter may ask: of its value, of its arguments, of the evaluation it is part of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from dayhand.expressions._data import (
    MAX_ITEMS,
    bounded,
    is_number,
    kind,
    short,
)
from dayhand.expressions._errors import FilterError


class Reading(Protocol):
    """What a filter may ask of the evaluation it is part of."""

    scope: Mapping[str, Any]

    def note(self, value: Any) -> Any:
        """Give back the value, remembering whether it is sensitive."""


def wrong(name: str, wanted: str, value: Any) -> FilterError:
    hint = 'put default("…") before it' if value is None else ""
    if wanted == "a text" and (is_number(value) or isinstance(value, dt.date)):
        hint = "put text before it"
    return FilterError(f"{name} works on {wanted}, and this is {kind(value)}", hint)


def a_text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise wrong(name, "a text", value)
    return short(str(value))


def a_list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise wrong(name, "a list", value)
    if len(value) > MAX_ITEMS:
        raise FilterError(f"{name} works on lists of up to {MAX_ITEMS:,} items")
    return value


def a_number(value: Any, name: str) -> int | Decimal:
    if not is_number(value):
        raise wrong(name, "a number", value)
    return bounded(value)


def a_day(value: Any, name: str) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str):
        try:
            return dt.datetime.fromisoformat(value).date()
        except ValueError:
            raise FilterError(f"{name} needs a date such as 2026-11-01") from None
    raise wrong(name, "a date", value)


_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def a_month(value: Any, name: str) -> tuple[int, int]:
    if isinstance(value, str) and (match := _MONTH.fullmatch(value)):
        return int(match[1]), int(match[2])
    if isinstance(value, str) and len(value) < len("2026-11-01"):
        raise FilterError(f"{name} needs a month such as 2026-10, or a date")
    day = a_day(value, name)
    return day.year, day.month


def whole_argument(value: Any, what: str, least: int, most: int) -> int:
    """An argument that has to be a whole number in a range."""
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(bounded(value))
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise FilterError(f"{what} needs a whole number from {least} to {most}")
    return value


def text_argument(value: Any, what: str) -> str:
    """An argument that has to be a text."""
    if not isinstance(value, str):
        raise FilterError(f"{what} is a text", "put it in quotes")
    return str(value)
