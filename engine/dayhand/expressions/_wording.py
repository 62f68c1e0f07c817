"""A value as text, and what is asked of a value before it is worked on; all bounded."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dayhand.expressions._errors import FilterError

MAX_TEXT = 64 * 1024
MAX_ITEMS = 10_000
MAX_PATH = 200
MAX_DIGITS = 40


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


def words(value: Any) -> str:
    if not isinstance(value, str):
        raise FilterError("it needs text")
    return str(value)


def whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value % 1:
        raise FilterError("it needs a whole number")
    return int(value)
