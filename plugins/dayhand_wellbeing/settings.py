"""The `wellbeing` section of `practice.yaml`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Duration

__all__ = ["WellbeingSettings"]


class WellbeingSettings(BaseModel):
    """What you can carry on a day, and how pages are printed."""

    model_config = ConfigDict(extra="forbid", validate_default=True)

    most_sessions: int = Field(default=7, ge=1)
    """More sessions on a day are a warning."""
    most_in_week: int = Field(default=28, ge=1)
    """More sessions in a week, from Monday to Sunday, are a warning."""
    least_break: Duration = timedelta(minutes=10)
    """A shorter break between two sessions is a warning."""
    rest: Duration = timedelta(minutes=25)
    """A break so long ends a stretch of work."""
    longest_stretch: Duration = timedelta(hours=4)
    """A longer stretch of work is a warning."""
    most_in_a_row: int = Field(default=2, ge=1)
    """More sessions in a row with clients who weigh more are a warning."""
    lower_is_better: list[str] = ["strain"]
    """Scales of the check-in on which a lower number is better."""
    hold_title: str = Field(default="Hold", min_length=1, max_length=60)
    """What stands in the calendar for protected time. Whoever sees the calendar sees it."""
    paper: Literal["letter", "a4"] = "letter"
    pdf: bool = True
