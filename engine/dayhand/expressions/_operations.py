"""What the language can do with plain values: read parts, calculate, compare."""

from __future__ import annotations

import operator
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from dayhand.expressions._errors import FilterError, MissingError
from dayhand.expressions._wording import MAX_DIGITS, MAX_ITEMS, MAX_TEXT
from dayhand.problems import closest
from dayhand.values import SensitiveValue, tainted

_Read = Callable[[Any], Any]
_DAY: dict[str, _Read] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": lambda day: f"{day:%A}",
}
_CLOCK: dict[str, _Read] = {"hour": lambda clock: clock.hour, "minute": lambda clock: clock.minute}
_FIELDS: dict[type, dict[str, _Read]] = {
    datetime: {**_DAY, **_CLOCK},
    date: _DAY,
    time: _CLOCK,
    timedelta: {"days": lambda span: span.days},
}


def member(value: Any, name: Any, told: str, offset: int, length: int) -> Any:
    if isinstance(value, dict) and isinstance(name, str):
        if name in value:
            return value[name]
        known = tuple(str(key) for key in value)
        guess = closest(str(name), known)
        listed = f"it has: {', '.join(known[:12])}" if known else "it is empty"
        raise MissingError(
            f"{told} has no {_shown(name)}",
            offset=offset,
            length=length,
            hint=f"did you mean '{guess}'?" if guess else listed,
        )
    for kind, fields in _FIELDS.items():
        if isinstance(value, kind):
            if isinstance(name, str) and name in fields:
                found = fields[name](value)
                return tainted(found, (value,))
            raise MissingError(
                f"{told} is {kind_of(value)} and has no {_shown(name)}",
                offset=offset, length=length, hint=f"it has: {', '.join(fields)}",
            )  # fmt: skip
    raise MissingError(
        f"{told} is {kind_of(value)} and has no {_shown(name)}", offset=offset, length=length
    )


def item_of(value: list[Any], index: Any, told: str, offset: int, length: int) -> Any:
    if isinstance(index, int) and not isinstance(index, bool) and -len(value) <= index < len(value):
        return value[index]
    raise MissingError(
        f"{told} has no item {_shown(index)}; it is a list of {len(value)}",
        offset=offset,
        length=length,
    )


def _shown(name: Any) -> str:
    """A key or index for a message: not if it may be a client's name, or has no end."""
    if isinstance(name, SensitiveValue):
        return "of that name"
    if isinstance(name, str):
        return f"'{name[:40]}'"
    if isinstance(name, int) and name.bit_length() < 64:
        return str(name)
    return f"that {kind_of(name).removeprefix('a ')} names"


def is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def kind_of(value: Any) -> str:
    """What kind of value it is, as its author would say."""
    for kind, name in _KINDS:
        if isinstance(value, kind):
            return name
    return "nothing" if value is None else "a value"


_KINDS: tuple[tuple[type, str], ...] = (
    (bool, "true or false"), (str, "text"), (int, "a number"), (Decimal, "a number"),
    (list, "a list"), (dict, "a group of values"), (datetime, "a moment"), (date, "a date"),
    (time, "a time of day"), (timedelta, "a length of time"),
)  # fmt: skip


def plus(one: Any, two: Any) -> Any:
    if isinstance(one, str) and isinstance(two, str):
        if len(one) + len(two) > MAX_TEXT:
            raise FilterError(f"the text is longer than {MAX_TEXT:,} characters")
        return str(one) + str(two)
    if isinstance(one, list) and isinstance(two, list):
        if len(one) + len(two) > MAX_ITEMS:
            raise FilterError(f"the list has more than {MAX_ITEMS:,} items")
        return [*one, *two]
    if isinstance(one, date | timedelta) and isinstance(two, timedelta):
        return one + two
    return calculated("add", operator.add, one, two)


def minus(one: Any, two: Any) -> Any:
    if isinstance(one, date) and isinstance(two, date):
        if isinstance(one, datetime) is not isinstance(two, datetime):
            raise FilterError("cannot subtract a date and a moment", "put date before each")
        return _difference(one, two)
    if isinstance(one, date | timedelta) and isinstance(two, timedelta):
        return one - two
    return calculated("subtract", operator.sub, one, two)


def _difference(one: date, two: date) -> timedelta:
    try:
        return one - two
    except TypeError:
        raise FilterError("one moment has a time zone and the other has none") from None


def floor_divided(one: Any, two: Any) -> Any:
    """As `//` of whole numbers does; that of `Decimal` cuts towards zero."""
    if isinstance(one, int) and isinstance(two, int):
        return one // two
    return (Decimal(one) / Decimal(two)).to_integral_value(ROUND_FLOOR)


def remainder(one: Any, two: Any) -> Any:
    """What `//` leaves; it has the sign of the divisor."""
    return one - two * floor_divided(one, two)


def calculated(verb: str, act: Callable[[Any, Any], Any], one: Any, two: Any) -> Any:
    if not (is_number(one) and is_number(two)):
        raise FilterError(
            f"cannot {verb} {kind_of(one)} and {kind_of(two)}",
            "join text with '~'" if verb == "add" else "",
        )
    if act is operator.truediv:
        one, two = Decimal(one), Decimal(two)
    try:
        result = act(Decimal(one) if isinstance(two, Decimal) else one, two)
        if result != 0 and abs(Decimal(result).adjusted()) > MAX_DIGITS:
            raise FilterError("the number is too large")
    except ArithmeticError:
        raise FilterError(f"cannot {verb} these numbers") from None
    return result


def _within(left: Any, right: Any) -> bool:
    if isinstance(right, str):
        return isinstance(left, str) and left in right
    if isinstance(right, list | dict):
        return left in right
    raise TypeError


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "gteq": operator.ge,
    "lt": operator.lt, "lteq": operator.le,
    "in": _within, "notin": lambda left, right: not _within(left, right),
}  # fmt: skip
