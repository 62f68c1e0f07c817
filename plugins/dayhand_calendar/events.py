"""From an occurrence of a calendar to an event as the routines know it."""

from __future__ import annotations

import re
from datetime import tzinfo
from typing import Any, Literal

import icalendar

from dayhand_calendar.expansion import Occurrence
from dayhand_calendar.settings import CalendarSettings, EventKind, Marker, Source
from dayhand_calendar.vocabulary import Event

__all__ = ["event", "key_of", "kind_of"]

_VIDEO = re.compile(
    r"\b(zoom\.us|meet\.google\.com|teams\.(microsoft|live)\.com|doxy\.me|whereby\.com|webex\.com|"
    r"jit\.si|video|telehealth|online)\b",
    re.IGNORECASE,
)
_LOOKED_AT = 500
_STATUSES: dict[str, Literal["confirmed", "tentative", "cancelled"]] = {
    "TENTATIVE": "tentative",
    "CANCELLED": "cancelled",
}


def key_of(uid: str, recurrence_id: str | None) -> str:
    """What names an occurrence for good, however it is moved."""
    return uid if recurrence_id is None else f"{uid}#{recurrence_id}"


def event(
    occurrence: Occurrence, source: Source, settings: CalendarSettings, zone: tzinfo
) -> Event:
    """The event that an occurrence is, in the practice's zone."""
    component = occurrence.component
    summary = _text(component, "SUMMARY")
    categories = _categories(component)
    link = _link(component)
    location = _text(component, "LOCATION")
    length = occurrence.end - occurrence.start
    kind = kind_of(summary, categories, source, settings, all_day=occurrence.all_day)
    return Event(
        uid=occurrence.uid,
        recurrence_id=occurrence.recurrence_id,
        key=key_of(occurrence.uid, occurrence.recurrence_id),
        source=source.name,
        summary=summary,
        description=_text(component, "DESCRIPTION"),
        location=location,
        start=occurrence.start.astimezone(zone),
        end=occurrence.end.astimezone(zone),
        all_day=occurrence.all_day,
        status=_STATUSES.get(_text(component, "STATUS").upper(), "confirmed"),
        categories=categories,
        minutes=round(length.total_seconds() / 60),
        video=bool(_VIDEO.search(f"{link} {location}"[:_LOOKED_AT])),
        kind=kind,
        url=link,
        attendees=_attendees(component),
        busy=_text(component, "TRANSP").upper() != "TRANSPARENT",
        time_off=(kind == "hold" and occurrence.all_day)
        or _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper() == "OOF"
        or _is_marked(settings.time_off, summary, categories),
    )


def kind_of(
    summary: str,
    categories: list[str],
    source: Source,
    settings: CalendarSettings,
    *,
    all_day: bool,
) -> EventKind:
    """What an event is, by the markers of the settings, else by its source.

    A hold is looked for first: "Hold for intake session" is no session. An all-day event is none.
    """
    if _is_marked(settings.hold, summary, categories):
        return "hold"
    if all_day:
        return "hold" if source.kind == "hold" else "other"
    if _is_marked(settings.session, summary, categories):
        return "session"
    return source.kind


def _is_marked(marker: Marker, summary: str, categories: list[str]) -> bool:
    wanted = {category.casefold() for category in marker.categories}
    if any(category.casefold() in wanted for category in categories):
        return True
    return bool(marker.pattern and re.search(marker.pattern, summary[:_LOOKED_AT]))


def _text(component: icalendar.Event, name: str) -> str:
    value = component.get(name, "")
    if isinstance(value, list):
        value = value[0]
    return _clean(str(value)).strip()


def _clean(text: str) -> str:
    """Without control characters; line breaks stay."""
    return "".join(
        char for char in text if char in "\n\t" or (ord(char) >= 32 and ord(char) != 127)
    )


def _listed(component: icalendar.Event, name: str) -> list[Any]:
    value = component.get(name, [])
    return value if isinstance(value, list) else [value]


def _categories(component: icalendar.Event) -> list[str]:
    found: list[str] = []
    for value in _listed(component, "CATEGORIES"):
        found += [_clean(str(item)).strip() for item in getattr(value, "cats", [value])]
    return [item for item in dict.fromkeys(found) if item][:50]


def _attendees(component: icalendar.Event) -> list[str]:
    addresses = (str(value).strip() for value in _listed(component, "ATTENDEE"))
    return [text[7:] for text in addresses if text[:7].lower() == "mailto:" and "@" in text][:200]


def _link(component: icalendar.Event) -> str:
    """The address to click: of a video meeting where there is one, else the event's own."""
    for name in ("CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "URL"):
        text = _text(component, name)
        if text.startswith(("https://", "http://")):
            return text
    return ""
