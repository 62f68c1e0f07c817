"""The filters that work on one plain value: text, numbers and money, days and times."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dayhand.expressions._errors import FilterError
from dayhand.expressions._wording import MAX_TEXT, as_text, whole, words

_WORD = re.compile(r"[^\W\d_][\w'’]*")


def capitalised(value: Any) -> str:
    return _WORD.sub(lambda word: word[0].capitalize(), words(value))


def truncated(value: Any, length: Any = 80) -> str:
    text = words(value)
    size = whole(length)
    return text if len(text) <= size else text[: max(size - 1, 0)].rstrip() + "…"


def replaced(value: Any, old: Any, new: Any) -> str:
    text, before, after = words(value), words(old), words(new)
    if not before:
        raise FilterError("there is nothing to replace")
    if len(text) + text.count(before) * len(after) > MAX_TEXT:
        raise FilterError(f"the text would be longer than {MAX_TEXT:,} characters")
    return text.replace(before, after)


def initials(value: Any) -> str:
    found = _WORD.findall(words(value))
    return "".join(f"{word[0].upper()}." for word in found[:4])


def slug(value: Any) -> str:
    plain = unicodedata.normalize("NFKD", as_text(value)).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:100]


def plural(value: Any, one: Any, many: Any = None) -> str:
    count = len(value) if isinstance(value, list) else value
    if isinstance(count, bool) or not isinstance(count, int | Decimal):
        raise FilterError("it needs a number or a list")
    word = words(one) if count == 1 else words(many) if many is not None else f"{words(one)}s"
    return f"{as_text(count)} {word}"


# Numbers and money ---------------------------------------------------------------------------------


_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?\s*")


def number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise FilterError("it needs a number")
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        raise FilterError("the text is not a number")
    found = Decimal(value)
    if not found.is_finite() or abs(found.adjusted()) > 40:
        raise FilterError("the number is too large")
    return found


def whole_part(value: Any) -> int:
    return int(number(value))


def rounded(value: Any, places: Any = 0) -> Decimal:
    count = whole(places)
    if not 0 <= count <= 10:
        raise FilterError("it rounds to 0 to 10 places")
    return number(value).quantize(Decimal(1).scaleb(-count), rounding=ROUND_HALF_UP)


def without_sign(value: Any) -> Decimal:
    return abs(number(value))


def money(value: Any, currency: Any = None, *, scope: Mapping[str, Any]) -> str:
    unit = currency
    if unit is None:
        practice = scope.get("practice")
        unit = practice.get("currency", "") if isinstance(practice, dict) else ""
    amount = number(value).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{amount:,.2f} {words(unit)}".strip()


# Time ----------------------------------------------------------------------------------------------

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


def day(value: Any, form: Any = None) -> Any:
    moment = _moment(value)
    if form is None:
        return moment.date() if isinstance(moment, datetime) else moment
    hint = f"use {', '.join(_NAMED)}, or parts such as %d %b %Y"
    return _formed(moment, _NAMED.get(words(form), words(form)), _DATE_PARTS, hint)


def time_of_day(value: Any, form: Any = "24") -> str:
    if not isinstance(value, datetime | time):
        raise FilterError("it needs a moment or a time of day")
    pattern = {"12": "%-I:%M %p", "24": "%H:%M"}.get(words(form), words(form))
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


def month(value: Any, shift: Any = 0) -> str:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value):
        year, number_in_year = int(value[:4]), int(value[5:])
    else:
        moment = _moment(value)
        year, number_in_year = moment.year, moment.month
    index = year * 12 + number_in_year - 1 + whole(shift)
    if not 12 <= index < 12 * 10_000:
        raise FilterError("the month is too far away")
    return f"{index // 12:04}-{index % 12 + 1:02}"


def first_day(value: Any) -> date:
    text = month(value)
    return date(int(text[:4]), int(text[5:]), 1)


def last_day(value: Any) -> date:
    return first_day(month(value, 1)) - timedelta(days=1)


def days_on(value: Any, count: Any) -> date:
    try:
        return _moment(value) + timedelta(days=whole(count))
    except OverflowError:
        raise FilterError("the day is too far away") from None


def weekday(value: Any) -> str:
    return _moment(value).strftime("%A")
