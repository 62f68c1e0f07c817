"""The sample's hours: supervision and paperwork of some weeks, and questions for the next meeting.

Direct hours are not in it: the routine `weekly-hours-log` takes them from the sample's sessions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from dayhand import Practice, counted, write_csv
from dayhand_supervision.intake import settings_of, take_in_file

__all__ = ["load", "write"]

_HOURS = "records/supervision_hours.csv"
_QUESTIONS = "records/supervision_questions.csv"
_WEEKS = 6
_SUPERVISOR = "Dr. Ilse Marchetti"
_ASKED = (
    ("C-0014", "Third month without a payment. How do I bring it up without it being a threat?", "no", 9),
    ("C-0017", "Passive thoughts of death again; safety plan renewed. Is weekly still enough?", "yes", 4),
    ("C-0018", "Both parents ask for the notes. Who may have what, at this age?", "no", 2),
    ("", "When is it time to raise fees for long-standing clients?", "no", 12),
)  # fmt: skip


def write(folder: Path, today: date) -> Iterable[str]:
    """Write the files; a line for each."""
    hours = list(_hours(today))
    asked = [
        [client, text, risk, (today - timedelta(days=days)).isoformat()]
        for client, text, risk, days in _ASKED
    ]
    for name, header, rows in (
        (_HOURS, ["on", "minutes", "category", "supervisor", "topics"], hours),
        (_QUESTIONS, ["client_id", "text", "risk", "raised_on"], asked),
    ):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(write_csv(header, rows).encode())
        place.chmod(0o600)
        yield f"{name}: {counted(len(rows), 'row')}"


def _hours(today: date) -> Iterator[list[object]]:
    """Weeks with two hours of supervision, one with a single hour, one with none."""
    monday = today - timedelta(days=today.weekday())
    for ago in range(_WEEKS, 0, -1):
        week = monday - timedelta(weeks=ago)
        yield [week + timedelta(days=1), 90, "notes_reports", _SUPERVISOR, ""]
        minutes = {2: 0, 4: 60}.get(ago, 120)
        if minutes:
            wednesday = week + timedelta(days=2)
            topics = "Formulation; use of self" if ago % 2 else "Risk; endings"
            yield [wednesday, minutes, "supervision_individual", _SUPERVISOR, topics]
    yield [monday - timedelta(weeks=3) + timedelta(days=5), 300, "workshop_training", "", ""]


def load(practice: Practice) -> Iterable[str]:
    """Import the files; says what was done, or nothing if they are not there."""
    from dayhand_supervision.questions import load_file

    there = [name for name in (_HOURS, _QUESTIONS) if practice.files.resolve(name).is_file()]
    if not there or not settings_of(practice).tracks:
        return []
    with practice.transaction("load the sample's supervised hours") as connection:
        hours = take_in_file(practice, connection, _HOURS, "")
        data = practice.files.read(_QUESTIONS)
        asked = load_file(connection, data, _QUESTIONS, practice.today)
    return [f"{len(hours.ids)} supervised hours and {asked} questions for supervision"]
