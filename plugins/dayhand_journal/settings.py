"""The `journal` section of `practice.yaml`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from dayhand import Duration
from dayhand_journal.formats import BESIDES, FORMATS
from dayhand_practice.vocabulary import NoteFormat

__all__ = ["DaySheetSettings", "JournalSettings"]


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


class JournalSettings(_Section):
    """How notes are written and pages printed."""

    prompts: dict[NoteFormat, dict[str, str]] = Field(default_factory=dict)
    """Your own prompts for sections, by format: {DAP: {data: What happened}}."""
    late_after: Duration = timedelta(hours=72)
    """A note signed later than this after its session is marked as a late entry."""
    day_sheet: DaySheetSettings = Field(default_factory=DaySheetSettings)

    def prompt(self, note_format: NoteFormat, section: str) -> str:
        """What to write in a section."""
        own = self.prompts.get(note_format, {})
        return own.get(section) or FORMATS[note_format].get(section) or BESIDES.get(section, "")
