"""The books: the tables within one transaction, and who keeps them on which day."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dayhand import Practice, PracticeInfo
from dayhand_billing import tables
from dayhand_billing.numbering import as_number
from dayhand_billing.settings import BillingSettings

__all__ = ["Books", "as_list", "from_list"]


class DocumentNumber(NamedTuple):
    """A document's number, the counter it was taken from, and its place there."""

    number: str
    series: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Books:
    """A connection with what is needed to keep books on it. `today` is the day they are kept on."""

    connection: sa.Connection
    settings: BillingSettings
    info: PracticeInfo
    today: date

    @classmethod
    def of(cls, practice: Practice, connection: sa.Connection) -> Books:
        """The books of a practice, or of a step's context."""
        return cls(connection, practice.settings, practice.info, practice.today)

    @property
    def zone(self) -> ZoneInfo:
        """The practice's time zone, in which a session has its date."""
        return ZoneInfo(self.info.timezone)

    def write(self) -> None:
        """Take the one lock that every change of the books holds until its transaction ends.

        So two changes cannot use the same credit, and on SQLite the transaction is a writing one
        from its first statement, which waits its turn instead of failing half-way.
        """
        self.count("books")

    def count(self, counter: str) -> int:
        """The counter's next value, taken in this transaction: rolled back, it is free again.

        A sequence of the database would leave a gap then, and `max(…) + 1` would give two
        transactions the same number.
        """
        take = (
            sa.update(tables.series)
            .where(tables.series.c.name == counter)
            .values(last=tables.series.c.last + 1)
            .returning(tables.series.c.last)
        )
        value = self.connection.execute(take).scalar_one_or_none()
        if value is None:
            self._begin(counter)
            value = self.connection.execute(take).scalar_one()
        return int(value)

    def number(self, series: str, day: date) -> DocumentNumber:
        """The next number of a series."""
        numbering = self.settings.numbering
        counter = f"{series}/{day.year:04}" if numbering.reset == "yearly" else series
        sequence = self.count(counter)
        text = as_number(numbering.pattern, series=series, day=day, sequence=sequence)
        return DocumentNumber(text, counter, sequence)

    def _begin(self, counter: str) -> None:
        on_postgresql = self.connection.dialect.name == "postgresql"
        insert = postgresql.insert if on_postgresql else sqlite.insert
        row = insert(tables.series).values(name=counter, last=0)
        self.connection.execute(row.on_conflict_do_nothing())


def as_list(values: Iterable[Any]) -> str:
    """A list of text as it is kept in a column."""
    return json.dumps([str(value) for value in values], ensure_ascii=False)


def from_list(text: str) -> list[str]:
    """The list kept by `as_list`."""
    return [str(value) for value in json.loads(text)]
