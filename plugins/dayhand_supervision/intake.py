"""Hours from what is known elsewhere: sessions, calendar events, files, and what is typed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import TYPE_CHECKING, Any

from dayhand import Practice, checked, read_rows
from dayhand_practice.vocabulary import Session
from dayhand_supervision.models import ENTRY_COLUMNS, Entry, EventIn, Meeting, Recorded
from dayhand_supervision.rule_set import Category
from dayhand_supervision.settings import Marker, SupervisionSettings, Track

if TYPE_CHECKING:
    import sqlalchemy

__all__ = [
    "book_of",
    "entry_of",
    "log_meetings",
    "log_sessions",
    "meetings_in",
    "settings_of",
    "take_in_file",
]


def settings_of(practice: Practice) -> SupervisionSettings:
    """The plugin's section of `practice.yaml`."""
    settings: SupervisionSettings = practice.settings
    return settings


def book_of(practice: Practice, connection: sqlalchemy.Connection, track: str) -> Any:
    """The hours of a track."""
    # SQL is imported only where the database is used
    from dayhand_supervision.hours_book import HoursBook

    return HoursBook(connection, track, settings_of(practice).week_starts == "sunday")


def entry_of(track: Track, **values: Any) -> Entry:
    """An entry from values given by hand; an empty setting or supervisor is the track's own.

    Raises:
        UserError: some are wrong; tells which.
    """
    values["setting"] = values.get("setting") or track.setting
    values["supervisor"] = values.get("supervisor") or track.supervisor
    return checked(Entry, "the hours", **values)


def log_sessions(
    practice: Practice, connection: sqlalchemy.Connection, sessions: Sequence[Session], name: str
) -> Recorded:
    """Keep the hours of attended sessions; drop those of sessions that turned out otherwise."""
    name, track = settings_of(practice).track(name)
    attended = [one for one in sessions if one.status == "attended"]
    book = book_of(practice, connection, name)
    done: Recorded = book.put(_of_session(one, track) for one in attended)
    book.drop_sessions([one.id for one in sessions if one.status != "attended"], done)
    return done


def _of_session(session: Session, track: Track) -> Entry:
    return Entry(
        on=session.start.date(),
        minutes=session.minutes,
        category=track.services.get(session.service, track.category),
        setting=track.setting,
        supervisor=track.supervisor,
        telehealth=session.modality != "in_person",
        reference=session.id,
        source="session",
    )


def meetings_in(practice: Practice, events: Sequence[EventIn]) -> list[Meeting]:
    """Those of the events that are supervision, as the settings tell them."""
    settings = settings_of(practice)
    return [
        _meeting(event, settings, is_over=event.end <= practice.now)
        for event in events
        if not event.all_day and event.status != "cancelled" and _is_supervision(event, settings)
    ]


def _is_supervision(event: EventIn, settings: SupervisionSettings) -> bool:
    marker = settings.calendar
    wanted = {category.casefold() for category in marker.categories}
    if wanted & {category.casefold() for category in event.categories}:
        return True
    return bool(marker.pattern and re.search(marker.pattern, event.summary))


def _meeting(event: EventIn, settings: SupervisionSettings, *, is_over: bool) -> Meeting:
    title, length = event.summary, event.end.astimezone(UTC) - event.start.astimezone(UTC)
    named = [name for name in settings.supervisors if name.casefold() in title.casefold()]
    return Meeting(
        key=event.key,
        start=event.start,
        end=event.end,
        minutes=round(length.total_seconds() / 60),
        category=_kind(title, settings.calendar),
        supervisor=named[0] if len(named) == 1 else "",
        video=event.video,
        is_over=is_over,
    )


def _kind(title: str, marker: Marker) -> Category:
    if marker.group_pattern and re.search(marker.group_pattern, title):
        return "supervision_group"
    if marker.triadic_pattern and re.search(marker.triadic_pattern, title):
        return "supervision_triadic"
    return "supervision_individual"


def log_meetings(
    practice: Practice, connection: sqlalchemy.Connection, meetings: Sequence[Meeting], name: str
) -> Recorded:
    """Keep the supervision that is over; each event once, however often it is given."""
    name, track = settings_of(practice).track(name)
    entries = [
        Entry(
            on=one.start.date(),
            minutes=one.minutes,
            category=one.category,
            setting=track.setting,
            supervisor=one.supervisor or track.supervisor,
            telehealth=one.video,
            reference=one.key[-80:],
            source="meeting",
        )
        for one in meetings
        if one.is_over and one.minutes > 0
    ]
    done: Recorded = book_of(practice, connection, name).put(entries)
    return done


def take_in_file(
    practice: Practice, connection: sqlalchemy.Connection, path: str, name: str
) -> Recorded:
    """Keep the hours in a CSV file of the practice: all rows, or none."""
    name, track = settings_of(practice).track(name)
    own = {"setting": track.setting, "supervisor": track.supervisor, "source": "csv"}
    data = practice.files.read(path)
    entries = read_rows(Entry, data, path, columns=ENTRY_COLUMNS, usual=own)
    done: Recorded = book_of(practice, connection, name).put(entries)
    return done
