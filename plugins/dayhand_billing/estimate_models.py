"""What the steps of good-faith estimates take and return."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from dayhand import Sensitive

__all__ = [
    "Drift",
    "Drifts",
    "DueEstimate",
    "DueEstimates",
    "Estimate",
    "EstimateItem",
    "EstimateLine",
    "EstimateList",
    "EstimateRequest",
    "GivenPaper",
    "PaperIn",
    "UnestimatedClient",
]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class PaperIn(_Data):
    """A good-faith estimate on paper, as `practice.paperwork` tells it."""

    client_id: str
    signed_on: date
    expires_on: date | None = None
    kind: str = "gfe"


class EstimateRequest(_Data):
    """An estimate that a client asked for, or that a change of charges makes necessary."""

    id: int
    client_id: str
    kind: Literal["request", "change"]
    noted_on: date
    """When the client asked, or the change was noted."""
    starts_on: date | None
    """From when on the charges change; none of what was asked for."""
    due_on: date
    service: str
    fee: Decimal | None
    visits: int
    """How many are expected in the estimate's time; 0 where it was not said."""
    state: Literal["due", "overdue", "given", "on paper", "withdrawn"]
    closed_on: date | None = None
    estimate_id: str | None = None


class DueEstimate(_Data):
    """A client whose next service no estimate covers, who asked for one, or whose charges change."""

    client_id: str
    initials: str
    kind: Literal["new", "renewal", "request", "change"]
    scheduled_on: date | None
    """When the appointment was first seen; none where there is no appointment."""
    service_on: date | None
    """The first service it is of; none where it was asked for without an appointment."""
    due_on: date | None
    """The last day to give it; none where it was scheduled too late for a duty."""
    state: Literal["due", "overdue", "no duty"]
    visits: int
    """Appointments in the weeks ahead that were looked at."""
    minutes: int = 0
    """How long the appointment is."""
    weeks: int
    request: EstimateRequest | None = None
    """What the client asked for, or the change of charges."""


class DueEstimates(_Data):
    """Who is to be given an estimate; `rules` are the lines for a report."""

    items: list[DueEstimate]
    client_ids: list[str]
    rules: list[str]


class EstimateLine(_Data):
    """A service, how often it is expected, and what it comes to."""

    service: str
    name: str
    quantity: int
    charge: Decimal
    total: Decimal


class Estimate(_Data):
    """An estimate for a time; `name` and `email` are the client's."""

    id: str
    client_id: str
    initials: str
    name: Sensitive[str]
    email: Sensitive[str]
    email_scopes: list[str]
    state: Literal["draft", "delivered", "replaced"]
    starts_on: date
    ends_on: date
    total: Decimal
    lines: list[EstimateLine]
    delivered_on: date | None = None
    delivered_by: str = ""


class GivenPaper(_Data):
    """An estimate that was given, as `practice.file_paperwork` takes it."""

    client_id: str
    kind: Literal["gfe"] = "gfe"
    signed_on: date
    """The day it was given."""
    expires_on: date
    """The last day it covers."""


class EstimateList(_Data):
    """Estimates; `papers` are those of them that were given, `summary` has ids and initials only."""

    ids: list[str]
    items: list[Estimate]
    papers: list[GivenPaper]
    summary: str


class UnestimatedClient(_Data):
    """A client for whom no estimate can be made, and why."""

    client_id: str
    reason: str
    noted: bool = False
    """Whether the client asked for it, or it is for a change of charges."""


class EstimateItem(_Data):
    """Drafts to approve; `summary` is Markdown with ids and initials only."""

    ids: list[str]
    items: list[Estimate]
    left_out: list[UnestimatedClient]
    summary: str


class Drift(_Data):
    """What was billed against what was estimated, so far."""

    estimate: str
    client_id: str
    initials: str
    starts_on: date
    ends_on: date
    estimated: Decimal
    billed: Decimal
    over: Decimal
    state: Literal["within", "over", "disputable"]


class Drifts(_Data):
    """Every estimate that was given and has begun; whose bills are over it, and whose can be disputed."""

    items: list[Drift]
    over: list[str]
    disputable: list[str]
