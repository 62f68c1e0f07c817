"""What a board asks of supervised experience: a rule set as it stands in a JSON file."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints, model_validator

from dayhand import Confidence, DatedRules, RulePart, Unverified

__all__ = [
    "CATEGORIES",
    "SUPERVISION",
    "Category",
    "Confidence",
    "Limit",
    "Lookback",
    "Minimum",
    "RollingCap",
    "RuleSet",
    "Stage",
    "StageRule",
    "SupervisionRule",
    "Unverified",
    "WeeksMinimum",
]

Category = Literal[
    "direct_individual",
    "direct_couple_family_child",
    "direct_group",
    "crisis",
    "supervision_individual",
    "supervision_triadic",
    "supervision_group",
    "assessment_testing",
    "notes_reports",
    "advocacy",
    "workshop_training",
    "consultation",
    "other",
]
"""What an hour was. Telehealth is a flag beside it, not a category."""
CATEGORIES: tuple[Category, ...] = get_args(Category)
SUPERVISION: tuple[Category, ...] = (
    "supervision_individual",
    "supervision_triadic",
    "supervision_group",
)
Stage = Literal["trainee", "associate"]
"""Before the degree, and after it."""
Hours = Annotated[Decimal, Field(ge=0, le=20000)]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class RollingCap(RulePart):
    """At most so many hours count in any so many consecutive days."""

    days: int = Field(ge=1, le=366)
    max: Hours
    confidence: Confidence | None = None


class _Group(RulePart):
    id: Name
    title: str
    groups: list[Name] = Field(default_factory=list)
    """Groups of categories it is about; all hours if left out."""
    stage: Stage | None = None
    confidence: Confidence | None = None
    note: str = ""


class Minimum(_Group):
    """At least so many hours."""

    hours: Hours
    supervised_by: list[str] = Field(default_factory=list)
    """Licence types of which the supervisor has one."""
    workplaces: list[Name] = Field(default_factory=list)
    """Kinds of workplace at which they are gained."""


class Limit(_Group):
    """At most so many hours count."""

    hours: Hours


class WeeksMinimum(RulePart):
    """At least so many weeks with an hour of individual or triadic supervision."""

    weeks: int = Field(ge=1, le=1000)
    title: str
    supervised_by: list[str] = Field(default_factory=list)
    confidence: Confidence | None = None
    note: str = ""


class StageRule(RulePart):
    """The units that a week with direct hours needs, in each setting."""

    weekly: int = Field(ge=0, le=10)
    per_direct_hours: Hours | None = None
    """One unit for each so many direct hours, on average to date."""
    extra_above: Hours | None = None
    """With more direct hours than this in the week `extra` units more, without averaging."""
    extra: int = Field(default=0, ge=0, le=10)


class SupervisionRule(RulePart):
    """What a unit of supervision is, and how many there have to be."""

    unit_minutes: dict[Category, int]
    """How many minutes of each kind of supervision are one unit."""
    group_max: int | None = None
    """A larger group is no supervision."""
    max_per_week: Hours | None = None
    """Hours of supervision that count as experience in one week."""
    stages: dict[Stage, StageRule]
    weeks_with_individual: list[WeeksMinimum] = Field(default_factory=list)
    confidence: Confidence | None = None


class Lookback(RulePart):
    """Hours older than this on the day of the application do not count."""

    years: int = Field(ge=1, le=30)
    except_stage: Stage | None = None
    except_max: Hours = Decimal(0)


class RuleSet(DatedRules):
    """One board's rules for one licence."""

    region: str = Field(pattern=r"^[A-Z]{2,3}$")
    licence: str
    registrations: list[str] = Field(default_factory=list)
    total_hours: Hours | None = None
    """Unset where the text seen does not tell it."""
    min_weeks: int | None = None
    groups: dict[Name, list[Category]] = Field(default_factory=dict)
    """Names for several categories; `direct` are the hours that supervision is reckoned by."""
    rolling_caps: list[RollingCap] = Field(default_factory=list)
    minimums: list[Minimum] = Field(default_factory=list)
    limits: list[Limit] = Field(default_factory=list)
    lookback: Lookback | None = None
    supervision: SupervisionRule | None = None
    artefacts: list[Name] = Field(default_factory=list)

    @model_validator(mode="after")
    def _names_its_groups(self) -> RuleSet:
        used = {name for one in (*self.minimums, *self.limits) for name in one.groups}
        unknown = sorted(used - set(self.groups))
        if unknown:
            raise ValueError(f"groups does not say what '{unknown[0]}' is")
        if self.supervision and "direct" not in self.groups:
            raise ValueError("groups does not say what 'direct' is")
        return self

    def categories(self, groups: list[str]) -> set[Category]:
        """The categories of some groups; all of them where none is named."""
        if not groups:
            return set(CATEGORIES)
        return {category for name in groups for category in self.groups[name]}

    @property
    def direct(self) -> set[Category]:
        """The hours that supervision is reckoned by."""
        return set(self.groups.get("direct", ()))
