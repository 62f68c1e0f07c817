"""The occurrence ledger: one row for each moment at which a trigger made, or will make, a routine due.

planned ──due──→ started ──run ends──→ ran · ran_late
   │ ├──────────→ coalesced · missed · skipped           (final, each with its reason)
   │ ├──────────→ superseded                             (an edit, a moved event, a zone change)
   └──ask──────→ asking ──answer──→ started · skipped
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["BEFORE_THE_EDIT", "CLOSED", "KNOWN", "Due", "Horizon", "Lease", "Pause", "Planned"]

DueState = Literal[
    "planned", "started", "asking",
    "ran", "ran_late", "coalesced", "missed", "skipped", "superseded",
]  # fmt: skip

BEFORE_THE_EDIT = ", before the edit"
"""How the reason of a row ends that is not to run because its place ran under the old times."""

KNOWN = "known/"
"""Under this and a row's key it is noted since when the row's event is known, if that was after it."""

CLOSED: frozenset[str] = frozenset(
    {"ran", "ran_late", "coalesced", "missed", "skipped", "superseded"}
)
"""The states an occurrence does not leave."""


@dataclass(frozen=True, slots=True)
class Planned:
    """An occurrence as it is planned. `key` is what it is known by, for ever; `at` is the moment it
    is due, aware; `nominal` the wall time the trigger names, as text. One that is not to run is
    planned too, in its final `state` with its `reason`."""

    key: str
    routine: str
    trigger: str
    at: datetime
    nominal: str
    zone: str
    tzdata: str
    digest: str
    notes: tuple[str, ...] = ()
    state: DueState = "planned"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """A row of the ledger: the occurrence, and what became of it."""

    planned: Planned
    state: DueState
    reason: str = ""
    run_id: str | None = None
    decided_at: datetime | None = None

    @property
    def key(self) -> str:
        """What it is known by."""
        return self.planned.key

    @property
    def due(self) -> datetime:
        """The moment it is due."""
        return self.planned.at

    @property
    def is_closed(self) -> bool:
        """True once it has ended in a state with a reason."""
        return self.state in CLOSED


@dataclass(frozen=True, slots=True)
class Pause:
    """A routine, or with an empty name all of them, is not to be started until then, or for good."""

    routine: str
    since: datetime
    until: datetime | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Lease:
    """Who runs the daemon: `epoch` counts takeovers."""

    owner: str
    epoch: int
    until: datetime


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead a trigger has its rows, and by which rule they were made."""

    routine: str
    trigger: str
    rule: str
    until: datetime
