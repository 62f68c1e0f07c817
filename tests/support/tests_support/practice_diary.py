"""The calendar of the simulated year: what becomes of each session, and when that is known."""

from __future__ import annotations

import zlib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dayhand_practice.sample.calendar_text import as_ics
from dayhand_practice.sample.people import people
from dayhand_practice.sample.schedule import Schedule, Visit, leave, schedule

__all__ = ["ZONE", "Diary", "at"]

ZONE = ZoneInfo("America/New_York")
_AHEAD = timedelta(days=60)
_WEEK = timedelta(weeks=1)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


class Diary:
    """The practice's calendar: what it says changes as the year goes on."""

    def __init__(self, folder: Path, first: date, last: date) -> None:
        self._file = folder / "calendars" / "practice.ics"
        self._first = first
        self._until = last + _AHEAD
        self._people = people()
        planned = schedule(self._people, first, self._until)
        fated = [_fated(one, first) for one in planned.visits]
        self._year = replace(planned, visits=_with_sundays(fated, first, self._until))

    def write(self, now: datetime) -> None:
        """As it stands at a moment: nobody has missed a session that is still to come."""
        year: Schedule = replace(self._year, visits=[_known(one, now) for one in self._year.visits])
        self._file.write_text(as_ics(year, self._people, self._first, self._until), "utf-8")

    def is_back_on(self, day: date) -> bool:
        """True of the first weekday after more than a week of leave."""
        long = [last for _, begin, last in leave(self._first, self._until) if last - begin > _WEEK]
        return day.weekday() == 0 and any(0 < (day - last).days <= 3 for last in long)

    def missed_on(self, day: date) -> bool:
        return any(
            one.start.date() == day and one.status in ("no_show", "late_cancelled")
            for one in self._year.visits
        )


def _fate(what: str, visit: Visit) -> int:
    """From 0 to 99, always the same for a visit."""
    return zlib.crc32(f"{what} {visit.person.id} {visit.planned:%Y-%m-%d}".encode()) % 100


def _fated(visit: Visit, first: date) -> Visit:
    fate = _fate("year", visit)
    if visit.planned.date() < first or visit.status != "confirmed" or fate >= 5:
        return visit
    return replace(visit, status="no_show" if fate < 3 else "late_cancelled")


def _with_sundays(visits: list[Visit], first: date, until: date) -> list[Visit]:
    """Now and then somebody is seen on the Sunday after the day that was planned."""
    off = leave(first, until)
    taken: set[date] = set()
    moved = []
    for visit in visits:
        day = visit.planned.date()
        sunday = day + timedelta(days=6 - day.weekday())
        is_free = sunday not in taken and not any(begin <= sunday <= end for _, begin, end in off)
        if is_free and first <= day and not visit.is_exception and _fate("sunday", visit) < 3:
            taken.add(sunday)
            moved.append(replace(visit, start=at(sunday, 10)))
        else:
            moved.append(visit)
    return moved


def _known(visit: Visit, now: datetime) -> Visit:
    if visit.status in ("no_show", "late_cancelled") and visit.start > now:
        return replace(visit, status="confirmed")
    return visit
