"""280: a session that stands in three calendars, or is entered anew in one, is billed once; no hour is twice."""

from __future__ import annotations

import re
import shutil
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

ROUTINE = """
steps:
  - id: agenda
    uses: calendar.agenda
    with: {start: 2026-11-16, end: 2026-11-20}
  - id: clients
    uses: practice.clients
    with: {status: active}
  - id: match
    uses: calendar.match
    with: {events: "${{ steps.agenda.events }}", clients: "${{ steps.clients }}"}
  - id: recorded
    uses: practice.record_sessions
    with: {matches: "${{ steps.match.matched }}"}
  - id: sessions
    uses: practice.sessions
    with: {month: 2026-11, status: attended, billed: false}
  - id: drafts
    uses: billing.draft
    with: {sessions: "${{ steps.sessions.items }}"}
  - id: issued
    uses: billing.issue
    with: {drafts: "${{ steps.drafts.ids }}"}
  - uses: practice.mark_billed
    with: {lines: "${{ steps.issued.billed }}"}
"""
WEEK = re.compile("2026-11-(?:1[6-9]|20)")
UID = re.compile(r"(?m)^UID:([^\r\n]*)")


def anew(text: str) -> str:
    """The calendar as another program wrote it after an import: each event has another UID."""
    return UID.sub(r"UID:imported-\1", text)


def an_hour_later(text: str) -> str:
    """Each event of the calendar moved by an hour, under the UID it had."""
    return re.sub(
        r"(?m)^((?:DTSTART|DTEND)[^:\n]*:\d{8}T)(\d\d)(\d{4})",
        lambda found: f"{found[1]}{int(found[2]) + 1:02}{found[3]}",
        text,
    )


def unchanged(text: str) -> str:
    return text


def calendars(practice: Any, *changes: Callable[[str], str]) -> None:
    """As many calendars, each the sample's with such a change."""
    text = (practice.folder / "calendars/practice.ics").read_bytes().decode()
    sources = []
    for number, change in enumerate(changes):
        (practice.folder / f"calendars/c{number}.ics").write_bytes(change(text).encode())
        sources.append(f"    - {{name: c{number}, file: calendars/c{number}.ics}}\n")
    practice.settings("    - {name: practice, file: calendars/practice.ics}\n", "".join(sources))


def billed(practice: Any) -> list[tuple[str, str]]:
    """Each line of the week on an invoice: the client, and when the session began."""
    practice.routine("bill", ROUTINE)
    practice("run", "bill", "--as-of", "2026-11-30")
    rows = practice.rows()["billing_lines"]
    lines = [(str(row[6]).split()[0], str(row[7])) for row in rows if row[4]]
    return sorted(one for one in lines if WEEK.match(one[1]))


@pytest.mark.soak
def test_e26_a_session_in_three_calendars_is_billed_once(made, tmp_path):
    alone, copies, moved = (copy(made, tmp_path, name) for name in ("alone", "copies", "moved"))
    calendars(copies, unchanged, unchanged, anew)
    calendars(moved, unchanged, an_hour_later, anew)

    once = billed(alone)
    assert len(once) > 10
    assert max(Counter(once).values()) == 1
    assert billed(copies) == once
    assert billed(copies) == once  # and looked at again

    # One calendar tells of another hour: it is held, and a person is told.
    assert billed(moved) == once


def copy(made: Any, folder: Any, name: str) -> Any:
    target = folder / name
    shutil.copytree(made["sample"].folder, target)
    return type(made["sample"])(target, made["sample"].home)
