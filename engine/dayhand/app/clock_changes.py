"""The changes of the clock ahead that touch an occurrence of a routine, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from dayhand.app.calendars import calendars_of
from dayhand.app.diary import last_time_off
from dayhand.explanation import trigger_names
from dayhand.model.routine import Routine
from dayhand.schedule.clock_changes import NOTICE_DAYS, clock_changes
from dayhand.schedule.open_days import Calendar
from dayhand.schedule.timetable import timetables

if TYPE_CHECKING:
    from dayhand.app.application import App

__all__ = ["ClockChange", "ahead", "in_words"]


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change of the clock; `touched` says of each occurrence what becomes of it."""

    text: str
    touched: tuple[str, ...]


def ahead(
    app: App,
    routines: Iterable[Routine],
    calendars: Mapping[str, Calendar],
    after: datetime,
    days: int = NOTICE_DAYS,
) -> list[ClockChange]:
    """Those that touch one of the routines in the days after a moment, in order."""
    known = list(routines)
    named = trigger_names(known)
    tables = [
        table
        for routine in known
        if routine.enabled
        for table in timetables(routine, app.info.timezone, calendars)
    ]
    found = []
    for notice in clock_changes(tables, after, days):
        touched = (
            f"{one.routine} ({named(one.routine, one.trigger)}): "
            f"{'; '.join(filter(None, (one.skipped, *one.notes)))}"
            for one in notice.occurrences
        )
        found.append(ClockChange(notice.text, tuple(touched)))
    return found


def in_words(app: App, after: datetime, days: int) -> Sequence[str]:
    """Those that touch any of the practice's routines, a text for each. Time off is that last read."""
    routines = [entry.routine for entry in app.book if entry.routine is not None]
    found = ahead(app, routines, calendars_of(app, last_time_off(app)), after, days)
    return [f"{one.text}. {'. '.join(one.touched)}." for one in found]
