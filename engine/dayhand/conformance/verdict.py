"""What is asked of a plugin, and what was found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

__all__ = ["CHECKS", "FAILED", "NOT_TRIED", "OK", "Result", "Verdict"]

Result = Literal["ok", "failed", "not tried"]
OK: Result = "ok"
FAILED: Result = "failed"
NOT_TRIED: Result = "not tried"

CHECKS = {
    "loads": "it can be imported, and dayhand knows its hooks",
    "import cost": "importing it costs no more than a few starts of Python",
    "schema": "inputs and outputs are well formed, and each input is described",
    "docs": "each step and setting is explained, and each step is in its README",
    "declaration": "what it touches stands in its dayhand-plugin.toml",
    "send": "what sends has a preview, and tells how to find out whether it was sent",
    "example": "its examples run to their end",
    "redaction": "what is sensitive is hidden wherever it is shown, and stays marked",
    "dry run": "a dry run connects to nobody and touches no file outside",
    "once": "what was cut off while it was recorded is recorded once",
    "at most once": "what was cut off while it was sent is not sent twice",
    "cancellation": "a step that waits ends when it is cancelled",
    "time limit": "a step ends at its time limit",
    "event loop": "an async step does not hold up the others",
}
"""Every check by its name, as a sentence that is true of a plugin that passes."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check of one step, or of the whole plugin where `step` is empty.

    Attributes:
        check: its name, one of `CHECKS`.
        step: the step's name; empty if it is about the plugin.
        result: ok, failed or not tried.
        message: what is wrong, or why it was not tried.
        hint: what to do about it.
        figure: what was measured, in words.
    """

    check: str
    step: str
    result: Result
    message: str = ""
    hint: str = ""
    figure: str = ""

    def as_line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)
