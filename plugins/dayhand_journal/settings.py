"""The `journal` section of `practice.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Duration
from dayhand_journal.formats import BESIDES, FORMATS
from dayhand_practice.vocabulary import NoteFormat

__all__ = ["DaySheetSettings", "JournalSettings", "MeasureSettings", "PlanReview"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_default=True)


class DaySheetSettings(_Section):
    """What stands on the day sheet and the evening page."""

    pdf: bool = True
    """Whether a PDF is written beside the Markdown."""
    paper: Literal["letter", "a4"] = "letter"
    initials_only: bool = True
    """Leaves out the titles of calendar events, which may hold names."""
    plans: bool = True
    """Whether prep cards show plan, goals, homework and risk from the last note."""


def _words() -> list[str]:
    text = (Path(__file__).parent / "interventions.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


class PlanReview(_Section):
    """When treatment plans are reviewed, and by what words a note says what was done."""

    every: Duration = timedelta(days=90)
    """How long a plan is good for after it was made or reviewed."""
    sessions: int | None = Field(default=None, ge=1)
    """After how many sessions it is reviewed in any case."""
    interventions: list[str] = Field(default_factory=_words)
    """Beginnings of words by which notes without a section for it say what you did."""


class MeasureSettings(_Section):
    """A measure by its name: how often it is given, its highest score, and which way is better.

    dayhand carries names only, no questions: those belong to their authors.
    """

    every: Duration = timedelta(days=28)
    maximum: int | None = Field(default=None, ge=1)
    better: Literal["lower", "higher"] = "lower"
    notable: int = Field(default=5, ge=1)
    """A change of so many points is told as better or worse."""


class JournalSettings(_Section):
    """How notes are written and pages printed."""

    prompts: dict[NoteFormat, dict[str, str]] = Field(default_factory=dict)
    """Your own prompts for sections, by format: {DAP: {data: What happened}}."""
    late_after: Duration = timedelta(hours=72)
    """A note signed later than this after its session is marked as a late entry."""
    plan_review: PlanReview = Field(default_factory=PlanReview)
    measures: dict[str, MeasureSettings] = Field(
        default_factory=lambda: {
            "PHQ-9": MeasureSettings(maximum=27),
            "GAD-7": MeasureSettings(maximum=21, notable=4),
        }
    )
    """Measures by name; others are taken with the defaults."""
    day_sheet: DaySheetSettings = Field(default_factory=DaySheetSettings)

    def prompt(self, note_format: NoteFormat, section: str) -> str:
        """What to write in a section."""
        own = self.prompts.get(note_format, {})
        return own.get(section) or FORMATS[note_format].get(section) or BESIDES.get(section, "")
