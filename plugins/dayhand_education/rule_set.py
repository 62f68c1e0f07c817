"""What a board asks: a rule set as it stands in a JSON file, dated and sourced."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from dayhand import Confidence, DatedRules, RulePart, Unverified

__all__ = [
    "Alternate",
    "Cap",
    "Confidence",
    "Cycles",
    "FormatFloor",
    "Period",
    "Retention",
    "RuleSet",
    "Subject",
    "Unverified",
    "Years",
]

Tag = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Hours = Annotated[Decimal, Field(ge=0, le=1000)]
Share = Annotated[Decimal, Field(gt=0, le=1)]


class Period(RulePart):
    """How long a cycle is, and when it ends unless the licence itself says so."""

    years: int = Field(ge=1, le=10)
    ends: str = Field(
        pattern=r"^(last_day_of_birth_month|birthday|issue_anniversary|explicit|\d\d-\d\d)$"
    )
    parity: Literal["odd", "even", "every"] = "every"


class Cycles(RulePart):
    """Due once in so many cycles, the present one included."""

    cycles: int = Field(ge=2, le=10)


class Years(RulePart):
    """Due once in so many years before the end of the cycle."""

    years: int = Field(ge=1, le=20)


class Alternate(RulePart):
    """Due in turn with another subject: one cycle this, the next cycle the other."""

    alternate: Tag


class Subject(RulePart):
    """Hours asked in one subject; `min` 0 means that the training is asked, its hours not told."""

    tag: Tag
    min: Hours
    every: Literal["cycle", "once"] | Cycles | Years | Alternate = "cycle"
    when: str = ""
    """A flag of the licence (`supervisor`, `provides_telehealth`) under which it is asked."""
    licences: list[str] = Field(default_factory=list)
    """The licence types it is asked of, where it is not asked of all."""
    since: date | None = None
    """Asked in cycles that end on this day or later."""
    counts_as: Tag | None = None
    extra: bool = False
    """Its hours come on top of the total instead of being part of it."""
    confidence: Confidence | None = None
    note: str = ""


class Cap(RulePart):
    """At most so many hours of a tag, a format or a category are counted."""

    tag: Tag | None = None
    format: Tag | None = None
    category: Tag | None = None
    max: Hours | None = None
    max_share: Share | None = None
    prorate: Literal["one_third"] | None = None
    """The limit is this part of the hours asked, where fewer hours than usual are asked."""
    note: str = ""

    @model_validator(mode="after")
    def _says_one_thing(self) -> Cap:
        if sum(name is not None for name in (self.tag, self.format, self.category)) != 1:
            raise ValueError("a cap names one of tag, format and category")
        if self.max is None and self.max_share is None:
            raise ValueError("a cap has a max or a max_share")
        return self

    @property
    def name(self) -> str:
        """What it limits."""
        return self.tag or self.format or self.category or ""


class FormatFloor(RulePart):
    """At least so many hours of a format."""

    format: Tag
    min: Hours


class Retention(RulePart):
    """How long certificates are kept, and from when."""

    years: int
    from_: Literal["renewal_date", "renewal_period_end", "completion"] = Field(alias="from")


class RuleSet(DatedRules):
    """One board's rules. The licence's own printed expiry date always wins over `period`.

    `valid_from` counts for cycles that end on that day or later.
    """

    region: str = Field(pattern=r"^[A-Z]{2,3}$")
    licences: list[str] = Field(min_length=1)
    hours: Hours
    hour_minutes: Literal[50, 60] = 60
    period: Period
    first_renewal: Literal["full", "half", "exempt", "prorated"] = "full"
    subjects: list[Subject] = Field(default_factory=list)
    overlap: list[Annotated[list[Tag], Field(min_length=2, max_length=2)]] = Field(
        default_factory=list
    )
    caps: list[Cap] = Field(default_factory=list)
    caps_each_category: Hours | None = None
    min_formats: list[FormatFloor] = Field(default_factory=list)
    min_share: dict[Tag, Share] = Field(default_factory=dict)
    min_categories: int = Field(default=0, ge=0)
    min_categories_exempt: str = ""
    """A flag of the licence that frees from `min_categories`."""
    min_categories_hours: dict[Tag, Hours] = Field(default_factory=dict)
    min_per_year: Hours | None = None
    carry_over: Hours | None = None
    """Hours beyond the total that may go into the next cycle; unset where the text is silent."""
    carry_over_window_months: int | None = None
    artefacts: list[Tag] = Field(default_factory=list)
    retention: Retention | None = None
    audit_reply_days: int | None = None
    audit_rate: Share | None = None
    extension_months: int | None = None
    shared_across_board_licences: bool = False

    @property
    def tags(self) -> set[str]:
        """Every subject it knows, alternates included."""
        named = {subject.tag for subject in self.subjects}
        turns = {s.every.alternate for s in self.subjects if isinstance(s.every, Alternate)}
        return named | turns | {s.counts_as for s in self.subjects if s.counts_as}
