"""What the steps and commands share: counts, progress, submissions, and the check of files."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, timedelta

from dayhand import Practice, UserError
from dayhand_practice.vocabulary import Client
from dayhand_writing.models import (
    CheckedDrafts,
    DayCount,
    EventIn,
    ProjectProgress,
    Submission,
    WritingSlot,
)
from dayhand_writing.settings import WritingSettings

__all__ = [
    "checked",
    "counts_of",
    "open_submissions",
    "progress_of",
    "reckoned",
    "settings_of",
    "slots_in",
]

_TO_WRITE = ("planned", "drafting", "revise_and_resubmit")
_WAITING = ("submitted", "under_review")


def settings_of(practice: Practice) -> WritingSettings:
    """The plugin's section of `practice.yaml`."""
    settings: WritingSettings = practice.settings
    return settings


def slots_in(practice: Practice, events: Sequence[EventIn]) -> list[WritingSlot]:
    """Those of the events that were time for writing."""
    marker = settings_of(practice).calendar
    wanted = {category.casefold() for category in marker.categories}
    return [
        WritingSlot(
            key=event.key,
            start=event.start,
            end=event.end,
            minutes=round(
                (event.end.astimezone(UTC) - event.start.astimezone(UTC)).total_seconds() / 60
            ),
        )
        for event in events
        if not event.all_day
        and event.status != "cancelled"
        and event.end <= practice.now
        and (
            wanted & {category.casefold() for category in event.categories}
            or (marker.pattern and re.search(marker.pattern, event.summary))
        )
    ]


def counts_of(
    practice: Practice, names: Sequence[str], back: int, slots: Sequence[WritingSlot]
) -> list[DayCount]:
    """The words of projects, with the minutes of writing slots where it is clear whose they are."""
    from dayhand_writing import tables
    from dayhand_writing.counting import count

    settings = settings_of(practice)
    if not settings.projects:
        raise UserError(
            "practice.yaml names no writing project",
            hint="write one under writing: projects: as in the manual of the plugin",
        )
    counts = count(practice, settings, names or list(settings.projects), back=back)
    minutes: dict[date, int] = defaultdict(int)
    for slot in slots:
        minutes[slot.start.date()] += slot.minutes
    if not minutes:
        return counts
    with practice.connect() as connection:
        kept = {(one.project, one.on): one for one in tables.all_counts(connection)}
    return [
        one.model_copy(update={"minutes": minutes[one.on]})
        if minutes.get(one.on) and _is_of(one, counts, kept)
        else one
        for one in counts
    ]


def _is_of(
    count: DayCount, counts: Sequence[DayCount], kept: dict[tuple[str, date], DayCount]
) -> bool:
    """True if the day's time was for this project: the only one, or the only one that changed."""
    moved = [one.project for one in counts if one.on == count.on and _has_changed(one, kept)]
    if len({one.project for one in counts}) == 1:
        return True
    return moved == [count.project]


def _has_changed(count: DayCount, kept: dict[tuple[str, date], DayCount]) -> bool:
    before = [one for (name, day), one in kept.items() if name == count.project and day < count.on]
    last = max(before, key=lambda one: one.on, default=None)
    return last is None or last.words != count.words


def progress_of(practice: Practice, back: int) -> list[ProjectProgress]:
    """How the projects have grown in the last days."""
    from dayhand_writing import tables

    settings = settings_of(practice)
    with practice.connect() as connection:
        everything = tables.all_counts(connection)
    first = practice.today - timedelta(days=back)
    by_project: dict[str, list[DayCount]] = {name: [] for name in settings.projects}
    for one in everything:
        if one.on <= practice.today:
            by_project.setdefault(one.project, []).append(one)
    return [_progress(settings, name, counts, first) for name, counts in by_project.items()]


def _progress(
    settings: WritingSettings, name: str, counts: Sequence[DayCount], first: date
) -> ProjectProgress:
    project = settings.projects.get(name)
    goal = project.goal if project else 0
    days = [one for one in counts if one.on > first]
    earlier = [one for one in counts if one.on <= first]
    before = earlier[-1].words if earlier else (days[0].words if days else 0)
    added = []
    for one in days:
        added.append(max(one.words - before, 0))
        before = one.words
    return ProjectProgress(
        project=name,
        title=(project.title if project else "") or name,
        words=counts[-1].words if counts else 0,
        added=sum(added),
        days_written=sum(1 for words in added if words),
        minutes=sum(one.minutes for one in days),
        goal=goal,
        goal_days=sum(1 for words in added if goal and words >= goal),
        last=counts[-1].on if counts else None,
        days=[one.model_copy(update={"project": name}) for one in days],
    )


def open_submissions(practice: Practice) -> list[Submission]:
    """The submissions that are not at their end, most urgent first."""
    from dayhand_writing import tables

    with practice.connect() as connection:
        kept = tables.all_submissions(connection)
    found = [
        reckoned(one, practice.today, settings_of(practice))
        for one in kept
        if one.status in (*_TO_WRITE, *_WAITING)
    ]
    return sorted(found, key=lambda one: (one.due_on or date.max, one.submitted_on or date.max))


def reckoned(one: Submission, today: date, settings: WritingSettings) -> Submission:
    """The submission with its days reckoned, and what is to be looked at."""
    left = (one.due_on - today).days if one.due_on and one.status in _TO_WRITE else None
    waiting = (
        (today - one.submitted_on).days if one.submitted_on and one.status in _WAITING else None
    )
    problem = ""
    if left is not None and left < 0:
        problem = f"the deadline was {-left} days ago"
    elif left is not None and left <= settings.warn_before:
        problem = f"due in {left} days"
    elif one.status == "revise_and_resubmit" and one.due_on is None:
        problem = "the revision has no deadline; ask the editor for one"
    elif waiting is not None and waiting > settings.reply_after:
        problem = f"no answer for {waiting} days; ask the editor"
    return one.model_copy(update={"days_left": left, "days_waiting": waiting, "problem": problem})


def checked(practice: Practice, files: Sequence[str], clients: Sequence[Client]) -> CheckedDrafts:
    """What is found in files of the practice, or in the drafts of all projects.

    Raises:
        UserError: there is no file to look at, or one that cannot be read as text.
    """
    from dayhand_writing.check import check
    from dayhand_writing.counting import drafts_of
    from dayhand_writing.draft_text import READ, text_of

    settings = settings_of(practice)
    names = list(files) or sorted(
        {
            path
            for project in settings.projects.values()
            if project.repository is None
            for path in drafts_of(practice, project)
        }
    )
    if not names:
        raise UserError(
            "there is no draft to look at",
            hint="name a file, or the files of your projects under writing: projects:",
        )
    done = CheckedDrafts(files=names)
    for name in names:
        if not name.endswith(READ):
            raise UserError(f"'{name}' is no draft", hint=f"drafts end in {', '.join(READ)}")
        lines = text_of(name, practice.files.read(name))
        done.findings += check(name, lines, clients, settings.deidentify)
    done.known = sum(1 for one in done.findings if one.known)
    return done
