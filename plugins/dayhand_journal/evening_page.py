"""The evening page: today's sessions and their notes, what is to be signed, and tomorrow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dayhand import Practice
from dayhand_journal.models import NoteStub, UnsignedNote, UnsignedNotes
from dayhand_journal.page_models import AgendaIn, EventIn, MatchIn
from dayhand_journal.settings import DaySheetSettings
from dayhand_journal.timetable import entries
from dayhand_journal.wording import Wording, count
from dayhand_practice.vocabulary import Session

__all__ = ["Evening", "as_markdown", "page"]

_WAS = {
    "scheduled": "scheduled",
    "attended": "attended",
    "no_show": "no-show",
    "late_cancelled": "cancelled late",
    "cancelled": "cancelled",
}


@dataclass(frozen=True)
class Evening:
    """All that the page shows."""

    day: date
    sessions: Sequence[Session] = ()
    notes: Sequence[NoteStub] = ()
    unsigned: UnsignedNotes = field(default_factory=UnsignedNotes)
    tomorrow: AgendaIn | None = None
    tomorrow_matches: Sequence[MatchIn] = ()
    tomorrow_unknown: Sequence[EventIn] = ()
    settings: DaySheetSettings = field(default_factory=DaySheetSettings)
    clock_changes: Sequence[str] = ()


def page(practice: Practice, evening: Evening) -> dict[str, Any]:
    """What stands on the page, as text."""
    wording = Wording.of(practice)
    tomorrow = evening.tomorrow
    return {
        "title": f"Evening page {evening.day.isoformat()}",
        "heading": f"Evening of {wording.long_date(evening.day)}",
        "practice": practice.info.name,
        "clinician": practice.info.clinician.name,
        "made": f"{wording.short_date(practice.today)}, {wording.time(practice.now)}",
        "today": _today(evening, wording),
        "groups": _groups(evening.unsigned, wording),
        "totals": _totals(evening.unsigned),
        "tomorrow_heading": wording.long_date(tomorrow.start) if tomorrow else "",
        "tomorrow": _tomorrow(evening, wording),
        "clock_changes": list(evening.clock_changes),
        "paper": evening.settings.paper,
    }


def _today(evening: Evening, wording: Wording) -> list[list[str]]:
    notes = {note.session_id: note for note in evening.notes}
    empty = {item.note_id for item in evening.unsigned.items if item.empty}
    rows = []
    there = (one for one in evening.sessions if wording.day_of(one.start) == evening.day)
    for session in sorted(there, key=lambda each: (each.start, each.id)):
        note = notes.get(session.id)
        state: str = note.state if note else ""
        if note and note.state == "draft":
            state = "to write" if note.id in empty else "to sign"
        rows.append(
            [
                wording.span(session.start, session.end),
                f"{session.client.initials or '—'} · {session.client.id}",
                _WAS[session.status],
                note.id if note else "",
                state or ("no note" if session.status == "attended" else ""),
            ]
        )
    return rows


def _groups(unsigned: UnsignedNotes, wording: Wording) -> list[dict[str, Any]]:
    """The notes to sign by age, the oldest first."""
    over_72 = [item for item in unsigned.items if item.age_hours >= 72]
    over_24 = [item for item in unsigned.items if 24 <= item.age_hours < 72]
    fresh = [item for item in unsigned.items if item.age_hours < 24]
    groups = (("Over 72 hours", over_72), ("24 to 72 hours", over_24), ("Under 24 hours", fresh))
    return [
        {"heading": heading, "rows": [_row(item, wording) for item in items]}
        for heading, items in groups
        if items
    ]


def _row(item: UnsignedNote, wording: Wording) -> list[str]:
    days, hours = divmod(item.age_hours, 24)
    age = f"{days} d {hours} h" if days else f"{hours} h"
    what = f"addendum {item.addendum}" if item.addendum else "to write" if item.empty else "to sign"
    late = "late entry" if item.late else ""
    who = f"{item.initials or '—'} · {item.client_id}"
    return [item.note_id, who, wording.short_date(item.session_date), age, what, late]


def _totals(unsigned: UnsignedNotes) -> str:
    if not unsigned.items:
        return "Every note is signed."
    return (
        f"{count(len(unsigned.items), 'note')} to sign, "
        f"{unsigned.over_24h} over 24 hours, {unsigned.over_72h} over 72 hours."
    )


def _tomorrow(evening: Evening, wording: Wording) -> list[list[str]]:
    if evening.tomorrow is None:
        return []
    lines = entries(
        evening.tomorrow.start,
        wording,
        matches=evening.tomorrow_matches,
        unknown=evening.tomorrow_unknown,
        events=evening.tomorrow.events,
        titles=not evening.settings.initials_only,
    )
    return [entry.row for entry in lines]


def as_markdown(data: dict[str, Any]) -> str:
    """The page as Markdown."""
    lines = [f"# {data['heading']}", "", f"{data['clinician']} · {data['practice']}", ""]
    lines += ["## Today", ""]
    if data["today"]:
        lines += ["| Time | Client | Session | Note | |", "| --- | --- | --- | --- | --- |"]
        lines += [f"| {' | '.join(row)} |" for row in data["today"]]
    else:
        lines += ["No sessions."]
    lines += ["", "## Notes to sign", "", data["totals"]]
    for group in data["groups"]:
        lines += ["", f"### {group['heading']}", ""]
        lines += ["| Note | Client | Session | Age | | |", "| --- | --- | --- | ---: | --- | --- |"]
        lines += [f"| {' | '.join(row)} |" for row in group["rows"]]
    if data["tomorrow_heading"]:
        lines += ["", f"## {data['tomorrow_heading']}", ""]
        if data["tomorrow"]:
            lines += ["| Time | What | |", "| --- | --- | --- |"]
        lines += [
            f"| {time or 'all day'} | {what.replace('|', chr(92) + '|')} | {note} |"
            for time, what, note, _ in data["tomorrow"]
        ] or ["Nothing is planned."]
    if data["clock_changes"]:
        lines += ["", "## The clock changes", "", *(f"- {one}" for one in data["clock_changes"])]
    return "\n".join([*lines, "", f"Made {data['made']}.", ""])
