"""Whether each source can be read, and what in it cannot be followed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field

from dayhand import Finding, Practice, counted
from dayhand_calendar.settings import CalendarSettings
from dayhand_calendar.vocabulary import SkippedEvent

# What reads calendars is imported inside the functions: it loads several libraries.

__all__ = ["SourceReport", "examined", "findings"]

NONE_YET = (
    "name one under calendar.sources in practice.yaml: an .ics file in the practice folder, or a"
    " CalDAV address; then try 'dayhand calendar check'"
)
_AROUND = timedelta(days=183)


class SourceReport(BaseModel):
    """What a source gave for the year around today."""

    source: str
    events: int = 0
    problem: str = ""
    as_of: datetime | None = None
    """With a problem: from when the events are that are shown meanwhile."""
    hint: str = ""
    skipped: list[SkippedEvent] = Field(default_factory=list)

    @property
    def told(self) -> str:
        """The problem, and what is used meanwhile; "" without one."""
        if not self.problem or self.as_of is None:
            return self.problem
        return f"{self.problem}; what it gave on {self.as_of:%Y-%m-%d %H:%M} is used"


async def examined(practice: Practice) -> list[SourceReport]:
    """A report of each source."""
    from dayhand_calendar.expansion import Window
    from dayhand_calendar.sources import read

    settings: CalendarSettings = practice.settings
    window = Window(
        practice.today - _AROUND, practice.today + _AROUND, ZoneInfo(practice.info.timezone)
    )
    return [
        SourceReport(
            source=reading.source.name,
            events=len(reading.occurrences),
            problem=reading.problem,
            as_of=reading.as_of,
            hint=reading.hint,
            skipped=reading.skipped,
        )
        for reading in await read(practice, settings.sources, window)
    ]


def findings(practice: Practice) -> Iterable[Finding]:
    """For `dayhand doctor`."""
    if not practice.settings.sources:
        yield Finding(
            "warning",
            "no calendar is set up: no routine that begins with your appointments can run",
            NONE_YET,
        )
    for report in asyncio.run(examined(practice)):
        where = f"calendar '{report.source}'"
        if report.problem:
            yield Finding("failure", f"{where} cannot be read: {report.told}", report.hint)
        elif report.skipped:
            first = report.skipped[0]
            yield Finding(
                "warning",
                f"{where} has {counted(len(report.skipped), 'event')} left out,"
                f" such as line {first.line}: {first.reason}",
                "run 'dayhand calendar check' for all of them",
            )
        else:
            yield Finding("ok", f"{where} can be read: {report.events} events in a year")
