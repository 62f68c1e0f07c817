"""A plan to read: what will be due, what would have been, and why something ran or did not. Pure
reading: nothing is planned by looking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from dayhand.app.application import App
from dayhand.errors import UserError
from dayhand.model.ledger import Due
from dayhand.model.routine import Routine
from dayhand.schedule.open_days import Calendar
from dayhand.schedule.timetable import timetables

__all__ = ["Entry", "Window", "ahead", "beginning", "changes", "why", "window"]


@dataclass(frozen=True, slots=True)
class Window:
    """After one moment, up to and including another."""

    after: datetime
    until: datetime


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
        UserError: a text is neither a date nor a moment.
    """
    now = app.now()
    after = _moment(app, begin, first=True) if begin else now
    if end:
        return Window(after, _moment(app, end, first=False))
    return Window(after, after + timedelta(days=days))


def beginning(app: App, text: str) -> datetime:
    """The moment itself, or the midnight a date begins with. Raises `UserError`."""
    return _moment(app, text, first=True) + timedelta(microseconds=len(text) <= len("2026-11-01"))


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
    calendars: Mapping[str, Calendar],
    *,
    with_ledger: bool = True,
) -> list[Entry]:
    """Every occurrence in the window: computed, and where the ledger has a row, as it stands there."""
    rows = _rows(app, span) if with_ledger else {}
    entries = {}
    for routine in routines:
        for table in timetables(routine, app.info.timezone, calendars) if routine.enabled else ():
            for one in table.between(span.after, span.until, skipped=True):
                row = rows.get(one.key)
                entries[one.key] = Entry(
                    routine.name, table.trigger.id, one.due.astimezone(table.zone.info),
                    one.nominal.isoformat(timespec="minutes"),
                    row.state if row else ("planned" if one.is_to_run else "skipped"),
                    row.reason if row else (one.skipped or ""), one.notes,
                )  # fmt: skip
    for key, row in rows.items():
        if key not in entries and (row.state != "superseded" or row.planned.at > span.after):
            entries[key] = _entry(app, row)
    return _with_collisions(sorted(entries.values(), key=lambda e: (e.at, e.routine, e.trigger)))


def _rows(app: App, span: Window) -> dict[str, Due]:
    found = app.store.read_ledger(lambda ledger: ledger.between(span.after, span.until))
    return {row.key: row for row in found}


def _entry(app: App, row: Due) -> Entry:
    planned = row.planned
    return Entry(
        planned.routine, planned.trigger, planned.at.astimezone(app.zone), planned.nominal,
        row.state, row.reason, planned.notes,
    )  # fmt: skip


def _with_collisions(entries: list[Entry]) -> list[Entry]:
    from dataclasses import replace

    minutes: dict[datetime, set[str]] = {}
    for entry in entries:
        if entry.state == "planned":
            minutes.setdefault(entry.at.replace(second=0, microsecond=0), set()).add(entry.routine)
    told = []
    for entry in entries:
        others = minutes.get(entry.at.replace(second=0, microsecond=0), set()) - {entry.routine}
        if entry.state == "planned" and others:
            note = f"at the same time as {', '.join(sorted(others))}"
            entry = replace(entry, notes=(*entry.notes, note))  # noqa: PLW2901 - the same entry, told more
        told.append(entry)
    return told


def changes(before: list[Entry], after: list[Entry]) -> list[str]:
    """What an edit changes, a line each: moved, added, gone. Occurrences are paired in order."""
    lines = []
    for trigger in sorted({(e.routine, e.trigger) for e in [*before, *after]}):
        old = [e for e in before if (e.routine, e.trigger) == trigger and e.state != "skipped"]
        new = [e for e in after if (e.routine, e.trigger) == trigger and e.state != "skipped"]
        was, now = {e.at for e in old}, {e.at for e in new}
        gone = [e.at for e in old if e.at not in now]
        come = [e.at for e in new if e.at not in was]
        for left, right in zip(gone, come, strict=False):
            lines.append(
                f"{trigger[0]} ({trigger[1]}) moves from {left:%a %-d %b %H:%M} to {right:%a %-d %b %H:%M}"
            )
        lines += [
            f"{trigger[0]} ({trigger[1]}) no longer on {at:%a %-d %b %H:%M}"
            for at in gone[len(come) :]
        ]
        lines += [
            f"{trigger[0]} ({trigger[1]}) also on {at:%a %-d %b %H:%M}" for at in come[len(gone) :]
        ]
    return lines


def why(app: App, name: str, day: date, entries: list[Entry]) -> list[str]:
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
    now = app.clock.now()
    for pause in app.store.read_ledger(lambda ledger: ledger.pauses(now)):
        if pause.routine in ("", name):
            until = (
                f" until {pause.until.astimezone(app.zone):%Y-%m-%d %H:%M}" if pause.until else ""
            )
            lines.append(
                f"paused by {pause.by or 'somebody'}{until};"
                f" go on with: dayhand resume-schedule {pause.routine or '--all'}"
            )
    mine = [e for e in entries if e.routine == name]
    if not entry.routine.triggers:
        lines.append(f"{name} has no triggers: it runs by hand, with: dayhand run {name}")
    elif not mine:
        lines.append(f"no trigger of {name} falls on {day:%A %Y-%m-%d}")
    lines += [_sentence(e) for e in mine]
    return lines


def _sentence(entry: Entry) -> str:
    told = {
        "planned": "is planned", "started": "was started", "asking": "waits for your answer",
        "ran": "ran", "ran_late": "ran late", "coalesced": "was coalesced", "missed": "was missed",
        "skipped": "was skipped", "superseded": "was superseded",
    }[entry.state]  # fmt: skip
    reason = f": {entry.reason}" if entry.reason else ""
    notes = f" ({'; '.join(entry.notes)})" if entry.notes else ""
    return f"{entry.at:%Y-%m-%d %H:%M %Z}  {entry.trigger}  {told}{reason}{notes}"
