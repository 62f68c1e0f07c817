"""The `network` section of `practice.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["NetworkSettings"]


class NetworkSettings(BaseModel):
    """How often you keep in touch, when an entry is stale, which counts are hidden."""

    model_config = ConfigDict(extra="forbid")

    touch_every_days: int = Field(default=90, ge=0, le=3650)
    """After so many days without a touch a contact is due, unless it says otherwise; 0 is never."""
    stale_after_days: int = Field(default=180, ge=1, le=3650)
    """After so many days an entry of the directory is to be verified again."""
    outcome_after_days: int = Field(default=30, ge=1, le=365)
    """After so many days you are asked what became of a referral."""
    acknowledge_within_days: int = Field(default=60, ge=1, le=365)
    """Older referrals are not acknowledged any more."""
    small_cell: int = Field(default=5, ge=2, le=100)
    """Counts below this are hidden in reports."""
    paper: Literal["letter", "a4"] = "letter"
    pdf: bool = True
    """Whether lists are printed beside their Markdown. Letters are always PDF."""
