"""The pages: load of the days, trend of the check-ins, plan of a leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from dayhand import StepContext, counted, markdown_table, typeset
from dayhand_wellbeing.models import CheckinIn, Holds, LeaveLetter, LeavePage, LeavePlan, Load, Page
from dayhand_wellbeing.settings import WellbeingSettings

__all__ = ["write_checkins", "write_holds", "write_leave", "write_load"]

_SHOWN = 26
"""So many of the last check-ins are drawn."""
_BEFORE = 4
_BARS = 14
"""So many days are drawn; more would not be legible."""
_PAUSE = (
    "Reminders pause: an all-day hold called Out of office makes these days time off, and routines"
    " with skip_on: [time_off] do nothing on them. Pause others with: dayhand pause NAME --until DAY"
)
_TAKEN = {"session": "a session", "event": "something else"}


def _write(context: StepContext, name: str, data: dict[str, Any]) -> tuple[str, str]:
    settings: WellbeingSettings = context.settings
    whole = {
        "clinician": context.info.clinician.name,
        "made": f"{context.now:%Y-%m-%d %H:%M}",
        "paper": settings.paper,
        "bars": [],
        "charts": [],
        "tables": [],
        "lines": [],
        "remarks": "Private.",
    } | data
    path = context.files.write(f"{name}.md", _as_markdown(whole)).path
    if not settings.pdf:
        return path, ""
    printed = typeset(context, "wellbeing_page.typ", whole)
    return path, context.files.write(f"{name}.pdf", printed).path


def _as_markdown(data: Mapping[str, Any]) -> str:
    lines = [f"# {data['title']}", "", data["intro"], ""]
    lines += [part for text in data["lines"] for part in (f"- {text}", "")]
    lines += [f"- {bar['alt']}" for bar in data["bars"]]
    lines += [f"- {chart['alt']}" for chart in data["charts"]]
    for table in data["tables"]:
        lines += ["", f"## {table['heading']}", ""]
        lines += markdown_table(table["header"], table["rows"])
    return "\n".join([*lines, "", f"Made {data['made']}.", ""])


# The load ------------------------------------------------------------------------------------------


def write_load(context: StepContext, load: Load) -> Page:
    """Write `out/wellbeing/load-<first day>.md` and `.pdf`."""
    most = context.settings.most_sessions
    first = load.days[0].day if load.days else context.today
    top = max([most, *(one.sessions for one in load.days)], default=most)
    warnings = [f"{_day(one.day)}: {text}" for one in load.days for text in one.warnings]
    total = sum(one.sessions for one in load.days)
    said = counted(load.warnings, "warning") if load.warnings else "nothing is too much"
    data = {
        "title": f"Load from {_day(first)}",
        "intro": f"{counted(total, 'session')} in {counted(len(load.days), 'day')}; {said}.",
        "lines": [*warnings, *load.weeks],
        "most": most / top,
        "most_text": f"{most} are the most",
        "bars": [
            {
                "label": f"{one.day:%a} {one.day.day}",
                "value": str(one.sessions),
                "share": one.sessions / top,
                "over": bool(one.warnings),
                "alt": f"{_day(one.day)}: {counted(one.sessions, 'session')}, {one.minutes} minutes",
            }
            for one in load.days[:_BARS]
        ],
        "tables": [_load_table(load)],
    }
    path, pdf = _write(context, f"wellbeing/load-{first.isoformat()}", data)
    return Page(path=path, pdf=pdf, warnings=load.warnings)


def _load_table(load: Load) -> dict[str, Any]:
    rows = [
        [
            _day(one.day),
            str(one.sessions),
            f"{one.minutes} min",
            "" if one.shortest_break is None else f"{one.shortest_break} min",
            f"{one.longest_stretch} min",
            str(one.in_a_row),
        ]
        for one in load.days
        if one.sessions
    ]
    header = ["Day", "Sessions", "In all", "Shortest break", "Longest stretch", "Hard in a row"]
    return {"heading": "In numbers", "header": header, "rows": rows}


# Protected time ------------------------------------------------------------------------------------


def write_holds(context: StepContext, holds: Holds) -> Page:
    """Write `out/wellbeing/protected-<day>.md` and `.pdf`."""
    said = f"{counted(len(holds.wanted), 'hold')} to make, {holds.there} there, {len(holds.taken)} taken"
    header = ["Day", "From", "To", "What"]
    wanted = [[_day(one.on), *_times(one.start, one.end), one.name] for one in holds.wanted]
    taken = [
        [_day(one.on), *_times(one.start, one.end), f"{one.name}, by {_TAKEN[one.by]}"]
        for one in holds.taken
    ]
    data = {
        "title": f"Protected time, {_day(context.today)}",
        "intro": f"{said}, {holds.given_up} given up.",
        "tables": [
            {"heading": "To make", "header": header, "rows": wanted},
            {"heading": "Taken: yours to decide", "header": header, "rows": taken},
        ],
    }
    path, pdf = _write(context, f"wellbeing/protected-{context.today.isoformat()}", data)
    return Page(path=path, pdf=pdf, warnings=len(holds.taken))


def _times(start: datetime, end: datetime) -> tuple[str, str]:
    return f"{start:%H:%M}", f"{end:%H:%M}"


# Check-ins -----------------------------------------------------------------------------------------


def write_checkins(context: StepContext, entries: Sequence[CheckinIn]) -> Page:
    """Write `out/wellbeing/checkin-<day>.md` and `.pdf`: numbers, and none of the words."""
    kept = sorted(entries, key=lambda one: one.on)[-_SHOWN:]
    scales = list(dict.fromkeys(name for one in kept for name in one.scales))
    lower = context.settings.lower_is_better
    series = {s: [(one.on, one.scales[s]) for one in kept if s in one.scales] for s in scales}
    charts = [_chart(name, points, lower=name in lower) for name, points in series.items()]
    data = {
        "title": f"Check-ins to {_day(context.today)}",
        "intro": f"{counted(len(kept), 'check-in')}. Scales go from 0 to 10.",
        "charts": charts,
    }
    path, pdf = _write(context, f"wellbeing/checkin-{context.today.isoformat()}", data)
    return Page(path=path, pdf=pdf, warnings=sum(chart["worse"] for chart in charts))


def _chart(name: str, points: Sequence[tuple[date, int]], *, lower: bool) -> dict[str, Any]:
    begin, last = points[0][0], points[-1][0]
    days = (last - begin).days or 1
    before = [value for _, value in points[-1 - _BEFORE : -1]]
    mean = sum(before) / len(before) if before else None
    gap = points[-1][1] - mean if mean is not None else 0
    worse = mean is not None and (gap >= 2 if lower else gap <= -2)
    said = "" if mean is None else f"mean of the {len(before)} before {mean:.1f}"
    remark = f"{said}, worse" if worse else said
    values = ", ".join(str(value) for _, value in points)
    return {
        "title": f"{name.capitalize()} ({'lower' if lower else 'higher'} is better)",
        "remark": remark,
        "worse": worse,
        "points": [[(on - begin).days / days, value / 10] for on, value in points],
        "value": str(points[-1][1]),
        "first": begin.isoformat(),
        "last": last.isoformat(),
        "alt": f"{name}: {values}, from {begin.isoformat()} to {last.isoformat()}; {remark}",
    }


# Leave ---------------------------------------------------------------------------------------------


def write_leave(context: StepContext, plan: LeavePlan) -> LeavePage:
    """Write `out/leave/<first day>/plan.md` and `.pdf`, and a letter to each client it touches."""
    folder = f"leave/{plan.first_on.isoformat()}"
    letters = [
        LeaveLetter(client_id=one.client_id, path=_letter(context, plan, one, folder))
        for one in plan.clients
    ]
    touched = len(plan.clients)
    covers = f"{plan.contact}, {plan.contact_phone}".strip(", ") or "nobody yet"
    data = {
        "title": f"Leave from {_day(plan.first_on)} to {_day(plan.last_on)}",
        "intro": f"To cancel: {counted(len(plan.sessions), 'session')} of {counted(touched, 'client')}.",
        "lines": [
            f"Who covers: {covers}",
            f"Last day for billing: {_day(plan.billing_cutoff)}; sessions up to it are invoiced before",
            f"Back on {_day(plan.return_on)}",
            _PAUSE,
            *(f"To settle: {text}" for text in plan.problems),
        ],
        "tables": [_cancel_table(plan), _client_table(plan)],
        "remarks": "Confidential. Initials only.",
    }
    path, pdf = _write(context, f"{folder}/plan", data)
    return LeavePage(path=path, pdf=pdf, letters=letters)


def _cancel_table(plan: LeavePlan) -> dict[str, Any]:
    rows = [
        [_moment(one.start), f"{one.initials or '—'} · {one.client_id}"] for one in plan.sessions
    ]
    return {"heading": "Sessions to cancel", "header": ["When", "Client"], "rows": rows}


def _client_table(plan: LeavePlan) -> dict[str, Any]:
    rows = [
        [
            f"{one.initials or '—'} · {one.client_id}",
            str(len(one.cancelled)),
            _day(one.last_before) if one.last_before else "none",
            _moment(one.next_on) if one.next_on else "none",
            "e-mail" if "reminders" in one.email_scopes and one.email else "by hand",
        ]
        for one in plan.clients
    ]
    header = ["Client", "Cancelled", "Last before", "Next after", "Letter"]
    return {"heading": "Clients", "header": header, "rows": rows}


def _letter(context: StepContext, plan: LeavePlan, one: Any, folder: str) -> str:
    values = {
        "first_name": str(one.first_name),
        "first_on": plan.first_on,
        "last_on": plan.last_on,
        "cancelled": one.when,
        "next_on": one.next,
        "contact": plan.contact,
        "contact_phone": plan.contact_phone,
        "practice": {"name": context.info.name, "phone": context.info.phone},
        "clinician": {"name": context.info.clinician.name},
    }
    text = context.render(context.files.template("leave_letter.md"), values)
    body = text.partition("\n")[2].lstrip() if text.startswith("subject:") else text
    return context.files.write(f"{folder}/letters/{one.client_id}.md", body).path


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}"


def _moment(moment: datetime) -> str:
    return f"{_day(moment.date())}, {moment:%H:%M}"
