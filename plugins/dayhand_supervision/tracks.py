"""A track of the practice with its rules and hours: progress, and the week as its logs show it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from dayhand import Practice
from dayhand_supervision.case import Case, hours, week_start
from dayhand_supervision.counting import Counted, count
from dayhand_supervision.intake import book_of, settings_of
from dayhand_supervision.models import Entry, LogRow, Progress, Week, WeekLog
from dayhand_supervision.progress import progress
from dayhand_supervision.rule_book import rule_book
from dayhand_supervision.rule_set import CATEGORIES, SUPERVISION
from dayhand_supervision.settings import SupervisionSettings, Track

__all__ = ["case_of", "first_of_week", "log_hash", "progress_of", "week_of"]


def case_of(practice: Practice, track: Track, on: date) -> Case:
    """What the hours of a track are counted by."""
    settings = settings_of(practice)
    return Case(
        rules=rule_book(practice).find(track.rule_set, on=on),
        track=track,
        on=on,
        sunday=settings.week_starts == "sunday",
        workplaces=settings.workplaces,
        licences={name: one.licence for name, one in settings.supervisors.items()},
    )


def _entries(practice: Practice, name: str) -> list[Entry]:
    with practice.connect() as connection:
        found: list[Entry] = book_of(practice, connection, name).all()
    return found


def _person(practice: Practice, track: Track) -> str:
    return track.person or practice.info.clinician.with_credentials


def progress_of(practice: Practice, name: str, on: date | None = None) -> Progress:
    """How far a track has come.

    Raises:
        UserError: there is no such track, or no such rule set.
    """
    name, track = settings_of(practice).track(name)
    case = case_of(practice, track, on or practice.today)
    return progress(_entries(practice, name), case, name=name, person=_person(practice, track))


def first_of_week(settings: SupervisionSettings, day: date) -> date:
    """The first day of the day's week."""
    return week_start(day, sunday=settings.week_starts == "sunday")


def week_of(practice: Practice, name: str, day: date | None = None) -> Week:
    """The week of a day as its logs show it: one log for each setting and supervisor.

    Raises:
        UserError: there is no such track, or no such rule set.
    """
    settings = settings_of(practice)
    name, track = settings.track(name)
    first = first_of_week(settings, day or practice.today)
    last = first + timedelta(days=6)
    case = case_of(practice, track, last)
    entries = _entries(practice, name)
    counted = count(entries, case)
    there = [entry for entry in entries if first <= entry.on <= last]
    rules = case.rules
    return Week(
        track=name,
        person=_person(practice, track),
        start=first,
        end=last,
        days=[first + timedelta(days=number) for number in range(7)],
        logs=_logs(there, case, settings, name),
        settings=[one for one in counted.weeks if one.start == first],
        total=hours(sum(entry.minutes for entry in there)),
        to_date=_counted(counted),
        windows=[one for one in counted.windows if one.end >= first],
        rules=f"{rules.title} ({rules.id})",
        as_of=rules.as_of,
        confidence=rules.confidence,
        unverified=rules.unverified,
    )


def _counted(counted: Counted) -> Decimal:
    return hours(sum(line.minutes for line in counted.lines))


def _logs(
    entries: Sequence[Entry], case: Case, settings: SupervisionSettings, track: str
) -> list[WeekLog]:
    pairs = sorted({(entry.setting, entry.supervisor) for entry in entries})
    logs = []
    for setting, supervisor in pairs:
        group = [e for e in entries if (e.setting, e.supervisor) == (setting, supervisor)]
        week = case.week(group[0].on)
        known = settings.supervisors.get(supervisor)
        licence = " ".join(filter(None, (known.licence, known.number))) if known else ""
        supervision = sum(e.minutes for e in group if e.category in SUPERVISION)
        direct = sum(e.minutes for e in group if e.category in case.rules.direct)
        logs.append(
            WeekLog(
                setting=setting,
                supervisor=supervisor,
                supervisor_licence=licence,
                rows=_rows(group, week),
                direct=direct,
                other=sum(e.minutes for e in group) - direct - supervision,
                supervision=supervision,
                sha256=log_hash(track, week, group),
                topics=[e.topics for e in group if e.topics],
            )
        )
    return logs


def _rows(group: Sequence[Entry], week: date) -> list[LogRow]:
    rows = []
    for category in CATEGORIES:
        of_it = [entry for entry in group if entry.category == category]
        if of_it:
            days = [
                sum(e.minutes for e in of_it if e.on == week + timedelta(days=number))
                for number in range(7)
            ]
            remote = sum(e.minutes for e in of_it if e.telehealth)
            rows.append(LogRow(category=category, minutes=days, total=sum(days), telehealth=remote))
    return rows


def log_hash(track: str, week: date, entries: Sequence[Entry]) -> str:
    """The SHA-256 of the hours on a log, the same as long as they are."""
    rows = sorted(
        [
            entry.on.isoformat(), entry.category, entry.minutes, entry.telehealth,
            entry.reference, entry.setting, entry.supervisor,
        ]
        for entry in entries
    )  # fmt: skip
    text = json.dumps([track, week.isoformat(), rows], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
