"""Hours in the database: kept, changed, removed, and left alone once their log is signed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from dayhand import UserError
from dayhand_supervision import tables
from dayhand_supervision.case import week_start
from dayhand_supervision.models import Entry, HeldEntry, Recorded

__all__ = ["HoursBook", "identity"]

_SIGNED = "the log of that week is signed"


def identity(entry: Entry) -> str:
    """What makes two entries the same: a session or meeting by its reference, else the row's day,
    category, setting, supervisor and reference.
    """
    if entry.source in ("session", "meeting"):
        parts = [entry.track, entry.source, entry.reference]
    else:
        parts = [entry.track, "row", entry.on.isoformat(), entry.category, entry.setting]
        parts += [entry.supervisor, entry.reference]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def _row(entry: Entry) -> dict[str, Any]:
    return entry.model_dump(exclude={"id"})


_Slot = tuple[date, str, str]


@dataclass(frozen=True)
class HoursBook:
    """The hours of one track, in a transaction or to read."""

    connection: sa.Connection
    track: str
    sunday: bool = False

    def all(self, start: date | None = None, end: date | None = None) -> list[Entry]:
        """The entries between two days, both included, earliest first."""
        table = tables.entries
        query = sa.select(table).where(table.c.track == self.track)
        query = query.where(table.c.on >= start) if start else query
        query = query.where(table.c.on <= end) if end else query
        rows = self.connection.execute(query.order_by(table.c.on, table.c.id)).mappings()
        return [Entry.model_validate(dict(row)) for row in rows]

    def _slot(self, entry: Entry) -> _Slot:
        return week_start(entry.on, sunday=self.sunday), entry.setting, entry.supervisor

    def _signed(self) -> set[_Slot]:
        table = tables.logs
        query = sa.select(table.c.week, table.c.setting, table.c.supervisor)
        query = query.where(table.c.track == self.track, table.c.signed_on.is_not(None))
        return {(row[0], row[1], row[2]) for row in self.connection.execute(query)}

    def put(self, given: Iterable[Entry]) -> Recorded:
        """Keep entries; one that is there already is changed in place, unless its log is signed."""
        signed, done = self._signed(), Recorded()
        for one in given:
            entry = one.model_copy(update={"track": self.track})
            there = self._find(identity(entry))
            if there is None:
                self._add(entry, signed, done)
            elif _row(there) == _row(entry):
                done.unchanged += 1
                done.ids.append(there.id)
            elif {self._slot(there), self._slot(entry)} & signed:
                done.held.append(_held(entry))
            else:
                change = tables.entries.update().where(tables.entries.c.id == there.id)
                self.connection.execute(change.values(**_row(entry)))
                done.changed += 1
                done.ids.append(there.id)
        return done

    def _add(self, entry: Entry, signed: set[_Slot], done: Recorded) -> None:
        if self._slot(entry) in signed:
            done.held.append(_held(entry))
            return
        made = tables.next_id(self.connection, tables.entries, "H")
        row = {"id": made, "identity": identity(entry), **_row(entry)}
        self.connection.execute(tables.entries.insert().values(**row))
        done.new += 1
        done.ids.append(made)

    def _find(self, key: str) -> Entry | None:
        query = sa.select(tables.entries).where(tables.entries.c.identity == key)
        row = self.connection.execute(query).mappings().first()
        return Entry.model_validate(dict(row)) if row else None

    def drop_sessions(self, references: Sequence[str], done: Recorded) -> None:
        """Remove the hours of sessions that did not take place after all."""
        signed = self._signed()
        for reference in references:
            probe = Entry(
                track=self.track, on=date.min, minutes=1, category="other",
                reference=reference, source="session",
            )  # fmt: skip
            there = self._find(identity(probe))
            if there is None:
                continue
            if self._slot(there) in signed:
                done.held.append(_held(there))
            else:
                self._delete(there.id)
                done.removed += 1

    def remove(self, entry_id: str) -> Entry:
        """Remove an entry typed by mistake.

        Raises:
            UserError: there is none of that id, or its log is signed.
        """
        query = sa.select(tables.entries).where(
            tables.entries.c.id == entry_id, tables.entries.c.track == self.track
        )
        row = self.connection.execute(query).mappings().first()
        if row is None:
            raise UserError(
                f"there is no entry {entry_id} in track '{self.track}'",
                hint="'dayhand supervision list' shows the ids",
            )
        entry = Entry.model_validate(dict(row))
        if self._slot(entry) in self._signed():
            raise UserError(f"{entry_id} stays: {_SIGNED}", hint="'dayhand supervision logs'")
        self._delete(entry_id)
        return entry

    def _delete(self, entry_id: str) -> None:
        self.connection.execute(tables.entries.delete().where(tables.entries.c.id == entry_id))

    def week(self, first: date) -> list[Entry]:
        """The entries of the week that begins on the day."""
        return self.all(first, first + timedelta(days=6))


def _held(entry: Entry) -> HeldEntry:
    return HeldEntry(reference=entry.reference or entry.id, on=entry.on, reason=_SIGNED)
