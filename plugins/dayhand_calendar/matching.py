"""Whom an event is with: told from what the event says, never guessed.

Evidence is looked for from the strongest down, and the first kind that finds anyone decides: the
client's id, the address of someone invited, an alias, the full name, the preferred name, initials.
If it finds two clients, the event stays unknown, with the reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from dayhand_calendar.settings import CalendarSettings
from dayhand_calendar.vocabulary import Event, Match, Matches
from dayhand_practice.vocabulary import Client, SessionStatus

__all__ = ["attendance", "matches"]

_LOOKED_AT = 2_000
_INITIALS_BESIDE = re.compile(
    r"[\d\W_]+|\b(min|mins|minutes|session|video|phone|office|intake|am|pm)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Said:
    """What an event says, made ready for comparing."""

    event: Event
    title: str
    all: str
    raw_title: str


def matches(
    events: Sequence[Event], clients: Sequence[Client], settings: CalendarSettings, now: datetime
) -> Matches:
    """The events by whom they are with.

    A hold or an all-day event is nobody's. Where the settings tell sessions apart, only a session
    is matched; else every event that names a client is taken for one.
    """
    found = Matches()
    search = _Search(clients, settings)
    for event in events:
        if (
            event.all_day
            or event.kind == "hold"
            or (settings.marks_sessions and event.kind != "session")
        ):
            found.others.append(event)
            continue
        how, ids = search.look(_said(event))
        if len(ids) == 1:
            found.matched.append(_match(event, search.clients[ids[0]], how, settings, now))
        elif ids:
            found.unknown.append(event)
            found.reasons[event.key] = f"its {how} fits more than one client: {', '.join(ids)}"
        elif event.kind == "session":
            found.unknown.append(event)
            found.reasons[event.key] = "nothing in it names a client"
        else:
            found.others.append(event)
    found.client_ids = list(dict.fromkeys(match.client_id for match in found.matched))
    return found


def _match(
    event: Event, client: Client, how: str, settings: CalendarSettings, now: datetime
) -> Match:
    return Match(
        event=event.model_copy(update={"kind": "session"}),
        client_id=client.id,
        initials=client.initials,
        how=how,
        attendance=attendance(event, settings, now),
    )


def attendance(event: Event, settings: CalendarSettings, now: datetime) -> SessionStatus:
    """What became of a session, as far as the calendar tells.

    A mark for a no-show or a late cancel counts most, then a cancelled event; else the session is
    attended once its end has passed.
    """
    if _says(event, settings.no_show):
        return "no_show"
    if _says(event, settings.late_cancel):
        return "late_cancelled"
    if event.status == "cancelled":
        return "cancelled"
    return "attended" if event.end <= now else "scheduled"


def _says(event: Event, marks: Iterable[str]) -> bool:
    categories = {_plain(category) for category in event.categories}
    title = _plain(event.summary)
    return any(
        _plain(mark) in categories or _has(title, _plain(mark)) for mark in marks if mark.strip()
    )


class _Search:
    """The clients by each kind of evidence."""

    def __init__(self, clients: Sequence[Client], settings: CalendarSettings) -> None:
        self.clients = {client.id: client for client in clients}
        self._aliases: list[tuple[str, str]] = []
        for client in clients:
            self._aliases += [
                (_plain(alias), client.id) for alias in client.aliases if alias.strip()
            ]
        for text, client_id in settings.aliases.items():
            if client_id in self.clients and text.strip():
                self._aliases.append((_plain(text), client_id))
        self._kinds: tuple[tuple[str, Callable[[Client, _Said], bool]], ...] = (
            ("id", _by_id),
            ("invitation", _by_invitation),
            ("alias", self._by_alias),
            ("name", _by_name),
            ("preferred name", _by_preferred_name),
            ("initials", _by_initials),
        )

    def look(self, said: _Said) -> tuple[str, list[str]]:
        """The kind of evidence that decides, and whom it finds."""
        for how, finds in self._kinds:
            ids = [client.id for client in self.clients.values() if finds(client, said)]
            if ids:
                return how, ids
        return "", []

    def _by_alias(self, client: Client, said: _Said) -> bool:
        return any(owner == client.id and _has(said.title, alias) for alias, owner in self._aliases)


def _said(event: Event) -> _Said:
    title = event.summary[:_LOOKED_AT]
    rest = " ".join((title, " ".join(event.categories), event.description[:_LOOKED_AT]))
    return _Said(event, _plain(title), _plain(rest), str(title))


def _by_id(client: Client, said: _Said) -> bool:
    return _has(said.all, _plain(client.id))


def _by_invitation(client: Client, said: _Said) -> bool:
    address = client.email.strip().casefold()
    return bool(address) and any(address == str(item).casefold() for item in said.event.attendees)


def _by_name(client: Client, said: _Said) -> bool:
    """The whole name, or first and last name, in the title; or last name, comma, first name."""
    name = _plain(client.name)
    parts = name.split()
    if len(parts) < 2:
        return bool(parts) and said.title == name
    return any(
        _has(said.title, form)
        for form in (name, f"{parts[0]} {parts[-1]}", f"{parts[-1]} {parts[0]}")
    )


def _by_preferred_name(client: Client, said: _Said) -> bool:
    """The preferred name with the last name; alone only where the title is nothing else."""
    name = _plain(client.preferred_name)
    if not name:
        return False
    last = _plain(client.name).split()[-1:]
    return _has(said.title, " ".join((name, *last))) or _without_extras(said.title) == name


def _by_initials(client: Client, said: _Said) -> bool:
    """Initials in capitals, as a word: in a session, or where the title is nothing else."""
    initials = client.initials.replace(".", "").replace(" ", "")
    if len(initials) < 2:
        return False
    spelled = r"\.?\s?".join(re.escape(letter) for letter in initials)
    if not re.search(rf"(?<![\w.]){spelled}(?!\w)", said.raw_title):
        return False
    return said.event.kind == "session" or _without_extras(said.title).replace(" ", "") == _plain(
        initials
    )


def _without_extras(title: str) -> str:
    """The title without times, numbers and words that name nobody."""
    return " ".join(_INITIALS_BESIDE.sub(" ", title).split())


def _has(text: str, words: str) -> bool:
    """True if the words stand in the text as words."""
    if not words:
        return False
    at = text.find(words)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(words) : at + len(words) + 1]
        if not (before.isalnum() or after.isalnum()) and not (before == "-" or after == "-"):
            return True
        at = text.find(words, at + 1)
    return False


def _plain(text: str) -> str:
    """For comparing: without accents, in small letters, commas and runs of spaces as one space."""
    decomposed = unicodedata.normalize("NFKD", str(text))
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(letters.casefold().replace(",", " ").replace("’", "'").split())
