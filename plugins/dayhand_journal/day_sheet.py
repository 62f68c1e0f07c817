"""The day sheet: the timetable, and for each session a prep card with room for handwriting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any

from dayhand import Practice
from dayhand_journal.models import LastPlan
from dayhand_journal.page_models import (
    AgendaIn,
    BalanceIn,
    ConflictIn,
    EventIn,
    MatchIn,
    PaperworkIn,
)
from dayhand_journal.settings import DaySheetSettings
from dayhand_journal.timetable import entries
from dayhand_journal.wording import Wording, clipped, count

__all__ = ["Day", "as_markdown", "page"]

_LABELS = ("Risk", "Plan", "Goals", "Homework", "Measures", "Balance", "Paperwork")


@dataclass(frozen=True)
class Day:
    """All that the sheet shows."""

    agenda: AgendaIn
    matches: Sequence[MatchIn] = ()
    unknown: Sequence[EventIn] = ()
    others: Sequence[EventIn] = ()
    plans: Sequence[LastPlan] = ()
    balances: Sequence[BalanceIn] = ()
    paperwork: Sequence[PaperworkIn] = ()
    conflicts: Sequence[ConflictIn] = ()
    settings: DaySheetSettings = field(default_factory=DaySheetSettings)


def page(practice: Practice, day: Day) -> dict[str, Any]:
    """What stands on the sheet, as text."""
    wording = Wording.of(practice)
    date = day.agenda.start
    clashing = [key for conflict in day.conflicts for key in conflict.keys]
    lines = entries(
        date,
        wording,
        matches=day.matches,
        unknown=day.unknown,
        others=day.others,
        events=day.agenda.events,
        titles=not day.settings.initials_only,
        clashing=clashing,
    )
    sessions = [
        match
        for match in sorted(day.matches, key=lambda each: (each.event.start, each.event.key))
        if match.attendance in ("scheduled", "attended")
        and wording.day_of(match.event.start) == date
    ]
    lengths = (m.event.end.astimezone(UTC) - m.event.start.astimezone(UTC) for m in sessions)
    minutes = sum(length // timedelta(minutes=1) for length in lengths)
    return {
        "title": f"Day sheet {date.isoformat()}",
        "heading": wording.long_date(date),
        "practice": practice.info.name,
        "clinician": practice.info.clinician.name,
        "made": f"{wording.short_date(practice.today)}, {wording.time(practice.now)}",
        "timezone": day.agenda.timezone or practice.info.timezone,
        "load": f"{count(len(sessions), 'session')}, {_length(minutes)}" if sessions else "",
        "attention": _attention(day, wording),
        "timetable": [entry.row for entry in lines],
        "cards": [_card(match, day, wording, _room(len(sessions))) for match in sessions],
        "paper": day.settings.paper,
    }


def _length(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return " ".join(
        part for part in (f"{hours} h" * bool(hours), f"{rest} min" * bool(rest)) if part
    )


def _attention(day: Day, wording: Wording) -> list[str]:
    """What needs a decision before the first session."""
    found = []
    for conflict in day.conflicts:
        when = f"{wording.time(conflict.start)}: " if conflict.start else ""
        message = conflict.message or conflict.kind.replace("_", " ")
        found.append(f"{when}{message}")
    for event in sorted(day.unknown, key=lambda each: each.start):
        when = "All day" if event.all_day else wording.span(event.start, event.end)
        source = f" (calendar '{event.source}')" if event.source else ""
        found.append(f"{when}: looks like a session, but no client matches{source}")
    if day.agenda.skipped:
        entries_skipped = count(len(day.agenda.skipped), "calendar entry", "calendar entries")
        found.append(f"{entries_skipped} could not be read")
    if day.agenda.stale:
        stale = count(len(day.agenda.stale), "calendar")
        found.append(f"{stale} could not be reached; the last known events are shown")
    return found


def _card(match: MatchIn, day: Day, wording: Wording, room: int) -> dict[str, Any]:
    client = match.client_id
    plan = next((each for each in day.plans if each.client_id == client), None)
    rows = {
        **(_plan_rows(plan, room) if plan and day.settings.plans else {}),
        "Balance": _balance(client, day.balances, wording),
        "Paperwork": "; ".join(
            _paper(each, wording) for each in day.paperwork if each.client_id == client
        ),
    }
    return {
        "time": wording.span(match.event.start, match.event.end),
        "who": match.initials or "—",
        "id": client,
        "how": "video" if match.event.video else "",
        "last": _last(plan, wording),
        "rows": [[label, rows[label]] for label in _LABELS if rows.get(label)],
    }


def _last(plan: LastPlan | None, wording: Wording) -> str:
    if plan is None:
        return "No note yet"
    more = f" + {count(plan.addenda, 'addendum', 'addenda')}" if plan.addenda else ""
    state = ", not signed" if plan.unsigned else ""
    return f"Last note {wording.short_date(plan.date)}{more}{state}"


def _room(cards: int) -> int:
    """Letters for the plan on a card: fewer on a full day, so that it fits on one page."""
    return 380 if cards <= 5 else 190 if cards <= 7 else 130


def _plan_rows(plan: LastPlan, room: int) -> dict[str, str]:
    less = room // 2
    return {
        "Risk": clipped(plan.risk, less),
        "Plan": clipped(plan.plan, room),
        "Goals": clipped("; ".join(plan.goals), less),
        "Homework": clipped(plan.homework, less),
        "Measures": clipped(plan.measures, less),
    }


def _balance(client: str, balances: Sequence[BalanceIn], wording: Wording) -> str:
    found = next((each for each in balances if each.client_id == client), None)
    if found is None:
        return ""
    parts = []
    if found.balance > 0:
        parts.append(f"owes {wording.money(found.balance)}")
    if found.overdue > 0:
        oldest = f", oldest {count(found.oldest_days, 'day')}" if found.oldest_days else ""
        parts.append(f"of it {wording.money(found.overdue)} overdue{oldest}")
    if found.credit > 0:
        parts.append(f"credit {wording.money(found.credit)}")
    return ", ".join(parts)


def _paper(item: PaperworkIn, wording: Wording) -> str:
    title = clipped(item.title or item.kind.replace("_", " "), 60)
    if item.state == "missing" or item.expires is None:
        return f"{title} {item.state}"
    verb = "expired" if item.state == "expired" else "expires"
    return f"{title} {verb} {wording.short_date(item.expires)}"


def as_markdown(data: dict[str, Any]) -> str:
    """The sheet as Markdown."""
    lines = [f"# {data['heading']}", "", f"{data['clinician']} · {data['practice']}", ""]
    if data["load"]:
        lines += [f"{data['load']}. Times in {data['timezone']}.", ""]
    if data["attention"]:
        lines += ["## Needs attention", "", *(f"- {text}" for text in data["attention"]), ""]
    lines += ["## Timetable", ""]
    if data["timetable"]:
        lines += ["| Time | What | |", "| --- | --- | --- |"]
        lines += [
            f"| {time or 'all day'} | {_cell(what)} | {note} |"
            for time, what, note, _ in data["timetable"]
        ]
    else:
        lines += ["Nothing is planned."]
    for card in data["cards"]:
        how = f" · {card['how']}" if card["how"] else ""
        lines += [
            "",
            f"## {card['time']} · {card['who']} · {card['id']}{how}",
            "",
            card["last"],
            "",
        ]
        lines += [f"- **{label}:** {text}" for label, text in card["rows"]]
    return "\n".join([*lines, "", f"Made {data['made']}.", ""])


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
