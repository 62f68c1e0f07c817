"""A plan to read: what will be due, what would have been, and why something ran or did not. Pure
reading: nothing is planned by looking."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from dayhand.app.application import App
from dayhand.app.diary import Diary, is_of_event
from dayhand.errors import UserError
from dayhand.model.ledger import BEFORE_THE_EDIT, Due
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule.event_times import EventOccurrence, EventTimes
from dayhand.schedule.occurrence import Occurrence
from dayhand.schedule.open_days import Calendar, OpenDays
from dayhand.schedule.timetable import Timetable, is_timed, timetables

__all__ = [
    "Entry",
    "Named",
    "Outlook",
    "Window",
    "ahead",
    "beginning",
    "changes",
    "ending",
    "why",
    "window",
]

Named = Callable[[str, str], str]
"""What the trigger of a routine is called, by the routine's name and the trigger's id."""


def _by_id(_routine: str, trigger: str) -> str:
    return trigger


@dataclass(frozen=True, slots=True)
class Window:
    """After one moment, up to and including another."""

    after: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Outlook:
    """What forecasts are made from: closed days, and the calendar's events."""

    calendars: Mapping[str, Calendar]
    diary: Diary = field(default_factory=Diary)


@dataclass(frozen=True, slots=True)
class Entry:
    """One occurrence as it is shown. `at` is aware, in its trigger's zone."""

    routine: str
    trigger: str
    at: datetime
    nominal: str
    state: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    kind: str = ""
    """`fixed` (follows the clock on the wall), `interval` (elapsed time) or `event`; nothing for what
    only the ledger knows, such as a file that arrived."""
    is_kept: bool = False
    """True if the ledger has it."""

    @property
    def instant(self) -> datetime:
        """The same in UTC: in one zone Python compares and hashes by the wall, where an hour may come
        twice."""
        return self.at.astimezone(UTC)

    def as_json(self) -> dict[str, Any]:
        """For a script."""
        return {
            "routine": self.routine, "trigger": self.trigger, "at": self.at.isoformat(),
            "nominal": self.nominal, "state": self.state, "reason": self.reason,
            "notes": list(self.notes),
        }  # fmt: skip


def window(app: App, begin: str | None, end: str | None, *, days: int) -> Window:
    """The window that `--from`, `--to` and `--days` mean: dates are whole days, instants exact.

    Raises:
        UserError: a text is neither a date nor a moment, or the end is before the beginning.
    """
    now = app.now()
    after = _moment(app, begin, first=True) if begin else now
    if end:
        until = _moment(app, end, first=False)
        if until <= after:
            raise UserError(
                f"{end} is before {begin or 'now'}: nothing lies between",
                hint="--from says where to begin, --to where to end",
            )
        return Window(after, until)
    return Window(after, after + timedelta(days=days))


def beginning(app: App, text: str) -> datetime:
    """The moment itself, or the midnight a date begins with. Raises `UserError`."""
    return _moment(app, text, first=True) + timedelta(microseconds=len(text) <= len("2026-11-01"))


def ending(app: App, text: str) -> datetime:
    """The moment itself, or the midnight a date ends with. Raises `UserError`."""
    return _moment(app, text, first=False) + timedelta(microseconds=len(text) <= len("2026-11-01"))


def _moment(app: App, text: str, *, first: bool) -> datetime:
    try:
        if len(text) <= len("2026-11-01"):
            day = date.fromisoformat(text)
            midnight = datetime.combine(
                day if first else day + timedelta(days=1), time(0), app.zone
            )
            return midnight - timedelta(microseconds=1)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UserError(
            f"'{text}' is neither a date nor a moment",
            hint="such as 2026-11-01 or 2026-11-01T09:00-05:00",
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=app.zone)


def ahead(
    app: App,
    routines: Iterable[Routine],
    span: Window,
    outlook: Outlook,
    *,
    with_ledger: bool = True,
    superseded: bool = False,
) -> list[Entry]:
    """Every occurrence in the window: computed, and what has happened as the ledger tells it.

    With `superseded` also what an edit took back.
    """
    rows = _rows(app, span) if with_ledger else {}
    entries: dict[str, Entry] = {}
    now, known = app.clock.now(), {routine.name: routine for routine in routines}
    for routine in known.values():
        for key, entry in _computed(app, routine, span, outlook):
            entries[key] = _as_it_stands(entry, rows.pop(key, None), now)
    for key, row in rows.items():
        is_shown = (
            superseded
            if row.state == "superseded"
            else not _is_taken_back(row, known.get(row.planned.routine), outlook, now)
        )
        if is_shown:
            entries[key] = _entry(row)
    return _with_collisions(
        sorted(entries.values(), key=lambda e: (e.instant, e.routine, e.trigger))
    )


