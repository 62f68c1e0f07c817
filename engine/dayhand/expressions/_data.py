"""What the language can do with plain values: read parts, compare, calculate, and turn into text.

Nothing here ever touches a Python attribute of a value: mappings are asked for keys, lists for
indexes, and dates and times for the fields in `_FIELDS`. Everything raises `FilterError`, to which
the evaluator adds the place.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from typing import Any, Final

from dayhand.expressions._errors import FilterError, FilterMissingError
from dayhand.problems import closest

MAX_TEXT: Final = 64 * 1024
MAX_ITEMS: Final = 10_000
MAX_NUMBER: Final = 10**28
_SHOWN_KEYS = 8
_LARGEST_EXPONENT = 60

CALCULATION: Final = Context(prec=34, traps=[InvalidOperation, DivisionByZero, Overflow])

WEEKDAYS: Final = (
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
)  # fmt: skip

_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, Decimal), "a number"),
    (str, "a text"),
    (list, "a list"),
    (Mapping, "a mapping"),
    (dt.datetime, "a moment"),
    (dt.date, "a date"),
    (dt.time, "a time"),
    (dt.timedelta, "a duration"),
)


def kind(value: Any) -> str:
    """What a value is, in the words of the manual."""
    if value is None:
        return "null"
    found = (name for types, name in _KINDS if isinstance(value, types))
    return next(found, "not a plain value")


# --- parts -------------------------------------------------------------------------------------

_Field = Callable[[Any], Any]
_DAY: dict[str, _Field] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "weekday": lambda day: WEEKDAYS[day.weekday()],
}
_CLOCK: dict[str, _Field] = {"hour": lambda time: time.hour, "minute": lambda time: time.minute}
_FIELDS: tuple[tuple[type, dict[str, _Field]], ...] = (
    (
        dt.datetime,
        {
            **_DAY,
            **_CLOCK,
            "date": lambda moment: moment.date(),
            "time": lambda moment: moment.time(),
        },
    ),
    (dt.date, _DAY),
    (dt.time, _CLOCK),
    (
        dt.timedelta,
        {"days": lambda span: span.days, "minutes": lambda span: span // dt.timedelta(minutes=1)},
    ),
)


def part(value: Any, name: str | int, where: str) -> Any:
    """The part of a value under a key, index or field; `where` is how the value was written."""
    if isinstance(value, dict) or isinstance(value, Mapping):  # noqa: SIM101  # dict first: fast
        if name in value:
            return value[name]
        raise _no_key(value, name, where)
    if isinstance(value, list):
        return _item(value, name, where)
    return _field(value, name, where)


def _no_key(value: Mapping[str, Any], name: str | int, where: str) -> FilterMissingError:
    keys = [str(key) for key in value]
    shown = ", ".join(keys[:_SHOWN_KEYS]) + (", …" if len(keys) > _SHOWN_KEYS else "")
    has = f"it has: {shown}" if keys else "it is empty"
    guess = closest(str(name), keys)
    return FilterMissingError(
        f"{where} has no '{name}'; {has}", f"did you mean '{guess}'?" if guess else ""
    )


def _item(value: list[Any], name: str | int, where: str) -> Any:
    if isinstance(name, bool) or not isinstance(name, int):
        raise FilterMissingError(
            f"{where} is a list and has no '{name}'",
            "go through it with for_each, or use map, first or last",
        )
    if not -len(value) <= name < len(value):
        count = f"{len(value)} item{'' if len(value) == 1 else 's'}"
        raise FilterMissingError(f"{where} has no item {name}; it has {count}", "they count from 0")
    return value[name]


def _field(value: Any, name: str | int, where: str) -> Any:
    for kind_of, fields in _FIELDS:
        if isinstance(value, kind_of):
            if isinstance(name, str) and name in fields:
                return fields[name](value)
            known = ", ".join(fields)
            raise FilterMissingError(
                f"{where} is {kind(value)} and has no '{name}'; it has: {known}"
            )
    hint = "use default, or ask 'is defined'" if value is None else ""
    raise FilterMissingError(f"{where} is {kind(value)} and has no '{name}'", hint)


def dig(item: Any, path: Any) -> Any:
    """The part of a list's item that a dotted path such as `client.name` leads to."""
    if (
        not isinstance(path, str)
        or not path
        or any(not step or step.startswith("_") for step in path.split("."))
    ):
        raise FilterError("the attribute is not a name", 'write it in quotes: "client.name"')
    where = "an item"
    for step in path.split("."):
        item = part(item, int(step) if step.isdecimal() else step, where)
        where = f"'{step}' of an item"
    return item


# --- numbers -----------------------------------------------------------------------------------


def is_number(value: Any) -> bool:
    """True for whole and decimal numbers."""
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def number(value: Any, what: str) -> int | Decimal:
    """The value, if it is a number within bounds; `what` names who wants one."""
    if not is_number(value):
        raise FilterError(f"{what} needs a number, and this is {kind(value)}", _number_hint(value))
    return bounded(value)


