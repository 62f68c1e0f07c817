"""What happens in a run, as it happens: for a terminal and for logs. Nothing is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Event"]


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `text` holds no client data; `seconds` is how long a step took."""

    kind: Literal[
        "run_started",
        "run_ended",
        "step_started",
        "step_ended",
        "step_progress",
        "attempt_failed",
        "asked",
    ]
    run_id: str
    path: str = ""
    title: str = ""
    state: str = ""
    text: str = ""
    seconds: float = 0.0
    done: int = 0
    total: int = 0