def _rows(app: App, span: Window) -> dict[str, Due]:
    found = app.store.read_ledger(lambda ledger: ledger.between(span.after, span.until))
    return {row.key: row for row in found}


def _computed(
    app: App, routine: Routine, span: Window, outlook: Outlook
) -> Iterator[tuple[str, Entry]]:
    """What the routine's times and the calendar's events make due in a window, by key."""
    if routine.enabled:
        yield from _by_times(app, routine, span, outlook)
        yield from _by_events(app, routine, span, outlook)


def _by_times(
    app: App, routine: Routine, span: Window, outlook: Outlook
) -> Iterator[tuple[str, Entry]]:
    for table in timetables(routine, app.info.timezone, outlook.calendars):
        begin = span.after - table.trigger.jitter  # what is due later than its time counts as that
        for one in table.between(begin, span.until, skipped=True):
            if span.after < one.due <= span.until:
                yield one.key, _of_time(one, table)


def _by_events(
    app: App, routine: Routine, span: Window, outlook: Outlook
) -> Iterator[tuple[str, Entry]]:
    zone = routine.timezone or app.info.timezone
    for trigger in filter(is_of_event, routine.triggers):
        days = OpenDays(trigger.skip_on, trigger.shift, outlook.calendars)
        times = EventTimes(trigger, zone, routine=routine.name, open_days=days)
        for due in times.of(outlook.diary.events(trigger.value)):
            if span.after < due.due <= span.until:
                yield due.key, _of_event(due, trigger, routine.name, times.zone.info)


def _of_time(one: Occurrence, table: Timetable) -> Entry:
    reason, notes = _told(one.skipped or "", one.notes)
    return Entry(
        one.routine, one.trigger, one.due.astimezone(table.zone.info),
        one.nominal.isoformat(timespec="seconds" if one.nominal.second else "minutes"),
        "planned" if one.is_to_run else "skipped", reason, notes,
        kind="interval" if table.is_interval else "fixed",
    )  # fmt: skip


def _of_event(one: EventOccurrence, trigger: Trigger, routine: str, zone: ZoneInfo) -> Entry:
    reason, notes = _told(one.skipped, one.notes)
    return Entry(
        routine, trigger.id, one.due.astimezone(zone), one.nominal,
        "skipped" if one.skipped else "planned", reason, notes, kind="event",
    )  # fmt: skip