def _number_hint(value: Any) -> str:
    if isinstance(value, str):
        return "join texts with '~'"
    return "put default(0) before it" if value is None else ""


def bounded(value: int | Decimal) -> int | Decimal:
    """The number, if it is neither endless nor absurdly large."""
    if isinstance(value, Decimal) and not value.is_finite():
        raise FilterError("this is not a finite number")
    if not -MAX_NUMBER < value < MAX_NUMBER:
        raise FilterError("the number is too large")
    return value


def negated(value: int | Decimal) -> int | Decimal:
    """The number with the other sign; the ambient decimal context does not round it."""
    return value.copy_negate() if isinstance(value, Decimal) else -value


def calculate(sign: str, left: Any, right: Any) -> int | Decimal:
    """`left sign right` for + - * / // %: to 34 digits, with // and % flooring as in Python."""
    a, b = number(left, f"'{sign}'"), number(right, f"'{sign}'")
    if sign in ("/", "//", "%") and not b:
        raise FilterError("division by zero")
    if sign != "/" and isinstance(a, int) and isinstance(b, int):
        return bounded(_WHOLE[sign](a, b))
    return bounded(_BROKEN[sign](Decimal(a), Decimal(b)))


_WHOLE: dict[str, Callable[[int, int], int]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
}


def _floor(a: Decimal, b: Decimal) -> Decimal:
    return CALCULATION.divide(a, b).to_integral_value(ROUND_FLOOR)


_BROKEN: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": CALCULATION.add,
    "-": CALCULATION.subtract,
    "*": CALCULATION.multiply,
    "/": CALCULATION.divide,
    "//": _floor,
    "%": lambda a, b: CALCULATION.subtract(a, CALCULATION.multiply(b, _floor(a, b))),
}


# --- comparing ---------------------------------------------------------------------------------

_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": lambda a, b: a < b,
    "lteq": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "gteq": lambda a, b: a >= b,
}


def compare(operator: str, left: Any, right: Any) -> bool:
    """A comparison or `in`; a date and a moment are compared by their dates."""
    if operator in ("in", "notin"):
        return _is_in(left, right) is (operator == "in")
    left, right = _alike(left, right)
    if operator in ("eq", "ne"):
        return _is_equal(left, right) is (operator == "eq")
    if not is_ordered(left, right):
        raise FilterError(
            f"{kind(left)} and {kind(right)} cannot be compared", "compare values of one kind"
        )
    try:
        return _ORDERS[operator](left, right)
    except (TypeError, ArithmeticError):  # one moment with a zone and one without; a NaN
        raise FilterError("these two values cannot be compared") from None


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    moments = isinstance(left, dt.datetime), isinstance(right, dt.datetime)
    if moments == (True, False) and isinstance(right, dt.date):
        return left.date(), right
    if moments == (False, True) and isinstance(left, dt.date):
        return left, right.date()
    return left, right


def _is_equal(left: Any, right: Any) -> bool:
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    try:
        return bool(left == right)
    except ArithmeticError:  # a signalling NaN
        return False


_ORDERED = (str, dt.datetime, dt.date, dt.time, dt.timedelta)


def is_ordered(left: Any, right: Any) -> bool:
    """True if the two can be put in an order."""
    if is_number(left) and is_number(right):
        return True
    return any(isinstance(left, one) and isinstance(right, one) for one in _ORDERED)


def _is_in(left: Any, right: Any) -> bool:
    if isinstance(right, list):
        return any(_is_equal(*_alike(left, item)) for item in right)
    if isinstance(right, Mapping) and isinstance(left, str):
        return left in right
    if isinstance(right, str) and isinstance(left, str):
        return left in right
    raise FilterError(f"{kind(left)} cannot be looked for in {kind(right)}")


# --- text --------------------------------------------------------------------------------------


def text(value: Any) -> str:
    """A single value as text: null is empty, dates are ISO, decimals keep their zeros."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return _number_text(value)
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return value.strftime("%H:%M") if not value.second else value.strftime("%H:%M:%S")
    if isinstance(value, dt.timedelta):
        return str(value)
    raise FilterError(
        f"{kind(value)} cannot stand inside a text", "use join, lines, length, or one of its parts"
    )


def _number_text(value: int | Decimal) -> str:
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        is_short = (
            isinstance(exponent, int) and abs(exponent) + abs(value.adjusted()) < _LARGEST_EXPONENT
        )
        return format(value, "f") if is_short else str(value)
    return str(bounded(value))


def short(value: str) -> str:
    """The text, if it is not too long."""
    if len(value) > MAX_TEXT:
        raise FilterError(f"the text grows longer than {MAX_TEXT // 1024} KiB")
    return value
