"""What a gap report is made from: the rules, the licence, its cycle and its credits (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, Decimal

from dayhand_education.cycle import Window
from dayhand_education.models import Credit, LicenceStatus, Met
from dayhand_education.rule_set import RuleSet
from dayhand_education.settings import LicenceSettings

__all__ = ["Case", "Demand"]


@dataclass(frozen=True)
class Case:
    """All that a report is made from."""

    rules: RuleSet
    licence: LicenceStatus
    window: Window
    credits: Sequence[Credit]
    on: date
    met: Sequence[Met] = ()
    settings: LicenceSettings = field(default_factory=LicenceSettings)


@dataclass(frozen=True)
class Demand:
    """The hours asked in all, and the part of the usual hours that is."""

    required: Decimal
    factor: Decimal = Decimal(1)
    notes: list[str] = field(default_factory=list)

    def scaled(self, hours: Decimal) -> Decimal:
        """A minimum in the same proportion, in whole hours rounded up."""
        if self.factor == 1:
            return hours
        return (hours * self.factor).to_integral_value(rounding=ROUND_CEILING)
