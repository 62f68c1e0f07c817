"""The sample's year of sessions: regular ones, and what became of some of them.

What happens to a session is read off a checksum of the client and the day, so that the same `today`
always gives the same year, and nothing needs a random number.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from dayhand_practice.sample.people import Person

__all__ = ["ZONE", "Extra", "Schedule", "Visit", "leave", "schedule"]

ZONE = ZoneInfo("America/New_York")
_BUFFER = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Visit:
    """A session. `planned` is when it was first meant to be, `start` when it is."""

    person: Person
    planned: datetime
    start: datetime
    minutes: int
    status: str = "confirmed"
    """`confirmed`, `cancelled`, `no_show` or `late_cancelled`."""

    @property
    def end(self) -> datetime:
        return _after(self.start, self.minutes)

    @property
    def is_exception(self) -> bool:
        """Differs from its series."""
        return (
            self.start != self.planned
            or self.status != "confirmed"
            or self.minutes != self.person.minutes
        )


@dataclass(frozen=True, slots=True)
class Extra:
    """Something else in the calendar that looks like a session."""

    uid: str
    summary: str
    start: datetime
    minutes: int
    person: Person | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The year: `dropped` are the days of each series that fall into leave."""

    visits: list[Visit]
    dropped: dict[str, list[date]]
    extras: list[Extra]
    demo_day: date


def _after(start: datetime, minutes: int) -> datetime:
    return (start.astimezone(UTC) + timedelta(minutes=minutes)).astimezone(start.tzinfo)


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, ZONE)


def leave(first: date, last: date) -> list[tuple[str, date, date]]:
    """The days off between two days: what for, the first and the last of each."""
    periods: list[tuple[str, date, date]] = []
    for year in range(first.year, last.year + 1):
        november = date(year, 11, 1)
        thursday = november + timedelta(days=(3 - november.weekday()) % 7, weeks=3)
        august = date(year, 8, 10)
        monday = august - timedelta(days=august.weekday())
        periods += [
            ("Leave", monday, monday + timedelta(days=11)),
            ("Office closed", thursday, thursday + timedelta(days=1)),
            ("Leave", date(year, 12, 24), date(year + 1, 1, 1)),
        ]
        march = date(year, 3, 18)
        conference = march + timedelta(days=(3 - march.weekday()) % 7)
        periods.append(
            ("Conference: Regional Practice Days", conference, conference + timedelta(days=1))
        )
    return [one for one in periods if one[1] <= last and one[2] >= first]


def schedule(everyone: list[Person], today: date, until: date) -> Schedule:
    """The whole year around `today`."""
    first = min(person.first_day(today) for person in everyone)
    off = leave(first, until)
    visits: list[Visit] = []
    dropped: dict[str, list[date]] = {}
    for person in everyone:
        day = person.first_day(today)
        while day <= person.last_day(today, until):
            if any(start <= day <= end for _, start, end in off):
                dropped.setdefault(person.id, []).append(day)
            else:
                planned = _at(day, person.time)
                visits.append(Visit(person, planned, planned, person.minutes))
            day += timedelta(weeks=person.weeks)
    demo_day = _demo_day(visits, today)
    visits = [_intake(visit, today) for visit in visits]
    visits = _changed(visits, demo_day, off, today)
    return Schedule(visits, dropped, _extras(everyone, visits, demo_day), demo_day)


def _demo_day(visits: list[Visit], today: date) -> date:
    """The first day from today on with a full morning: it shows every conflict there is."""
    days = [visit.planned.date() for visit in visits if visit.planned.date() >= today]
    full = sorted(day for day in set(days) if days.count(day) >= 4)
    return full[0] if full else today


def _intake(visit: Visit, today: date) -> Visit:
    is_first = visit.planned.date() == visit.person.first_day(today)
    return replace(visit, minutes=75) if is_first and visit.person.is_new else visit


def _changed(
    visits: list[Visit], demo_day: date, off: list[tuple[str, date, date]], today: date
) -> list[Visit]:
    """Some sessions cancelled, missed or moved to a free Friday afternoon."""
    changed: list[Visit] = []
    taken: set[datetime] = set()
    for visit in visits:
        day = visit.planned.date()
        fate = zlib.crc32(f"{visit.person.id} {day - today}".encode()) % 100
        past = day < today
        if day == demo_day or visit.minutes != visit.person.minutes:
            changed.append(visit)
        elif fate < 4:
            changed.append(replace(visit, status="cancelled"))
        elif fate < 7 and past:
            changed.append(replace(visit, status="no_show"))
        elif fate < 10 and past:
            changed.append(replace(visit, status="late_cancelled"))
        elif 10 <= fate < 14:
            changed.append(_moved(visit, off, taken, demo_day))
        else:
            changed.append(visit)
    return changed


def _moved(
    visit: Visit, off: list[tuple[str, date, date]], taken: set[datetime], demo_day: date
) -> Visit:
    friday = visit.planned.date() + timedelta(days=4 - visit.planned.weekday())
    closed = friday == demo_day or any(start <= friday <= end for _, start, end in off)
    # A session that was still ahead on the sample's day stays ahead, and a past one past.
    crosses = visit.planned.date() < demo_day <= friday
    for hour in () if closed or crosses else (13, 15, 17):
        start = _at(friday, time(hour))
        if start not in taken and start != visit.planned:
            taken.add(start)
            return replace(visit, start=start)
    return visit


def _extras(everyone: list[Person], visits: list[Visit], demo_day: date) -> list[Extra]:
    """One overlap, one pair without a break, one person nobody knows."""
    on_day = sorted(
        (visit for visit in visits if visit.start.date() == demo_day), key=lambda one: one.start
    )
    busy = {visit.person.id for visit in on_day}
    free = [person for person in everyone if person.id not in busy and not person.is_video]
    early = [
        visit for visit, later in pairwise(on_day) if later.start - visit.end >= timedelta(hours=1)
    ]
    extras: list[Extra] = []
    if early and on_day:
        overlap, tight = early[-1], on_day[-1]
        extras = [
            Extra("extra-overlap", free[0]["summary"], _after(overlap.start, 30), 45, free[0]),
            Extra("extra-no-break", free[1]["summary"], tight.end, 45, free[1]),
        ]
    spans = [(visit.start, visit.end) for visit in on_day]
    spans += [(extra.start, _after(extra.start, extra.minutes)) for extra in extras]
    for hour in (13, 15, 8, 18, 19):
        start = _at(demo_day, time(hour))
        end = _after(start, 45)
        if all(end + _BUFFER <= begin or stop + _BUFFER <= start for begin, stop in spans):
            extras.append(Extra("extra-unknown", "Bartimaeus Nightingale", start, 45))
            break
    return extras
