"""What the steps take and give: dates, topics, posts, findings, profiles, pages of a site."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Line, Parts

__all__ = [
    "STATUSES",
    "Audit",
    "Difference",
    "Draft",
    "Fee",
    "Findings",
    "LintFinding",
    "NoticeSeen",
    "Observance",
    "PageFiles",
    "PageSeen",
    "Plan",
    "Post",
    "SiteCheck",
    "SiteFinding",
    "Status",
    "Topic",
]

Status = Literal["planned", "drafted", "ready", "published", "dropped"]
STATUSES: tuple[Status, ...] = get_args(Status)


Month12 = Annotated[int, Field(ge=1, le=12)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Observance(_Data):
    """A day, a week or a month that is kept, in one year."""

    id: str
    title: str
    on: date
    until: date
    by: str = ""
    """Who keeps it."""
    tags: list[str] = Field(default_factory=list)
    confidence: Literal["H", "M", "L"]


class Topic(_Data):
    """A topic of your own."""

    title: Annotated[Line, Field(min_length=1, max_length=200)]
    tags: Parts[Line] = Field(default_factory=list)
    months: Parts[Month12] = Field(default_factory=list)
    """The months it is for; any if left out."""
    channel: Annotated[Line, Field(max_length=80)] = ""
    outline: Parts[Line] = Field(default_factory=list)
    """What it says, point by point."""


class Post(_Data):
    """A planned post."""

    id: Annotated[str, Field(pattern=r"^(P-[0-9]{6})?$")] = ""
    planned_on: date
    title: Annotated[Line, Field(min_length=1, max_length=200)]
    kind: Literal["awareness", "topic", "other"] = "other"
    reference: Annotated[Line, Field(max_length=200)] = ""
    """The id of the awareness date, or the title of the topic."""
    channel: Annotated[Line, Field(max_length=80)] = ""
    tags: Parts[Line] = Field(default_factory=list)
    outline: Parts[Line] = Field(default_factory=list)
    status: Status = "planned"
    status_on: date | None = None
    path: Annotated[Line, Field(max_length=500)] = ""
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class Plan(_Data):
    """The plan of a month."""

    month: str
    posts: list[Post] = Field(default_factory=list)
    also: list[Observance] = Field(default_factory=list)
    """Kept in that month too, without a post."""
    rules: list[str] = Field(default_factory=list)


class LintFinding(_Data):
    """A place in a post that must not go out like this. The text itself is not repeated."""

    line: int
    column: int
    rule: str
    why: str


class Findings(_Data):
    """What a post is held up by."""

    path: str
    findings: list[LintFinding] = Field(default_factory=list)
    rules: list[str] = Field(default_factory=list)


class Draft(_Data):
    """A post as written."""

    path: str
    sha256: str
    post: str = ""


class Fee(_Data):
    """A fee that is true: of `practice.services`."""

    code: str = ""
    name: str = ""
    fee: Decimal


class Difference(_Data):
    """Where a copy of a profile says something else than is true, or nothing."""

    file: str
    line: int
    """0 where nothing is said."""
    field: Literal["licence", "NPI", "fee", "availability", "telephone"]
    found: str
    expected: str


class Audit(_Data):
    """The copies of your profiles, compared."""

    computed_on: date
    files: list[str] = Field(default_factory=list)
    differences: list[Difference] = Field(default_factory=list)
    facts: list[str] = Field(default_factory=list)
    """What they were compared with."""


class PageSeen(_Data):
    """A page that was looked at; `problem` says why it could not be."""

    address: str
    problem: str = ""
    no_answer: bool = False
    """Whether another attempt may help."""


class NoticeSeen(_Data):
    """A notice that has to be there, and where it was found."""

    id: str
    title: str
    why: str
    found_on: list[str] = Field(default_factory=list)
    lacking: str = ""
    """What is missing; empty if it is all there."""


class SiteFinding(_Data):
    """Something else on a page that should be looked at."""

    address: str
    message: str


class SiteCheck(_Data):
    """What a site has and lacks."""

    computed_on: date
    pages: list[PageSeen] = Field(default_factory=list)
    notices: list[NoticeSeen] = Field(default_factory=list)
    findings: list[SiteFinding] = Field(default_factory=list)
    missing: int = 0
    rules: list[str] = Field(default_factory=list)


class PageFiles(_Data):
    """Where a page was written; `pdf` is empty if the settings want none."""

    path: str
    pdf: str
