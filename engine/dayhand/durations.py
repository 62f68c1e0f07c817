"""Lengths of time as people write them: `20 minutes`, `1 day`, `2 h 30 min`, `14 days`."""

from __future__ import annotations

import re
from datetime import timedelta

__all__ = ["PATTERN", "as_text", "parse"]

_SECONDS = {
    0.001: "ms millisecond milliseconds",
    1: "s sec secs second seconds",
    60: "m min mins minute minutes",
    3600: "h hr hrs hour hours",
    86400: "d day days",
    604800: "w week weeks",
}
_UNITS = {name: seconds for seconds, names in _SECONDS.items() for name in names.split()}
_PART = re.compile(r"\s*([0-9]{1,9}(?:\.[0-9]{1,3})?)\s*([a-zA-Z]+)\s*")
PATTERN = r"^ ?(\d{1,9}(\.\d{1,3})? ?[A-Za-z]+ ?){1,8}$"
_LONGEST = 366 * 100 * 86400.0
_SHOWN = 60


def parse(text: str) -> timedelta:
    """The length that the text names.

    Raises:
        ValueError: it is no length; the message says what one looks like.
    """
    position, seconds = 0, 0.0
    while position < len(text):
        part = _PART.match(text, position)
        unit = _UNITS.get(part[2].lower()) if part else None
        if part is None or unit is None:
            raise _no_length(text)
        seconds += float(part[1]) * unit
        position = part.end()
    if not text.strip() or seconds > _LONGEST:
        raise _no_length(text)
    return timedelta(seconds=seconds)


def _no_length(text: str) -> ValueError:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return ValueError(f"'{shown}' is not a length of time such as '20 minutes' or '14 days'")


def as_text(length: timedelta) -> str:
    """The length in its two largest units, such as `2 h 10 min`; below a minute in seconds."""
    seconds = length.total_seconds()
    if abs(round(seconds, 1)) < 60:
        return f"{seconds:.1f} s" if seconds % 1 else f"{seconds:.0f} s"
    minutes = round(abs(seconds) / 60)
    days, rest = divmod(minutes, 1440)
    parts = [(days, "d"), (rest // 60, "h"), (rest % 60, "min")]
    shown = [f"{count} {unit}" for count, unit in parts if count][:2]
    return ("-" if seconds < 0 else "") + " ".join(shown)
