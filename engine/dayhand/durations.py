"""Lengths of time as people write them: `20 minutes`, `1 day`, `2 h 30 min`, `14 days`."""

from __future__ import annotations

import re
from datetime import timedelta

__all__ = ["PATTERN", "as_text", "parse"]

_UNITS = {
    "ms": 0.001, "millisecond": 0.001,
    "s": 1, "sec": 1, "second": 1,
    "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600,
    "d": 86400, "day": 86400,
    "w": 604800, "week": 604800,
}  # fmt: skip
_PART = re.compile(r"\s*(\d{1,9}(?:\.\d{1,3})?)\s*([a-z]+)\s*", re.IGNORECASE)
PATTERN = r"^ ?(\d{1,9}(\.\d{1,3})? ?[A-Za-z]+ ?){1,8}$"
_LONGEST = 366 * 100 * 86400.0


def parse(text: str) -> timedelta:
    """The length that the text names.

    Raises:
        ValueError: it is no length; the message says what one looks like.
    """
    position, seconds = 0, 0.0
    while position < len(text):
        part = _PART.match(text, position)
        unit = part and _UNITS.get(part[2].lower(), _UNITS.get(part[2].lower().removesuffix("s")))
        if not part or not unit:
            raise ValueError(f"'{text}' is not a length of time such as '20 minutes' or '14 days'")
        seconds += float(part[1]) * unit
        position = part.end()
    if not text.strip() or seconds > _LONGEST:
        raise ValueError(f"'{text}' is not a length of time such as '20 minutes' or '14 days'")
    return timedelta(seconds=seconds)


def as_text(length: timedelta) -> str:
    """The length in its two largest units, such as `2 h 10 min`; below a minute in seconds."""
    seconds = length.total_seconds()
    if abs(seconds) < 60:
        return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"
    minutes = round(abs(seconds) / 60)
    days, rest = divmod(minutes, 1440)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "min")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return ("-" if seconds < 0 else "") + " ".join(shown)
