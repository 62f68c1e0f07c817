"""Filters on dates, times and months."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Callable
from typing import Any

from dayhand.expressions._asking import (
    Reading,
    a_day,
    a_month,
    text_argument,
    whole_argument,
    wrong,
)
from dayhand.expressions._data import (
    WEEKDAYS,
)
from dayhand.expressions._errors import FilterError

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DATE_FORMATS = {"iso": "%Y-%m-%d", "short": "%b %-d, %Y", "long": "%A, %B %-d, %Y"}
_DIRECTIVES: dict[str, Callable[[dt.date], str]] = {
    "%Y": lambda day: f"{day.year:04}",
    "%y": lambda day: f"{day.year % 100:02}",
    "%m": lambda day: f"{day.month:02}",
    "%-m": lambda day: str(day.month),
    "%B": lambda day: _MONTHS[day.month - 1],
    "%b": lambda day: _MONTHS[day.month - 1][:3],
    "%d": lambda day: f"{day.day:02}",
    "%-d": lambda day: str(day.day),
    "%A": lambda day: WEEKDAYS[day.weekday()],
    "%a": lambda day: WEEKDAYS[day.weekday()][:3],
    "%j": lambda day: f"{day.timetuple().tm_yday:03}",
    "%V": lambda day: f"{day.isocalendar().week:02}",
    "%%": lambda _: "%",
}
_DIRECTIVE = re.compile(r"%-?.|%", re.DOTALL)
_LONGEST_FORMAT = 100


def date_text(value: Any, _: Reading, format: Any = "short") -> str:  # noqa: A002  # the language's word
    day = a_day(value, "date")
    pattern = text_argument(format, "the format of date")
    if "%" not in pattern and pattern not in _DATE_FORMATS:
        raise FilterError(
            f"date has no format '{pattern[:20]}'", "use short, long, iso, or a pattern: %d.%m.%Y"
        )
    if len(pattern) > _LONGEST_FORMAT:
        raise FilterError(f"the format of date has more than {_LONGEST_FORMAT} characters")
    return _DIRECTIVE.sub(functools.partial(_directive, day), _DATE_FORMATS.get(pattern, pattern))


def _directive(day: dt.date, match: re.Match[str]) -> str:
    write = _DIRECTIVES.get(match[0])
    if write is None:
        raise FilterError(f"date does not know '{match[0]}'", "use " + " ".join(_DIRECTIVES))
    return write(day)


def time_text(value: Any, _: Reading, format: Any = "24h") -> str:  # noqa: A002  # the language's word
    if isinstance(value, str):
        try:
            value = (
                dt.datetime.fromisoformat(value) if "T" in value else dt.time.fromisoformat(value)
            )
        except ValueError:
            raise FilterError("time needs a time such as 09:30") from None
    if not isinstance(value, dt.datetime | dt.time):
        raise wrong("time", "a time or a moment", value)
    if format == "24h":
        return f"{value.hour:02}:{value.minute:02}"
    if format == "12h":
        half = "AM" if value.hour < 12 else "PM"  # noon
        return f"{value.hour % 12 or 12}:{value.minute:02} {half}"
    raise FilterError("time has two formats", 'write "24h" or "12h"')


def month(value: Any, _: Reading, months: Any = 0) -> str:
    year, month = a_month(value, "month")
    count = year * 12 + month - 1 + whole_argument(months, "month", -1200, 1200)
    return _month_text(count)


def _month_text(count: int) -> str:
    year, month = divmod(count, 12)
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise FilterError("there is no such month")
    return f"{year:04}-{month + 1:02}"


def start(value: Any, _: Reading) -> dt.date:
    year, month = a_month(value, "start")
    return dt.date(year, month, 1)


def end(value: Any, _: Reading) -> dt.date:
    year, month = a_month(value, "end")
    if (year, month) == (dt.MAXYEAR, 12):
        return dt.date.max
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return following - dt.timedelta(days=1)


def days(value: Any, _: Reading, count: Any) -> dt.date:
    span = dt.timedelta(days=whole_argument(count, "days", -100_000, 100_000))
    day = value if isinstance(value, dt.datetime) else a_day(value, "days")
    try:
        return day + span
    except OverflowError:
        raise FilterError("there is no such day") from None


def weekday(value: Any, _: Reading) -> str:
    return WEEKDAYS[a_day(value, "weekday").weekday()]
