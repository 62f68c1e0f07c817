"""How days and amounts are written on documents, in the practice's language region."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_currency, format_decimal

from dayhand import PracticeInfo
from dayhand_billing.settings import BillingSettings
from dayhand_practice.vocabulary import from_cents

__all__ = ["Wording", "identity"]


@dataclass(frozen=True, slots=True)
class Wording:
    """Writes in English, with the dates and digits of the practice's region."""

    locale: Locale
    currency: str

    @classmethod
    def of(cls, info: PracticeInfo) -> Wording:
        """The wording of a practice; `en_GB` has its own dates, another language those of `en`."""
        try:
            locale = Locale.parse(info.language.replace("-", "_"))
        except (UnknownLocaleError, ValueError):
            locale = Locale("en", "US")
        return cls(locale if locale.language == "en" else Locale("en"), info.currency)

    def day(self, day: date) -> str:
        """`November 2, 2026`."""
        return format_date(day, "long", locale=self.locale)

    def short_day(self, day: date) -> str:
        """`Nov 2, 2026`."""
        return format_date(day, "medium", locale=self.locale)

    def figure(self, amount: int) -> str:
        """An amount in a column, without the currency; nothing stays `0.00`."""
        return _minus(format_decimal(from_cents(amount), format="#,##0.00", locale=self.locale))

    def money(self, amount: int) -> str:
        """An amount with its currency."""
        return _minus(format_currency(from_cents(amount), self.currency, locale=self.locale))

    def percent(self, rate: str) -> str:
        """`8.25 %` as `8.25%`."""
        return f"{Decimal(rate).normalize():f}%"


def _minus(text: str) -> str:
    return text.replace("-", "\N{MINUS SIGN}")


def identity(info: PracticeInfo, settings: BillingSettings) -> dict[str, Any]:
    """Who the document comes from: the practice, or what the setting `sender` says instead."""
    sender = settings.sender
    contact = (
        sender.phone or info.phone,
        sender.email or info.email,
        sender.website or info.website,
    )
    return {
        "name": sender.name or info.name,
        "address": list(sender.address or info.address.lines),
        "contact": [line for line in contact if line],
    }
