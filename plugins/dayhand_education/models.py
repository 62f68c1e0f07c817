"""What the steps take and give: credits, licences, the gap report, deadlines."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
)

from dayhand import Confidence, Unverified, checked

__all__ = [
    "ArtefactStatus",
    "Binder",
    "CertificateFacts",
    "CountedCredit",
    "Credit",
    "Deadline",
    "Deadlines",
    "FiledCertificate",
    "FloorStatus",
    "GapReport",
    "GapStatus",
    "ImportedCredits",
    "LicenceStatus",
    "Met",
    "Page",
    "PlannedMonth",
    "PlannedSubject",
    "RecordedCredit",
    "Rejected",
    "ReportFiles",
    "Severity",
    "SubjectStatus",
    "YearPlan",
    "read_credit",
]

GapStatus = Literal["ok", "behind_pace", "gap", "overdue"]
Severity = Literal["none", "notice", "warning", "urgent", "critical", "overdue"]
"""By days left while something is missing: 180, 90, 30, 14, none left."""

_FORMATS = {
    "live": "live in_person classroom conference",
    "webinar": "webinar live_webinar live_online synchronous interactive_webinar",
    "self_study": "self_study home_study homestudy on_demand recorded distance reading",
}
_FORMAT_OF = {name: kind for kind, names in _FORMATS.items() for name in names.split()}


def _slug(text: str) -> str:
    return "_".join(text.strip().lower().replace("-", " ").replace("/", " ").split())


def _format(text: str) -> str:
    name = _slug(text)
    if name not in _FORMAT_OF:
        raise ValueError(f"'{text}' is no format; write live, webinar or self_study")
    return _FORMAT_OF[name]


def _slugs(values: object) -> object:
    if isinstance(values, list | tuple):
        return [_slug(item) if isinstance(item, str) else item for item in values if item]
    return values


Format = Annotated[str, AfterValidator(_format)]
Tags = Annotated[list[str], BeforeValidator(_slugs)]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Credit(_Data):
    """A course done. Either `hours`, as the certificate states them, or `minutes`."""

    id: str = ""
    completed_on: date
    title: str = Field(min_length=1, max_length=300)
    provider: str = Field(default="", max_length=200)
    hours: Decimal | None = Field(default=None, gt=0, le=500)
    minutes: int | None = Field(default=None, gt=0, le=30000)
    subjects: Tags = Field(default_factory=list)
    format: Format = "live"
    category: Annotated[str, AfterValidator(_slug)] = Field(default="", max_length=60)
    approved_by: list[str] = Field(default_factory=list)
    certificate: str = Field(default="", max_length=500)
    certificate_sha256: str = ""
    licences: list[str] = Field(default_factory=list)
    """The licences it counts for; empty for all."""


def read_credit(**values: Any) -> Credit:
    """A credit from values given by hand.

    Raises:
        UserError: some are wrong; tells which.
    """
    return checked(Credit, "the credit", **values)


class Met(_Data):
    """A requirement met outside the credits: a one-time course long ago, or an artefact made."""

    tag: str = Field(min_length=1, max_length=60)
    met_on: date
    licence: str = Field(default="", max_length=40)
    hours: Decimal | None = Field(default=None, ge=0)
    note: str = Field(default="", max_length=500)


class LicenceStatus(_Data):
    """A licence and the rule set that goes with it; `problem` says why there is none."""

    key: str
    type: str
    region: str
    number: str = ""
    issued: date | None = None
    expires: date | None = None
    days_left: int | None = None
    rule_set: str = ""
    choices: list[str] = Field(default_factory=list)
    problem: str = ""


class CountedCredit(_Data):
    """A credit of this cycle: hours on the certificate, in the board's hours, and counted."""

    id: str
    completed_on: date
    title: str
    provider: str
    hours: Decimal
    counted: Decimal
    subjects: list[str]
    format: str
    category: str
    certificate: str = ""


class Rejected(_Data):
    """Hours that do not count, and why."""

    id: str
    title: str
    hours: Decimal
    reason: str


