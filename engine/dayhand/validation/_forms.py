"""Forms of text that JSON Schema cannot say: dates, lengths, zones, check digits."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dayhand import durations
from dayhand.document import Scalar
from dayhand.model.notify import address_problem
from dayhand.problems import closest

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
_TAX_ID = re.compile(r"[0-9]{2}-?[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}")
_ABBREVIATIONS = {
    "ET": "America/New_York", "EST": "America/New_York", "EDT": "America/New_York",
    "CT": "America/Chicago", "CST": "America/Chicago", "CDT": "America/Chicago",
    "MT": "America/Denver", "MST": "America/Denver", "MDT": "America/Denver",
    "PT": "America/Los_Angeles", "PST": "America/Los_Angeles", "PDT": "America/Los_Angeles",
    "AKST": "America/Anchorage", "HST": "Pacific/Honolulu", "GMT": "Europe/London",
    "BST": "Europe/London", "CET": "Europe/Berlin", "CEST": "Europe/Berlin",
}  # fmt: skip
_NPI_PREFIX = "80840"  # the issuer number of US health identifiers, counted into the check digit


def is_known(kind: object) -> bool:
    """True if the form is judged here, so that a pattern beside it need not be."""
    return kind in _JUDGES


def fault(kind: str, text: str) -> bool:
    """True if the text is not of the form. A form not known here is not judged."""
    judge = _JUDGES.get(kind)
    return judge is not None and not judge(text)


def is_date(text: str) -> bool:
    """A day as in 2026-11-01."""
    return len(text) == 10 and _reads(date.fromisoformat, text)


def is_moment(text: str) -> bool:
    """A date and time, or a date for its first minute."""
    return _reads(datetime.fromisoformat, text)


def is_length(text: str) -> bool:
    """A length of time as `durations` reads it."""
    return _reads(durations.parse, text)


def length_of(scalar: Scalar | None) -> timedelta | None:
    """The length that is written; None where there is none, or a wrong one, which its shape tells."""
    return durations.parse(scalar.text) if scalar is not None and is_length(scalar.text) else None


def is_timezone(text: str) -> bool:
    """An IANA zone named by a place, or UTC. Abbreviations such as EST ignore summer time."""
    if "/" not in text and text != "UTC":
        return False
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder
        return False
    return True


def closest_timezone(text: str) -> str | None:
    """The zone that was most likely meant, also by its city alone."""
    if text.strip().upper() in _ABBREVIATIONS:
        return _ABBREVIATIONS[text.strip().upper()]
    known = sorted(name for name in available_timezones() if "/" in name)
    wanted = text.strip().replace(" ", "_")
    by_city = {name.rpartition("/")[2].lower(): name for name in reversed(known)}
    found = by_city.get(wanted.rpartition("/")[2].lower())
    return found or closest(wanted, tuple(known)) or _closest_city(wanted, by_city)


def _closest_city(text: str, by_city: dict[str, str]) -> str | None:
    """The zone whose city is spelt almost like the text."""
    city = closest(text.rpartition("/")[2].lower(), tuple(by_city))
    return by_city[city] if city else None


def is_npi(text: str) -> bool:
    """Ten digits, the last of them the Luhn digit over the issuer number and the other nine."""
    if not re.fullmatch(r"[12][0-9]{9}", text):
        return False
    total = 0
    for place, digit in enumerate(reversed(_NPI_PREFIX + text)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def is_storage(text: str) -> bool:
    """`sqlite`, or the address of a PostgreSQL database."""
    return text == "sqlite" or bool(re.fullmatch(r"postgres(ql)?://\S+", text))


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _is_tax_id(text: str) -> bool:
    return bool(_TAX_ID.fullmatch(text))


def _is_month(text: str) -> bool:
    return bool(_MONTH.fullmatch(text))


def _is_time(text: str) -> bool:
    return _reads(time.fromisoformat, text)


_JUDGES: dict[str, Callable[[str], bool]] = {
    "date": is_date,
    "date-time": is_moment,
    "time": _is_time,
    "duration": is_length,
    "month": _is_month,
    "timezone": is_timezone,
    "npi": is_npi,
    "tax_id": _is_tax_id,
    "storage": is_storage,
    "webhook": lambda text: not address_problem(text),
}


def is_one_expression(text: str) -> bool:
    """True if the text is `${{ }}` and nothing else, so that it gives a typed value."""
    return text.startswith("${{") and text.endswith("}}") and text.count("${{") == 1
