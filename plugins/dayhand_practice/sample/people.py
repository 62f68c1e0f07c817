"""The sample's people, all of them invented, and what each one's year looks like."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path

__all__ = ["Person", "people"]

_HERE = Path(__file__).parent


@dataclass(frozen=True)
class Person:
    """A row of people.csv."""

    row: dict[str, str]

    def __getitem__(self, name: str) -> str:
        return self.row[name]

    @property
    def id(self) -> str:
        return self["id"]

    @property
    def is_video(self) -> bool:
        return self["video"] == "yes"

    @property
    def minutes(self) -> int:
        return int(self["minutes"])

    @property
    def weeks(self) -> int:
        """How many weeks lie between two sessions."""
        return int(self["every"])

    @property
    def time(self) -> time:
        return time.fromisoformat(self["time"])

    @property
    def is_new(self) -> bool:
        """Began within the last weeks, with an intake."""
        return int(self["weeks_ago"]) < 8

    @cached_property
    def aliases(self) -> list[str]:
        """How the calendar names the person, where it is not by the name or the id."""
        return [] if self["summary"] in (self["name"], self.id) else [self["summary"]]

    @property
    def diagnoses(self) -> list[str]:
        return self["diagnosis"].split("|")

    @property
    def agreed_fee(self) -> Decimal | None:
        kind, _, amount = self["agreement"].partition(":")
        return Decimal(amount) if kind == "fee" else None

    @property
    def percent(self) -> Decimal | None:
        kind, _, share = self["agreement"].partition(":")
        return Decimal(share) if kind == "pct" else None

    def first_day(self, today: date) -> date:
        """The day of the first session: on the person's weekday, in their week of two."""
        monday = today - timedelta(days=today.weekday(), weeks=int(self["weeks_ago"]))
        day = monday + timedelta(days=int(self["weekday"]))
        if self.weeks == 2 and (monday.toordinal() // 7) % 2 != int(self["phase"]):
            day += timedelta(weeks=1)
        return day

    def last_day(self, today: date, until: date) -> date:
        """The last day on which there may be a session."""
        return today + timedelta(weeks=int(self["weeks_left"])) if self["weeks_left"] else until


def people() -> list[Person]:
    """Everyone, in order of id."""
    with (_HERE / "people.csv").open(encoding="utf-8", newline="") as file:
        return [Person(row) for row in csv.DictReader(file)]
