"""Words and tables that the pages of this plugin share."""

from __future__ import annotations

import re
from typing import Any

from dayhand import Practice, typeset

__all__ = ["LABELS", "capital", "sender", "slug", "write_page"]

LABELS = {
    "attendance": "dates of sessions",
    "diagnosis": "diagnosis",
    "treatment_plan": "treatment plan and goals",
    "progress": "progress in treatment",
    "medication": "medication",
    "risk": "risk",
    "measures": "results of measures",
    "record": "the whole record",
    "psychotherapy_notes": "psychotherapy notes",
}


def capital(text: str) -> str:
    """The text with its first letter in capitals."""
    return text[:1].upper() + text[1:]


def sender(practice: Practice) -> dict[str, Any]:
    """Who a letter is from."""
    info = practice.info
    contact = " · ".join(part for part in (info.phone, info.email) if part)
    lines = list(info.address.lines) if info.address else []
    return {
        "practice": info.name,
        "clinician": practice.info.clinician.with_credentials,
        "lines": lines,
        "contact": contact,
    }


def slug(text: str) -> str:
    """A text as part of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", text.casefold()).strip("-")[:40] or "none"


def write_page(
    context: Practice, path: str, text: str, template: str, data: dict[str, Any]
) -> tuple[str, str]:
    """Write a page as Markdown and, unless the settings want none, as PDF beside it."""
    written = context.files.write(f"{path}.md", text)
    if not context.settings.pdf:
        return written.path, ""
    pdf = typeset(context, template, data | {"paper": context.settings.paper})
    return written.path, context.files.write(f"{path}.pdf", pdf).path
