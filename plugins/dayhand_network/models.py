"""What the steps take and give: contacts, touches, referrals, lists, letters."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from dayhand import Line, Parts, Sensitive

__all__ = [
    "AVAILABILITY",
    "HOW",
    "OUTCOMES",
    "Availability",
    "ClientIn",
    "Contact",
    "Count",
    "Directory",
    "Due",
    "DueList",
    "Entry",
    "How",
    "NoteDraft",
    "OpenReferral",
    "OpenReferrals",
    "Outcome",
    "PageFiles",
    "PermissionIn",
    "Referral",
    "SourceReport",
    "ThankYou",
    "Touch",
]

Availability = Literal["unknown", "open", "limited", "waitlist", "closed"]
"""Whether a contact takes new clients."""
AVAILABILITY: tuple[Availability, ...] = get_args(Availability)
How = Literal["email", "telephone", "meeting", "letter", "event", "other"]
HOW: tuple[How, ...] = get_args(How)
Outcome = Literal["", "started", "scheduled", "waitlisted", "not_a_fit", "no_contact", "not_known"]
"""What became of a referral; empty until it is told."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def _address(text: str) -> str:
    if text and (text.count("@") != 1 or " " in text or not text.split("@")[1].strip(".")):
        raise ValueError("it is no e-mail address")
    return text


Mail = Annotated[Line, Field(max_length=254), AfterValidator(_address)]
ContactId = Annotated[str, Field(pattern=r"^(K-[0-9]{6})?$")]
ClientId = Annotated[str, Field(pattern=r"^([A-Z][A-Z0-9]*-[A-Z0-9-]{1,30})?$")]


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class Contact(_Data):
    """A professional you refer to, or who refers to you. Never a client."""

    id: ContactId = ""
    name: Annotated[Line, Field(min_length=1, max_length=200)]
    role: Annotated[Line, Field(max_length=80)] = ""
    """Such as `psychiatrist`, `school counselor`. Reports count referrals by it."""
    organisation: Annotated[Line, Field(max_length=200)] = ""
    phone: Annotated[Line, Field(max_length=80)] = ""
    email: Mail = ""
    address: Line = ""
    """Lines of the address, separated by `;`."""
    insurance: Parts[Line] = Field(default_factory=list)
    """What they take; `self-pay` if none."""
    specialties: Parts[Line] = Field(default_factory=list)
    availability: Availability = "unknown"
    verified_on: date | None = None
    """When you last made sure that the entry is right."""
    touch_every_days: int | None = Field(default=None, ge=0, le=3650)
    """How often you keep in touch; as the settings say if left out, never if 0."""
    recipient: Annotated[Line, Field(max_length=200)] = ""
    """How releases name them, if not by `name`."""
    active: bool = True
    note: Line = ""


class Touch(_Data):
    """That you were in touch with a contact."""

    id: str = ""
    contact_id: Annotated[ContactId, Field(min_length=1)]
    on: date
    how: How = "other"
    note: Line = ""
    """What about; also what a follow-up is for. No client in it."""
    follow_up_on: date | None = None
    """When to come back to it. The next touch settles it."""


class Referral(_Data):
    """A client sent to you (`in`), or somebody you sent on (`out`)."""

    id: str = ""
    direction: Literal["in", "out"]
    on: date
    contact_id: ContactId = ""
    source: Annotated[Line, Field(max_length=80)] = ""
    """The kind of source, such as `website`; the contact's role if left out. Never a name."""
    client_id: ClientId = ""
    initials: Annotated[Line, Field(max_length=20)] = ""
    reason: Sensitive[Line] = ""
    outcome: Outcome = ""
    outcome_on: date | None = None
    acknowledgement: Literal["", "written", "none"] = ""
    acknowledged_on: date | None = None
    logged_at: datetime | None = None
    """When it was logged, which is the event `referral_logged`."""


class Due(_Data):
    """A contact to get in touch with."""

    contact: Contact
    due_on: date
    days_over: int
    last_on: date | None = None
    reason: str
    note: str = ""


class DueList(_Data):
    """Whom to get in touch with, the longest due first."""

    computed_on: date
    items: list[Due] = Field(default_factory=list)
    in_touch: int = 0
    """Active contacts that are not due."""


class NoteDraft(_Data):
    """A note to a contact, as its file says."""

    path: str
    contact_id: str
    to: str = ""
    subject: str = ""
    body: str = ""


class Entry(_Data):
    """An entry of the directory, and what is to be verified about it."""

    contact: Contact
    stale: bool
    days: int | None = None
    """Since it was verified; null if never."""
    missing: list[str] = Field(default_factory=list)


class Directory(_Data):
    """The directory, what is stale first."""

    computed_on: date
    entries: list[Entry] = Field(default_factory=list)
    stale: int = 0
    stale_after_days: int


class OpenReferral(Referral):
    """A referral with what is known of the contact."""

    contact: Contact | None = None
    recipient: str = ""
    """As releases name the contact."""
    days: int = 0


class OpenReferrals(_Data):
    """What is open about referrals."""

    to_acknowledge: list[OpenReferral] = Field(default_factory=list)
    to_ask: list[OpenReferral] = Field(default_factory=list)


class PermissionIn(_Data):
    """Whether a client may be spoken of to a contact: of `collaboration.permission`."""

    allowed: bool
    client_id: str
    recipient: str
    """A contact's name, which is no client's; where it comes marked it stays so."""
    information: list[str] = Field(default_factory=list)
    release: str = ""
    part2: bool = False
    notice: str = ""
    reasons: list[str] = Field(default_factory=list)


class ClientIn(_Data):
    """Of a client only the name; anything else is not taken in."""

    id: str
    name: Sensitive[str]


class ThankYou(_Data):
    """A letter of thanks as written."""

    path: str
    sha256: str
    draft: bool
    referral: str
    client_id: str = ""
    """Whom it names; empty if it names nobody."""
    release: str = ""


class Count(_Data):
    """The referrals of one source; `count` is null where it is hidden."""

    source: str
    count: int | None


class SourceReport(_Data):
    """Referrals by source, small counts hidden so that they cannot be worked out."""

    start: date
    end: date
    incoming: list[Count] = Field(default_factory=list)
    incoming_total: int | None
    outgoing: list[Count] = Field(default_factory=list)
    outgoing_total: int | None
    small_cell: int


class PageFiles(_Data):
    """Where a page was written; `pdf` is empty if the settings want none."""

    path: str
    pdf: str
