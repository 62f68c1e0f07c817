"""What is said about a `SEND` step: before the act, in place of it, and when its end is not known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["Confirmation", "Intent", "Preview"]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a `SEND` step would do: a line, details to show, and the output later steps may count on."""

    summary: str
    output: Any = None
    details: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """What was committed before an act whose end is not known."""

    key: str
    details: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The answer of `confirm`: did it happen?"""

    happened: bool | None
    output: Any = None
    reason: str = ""

    @classmethod
    def yes(cls, output: Any = None, reason: str = "") -> Confirmation:
        """It happened, and this is the step's output."""
        return cls(happened=True, output=output, reason=reason)

    @classmethod
    def no(cls, reason: str = "") -> Confirmation:
        """It certainly did not happen: the step may be attempted again."""
        return cls(happened=False, reason=reason)

    @classmethod
    def unclear(cls, reason: str = "") -> Confirmation:
        """It cannot be told: a person decides."""
        return cls(happened=None, reason=reason)
