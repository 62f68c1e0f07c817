"""The formats of progress notes: their sections, and the headings every note may have besides."""

from __future__ import annotations

from collections.abc import Mapping

from dayhand_practice.vocabulary import NoteFormat

__all__ = ["BESIDES", "FORMATS", "PLAN", "is_empty", "sections_of", "title_of"]

FORMATS: Mapping[NoteFormat, Mapping[str, str]] = {
    "SOAP": {
        "subjective": "What the client reports",
        "objective": "What you observe",
        "assessment": "How you understand it",
        "plan": "What happens next",
    },
    "DAP": {
        "data": "What was said, seen and done",
        "assessment": "How you understand it",
        "plan": "What happens next",
    },
    "BIRP": {
        "behavior": "What the client presents",
        "intervention": "What you did",
        "response": "How the client responded",
        "plan": "What happens next",
    },
    "GIRP": {
        "goal": "Which goal was worked on",
        "intervention": "What you did",
        "response": "How the client responded",
        "plan": "What happens next",
    },
    "PIE": {
        "problem": "What was worked on",
        "intervention": "What you did",
        "evaluation": "What came of it, and what happens next",
    },
}

BESIDES: Mapping[str, str] = {
    "goals": "Active goals, one a line",
    "homework": "What was agreed until next time",
    "risk": "Risk screen, and what it calls for",
    "measures": "Measures given or due",
    "participants": "Who took part besides the client",
}

PLAN: Mapping[NoteFormat, str] = {
    "SOAP": "plan",
    "DAP": "plan",
    "BIRP": "plan",
    "GIRP": "plan",
    "PIE": "evaluation",
}
"""The section in which a format says what happens next."""


def sections_of(note_format: NoteFormat) -> list[str]:
    """The names of the sections of a note, the format's own first."""
    return [*FORMATS[note_format], *BESIDES]


def title_of(section: str) -> str:
    """A section's heading."""
    return section.replace("_", " ").capitalize()


def is_empty(sections: Mapping[str, str]) -> bool:
    """True if nobody has written anything yet."""
    return not any(text.strip() for text in sections.values())
