"""What dayhand raises.

    DayhandError
    ├── UserError              the user can repair it: message and hint, no traceback, exit 2
    │   ├── CheckFailed        a routine or settings have problems (carries them)
    │   ├── PracticeError      no practice here, or its folder is not usable
    │   └── SecretMissing      a secret is referred to and not to be had
    ├── StoreError             the database: closed, damaged, full, newer than this version
    │   ├── StoreBusy          another process holds it; waiting did not help
    │   ├── StoreStopped       its disk failed; this process writes no more
    │   └── Fenced             this process lost its lease; another goes on with the run
    └── StepError              raised by a step, or about one
        ├── Retryable          it may work on the next attempt
        ├── NotSent            a `send` step is certain that nothing left the machine
        └── StepMisuse         a plugin broke the rules of the step API

Anything else that escapes is a bug: traceback, exit 70.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dayhand.problems import Problem

__all__ = [
    "CheckFailed",
    "DayhandError",
    "Fenced",
    "NotSent",
    "PracticeError",
    "Retryable",
    "SecretMissing",
    "StepError",
    "StepMisuse",
    "StoreBusy",
    "StoreError",
    "StoreStopped",
    "UserError",
]


class DayhandError(Exception):
    """The root of everything that dayhand raises on purpose."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UserError(DayhandError):
    """The user can repair it: shown as message and hint without a traceback; exit code 2."""


class CheckFailed(UserError):
    """A routine or the settings have problems; `problems` holds them all."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} found")
        self.problems = tuple(problems)


class PracticeError(UserError):
    """There is no practice folder here, or it cannot be used."""


class SecretMissing(UserError):
    """A secret is referred to and cannot be had; the message never holds its value."""


class StoreError(DayhandError):
    """The database cannot do what was asked: damaged, full, closed, or newer than this version."""


class StoreBusy(StoreError):
    """Another process holds the database, and waiting did not help."""


class StoreStopped(StoreError):
    """The disk failed in a commit before; this process writes no more, and one begun anew may."""


class Fenced(StoreError):
    """This process lost its lease on the run; another one goes on with it."""

    def __init__(self, run_id: str, epoch: int) -> None:
        super().__init__(f"the lease on run {run_id} (epoch {epoch}) is held by another process")
        self.run_id = run_id
        self.epoch = epoch


class StepError(DayhandError):
    """A step failed for a reason it can name. `hint` says what the owner can do.

    Never put client data or a secret into the message: it is kept in the run's history.
    """


class Retryable(StepError):
    """The step failed and may succeed on its next attempt, after `after` seconds if given."""

    def __init__(self, message: str, *, hint: str = "", after: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.after = after


class NotSent(StepError):
    """A `send` step knows for certain that nothing left the machine (refused, rejected, offline).

    After `StepContext.intend` every other exception means *unknown*: a person or `confirm` decides.
    `retryable` says that a later attempt may succeed (a 4xx reply, no connection), after `after`
    seconds if given.
    """

    def __init__(
        self, message: str, *, hint: str = "", retryable: bool = False, after: float | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.retryable = retryable
        self.after = after


class StepMisuse(StepError):
    """A plugin broke the rules of the step API; the message names the step and the rule."""