def _told(reason: str, notes: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Why it moved is its reason, as why it is skipped is; what is left are notes."""
    moved = [note for note in notes if note.startswith("moved from ")]
    if reason or not moved:
        return reason, notes
    return "; ".join(moved), tuple(note for note in notes if note not in moved)


def _as_it_stands(entry: Entry, row: Due | None, now: datetime) -> Entry:
    """An occurrence with what became of it. What is to come is told by the rules as they are now: the
    ledger follows them once a daemon looks."""
    if row is None:
        return entry
    is_to_come = entry.at > now and row.run_id is None
    if is_to_come and (row.state in ("planned", "skipped") or not _ran_before_the_edit(row)):
        return replace(entry, is_kept=True)
    return replace(entry, state=row.state, reason=row.reason or entry.reason, is_kept=True)


def _ran_before_the_edit(row: Due) -> bool:
    return row.reason.endswith(BEFORE_THE_EDIT)


def _is_taken_back(row: Due, routine: Routine | None, outlook: Outlook, now: datetime) -> bool:
    """True of a row to come that the rules as they are now no longer make."""
    is_to_come = row.due > now and row.run_id is None and row.state in ("planned", "skipped")
    if routine is None or not is_to_come:
        return False
    trigger = next((one for one in routine.triggers if one.id == row.planned.trigger), None)
    if trigger is None or is_timed(trigger) or not routine.enabled:
        return True
    return is_of_event(trigger) and trigger.value in outlook.diary.readings


def _entry(row: Due) -> Entry:
    planned = row.planned
    reason, notes = _told(row.reason, planned.notes)
    return Entry(
        planned.routine, planned.trigger, planned.at.astimezone(ZoneInfo(planned.zone or "UTC")),
        planned.nominal, row.state, reason, notes, is_kept=True,
    )  # fmt: skip


def _with_collisions(entries: list[Entry]) -> list[Entry]:
    minutes: dict[datetime, set[str]] = {}
    for entry in entries:
        if entry.state == "planned":
            minutes.setdefault(entry.instant.replace(second=0, microsecond=0), set()).add(
                entry.routine
            )
    told = []
    for entry in entries:
        others = minutes.get(entry.instant.replace(second=0, microsecond=0), set()) - {
            entry.routine
        }
        if entry.state == "planned" and others:
            note = f"at the same time as {', '.join(sorted(others))}"
            entry = replace(entry, notes=(*entry.notes, note))  # noqa: PLW2901 - the same entry, told more
        told.append(entry)
    return told


def changes(before: list[Entry], after: list[Entry], named: Named = _by_id) -> list[str]:
    """What an edit changes, a line each: moved, added, gone. Occurrences are paired in order."""
    lines = []
    for trigger in sorted({(e.routine, e.trigger) for e in [*before, *after]}):
        old = [e for e in before if (e.routine, e.trigger) == trigger and e.state != "skipped"]
        new = [e for e in after if (e.routine, e.trigger) == trigger and e.state != "skipped"]
        told = f"{trigger[0]} ({named(*trigger)})"
        was, now = {e.instant for e in old}, {e.instant for e in new}
        gone = [e.at for e in old if e.instant not in now]
        come = [e.at for e in new if e.instant not in was]
        for left, right in zip(gone, come, strict=False):
            lines.append(f"{told} moves from {left:%a %-d %b %H:%M} to {right:%a %-d %b %H:%M}")
        lines += [f"{told} no longer on {at:%a %-d %b %H:%M}" for at in gone[len(come) :]]
        lines += [f"{told} also on {at:%a %-d %b %H:%M}" for at in come[len(gone) :]]
    return lines


def why(app: App, name: str, day: date, entries: list[Entry], named: Named = _by_id) -> list[str]:
    """One answer to "why did it run, or not?", for a day."""
    entry = app.book.find(name)
    if entry.routine is None:
        first = next((p for p in entry.problems if p.is_error), None)
        told = (
            f"{name} cannot run: {first.message} ({first.mark})" if first else f"{name} cannot run"
        )
        return [told, f"see: dayhand check {name}"]
    lines = []
    if not entry.routine.enabled:
        lines.append(f"{name} is switched off: 'enabled: false' in {entry.document.file}")
    lines += _pauses(app, name)
    mine = [e for e in entries if e.routine == name]
    if not entry.routine.triggers:
        lines.append(f"{name} has no triggers: it runs by hand, with: dayhand run {name}")
    elif not mine:
        falls = "fell" if day < app.now().date() else "falls"
        lines.append(f"no trigger of {name} {falls} on {day:%A %Y-%m-%d}")
    now = app.clock.now()
    alike = groupby(mine, key=lambda entry: (entry.trigger, _told_of(entry, now)))
    return lines + [line for _, group in alike for line in _lines(list(group), now, named)]


def _pauses(app: App, name: str) -> Iterator[str]:
    now = app.clock.now()
    for pause in app.store.read_ledger(lambda ledger: ledger.pauses(now)):
        if pause.routine in ("", name):
            until = (
                f" until {pause.until.astimezone(app.zone):%Y-%m-%d %H:%M}" if pause.until else ""
            )
            yield (
                f"paused by {pause.by or 'somebody'}{until};"
                f" go on with: dayhand resume-schedule {pause.routine or '--all'}"
            )


_FEW = 5
_TOLD = {
    "planned": "is planned", "started": "was started", "asking": "waits for your answer",
    "ran": "ran", "ran_late": "ran late", "coalesced": "was coalesced", "missed": "was missed",
    "skipped": "was skipped", "superseded": "was superseded",
}  # fmt: skip


def _lines(entries: list[Entry], now: datetime, named: Named) -> list[str]:
    """A line for each; one for many in a row of which there is the same to tell."""
    first, last = entries[0], entries[-1]
    trigger = named(first.routine, first.trigger)
    if len(entries) <= _FEW:
        return [f"{e.at:%Y-%m-%d %H:%M %Z}  {trigger}  {_told_of(e, now)}" for e in entries]
    span = f"{first.at:%Y-%m-%d %H:%M} to {last.at:%H:%M %Z}"
    return [f"{span}  {trigger}  {len(entries)} times: {_told_of(first, now)}"]


def _told_of(entry: Entry, now: datetime) -> str:
    told, reason = _TOLD[entry.state], entry.reason
    if entry.state == "skipped" and entry.at > now:
        told = "will be skipped"
    elif entry.state == "planned" and entry.at <= now:
        told = "was planned, and has not begun" if entry.is_kept else "would have been due"
        if not entry.is_kept:
            never = "it was never planned: no daemon ran then, or the routine was not as it is now"
            reason = f"{never}; {reason}" if reason else never
    because = f": {reason}" if reason else ""
    notes = f" ({'; '.join(entry.notes)})" if entry.notes else ""
    return f"{told}{because}{notes}"
