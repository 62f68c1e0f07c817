"""What the steps take and give: releases, permissions, letters, disclosures, requests."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from dayhand import Line, Parts, Sensitive

__all__ = [
    "BASES",
    "INFORMATION",
    "METHODS",
    "Accounting",
    "Basis",
    "CheckItem",
    "ClientIn",
    "Disclosure",
    "Information",
    "Letter",
    "Method",
    "NoteIn",
    "PackageFile",
    "PackageFiles",
    "PageFiles",
    "PaperIn",
    "Part2Client",
    "Permission",
    "PlanIn",
    "RecordsRequest",
    "Release",
    "ReleaseCheck",
    "RequestClock",
    "SessionIn",
]

Information = Literal[
    "attendance",
    "diagnosis",
    "treatment_plan",
    "progress",
    "medication",
    "risk",
    "measures",
    "record",
    "psychotherapy_notes",
]
"""What may be disclosed. `record` is the whole record, psychotherapy notes never among it."""
INFORMATION: tuple[Information, ...] = get_args(Information)
Basis = Literal[
    "authorization",
    "treatment",
    "payment",
    "operations",
    "individual",
    "required_by_law",
    "public_health",
    "oversight",
    "court_order",
    "serious_threat",
    "abuse_report",
    "other",
]
"""The ground on which something was disclosed."""
BASES: tuple[Basis, ...] = get_args(Basis)
Method = Literal["fax", "mail", "secure_email", "portal", "telephone", "in_person", "other"]
METHODS: tuple[Method, ...] = get_args(Method)


Scopes = Parts[Information]
ClientId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*-[A-Z0-9-]{1,30}$")]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Release(_Data):
    """A release of information, with the elements of 45 CFR 164.508(c)."""

    id: str = ""
    client_id: ClientId
    initials: Annotated[Line, Field(max_length=20)] = ""
    information: Scopes = Field(default_factory=list)
    description: Sensitive[Line] = ""
    """The information in the words of the form."""
    discloser: Annotated[Line, Field(max_length=200)] = ""
    recipient: Sensitive[Line] = Field(max_length=200)
    recipient_address: Sensitive[Line] = ""
    """Lines of the address, separated by `;`."""
    purpose: Sensitive[Line] = ""
    expires_on: date | None = None
    """The release holds up to the day before."""
    expires_event: Sensitive[Line] = ""
    event_on: date | None = None
    """The day on which that event took place."""
    signed_on: date | None = None
    signed_by: Literal["", "client", "representative"] = ""
    authority: Sensitive[Line] = ""
    """Of a representative: on what ground they sign."""
    says_revocation: bool = False
    says_conditions: bool = False
    says_redisclosure: bool = False
    copy_given_on: date | None = None
    part2: bool = False
    """It covers records under 42 CFR part 2."""
    revoked_on: date | None = None
    state: Literal["", "valid", "expiring", "expired", "revoked", "ended", "defective"] = ""
    defects: list[str] = Field(default_factory=list)
    days_left: int | None = None


class PaperIn(_Data):
    """A paper on file in the practice's records."""

    id: str
    client_id: str
    initials: str = ""
    kind: str = ""
    scope: Sensitive[str] = ""
    revoked_at: date | None = None


class CheckItem(_Data):
    """A release that does not hold, or soon will not."""

    release: str
    client_id: str
    initials: str
    recipient: Sensitive[str]
    state: Literal["defective", "expired", "revoked", "ended", "expiring", "unrecorded"]
    days_left: int | None = None
    within: int | None = None
    """The warning it falls under: 30, 14 or 0 days."""
    reasons: list[str] = Field(default_factory=list)


class ReleaseCheck(_Data):
    """What has to be done about releases, the most pressing first."""

    computed_on: date
    items: list[CheckItem] = Field(default_factory=list)
    valid: int = 0
    """Releases that hold and do not end soon."""
    rules: list[str] = Field(default_factory=list)


class Permission(_Data):
    """Whether information may go to a recipient, under which release, or why not."""

    allowed: bool
    client_id: str
    recipient: Sensitive[str]
    information: list[Information]
    release: str = ""
    purpose: Sensitive[str] = ""
    reasons: list[str] = Field(default_factory=list)
    hint: str = ""
    part2: bool = False
    notice: str = ""
    """What has to stand on it, where the records are under part 2."""
    expires_on: date | None = None


