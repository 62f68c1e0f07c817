"""When a good-faith estimate is due: business days, and the rules as dated data.

| rule | what it says |
|---|---|
| G1 | scheduled at least 10 business days ahead: within 3 business days; at least 3: within 1; less: no duty from the scheduling alone; asked for: within 3 |
| G2 | a change of scope or provider: a new one at least 1 business day before the service |
| G3 | recurring services: one for up to 12 months |

Days are reckoned without the day itself: one business day after Friday is Monday.
"""  # noqa: E501 - a table

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field

import dayhand
from dayhand import DatedRules, Practice, RulePart, StepError, rule_schema

__all__ = ["OWN", "SHIPPED", "BusinessDays", "EstimateRules", "Tier", "json_schema", "rules_of"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules/billing"
"""Where a practice puts its own rule sets, relative to its folder."""
_DAY = timedelta(days=1)


class Tier(RulePart):
    """Scheduled at least so many business days ahead, it is due within so many."""

    ahead: int = Field(ge=0, le=365)
    within: int = Field(ge=0, le=365)


class EstimateRules(DatedRules):
    """One country's rules for estimates."""

    country: str = Field(pattern=r"^([A-Z]{2})?$")
    """Whose public holidays are no business days; empty for none."""
    tiers: list[Tier] = Field(min_length=1)
    on_request: int = Field(ge=0, le=365)
    before_change: int = Field(ge=0, le=365)
    lasts_months: int = Field(ge=1, le=60)
    dispute_from: Decimal = Field(gt=0)
    """A bill so much above the estimate, or more, can be disputed."""
    dispute_days: int = Field(ge=0, le=3650)
    dispute_fee: Decimal = Field(default=Decimal(0), ge=0)
    kept_years: int = Field(ge=0, le=50)

    def due(self, scheduled_on: date, service_on: date, days: BusinessDays) -> date | None:
        """The last day to give the estimate of what was scheduled (G1); none where none is due."""
        for tier in sorted(self.tiers, key=lambda one: one.ahead, reverse=True):
            if scheduled_on <= days.before(service_on, tier.ahead):
                return days.after(scheduled_on, tier.within)
        return None

    def due_on_request(self, asked_on: date, days: BusinessDays) -> date:
        """The last day to give the estimate that a client asked for (G1)."""
        return days.after(asked_on, self.on_request)

    def due_on_change(self, service_on: date, days: BusinessDays) -> date:
        """The last day to give a new estimate before a service that changes (G2)."""
        return days.before(service_on, self.before_change)

    def last_day(self, starts_on: date) -> date:
        """The last day that an estimate from this day on covers (G3)."""
        return _months_after(starts_on, self.lasts_months) - _DAY


class BusinessDays:
    """The days from Monday to Friday that are no public holiday of the country."""

    def __init__(self, country: str) -> None:
        self._country = country

    def is_open(self, day: date) -> bool:
        """Whether it is a business day."""
        return day.weekday() < 5 and day not in _holidays(self._country, day.year)

    def after(self, day: date, number: int) -> date:
        """The business day so many after the day, which itself does not count."""
        return self._step(day, number, _DAY)

    def before(self, day: date, number: int) -> date:
        """The business day so many before the day, which itself does not count."""
        return self._step(day, number, -_DAY)

    def _step(self, day: date, number: int, by: timedelta) -> date:
        while number:
            day += by
            number -= self.is_open(day)
        return day


@lru_cache(maxsize=64)  # a year of a country never changes within a run
def _holidays(country: str, year: int) -> Mapping[date, str]:
    if not country:
        return {}
    try:
        import holidays  # an extra, and slow to load: only where days are reckoned
    except ImportError as error:
        raise StepError(
            "business days cannot be told: holidays is not installed",
            hint="pip install --only-binary :all: 'dayhand[all]'",
        ) from error
    return dict(holidays.country_holidays(country, years=year))


def _months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    total = day.month - 1 + months
    first = date(day.year + total // 12, total % 12 + 1, 1)
    last = (first + timedelta(days=31)).replace(day=1) - _DAY
    return first.replace(day=min(day.day, last.day))


def rules_of(practice: Practice, on: date | None = None) -> EstimateRules:
    """The rule set that the settings name, as it is on the day.

    Raises:
        UserError: it is not known, not valid yet, or a file of the practice is no rule set.
    """
    book = dayhand.rule_book(practice, EstimateRules, shipped=SHIPPED, own=OWN)
    return book.find(practice.settings.estimates.rule_set, on=on or practice.today)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    return rule_schema(EstimateRules, "Rule set of good-faith estimates")
