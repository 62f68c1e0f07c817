"""A checked routine told in plain sentences: when it is due, what each step does, what leaves the machine.

Pure: it reads the routine and the catalogue, and plugins' own words for what their steps do.
"""

from __future__ import annotations

from dayhand.explanation._model import Explanation, Sending, StepTold
from dayhand.explanation._phrases import condition, phrase, value_text
from dayhand.explanation._routine import explain
from dayhand.explanation._text import as_text
from dayhand.explanation._triggers import trigger_names, trigger_text, when

__all__ = [
    "Explanation",
    "Sending",
    "StepTold",
    "as_text",
    "condition",
    "explain",
    "phrase",
    "trigger_names",
    "trigger_text",
    "value_text",
    "when",
]
