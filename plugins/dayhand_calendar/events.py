"""From an occurrence of a calendar to an event as the routines know it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Any, Literal

import icalendar

from dayhand_calendar.expansion import Occurrence
from dayhand_calendar.settings import CalendarSettings, EventKind, Marker, Source
from dayhand_calendar.vocabulary import Event

__all__ = ["events", "key_of", "kind_of"]

_VIDEO = re.compile(
    r"\b(zoom\.us|meet\.google\.com|teams\.(microsoft|live)\.com|doxy\.me|whereby\.com|webex\.com|"
    r"jit\.si|video|telehealth|online)\b",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LOOKED_AT = 500
_STATUSES: dict[str, Literal["confirmed", "tentative", "cancelled"]] = {
    "TENTATIVE": "tentative",
    "CANCELLED": "cancelled",
}


def key_of(uid: str, recurrence_id: str | None) -> str:
    """What names an occurrence for good, however it is moved."""
    return uid if recurrence_id is None else f"{uid}#{recurrence_id}"


def events(
    occurrences: Iterable[Occurrence], source: Source, settings: CalendarSettings, zone: tzinfo
) -> Iterator[Event]:
    """The events that occurrences of a calendar are, in the practice's zone.

    What all occurrences of a series share is read off it once.
    """
    known: dict[tuple[str, str, bool], dict[str, Any]] = {}
    for one in occurrences:
        series = (one.uid, one.block, one.all_day)
        if series not in known:
            known[series] = _shared(one.component, source, settings, all_day=one.all_day)
        yield Event(
            uid=one.uid,
            recurrence_id=one.recurrence_id,
            key=key_of(one.uid, one.recurrence_id),
            start=one.start.astimezone(zone),
            end=one.end.astimezone(zone),
            minutes=round((one.end - one.start).total_seconds() / 60),
            **known[series],
        )


def _shared(
    component: icalendar.Event, source: Source, settings: CalendarSettings, *, all_day: bool
) -> dict[str, Any]:
    summary = _text(component, "SUMMARY")
    categories = _categories(component)
    link = _link(component)
    location = _text(component, "LOCATION")
    kind = kind_of(summary, categories, source, settings, all_day=all_day)
    return {
        "source": source.name,
        "summary": summary,
        "description": _text(component, "DESCRIPTION"),
        "location": location,
        "all_day": all_day,
        "status": _STATUSES.get(_text(component, "STATUS").upper(), "confirmed"),
        "categories": categories,
        "video": bool(_VIDEO.search(f"{link} {location}"[:_LOOKED_AT])),
        "kind": kind,
        "url": link,
        "attendees": _attendees(component),
        "busy": _text(component, "TRANSP").upper() != "TRANSPARENT",
        "time_off": (kind == "hold" and all_day)
        or _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper() == "OOF"
        or _is_marked(settings.time_off, summary, categories),
    }


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
    return _CONTROL.sub("", text)


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
