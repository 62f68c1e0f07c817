"""The next deadlines, as a list and as a calendar file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from dayhand import Practice, StepContext
from dayhand_education.models import Deadline, Deadlines, GapReport

__all__ = ["as_calendar", "items", "write"]

_REMINDERS = (180, 90, 30, 14)


def write(context: StepContext, gaps: Sequence[GapReport]) -> Deadlines:
    """Write `out/ce/deadlines.ics`."""
    written = context.files.write("ce/deadlines.ics", as_calendar(context, gaps))
    return Deadlines(path=written.path, items=items(gaps))


def items(gaps: Sequence[GapReport]) -> list[Deadline]:
    """A deadline for each licence, soonest first."""
    deadlines = [
        Deadline(
            licence=gap.licence,
            what=gap.summary,
            due=gap.window_end,
            days_left=gap.days_left,
            missing=gap.missing,
            severity=gap.severity,
        )
        for gap in gaps
    ]
    return sorted(deadlines, key=lambda deadline: (deadline.due, deadline.licence))


def as_calendar(practice: Practice, gaps: Sequence[GapReport]) -> bytes:
    """An iCalendar file with one all-day entry a licence.

    Its UIDs stay the same, so that a calendar that subscribes to it changes its entries instead
    of adding more.
    """
    # icalendar is loaded only where a calendar is made
    import icalendar

    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//dayhand//education//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Licence renewals")
    for gap in sorted(gaps, key=lambda each: (each.window_end, each.licence)):
        event = icalendar.Event()
        event.add("uid", _uid(practice, gap))
        event.add("dtstamp", practice.now)
        event.add("dtstart", gap.window_end)
        event.add("dtend", gap.window_end + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
        event.add("summary", f"{gap.region} {gap.type} renews")
        event.add("description", _description(gap))
        for days in _REMINDERS if gap.status != "ok" else _REMINDERS[-1:]:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", f"{gap.region} {gap.type} renews in {days} days")
            alarm.add("trigger", timedelta(days=-days))
            event.add_component(alarm)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def _uid(practice: Practice, gap: GapReport) -> str:
    parts = f"{practice.info.name}/{gap.licence}/{gap.window_end.isoformat()}"
    return f"{hashlib.sha256(parts.encode()).hexdigest()[:32]}@education.dayhand"


def _description(gap: GapReport) -> str:
    return (
        f"Continuing education: {gap.summary}. As computed on {gap.computed_on.isoformat()} "
        f"by rules as of {gap.as_of} ({gap.source})."
    )
