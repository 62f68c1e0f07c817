"""Words and tables that the pages of this plugin share."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from dayhand import StepContext, typeset
from dayhand_supervision.intake import settings_of

__all__ = [
    "LABELS",
    "figure",
    "slug",
    "time_text",
    "write_page",
]

LABELS = {
    "direct_individual": "Direct, individual",
    "direct_couple_family_child": "Direct, couple, family or child",
    "direct_group": "Direct, group",
    "crisis": "Crisis",
    "supervision_individual": "Supervision, individual",
    "supervision_triadic": "Supervision, triadic",
    "supervision_group": "Supervision, group",
    "assessment_testing": "Assessment and testing",
    "notes_reports": "Notes and reports",
    "advocacy": "Advocacy",
    "workshop_training": "Workshops and training",
    "consultation": "Consultation",
    "other": "Other",
}


def figure(number: Decimal) -> str:
    """A number of hours without idle zeros."""
    return f"{number.quantize(Decimal('0.01')).normalize():f}"


def time_text(minutes: int) -> str:
    """Minutes as hours and minutes, `1:30`; nothing for none."""
    return f"{minutes // 60}:{minutes % 60:02}" if minutes else ""


def slug(text: str) -> str:
    """A text as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:60] or "none"


def write_page(
    context: StepContext, path: str, text: str, template: str, data: dict[str, Any]
) -> tuple[str, str]:
    """Write a page as Markdown and, unless the settings want none, as PDF beside it."""
    written = context.files.write(f"{path}.md", text)
    settings = settings_of(context)
    if not settings.pdf:
        return written.path, ""
    pdf = typeset(context, template, data | {"paper": settings.paper})
    return written.path, context.files.write(f"{path}.pdf", pdf).path
