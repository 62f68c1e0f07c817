"""The `collaboration` section of `practice.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["CollaborationSettings"]


class CollaborationSettings(BaseModel):
    """Which rules hold, how early you are told, and how pages are printed."""

    model_config = ConfigDict(extra="forbid")

    rule_sets: list[str] = Field(default_factory=lambda: ["us-hipaa", "us-42cfr2"])
    """Rule sets by id; where two say something, the stricter counts."""
    warn_days: list[int] = Field(default_factory=lambda: [30, 14, 0])
    """So many days before a release ends you are told."""
    request_warn_days: int = Field(default=10, ge=0, le=60)
    """So many days before a request for records is due it is told as pressing."""
    discloser: str = ""
    """Who may disclose, where a release does not say; the clinician if left out."""
    paper: Literal["letter", "a4"] = "letter"
    pdf: bool = True
    """Whether lists are printed beside their Markdown. Letters are always PDF."""
