"""What the steps take and return, besides the shared vocabulary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from dayhand import Sensitive
from dayhand_practice.vocabulary import PaperworkKind, Session, SessionStatus

__all__ = [
    "BilledSession",
    "EventIn",
    "FeeAgreement",
    "FiledPaperwork",
    "HeldEvent",
    "ImportKind",
    "ImportReport",
    "MatchIn",
    "OpeningBalance",
    "PaperIn",
    "Paperwork",
    "PaperworkItem",
    "RecordedSessions",
    "Retention",
    "RetentionItem",
    "SessionList",
    "UnpricedSession",
]

ImportKind = Literal[
    "clients",
    "diagnoses",
    "fee_agreements",
    "opening_balances",
    "services",
    "sessions",
    "paperwork",
]
"""What a CSV file holds."""


class _Data(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class EventIn(_Data):
    """What recording needs of a calendar event; anything else in it is ignored."""

    key: str = Field(min_length=1)
    """The identity of the occurrence: the same event has the same key whenever it is read."""
    uid: str = ""
    """The identity of the event, which the copies of it in other calendars have too."""
    source: str = ""
    """The calendar it stands in."""
    start: AwareDatetime
    end: AwareDatetime
    all_day: bool = False
    categories: list[str] = Field(default_factory=list)
    """A category that is a service's code chooses the service; VIDEO and PHONE the modality."""
    video: bool = False


class MatchIn(_Data):
    """A calendar event that is a client's session, as `calendar.match` returns it."""

    event: EventIn
    client_id: str
    attendance: SessionStatus


class HeldEvent(_Data):
    """An event that was not recorded as it stands, and why. A person decides."""

    key: str
    reason: str
    session_id: str | None = None


class UnpricedSession(_Data):
    """A session without a fee, and why. Recording it again, once there is one, fills it in."""

    session_id: str
    reason: str


class RecordedSessions(_Data):
    """What recording did. `new`, `changed`, `unchanged` and the held ones add up to the matches."""

    sessions: list[Session]
    """Every session the matches stand for, as now recorded, in order of time."""
    new: int
    changed: int
    unchanged: int
    held: list[HeldEvent]
    unpriced: list[UnpricedSession]


class SessionList(_Data):
    """Sessions in order of time, and their minutes together."""

    items: list[Session]
    total_minutes: int


class BilledSession(_Data):
    """A session and the document that bills it; null frees the session, after a void."""

    session_id: str
    document: str | None = Field(max_length=64)
    was: str | None = None
    """Free the session only if this document bills it."""


class FeeAgreement(_Data):
    """A sliding scale: an agreed fee, or a percentage of the listed one, for a time."""

    client_id: str
    service: str = ""
    """The service it is for; empty for every service."""
    effective_from: date
    effective_to: date | None = None
    agreed_fee: Decimal | None = None
    percent: Decimal | None = None
    reason: str = ""
    review_on: date | None = None


class Paperwork(_Data):
    """A paper on file."""

    id: str
    client_id: str
    initials: str
    kind: PaperworkKind
    signed_on: date
    expires_on: date | None = None
    scope: Sensitive[str] = ""
    """Of an e-mail consent what it is for, of a release of information to whom."""
    address: Sensitive[str] = ""
    warned_at: date | None = None
    revoked_at: date | None = None


class PaperIn(_Data):
    """A paper to be filed."""

    client_id: str
    kind: PaperworkKind
    signed_on: date
    expires_on: date | None = None
    scope: Sensitive[str] = ""


class FiledPaperwork(_Data):
    """What filing did: the ids of the papers that were new, and how many were there already."""

    ids: list[str]
    unchanged: int


class PaperworkItem(_Data):
    """A paper that is missing, has expired or soon will."""

    client_id: str
    initials: str
    kind: str
    """A kind of paperwork, or `fee_review`: the day on which a sliding scale is looked at again."""
    title: str
    expires: date | None
    """The last day it is good for; null where it is missing."""
    days_left: int | None
    """Days from today to `expires`, negative once past."""
    state: Literal["missing", "expired", "expiring"]
    due_on: date
    """By when it has to be there: a missing one by the first session, or as long after it as the
    settings allow; others by the last day they are good for."""
    document_id: str | None = None


class OpeningBalance(_Data):
    """What a client owed (positive) or had in credit (negative) when the books began."""

    client_id: str
    initials: str
    amount: Decimal
    as_of: date


class ImportReport(_Data):
    """What an import did with a file's rows."""

    kind: ImportKind
    path: str
    rows: int
    new: int
    changed: int
    unchanged: int


class RetentionItem(_Data):
    """A discharged client: until when the record is kept, or what is missing to tell it."""

    client_id: str
    initials: str = ""
    region: str = ""
    """The state whose rule counts: the client's, else the practice's."""
    discharged_on: date | None = None
    was_minor: bool | None = None
    """Whether the client was a minor at the discharge."""
    keep_until: date | None = None
    """The last day the record is kept."""
    state: Literal["keep", "past", "unknown"]
    """`past`: the rule asks no longer for it; `unknown`: keep it until `why` is settled."""
    why: str = ""
    rule_set: str = ""


class Retention(_Data):
    """How long the records of discharged clients are kept, the first to end first."""

    as_of: date
    items: list[RetentionItem]
    sources: list[str]
    """Where the rules come from, and how sure they are."""
