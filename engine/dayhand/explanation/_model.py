"""What is told of a routine, as data."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class StepTold:
    """A step in words: what it does, and `details` (when, how often, what if it fails).

    `path` is its place such as `2.1`; `effect` is empty for blocks.
    """

    path: str
    key: str
    uses: str
    effect: str
    does: str
    details: tuple[str, ...] = ()
    steps: tuple[StepTold, ...] = ()
    on_error: tuple[StepTold, ...] = ()


@dataclass(frozen=True, slots=True)
class Sending:
    """A step that sends: to whom, and the approvals before it.

    `to_owner` says that it goes to the owner of the practice alone.
    """

    path: str
    uses: str
    does: str
    to: str
    approved_by: tuple[str, ...] = ()
    to_owner: bool = False


@dataclass(frozen=True, slots=True)
class Explanation:
    """A routine in words."""

    name: str
    title: str
    description: str
    enabled: bool
    triggers: tuple[str, ...]
    inputs: tuple[str, ...]
    steps: tuple[StepTold, ...]
    on_failure: tuple[StepTold, ...] = ()
    finally_steps: tuple[StepTold, ...] = ()
    limits: tuple[str, ...] = ()
    sends: tuple[Sending, ...] = ()
    asks: tuple[str, ...] = ()
    writes: tuple[str, ...] = field(default=())
    records: tuple[str, ...] = field(default=())
