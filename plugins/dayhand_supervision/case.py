"""What hours are counted by, and the hours as they are counted: minutes, weeks, lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from dayhand_supervision.models import Entry
from dayhand_supervision.rule_set import RuleSet, Stage
from dayhand_supervision.settings import Track

__all__ = ["Case", "Line", "decimal", "hours", "minutes_of", "week_start", "years_before"]

_CENT = Decimal("0.01")


def decimal(exact: Fraction) -> Decimal:
    """An exact number with two places."""
    return (Decimal(exact.numerator) / exact.denominator).quantize(_CENT)


def hours(minutes: int | Fraction) -> Decimal:
    """Minutes as hours with two places."""
    return decimal(Fraction(minutes) / 60)


def minutes_of(length: Decimal) -> int:
    """Hours as whole minutes."""
    return int((length * 60).to_integral_value())


def week_start(day: date, *, sunday: bool) -> date:
    """The first day of the day's week."""
    return day - timedelta(days=(day.weekday() + 1) % 7 if sunday else day.weekday())


def years_before(day: date, years: int) -> date:
    """The same day so many years ago; 28 February for the 29th where there is none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


@dataclass(frozen=True)
class Case:
    """All that the counting goes by."""

    rules: RuleSet
    track: Track
    on: date
    sunday: bool = False
    workplaces: dict[str, str] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    """The licence type of each supervisor."""

    def week(self, day: date) -> date:
        return week_start(day, sunday=self.sunday)

    @property
    def application(self) -> date:
        return self.track.applying_on or self.on


@dataclass
class Line:
    """An hour kept, the minutes of it that count, and what took the others."""

    entry: Entry
    stage: Stage
    minutes: int
    lost: list[tuple[int, str]] = field(default_factory=list)
    is_outside: bool = False
    """Before the track began, or too old."""

    def cut(self, by: int, reason: str) -> int:
        """Take minutes away; how many there were to take."""
        taken = min(by, self.minutes)
        if taken:
            self.minutes -= taken
            self.lost.append((taken, reason))
        return taken
