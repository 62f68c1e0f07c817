"""A run and what is kept of it: checkpoints, attempts, effects, questions.

A run's states, and what leads from one to the next:

    queued ──claim──→ running ──→ done · done_with_failures · failed · declined · cancelled   (final)
                        │  ↑
            a question  ↓  │ answer, or the moment waited for
                      waiting
                        │
        an effect whose end is not known ──→ unknown ──answer──→ running
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

__all__ = [
    "FINAL",
    "Attempt",
    "EffectRecord",
    "ErrorRecord",
    "Question",
    "Run",
    "RunState",
    "StepRecord",
    "StepState",
]

RunState = Literal[
    "queued", "running", "waiting", "unknown",
    "done", "done_with_failures", "failed", "declined", "cancelled",
]  # fmt: skip
StepState = Literal[
    "running", "done", "skipped", "failed", "waiting", "unknown", "declined", "cancelled"
]
EffectState = Literal["intended", "done", "not_sent", "unknown"]

FINAL: frozenset[str] = frozenset({"done", "done_with_failures", "failed", "declined", "cancelled"})
"""The states a run does not leave."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a routine. Moments are aware; `timezone` is the IANA name `scheduled_for` is
    meant in. `digest` names the pinned text, which `Store.text` gives. `owner` is who holds the
    lease, as `host:pid:start`, until `lease_until`; `epoch` counts claims. `was_cut_off` tells of a run
    just claimed that somebody was working on before, and did not let go of.
    """

    id: str
    routine: str
    digest: str
    scheduled_for: datetime
    timezone: str
    created_at: datetime
    state: RunState = "queued"
    title: str = ""
    reason: str = ""
    trigger: str = "hand"
    inputs: Mapping[str, Any] = field(default_factory=dict)
    started_at: datetime | None = None
    ended_at: datetime | None = None
    epoch: int = 0
    owner: str = ""
    lease_until: datetime | None = None
    wake_at: datetime | None = None
    parent: str | None = None
    retry_of: str | None = None
    was_cut_off: bool = field(default=False, compare=False)

    @property
    def due(self) -> datetime:
        """`scheduled_for` in the zone it is meant in."""
        return self.scheduled_for.astimezone(ZoneInfo(self.timezone))

    @property
    def is_final(self) -> bool:
        """True once the run has ended for good."""
        return self.state in FINAL


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """Why a step failed: the exception's kind, a message without client data, what to do, where."""

    kind: str
    message: str
    hint: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A checkpoint: how a step of a run stands. `path` names it in the run: `send[3].pdf`."""

    path: str
    state: StepState
    uses: str = ""
    output: Any = None
    error: ErrorRecord | None = None
    reason: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a step. `inputs` are plain values, already redacted."""

    path: str
    number: int
    state: Literal["done", "failed", "not_sent", "unknown", "cancelled"]
    started_at: datetime
    ended_at: datetime
    inputs: Any = None
    error: ErrorRecord | None = None


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """Something that was to leave the machine. `key` is unique: the step's idempotency key."""

    key: str
    run_id: str
    path: str
    uses: str
    state: EffectState
    intended_at: datetime
    details: Mapping[str, Any] = field(default_factory=dict)
    receipt: Any = None
    ended_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What a run asks a person.

    `kind`: `approval` (answer: approved or declined), `form` (answer: the fields of `form`, a JSON
    Schema), `unknown_effect` (answer: it_was, send_again, stop).
    """

    id: str
    run_id: str
    path: str
    kind: Literal["approval", "form", "unknown_effect"]
    title: str
    asked_at: datetime
    body: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    state: Literal["open", "answered", "expired", "withdrawn"] = "open"
    expires_at: datetime | None = None
    remind_every: timedelta | None = None
    answer: Mapping[str, Any] | None = None
    answered_at: datetime | None = None
    answered_by: str = ""
    routine: str = ""