class SubjectStatus(_Data):
    """A subject's hours; `every` in words."""

    tag: str
    required: Decimal
    earned: Decimal
    counted: Decimal
    missing: Decimal
    met: bool
    every: str
    confidence: Confidence
    note: str = ""


class FloorStatus(_Data):
    """Another minimum: of a format, a share, categories, or hours in a year."""

    kind: Literal["format", "share", "categories", "category", "year"]
    name: str
    required: Decimal
    counted: Decimal
    missing: Decimal
    met: bool


class ArtefactStatus(_Data):
    """A document the board may ask for."""

    tag: str
    met: bool
    met_on: date | None = None


class GapReport(_Data):
    """What a licence still needs, by the rules as of `as_of`, computed on `computed_on`."""

    licence: str
    type: str
    region: str
    number: str = ""
    rule_set: str
    rule_title: str
    status: GapStatus
    severity: Severity
    summary: str
    computed_on: date
    window_start: date
    window_end: date
    days_left: int
    elapsed: Decimal
    required: Decimal
    earned: Decimal
    carried_in: Decimal
    counted: Decimal
    missing: Decimal
    carry_forward: Decimal
    subjects: list[SubjectStatus] = Field(default_factory=list)
    floors: list[FloorStatus] = Field(default_factory=list)
    artefacts: list[ArtefactStatus] = Field(default_factory=list)
    credits: list[CountedCredit] = Field(default_factory=list)
    rejected: list[Rejected] = Field(default_factory=list)
    without_certificate: list[str] = Field(default_factory=list)
    as_of: str
    source: str
    sources: list[str]
    confidence: Confidence
    unverified: list[Unverified] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)


class ReportFiles(_Data):
    """Where the report was written."""

    path: str
    pdf: str


class Deadline(_Data):
    """A day by which something is due."""

    licence: str
    what: str
    due: date
    days_left: int
    missing: Decimal
    severity: Severity


class Deadlines(_Data):
    """The next deadlines, soonest first, and the calendar file that holds them."""

    path: str
    items: list[Deadline]


class RecordedCredit(_Data):
    """A credit as kept, and whether it was new, changed or there already."""

    id: str
    state: Literal["new", "changed", "unchanged"]
    duplicate_of: str = ""
    """An earlier credit with the same title in the practice's log, which may not count twice."""


class ImportedCredits(_Data):
    """What an import did."""

    ids: list[str]
    new: int
    changed: int
    unchanged: int
    warnings: list[str] = Field(default_factory=list)


class CertificateFacts(_Data):
    """A certificate's file; `known` is the credit it is kept with already."""

    file: str
    kind: str
    sha256: str
    known: str = ""
    completed_on: date | None = None


class FiledCertificate(_Data):
    """Where a certificate was filed; `unknown` are tags that no rule set names."""

    path: str
    sha256: str
    subjects: list[str] = Field(default_factory=list)
    unknown: list[str] = Field(default_factory=list)


class Binder(_Data):
    """The audit binder as written."""

    path: str
    sha256: str
    certificates: int
    missing: list[str] = Field(default_factory=list)
    missing_path: str


class PlannedMonth(_Data):
    """The hours of a licence in a month, and the subjects to look for."""

    month: str
    licence: str
    hours: Decimal
    subjects: list[str] = Field(default_factory=list)


class PlannedSubject(_Data):
    """A subject that is missing; `rare` if it is not asked in each cycle."""

    licence: str
    tag: str
    hours: Decimal
    every: str
    rare: bool


class YearPlan(_Data):
    """The year's plan; `hours` is the largest need of one licence, since a course may serve several."""

    year: int
    months: list[PlannedMonth] = Field(default_factory=list)
    subjects: list[PlannedSubject] = Field(default_factory=list)
    hours: Decimal
    cost: Decimal
    notes: list[str] = Field(default_factory=list)


class Page(_Data):
    """A page as written."""

    path: str
