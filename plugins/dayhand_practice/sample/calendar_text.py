"""The sample's calendar as iCalendar text (RFC 5545), with the traps real calendars hold.

Written by hand and not with a library, so that it can hold a broken event, and so that the same
year is the same file, byte for byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from dayhand_practice.sample.people import Person
from dayhand_practice.sample.schedule import ZONE, Extra, Schedule, Visit, leave

__all__ = ["as_ics"]

_DOMAIN = "lakeside.example"
_VTIMEZONE = """BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
END:DAYLIGHT
BEGIN:STANDARD
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
END:STANDARD
END:VTIMEZONE"""
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MARKS = {"no_show": "NO-SHOW", "late_cancelled": "LATE-CANCEL"}


def as_ics(year: Schedule, everyone: list[Person], today: date, until: date) -> str:
    """The calendar of the whole year."""
    stamp = f"{today:%Y%m%d}T050000Z"
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:-//{_DOMAIN}//Sample practice//EN"]
    lines += ["CALSCALE:GREGORIAN", "X-WR-CALNAME:Lakeside Counseling"]
    lines += _VTIMEZONE.splitlines()
    for person in everyone:
        visits = [visit for visit in year.visits if visit.person is person]
        for event in _series(person, visits, year.dropped.get(person.id, []), today, until):
            lines += _event(event, stamp)
    for extra in year.extras:
        lines += _event(_extra(extra), stamp)
    first = min(person.first_day(today) for person in everyone)
    for event in _others(first, until, year.demo_day):
        lines += _event(event, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _event(properties: Iterable[str], stamp: str) -> list[str]:
    return ["BEGIN:VEVENT", f"DTSTAMP:{stamp}", *properties, "END:VEVENT"]


def _folded(line: str) -> str:
    """The line in pieces of at most 75 octets, never inside a character."""
    pieces = [""]
    for character in line:
        room = 75 if len(pieces) == 1 else 74
        if len((pieces[-1] + character).encode()) > room:
            pieces.append("")
        pieces[-1] += character
    return "\r\n ".join(pieces)


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")


def _local(name: str, moment: datetime) -> str:
    return f"{name};TZID=America/New_York:{moment:%Y%m%dT%H%M%S}"


def _series(
    person: Person, visits: list[Visit], dropped: list[date], today: date, until: date
) -> Iterator[list[str]]:
    uid = f"UID:{person.id.lower()}@{_DOMAIN}"
    start = datetime.combine(person.first_day(today), person.time, ZONE)
    last = datetime.combine(person.last_day(today, until), time(23, 59), ZONE).astimezone(UTC)
    weekday = _DAYS[int(person["weekday"])]
    rule = f"RRULE:FREQ=WEEKLY;INTERVAL={person.weeks};BYDAY={weekday};UNTIL={last:%Y%m%dT%H%M%SZ}"
    series = [uid, *_times(start, person.minutes), rule, *_what(person)]
    series += [_local("EXDATE", datetime.combine(day, person.time, ZONE)) for day in dropped]
    yield series
    for visit in visits:
        if visit.is_exception:
            yield [uid, _local("RECURRENCE-ID", visit.planned), *_exception(visit)]


def _times(start: datetime, minutes: int) -> list[str]:
    end = (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(ZONE)
    return [_local("DTSTART", start), _local("DTEND", end)]


def _what(person: Person, *categories: str, summary: str = "") -> list[str]:
    named = ["SESSION", *(["VIDEO"] if person.is_video else []), *categories]
    place = (
        f"https://video.example/lakeside/{person.id.lower()}"
        if person.is_video
        else "Lakeside Counseling, 12 Lake Road, Albany"
    )
    return [
        f"SUMMARY:{_text(summary or person['summary'])}",
        f"LOCATION:{_text(place)}",
        f"CATEGORIES:{','.join(named)}",
    ]


def _exception(visit: Visit) -> list[str]:
    marks = [_MARKS[visit.status]] if visit.status in _MARKS else []
    if visit.minutes == 75:
        marks.append("SVC-INTAKE")
    state = ["STATUS:CANCELLED"] if visit.status == "cancelled" else []
    return [*_times(visit.start, visit.minutes), *_what(visit.person, *marks), *state]


def _extra(extra: Extra) -> list[str]:
    lines = [f"UID:{extra.uid}@{_DOMAIN}", *_times(extra.start, extra.minutes)]
    return [*lines, f"SUMMARY:{_text(extra.summary)}", "CATEGORIES:SESSION"]


def _others(first: date, until: date, demo_day: date) -> Iterator[list[str]]:
    """Leave and conferences, supervision, lunch, and an event whose date is broken."""
    for number, (what, start, end) in enumerate(leave(first, until), 1):
        yield [
            f"UID:all-day-{number}@{_DOMAIN}",
            f"DTSTART;VALUE=DATE:{start:%Y%m%d}",
            f"DTEND;VALUE=DATE:{end + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(what)}",
            "CATEGORIES:LEAVE",
        ]
    monday = first - timedelta(days=first.weekday())
    last = datetime.combine(until, time(23, 59), ZONE).astimezone(UTC)
    lunch = datetime.combine(monday, time(12, 15), ZONE)
    yield [
        f"UID:lunch@{_DOMAIN}",
        *_times(lunch, 30),
        f"RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL={last:%Y%m%dT%H%M%SZ}",
        "SUMMARY:Hold: lunch",
        "CATEGORIES:HOLD",
    ]
    supervision = datetime.combine(monday + timedelta(days=4), time(8, 0), ZONE)
    yield [
        f"UID:supervision@{_DOMAIN}",
        *_times(supervision, 50),
        f"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=FR;UNTIL={last:%Y%m%dT%H%M%SZ}",
        "SUMMARY:Supervision (peer group)",
        "CATEGORIES:SUPERVISION",
    ]
    yield [
        f"UID:broken@{_DOMAIN}",
        f"DTSTART;TZID=America/New_York:{demo_day:%Y%m}99T250000",
        "SUMMARY:An event that another program wrote badly",
    ]
