"""A licence's renewal cycle: its first and last day, and the cycles before it (pure)."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from dayhand_education.rule_set import Period

__all__ = ["Window", "current", "months_before", "unlike_the_rules", "years_after"]

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """From the first to the last day, both inside."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def elapsed(self, on: date) -> Decimal:
        """The part of it that has gone by, from 0 to 1."""
        length = (self.end - self.start).days + 1
        gone = min(max((on - self.start).days, 0), length)
        return Decimal(gone) / length

    def before(self, period: Period) -> Window:
        """The cycle before this one."""
        end = self.start - _DAY
        return Window(_start(end, period), end)

    def cycles(self, count: int, period: Period) -> Window:
        """This cycle and those before it, `count` in all."""
        first = self
        for _ in range(count - 1):
            first = first.before(period)
        return Window(first.start, self.end)


def years_after(day: date, years: int) -> date:
    """The same day of another year; 29 February becomes the 28th."""
    last = calendar.monthrange(day.year + years, day.month)[1]
    return day.replace(year=day.year + years, day=min(day.day, last))


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or that month's last."""
    index = day.year * 12 + day.month - 1 - months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _start(end: date, period: Period) -> date:
    previous = years_after(end, -period.years)
    is_month_end = end.day == calendar.monthrange(end.year, end.month)[1]
    if is_month_end and period.ends not in ("birthday", "issue_anniversary"):
        last = calendar.monthrange(previous.year, previous.month)[1]
        previous = previous.replace(day=last)  # 28 February 2026 follows 29 February 2024
    return previous + _DAY


def current(
    period: Period, *, expires: date | None, issued: date | None, on: date
) -> Window | None:
    """The cycle the licence is in, if its last day can be told.

    The licence's own expiry date wins; without one, the rule's date where the rule has one.
    """
    end = expires or _next_end(period, issued, on)
    return Window(_start(end, period), end) if end else None


def _next_end(period: Period, issued: date | None, on: date) -> date | None:
    if period.ends == "issue_anniversary" and issued:
        years = period.years
        while years_after(issued, years) < on:
            years += period.years
        return years_after(issued, years)
    if "-" not in period.ends:
        return None
    ahead = (on.year + years for years in range(period.years + 2))
    ends = (_on_month_day(period.ends, year) for year in ahead if _has_parity(period, year))
    return next((end for end in ends if end >= on), None)


def _on_month_day(text: str, year: int) -> date:
    month, day = map(int, text.split("-"))
    last = calendar.monthrange(year, month)[1]
    return date(year, month, last if text == "02-28" else min(day, last))


def _has_parity(period: Period, year: int) -> bool:
    return period.parity == "every" or (year % 2 == 1) == (period.parity == "odd")


def unlike_the_rules(period: Period, end: date) -> str:
    """What is odd about a licence's last day, if the rule set expects another; else nothing."""
    if "-" not in period.ends:
        return ""
    if end == _on_month_day(period.ends, end.year) and _has_parity(period, end.year):
        return ""
    years = "" if period.parity == "every" else f" of {period.parity} years"
    return (
        f"the rule set expects cycles to end on {period.ends}{years}; your licence's own date, "
        f"{end.isoformat()}, is used"
    )
