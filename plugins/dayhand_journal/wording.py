"""Times, dates and amounts as the practice's language writes them, and text cut to fit a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import Decimal

from babel.dates import format_date, format_time
from babel.numbers import format_currency

from dayhand import Practice

__all__ = ["Wording", "clipped", "count"]


@dataclass(frozen=True, slots=True)
class Wording:
    """How the practice writes; `zone` is the zone of all times on the page."""

    language: str
    currency: str
    zone: tzinfo | None

    @classmethod
    def of(cls, practice: Practice) -> Wording:
        """That of a practice."""
        return cls(practice.info.language, practice.info.currency, practice.now.tzinfo)

    def time(self, moment: datetime) -> str:
        """Such as `9:00 AM`."""
        local = moment.astimezone(self.zone)
        return _plain(format_time(local.time(), "short", locale=self.language))

    def span(self, start: datetime, end: datetime) -> str:
        """Such as `9:00–9:50 AM`."""
        first, last = self.time(start), self.time(end)
        clock, _, half = first.partition(" ")
        return f"{clock}–{last}" if half and last.endswith(f" {half}") else f"{first}–{last}"

    def long_date(self, day: date) -> str:
        """Such as `Monday, November 2, 2026`."""
        return _plain(format_date(day, "full", locale=self.language))

    def short_date(self, day: date) -> str:
        """Such as `Nov 2, 2026`."""
        return _plain(format_date(day, "medium", locale=self.language))

    def money(self, amount: Decimal) -> str:
        """Such as `$120.00`."""
        return _plain(format_currency(amount, self.currency, locale=self.language))

    def day_of(self, moment: datetime) -> date:
        """The day of a moment in the page's zone."""
        return moment.astimezone(self.zone).date()


def _plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\u00a0", " ")


def clipped(text: str, length: int) -> str:
    """The text on one paragraph, cut at a word if it is longer."""
    flat = " ".join(text.split())
    if len(flat) <= length:
        return flat
    cut = flat[: length - 1]
    head, space, _ = cut.rpartition(" ")
    return f"{(head if space and len(head) > length // 2 else cut).rstrip(' ,;:.')}…"


def count(number: int, one: str, more: str = "") -> str:
    """Such as `1 session` or `3 sessions`."""
    return f"{number} {one if number == 1 else more or f'{one}s'}"
