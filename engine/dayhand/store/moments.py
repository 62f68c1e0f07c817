"""Moments as text whose order is the order of time."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["moment_text"]

_SECOND = [(datetime.min.replace(tzinfo=UTC), "")]
"""The second last told, and its text: most moments that are written fall into the same."""


def moment_text(moment: datetime | None) -> str | None:
    """A moment as text whose order is the order of time."""
    if moment is None:
        return None
    second, text = _SECOND[0]
    since = moment - second
    if since.days or since.seconds:
        second = moment.astimezone(UTC).replace(microsecond=0)
        text = second.isoformat("T", "seconds").removesuffix("+00:00")
        _SECOND[0] = second, text
        since = moment - second
    return f"{text}.{since.microseconds:06}+00:00"
