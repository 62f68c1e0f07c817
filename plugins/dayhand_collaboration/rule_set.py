"""What the law says of releases, clocks and notices: dated data, the practice's own beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import Field

from dayhand import DatedRules, Practice, UserError, rule_book, rule_schema
from dayhand_collaboration.settings import CollaborationSettings

__all__ = ["OWN", "SHIPPED", "RuleSet", "Rules", "json_schema", "rules_of"]

SHIPPED = Path(__file__).parent / "rules"
OWN = "rules/collaboration"
"""Where a practice puts its own rule sets, relative to its folder."""


class RuleSet(DatedRules):
    """One body of rules. What a field leaves out, it says nothing about."""

    access_days: int | None = Field(default=None, ge=1, le=365)
    """Days to answer a request for records."""
    access_extension_days: int | None = Field(default=None, ge=0, le=365)
    """Days more, once, if the person is told in writing before the first day."""
    accounting_years: int | None = Field(default=None, ge=1, le=30)
    """How far back an accounting of disclosures goes."""
    accounting_days: int | None = Field(default=None, ge=1, le=365)
    """Days to answer a request for an accounting."""
    not_accounted: list[str] = Field(default_factory=list)
    """Grounds of disclosure that an accounting may leave out."""
    release_max_months: int | None = Field(default=None, ge=1, le=600)
    """A release that lasts longer does not hold."""
    part2_notice: str = ""
    """The notice against redisclosure that goes with records under 42 CFR part 2."""
    excluded_from_access: list[str] = Field(default_factory=list)
    """What a person has no right to have."""


@dataclass(frozen=True)
class Rules:
    """The rule sets that hold for the practice on a day; the stricter of two counts."""

    sets: tuple[RuleSet, ...]

    def _least(self, name: str) -> int:
        found = [getattr(one, name) for one in self.sets if getattr(one, name) is not None]
        if not found:
            raise UserError(
                f"no rule set of the practice says '{name}'",
                hint="add 'us-hipaa' to collaboration.rule_sets, or a rule set of your own",
            )
        return int(min(found))

    @property
    def access_days(self) -> int:
        return self._least("access_days")

    @property
    def access_extension_days(self) -> int:
        return self._least("access_extension_days")

    @property
    def accounting_days(self) -> int:
        return self._least("accounting_days")

    @property
    def accounting_years(self) -> int:
        """The longest that one asks."""
        found = [one.accounting_years for one in self.sets if one.accounting_years]
        return max(found) if found else self._least("accounting_years")

    @property
    def release_max_months(self) -> int | None:
        found = [one.release_max_months for one in self.sets if one.release_max_months]
        return min(found, default=None)

    @property
    def not_accounted(self) -> set[str]:
        """What every set that speaks of accountings leaves out."""
        found = [set(one.not_accounted) for one in self.sets if one.accounting_years]
        return set.intersection(*found) if found else set()

    @property
    def part2_notice(self) -> str:
        found = next((one.part2_notice for one in self.sets if one.part2_notice), "")
        if not found:
            raise UserError(
                "no rule set of the practice has the notice of 42 CFR part 2",
                hint="add 'us-42cfr2' to collaboration.rule_sets",
            )
        return found

    @property
    def excluded_from_access(self) -> list[str]:
        return [what for one in self.sets for what in one.excluded_from_access]

    def told(self) -> list[str]:
        """Where the rules come from, how sure they are, and what of them is not verified."""
        return [line for one in self.sets for line in one.told()]


def rules_of(practice: Practice, on: date | None = None) -> Rules:
    """The rule sets that the settings name, as they are on the day.

    Raises:
        UserError: one is not known, not valid yet, or a file of the practice is no rule set.
    """
    settings: CollaborationSettings = practice.settings
    book, day = rule_book(practice, RuleSet, shipped=SHIPPED, own=OWN), on or practice.today
    return Rules(tuple(book.find(name, on=day) for name in settings.rule_sets))


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a rule file, as kept in `rules.schema.json`."""
    return rule_schema(RuleSet, "Rule set of releases, clocks and notices")
