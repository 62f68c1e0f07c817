"""The text of events that are made or changed on a server, and the check of their titles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar

from dayhand_calendar.blocks import BrokenCalendar
from dayhand_calendar.prepared import moment_of

__all__ = [
    "NoSuchOccurrence",
    "cancelled",
    "details",
    "instance",
    "moved",
    "new",
    "parsed",
    "title_warnings",
]

_PRODUCT = "-//dayhand//calendar//EN"
_TELLING = re.compile(
    r"\b(therap\w*|counsel\w*|psych\w*|sessions?|trauma\w*|superbill\w*|diagnos\w*|depress\w*|anxi\w*|"
    r"treatment|intake|clinical|patients?|clients?|emdr|cbt|addict\w*|suicid\w*|balance|invoice)\b",
    re.IGNORECASE,
)
_NAMES = re.compile(r"\b[A-Z][a-zà-ÿ]+ [A-Z][a-zà-ÿ]+\b")


class NoSuchOccurrence(Exception):
    """The event is not there, or a series has no such occurrence."""


def title_warnings(summary: str) -> list[str]:
    """What a title would tell whoever sees the calendar (rule E7: titles are neutral)."""
    found = []
    words = sorted({match[0].lower() for match in _TELLING.finditer(summary)})
    if words:
        found.append(f"the title tells what the appointment is about ({', '.join(words)})")
    if _NAMES.search(summary):
        found.append("the title seems to have a person's full name")
    return found


def new(
    *,
    uid: str,
    summary: str,
    start: datetime,
    end: datetime,
    location: str,
    busy: bool,
    now: datetime,
) -> bytes:
    """A new event: a title, a time and a place, and nothing else that could tell something."""
    event = icalendar.Event()
    event.add("UID", uid)
    event.add("DTSTAMP", now.astimezone(UTC))
    event.add("CREATED", now.astimezone(UTC))
    event.add("SEQUENCE", 0)
    event.add("SUMMARY", summary)
    event.add("DTSTART", start)
    event.add("DTEND", end)
    if location:
        event.add("LOCATION", location)
    event.add("TRANSP", "OPAQUE" if busy else "TRANSPARENT")
    event.add("CLASS", "PRIVATE")
    sheet = icalendar.Calendar()
    sheet.add("VERSION", "2.0")
    sheet.add("PRODID", _PRODUCT)
    sheet.add_component(event)
    _add_zones(sheet, start, end)
    return bytes(sheet.to_ical())


def _add_zones(sheet: icalendar.Calendar, *moments: datetime) -> None:
    """Define the zones used, which the standard asks for even where everyone knows them."""
    defined = {str(zone.get("TZID", "")) for zone in sheet.walk("VTIMEZONE")}
    for moment in moments:
        key = getattr(moment.tzinfo, "key", "UTC")
        if key not in defined and key not in ("UTC", "Etc/UTC"):
            defined.add(key)
            first, last = date(moment.year - 1, 1, 1), date(moment.year + 5, 1, 1)
            zone = icalendar.Timezone.from_tzinfo(ZoneInfo(key), key, first, last)
            sheet.subcomponents.insert(0, zone)


def parsed(data: bytes) -> icalendar.Calendar:
    """The object of a server, to be changed and written back with all it has.

    Raises:
        BrokenCalendar: it cannot be read.
    """
    try:
        sheet = icalendar.Calendar.from_ical(data)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise BrokenCalendar("the event on the server cannot be read") from error
    if not isinstance(sheet, icalendar.Calendar):
        raise BrokenCalendar("the event on the server cannot be read")
    return sheet


def _events(sheet: icalendar.Calendar, uid: str) -> Iterator[icalendar.Event]:
    for event in sheet.walk("VEVENT"):
        if isinstance(event, icalendar.Event) and str(event.get("UID", "")) == uid:
            yield event


def _which(event: icalendar.Event) -> str | None:
    """The occurrence a change of a series is for, in the form of an event's key."""
    value = event.get("RECURRENCE-ID")
    if value is None:
        return None
    moment = value.dt
    if isinstance(moment, datetime):
        return (
            moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
            if moment.tzinfo
            else f"{moment:%Y%m%dT%H%M%S}"
        )
    return f"{moment:%Y%m%d}"


def instance(
    sheet: icalendar.Calendar, uid: str, recurrence_id: str | None, now: datetime
) -> icalendar.Event:
    """The event itself, or the change of the series for one occurrence, made if there is none.

    Raises:
        NoSuchOccurrence: the event is not in it, or is a series and no occurrence was named.
    """
    events = list(_events(sheet, uid))
    for event in events:
        if _which(event) == recurrence_id:
            if recurrence_id is None and ("RRULE" in event or "RDATE" in event):
                raise NoSuchOccurrence("the event is a series; name one occurrence by its key")
            return _touched(event, now)
    master = next((event for event in events if "RECURRENCE-ID" not in event), None)
    if master is None or recurrence_id is None or not ("RRULE" in master or "RDATE" in master):
        raise NoSuchOccurrence("the event has no such occurrence")
    return _touched(_override(sheet, master, recurrence_id), now)


def _override(
    sheet: icalendar.Calendar, master: icalendar.Event, recurrence_id: str
) -> icalendar.Event:
    start = details(master)[0]
    zone = start.tzinfo if isinstance(start, datetime) else UTC
    which = moment_of(recurrence_id, zone or UTC)
    if isinstance(which, datetime):
        which = which.astimezone(zone) if zone else which
    length = details(master)[1] - details(master)[0]
    event = master.copy(recursive=True)
    for name in ("RRULE", "RDATE", "EXDATE", "DTSTART", "DTEND", "DURATION", "CREATED"):
        event.pop(name, None)
    event.add("RECURRENCE-ID", which)
    event.add("DTSTART", which)
    event.add("DTEND", which + length)
    sheet.add_component(event)
    return event


def _touched(event: icalendar.Event, now: datetime) -> icalendar.Event:
    """Count the change and date it."""
    sequence = event.pop("SEQUENCE", 0)
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        event.pop(name, None)
        event.add(name, now.astimezone(UTC))
    event.add("SEQUENCE", (sequence if isinstance(sequence, int) else 0) + 1)
    return event


def details(event: icalendar.Event) -> tuple[date | datetime, date | datetime]:
    """The start and end as they stand.

    Raises:
        BrokenCalendar: it has no start.
    """
    given: Any = event
    try:
        start: date | datetime = given["DTSTART"].dt
        end: date | datetime = start if isinstance(start, datetime) else start + timedelta(days=1)
        if "DTEND" in given:
            end = given["DTEND"].dt
        elif "DURATION" in given:
            end = start + given["DURATION"].dt
    except (KeyError, AttributeError, TypeError, OverflowError) as error:
        raise BrokenCalendar("the event on the server has no readable time") from error
    return start, end


def moved(
    sheet: icalendar.Calendar, event: icalendar.Event, start: datetime, end: datetime
) -> bytes:
    """The object with the event at another time."""
    for name in ("DTSTART", "DTEND", "DURATION"):
        event.pop(name, None)
    event.add("DTSTART", start)
    event.add("DTEND", end)
    _add_zones(sheet, start, end)
    return bytes(sheet.to_ical())


def cancelled(sheet: icalendar.Calendar, event: icalendar.Event) -> bytes:
    """The object with the event marked as cancelled."""
    event.pop("STATUS", None)
    event.add("STATUS", "CANCELLED")
    return bytes(sheet.to_ical())
