"""Awareness dates, notices of a site, words that do not belong in a post: dated, sourced data."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from dayhand import Confidence, DatedRules, Practice, RulePart, rule_book, rule_schema

__all__ = [
    "AwarenessDates",
    "KeptDate",
    "Notice",
    "PostWording",
    "SiteNotices",
    "json_schemas",
    "the_dates",
    "the_notices",
    "the_wording",
]

_HERE = Path(__file__).parent
_OWN = "rules/outreach"
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class When(RulePart):
    """A day of a month; or its nth weekday, and so many days from there; or the whole month."""

    month: Annotated[int, Field(ge=1, le=12)]
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = None
    nth: Annotated[int, Field(ge=-1, le=5)] = 1
    """Which one; -1 is the last."""
    plus_days: Annotated[int, Field(ge=-31, le=31)] = 0
    days: Annotated[int, Field(ge=1, le=31)] = 1

    def in_year(self, year: int) -> tuple[date, date]:
        """The first and the last day in a year."""
        length = calendar.monthrange(year, self.month)[1]
        if self.weekday is not None:
            first = self._nth(year, length) + timedelta(days=self.plus_days)
        elif self.day is not None:
            first = date(year, self.month, min(self.day, length))
        else:
            return date(year, self.month, 1), date(year, self.month, length)
        return first, first + timedelta(days=self.days - 1)

    def _nth(self, year: int, length: int) -> date:
        wanted = _WEEKDAYS.index(self.weekday or "mon")
        days = [
            day for day in range(1, length + 1) if date(year, self.month, day).weekday() == wanted
        ]
        place = -1 if self.nth == -1 else min(max(self.nth, 1), len(days)) - 1
        return date(year, self.month, days[place])


class KeptDate(RulePart):
    """An awareness day, week or month."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    when: When
    by: str = ""
    tags: list[str] = Field(default_factory=list)
    regions: list[str] = Field(default_factory=lambda: ["INT"])
    confidence: Confidence
    source: str


class AwarenessDates(DatedRules):
    """A set of awareness dates."""

    dates: list[KeptDate]


class Notice(RulePart):
    """A notice that a site has to have."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    why: str
    any_of: list[str] = Field(min_length=1)
    """It is there if one of these stands in the text of a page, or in that of a link."""
    only_telehealth: bool = False
    names_regions: bool = False
    """The page that has it must name every region in which a licence holds."""
    confidence: Confidence
    source: str


class SiteNotices(DatedRules):
    """What has to stand on a site."""

    notices: list[Notice]
    region_names: dict[str, str] = Field(default_factory=dict)
    """Names of regions by the code that licences use."""


class Wording(RulePart):
    """Words that hold up a post; each may have `*` for any ending."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    words: list[str] = Field(min_length=1)
    why: str
    confidence: Confidence
    source: str


class PostWording(DatedRules):
    """What must not stand in a post."""

    wording: list[Wording]


_KINDS: dict[str, tuple[type[DatedRules], str]] = {
    "dates": (AwarenessDates, "Awareness dates"),
    "notices": (SiteNotices, "Notices of a web site"),
    "wording": (PostWording, "Words that do not belong in a post"),
}


def _found(practice: Practice, kind: str, names: list[str]) -> list[Any]:
    model = _KINDS[kind][0]
    book = rule_book(practice, model, shipped=_HERE / kind, own=f"{_OWN}/{kind}")
    return [book.find(name, on=practice.today) for name in names]


def the_dates(practice: Practice) -> list[AwarenessDates]:
    """The sets of dates that the settings name.

    Raises:
        UserError: one is not known, or a file is wrong.
    """
    return _found(practice, "dates", practice.settings.dates)


def the_notices(practice: Practice) -> list[SiteNotices]:
    """The sets of notices that the settings name.

    Raises:
        UserError: one is not known, or a file is wrong.
    """
    return _found(practice, "notices", practice.settings.notices)


def the_wording(practice: Practice) -> list[PostWording]:
    """The sets of words that the settings name.

    Raises:
        UserError: one is not known, or a file is wrong.
    """
    return _found(practice, "wording", practice.settings.wording)


def json_schemas() -> dict[str, Any]:
    """The JSON Schemas of the three kinds of rule files, as kept in `rules.schema.json`."""
    return {kind: rule_schema(model, title) for kind, (model, title) in _KINDS.items()}
