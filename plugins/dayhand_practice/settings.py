"""The section `practice_records` of `practice.yaml`."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dayhand import Duration
from dayhand_practice.paperwork_kinds import PaperworkKind

__all__ = ["CLIENT_ID", "PracticeRecords", "TimeRule"]

CLIENT_ID = re.compile(r"^[A-Z]{1,6}-[0-9]{1,9}$")
"""An id is a pseudonym that may stand in files and logs, so its form leaves no room for a name."""

_PATTERN = re.compile(r"^[A-Z]{1,6}-\{seq(:0[1-9])?\}$")


class TimeRule(BaseModel):
    """The service of a session by its minutes: `{from: 38, to: 52, service: SVC-45}`."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    least: int = Field(alias="from", ge=1)
    most: int | None = Field(default=None, alias="to")
    service: str

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.most is not None and self.most < self.least:
            raise ValueError("'to' is less than 'from'")
        return self

    def holds_for(self, minutes: int) -> bool:
        """True if a session of so many minutes is this service."""
        return self.least <= minutes and (self.most is None or minutes <= self.most)


class PracticeRecords(BaseModel):
    """How the practice keeps its records."""

    model_config = ConfigDict(extra="forbid")

    client_ids: str = "C-{seq:04}"
    """The pattern of new clients' ids."""
    initials: Literal["first_last", "all"] = "first_last"
    """Initials of a new client: of the first and last name, or of every part of it."""
    required_paperwork: list[PaperworkKind] = [
        "consent_treatment",
        "npp_receipt",
        "fee_agreement",
        "no_show_policy",
        "emergency_contact",
        "treatment_plan",
    ]
    """What must be on file for every active client."""
    required_for_video: list[PaperworkKind] = ["consent_telehealth"]
    """What must be on file, besides, for a client who has sessions by video or phone."""
    required_for_self_pay: list[PaperworkKind] = ["gfe"]
    """What must be on file, besides, for a client without an insurer."""
    due_after: dict[PaperworkKind, Duration] = {"treatment_plan": timedelta(days=30)}
    """How long after the first session a paper may be missing; others are due on that day."""
    lasts: dict[PaperworkKind, Duration] = {
        "gfe": timedelta(days=365),
        "treatment_plan": timedelta(days=90),
    }
    """How long a paper is good for where it says no day itself."""
    missed_known_within: Duration = timedelta(days=14)
    """How long after it a missed session may become known and still start what is `after:
    missed_session`; 31 days at most."""
    service_by_minutes: list[TimeRule] = Field(default_factory=list)
    """Which service a calendar event is, by its length; without any rule the service of exactly
    that many minutes."""
    default_service: str = ""
    """The service where no rule fits; without one such a session is recorded without a fee."""
    place_of_service: str = Field(default="11", pattern=r"^\d{2}$")
    video_place_of_service: str = Field(default="10", pattern=r"^\d{2}$")
    video_modifiers: list[str] = Field(default_factory=list, max_length=4)
    """Modifiers of a session by video, as the practice's payers want them."""
    phone_modifiers: list[str] = Field(default_factory=list, max_length=4)
    """Modifiers of a session by telephone."""

    @field_validator("client_ids")
    @classmethod
    def _is_a_pattern(cls, value: str) -> str:
        if not _PATTERN.match(value):
            raise ValueError("write it as capital letters, a hyphen and {seq}, such as C-{seq:04}")
        return value

    @field_validator("service_by_minutes")
    @classmethod
    def _do_not_overlap(cls, value: list[TimeRule]) -> list[TimeRule]:
        rules = sorted(value, key=lambda rule: rule.least)
        for earlier, later in pairwise(rules):
            if earlier.most is None or earlier.most >= later.least:
                raise ValueError(f"two rules hold for {later.least} minutes")
        return rules
