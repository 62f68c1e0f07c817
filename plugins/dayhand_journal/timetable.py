"""A day's timetable: sessions by initials, other events by kind unless titles are wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from dayhand_journal.page_models import EventIn, MatchIn
from dayhand_journal.wording import Wording, clipped

__all__ = ["Entry", "entries"]

_GONE = {
    "cancelled": "cancelled",
    "late_cancelled": "cancelled late",
    "no_show": "no-show",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timetable."""

    start: datetime
    time: str
    what: str
    note: str
    kind: str
    key: str

    @property
    def row(self) -> list[str]:
        return [self.time, self.what, self.note, self.kind]


def entries(
    day: date,
    wording: Wording,
    *,
    matches: Sequence[MatchIn],
    unknown: Sequence[EventIn] = (),
    others: Sequence[EventIn] = (),
    events: Sequence[EventIn] = (),
    titles: bool = False,
    clashing: Iterable[str] = (),
) -> list[Entry]:
    """The lines of a day in order of time, all-day events first."""
    clashes = set(clashing)
    made: list[Entry] = []
    for match in matches:
        gone = _GONE.get(match.attendance, "")
        how = "video" if match.event.video else ""
        note = ", ".join(part for part in (gone or how, _clash(match.event, clashes)) if part)
        name = f"{match.initials or '—'} · {match.client_id}"
        made.append(_entry(match.event, wording, name, note, "gone" if gone else "session"))
    known = {match.event.key for match in matches}
    for kind, group in (("unknown", unknown), ("other", others), ("other", events)):
        for event in group:
            if event.key not in known and event.status != "cancelled":
                known.add(event.key)
                what = _what(event, kind, titles=titles)
                made.append(_entry(event, wording, what, _clash(event, clashes), kind))
    today = [entry for entry in made if wording.day_of(entry.start) == day or not entry.time]
    return sorted(today, key=lambda entry: (bool(entry.time), entry.start, entry.key))


def _entry(event: EventIn, wording: Wording, what: str, note: str, kind: str) -> Entry:
    time = "" if event.all_day else wording.span(event.start, event.end)
    return Entry(event.start, time, what, note, kind, event.key)


def _clash(event: EventIn, clashes: set[str]) -> str:
    return "conflict" if event.key in clashes else ""


def _what(event: EventIn, kind: str, *, titles: bool) -> str:
    if titles and event.summary.strip():
        return clipped(event.summary, 60)
    return "Session, client not known" if kind == "unknown" else "Other event"
