"""Which time zone a calendar means by a name.

In this order: an IANA name; the name Windows gives a zone; a name with a maker's prefix, such as
`/freeassociation.sourceforge.net/Europe/Berlin`; and the definition (`VTIMEZONE`) the calendar
brings. A name that is none of these is told of and never taken for another zone.

The calendar library keeps the zones it has seen by name for the whole process, so that two
calendars with a "Customized Time Zone" of their own would share the first one's. Here each calendar
has its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["UnknownZone", "Zones", "same_zone"]

_UTC_NAMES = frozenset({"UTC", "Z", "GMT", "ETC/UTC", "ETC/GMT", "ZULU", "UNIVERSAL"})
_IANA = re.compile(r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}$")
_NO_ZONE = re.compile(r"(?:posix/|right/|(?:posixrules|localtime|factory)$)", re.IGNORECASE)
"""What lies among the zone files of many systems and is no zone: this machine's own, or one that
counts leap seconds."""
_FAILURES = (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError)
"""What icalendar and dateutil raise on a definition they cannot follow."""


class UnknownZone(ValueError):
    """A zone's name is not known, and the calendar does not define it."""


class Zones:
    """The time zones of one calendar."""

    def __init__(self, own: Iterable[str] = ()) -> None:
        self._own = {_name(text): text for text in own}
        self._found: dict[str, tzinfo] = {}

    def get(self, name: str) -> tzinfo:
        """The zone of that name.

        Raises:
            UnknownZone: there is none; the message names it.
        """
        name = name.strip()
        if name not in self._found:
            self._found[name] = self._look_up(name)
        return self._found[name]

    def _look_up(self, name: str) -> tzinfo:
        known = _known(name)
        if known is not None:
            return known
        definition = self._own.get(name)
        if definition is None:
            raise UnknownZone(f"its time zone '{name[:60]}' is not known")
        zone = _defined(definition)
        if zone is None:
            raise UnknownZone(
                f"the calendar's definition of its time zone '{name[:60]}' is not usable"
            )
        return zone


@lru_cache(maxsize=512)
def _known(name: str) -> tzinfo | None:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # slow; only where needed

    if name.upper() in _UTC_NAMES:
        return UTC
    parts = name.strip("/").split("/")
    for candidate in (
        WINDOWS_TO_OLSON.get(name, name),
        *("/".join(parts[at:]) for at in range(1, len(parts)) if name.startswith("/")),
    ):
        if _IANA.match(candidate) and not _NO_ZONE.match(candidate):
            try:
                return ZoneInfo(candidate)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return None


def same_zone(name: str, zone: tzinfo) -> bool:
    """True if the name is one of that zone."""
    known = _known(name.strip())
    return known is not None and getattr(known, "key", "") == getattr(zone, "key", None)


def _name(definition: str) -> str:
    found = re.search(r"^TZID(?:;[^:\n]*)?:(.*)$", definition, re.MULTILINE | re.IGNORECASE)
    return found[1].strip() if found else ""


@lru_cache(maxsize=64)
def _defined(definition: str) -> tzinfo | None:
    """The zone a VTIMEZONE defines, if it is one that can be followed without end."""
    from icalendar import Timezone  # slow; only where needed

    rules = re.findall(r"^RRULE:(.*)$", definition, re.MULTILINE | re.IGNORECASE)
    if len(definition) > 100_000 or not all(_is_yearly(rule) for rule in rules):
        return None
    if not re.search(r"^BEGIN:(STANDARD|DAYLIGHT)", definition, re.MULTILINE | re.IGNORECASE):
        return None
    try:
        component = Timezone.from_ical(definition)
        return component.to_tz(lookup_tzid=False) if isinstance(component, Timezone) else None
    except _FAILURES:
        return None


def _is_yearly(rule: str) -> bool:
    """True for `FREQ=YEARLY` with month and weekday, which is what zones are made of."""
    parts = dict(part.partition("=")[::2] for part in rule.upper().strip().split(";"))
    return (
        parts.pop("FREQ", "") == "YEARLY"
        and parts.pop("INTERVAL", "1") == "1"
        and set(parts) <= {"BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "WKST", "COUNT"}
    )