class ClientIn(_Data):
    """Of a client only what a letter may need; anything else is not taken in."""

    id: ClientId
    name: Sensitive[str]
    initials: str = ""
    date_of_birth: Sensitive[date] | None = None
    diagnoses: list[DiagnosisIn] = Field(default_factory=list)


class DiagnosisIn(_Data):
    """A diagnosis and the days it holds for."""

    code: Sensitive[str]
    effective_from: date
    effective_to: date | None = None


class SessionIn(_Data):
    """Of a session only when it was and whether it took place."""

    id: str = ""
    start: datetime
    minutes: int = 0
    status: str
    service_name: str = ""


class PlanIn(_Data):
    """Of the last note only goals and measures."""

    goals: list[Sensitive[str]] = Field(default_factory=list)
    measures: Sensitive[str] = ""
    risk: Sensitive[str] = ""


class NoteIn(_Data):
    """A progress note for a package of records."""

    id: str
    format: str = ""
    start: datetime
    stop: datetime | None = None
    sections: dict[str, Sensitive[str]] = Field(default_factory=dict)
    signed_at: datetime | None = None
    signed_by: str = ""
    sha256: str = ""


class Letter(_Data):
    """A letter as written. `sha256` is that of the file."""

    path: str
    sha256: str
    draft: bool
    client_id: str
    recipient: Sensitive[str]
    information: list[Information]
    release: str
    purpose: Sensitive[str] = ""
    part2: bool = False


class Disclosure(_Data):
    """What left the practice about a client: when, to whom, what, why."""

    id: str = ""
    client_id: ClientId
    initials: Annotated[Line, Field(max_length=20)] = ""
    on: date
    recipient: Sensitive[Line] = Field(min_length=1, max_length=200)
    recipient_address: Sensitive[Line] = ""
    information: Sensitive[Line] = Field(min_length=1)
    purpose: Sensitive[Line] = Field(min_length=1)
    basis: Basis
    method: Method = "other"
    release: Annotated[Line, Field(max_length=20)] = ""
    document: Annotated[Line, Field(max_length=500)] = ""
    document_sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    part2: bool = False


class Accounting(_Data):
    """An accounting of disclosures as written."""

    path: str
    pdf: str
    client_id: str
    since: date
    until: date
    listed: int
    left_out: int
    """Disclosures that an accounting may leave out, and this one does."""


class RecordsRequest(_Data):
    """A request for records."""

    id: str = ""
    client_id: ClientId
    initials: Annotated[Line, Field(max_length=20)] = ""
    requested_on: date
    requester: Literal["individual", "representative", "third_party"] = "individual"
    scope: Sensitive[Line] = Field(min_length=1)
    """What is asked for."""
    deliver_to: Sensitive[Line] = ""
    form: Annotated[Line, Field(max_length=80)] = ""
    """In what form: paper, PDF, by post."""
    identity_checked_on: date | None = None
    extended_on: date | None = None
    extension_reason: Sensitive[Line] = ""
    closed_on: date | None = None
    outcome: Literal["", "given", "given_in_part", "denied", "withdrawn"] = ""


class RequestClock(RecordsRequest):
    """A request with its clock."""

    due_on: date
    days_left: int
    state: Literal["open", "pressing", "overdue", "closed"]
    recipient: Sensitive[str] = ""
    """The first line of `deliver_to`."""
    may_extend_until: date | None = None
    """The last day on which it can be extended; null if it was."""


class PackageFile(_Data):
    """A file of a package."""

    path: str
    what: str
    sha256: str


class PackageFiles(_Data):
    """What was put together for a request."""

    request: str
    folder: str
    files: list[PackageFile]
    sha256: str
    """Of the list of files and their hashes, as it stands in `package.md`."""
    draft: bool
    notes: int
    sessions: int


class PageFiles(_Data):
    """Where a page was written; `pdf` is empty if the settings want none."""

    path: str
    pdf: str


class Part2Client(_Data):
    """A client whose records are under 42 CFR part 2."""

    client_id: ClientId
    since: date
    until: date | None = None


ClientIn.model_rebuild()
