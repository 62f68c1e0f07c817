"""How a step, or a block of steps, ended."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any

from dayhand.errors import DayhandError, NotSent, Retryable, StoreError
from dayhand.model.run import ErrorRecord
from dayhand.values import redact_text

__all__ = ["DONE", "Outcome", "Result", "as_record", "foremost", "is_retryable", "sole"]


class Outcome(enum.IntEnum):
    """How it ended; of several at once, the greatest counts."""

    DONE = 0
    SKIPPED = 1
    WAITING = 2
    DECLINED = 3
    FAILED = 4
    UNKNOWN = 5


@dataclass(
    slots=True
)  # not frozen: several are made for each step, and that costs three times as much
class Result:
    """An outcome, with the step's value where it is done and the error where it failed."""

    outcome: Outcome
    value: Any = None
    error: ErrorRecord | None = None
    path: str = ""

    @property
    def goes_on(self) -> bool:
        """True if the next step may begin."""
        return self.outcome <= Outcome.SKIPPED


DONE = Result(Outcome.DONE)


def as_record(error: BaseException, *, place: str, known: Any = None) -> ErrorRecord:
    """What is kept of an exception: never its values, which may name a client.

    The message of an error of dayhand's own tree is kept, without what is sensitive in `known`, the
    inputs of what raised it; of any other exception only the class is known to be free of data.
    """
    if isinstance(error, DayhandError):
        message, hint = (redact_text(text, known) for text in (error.message, error.hint))
        return ErrorRecord(_kind(error), message, hint, place)
    if isinstance(error, TimeoutError):
        return ErrorRecord("timeout", "it took longer than its time limit", "", place)
    return ErrorRecord(
        _kind(error),
        f"it raised {type(error).__name__}",
        "run again with --debug to see where it came from",
        place,
    )


def sole(error: Exception) -> Exception:
    """The one exception that a group of tasks failed with; a group of several stays a group.

    Of what SQLAlchemy raised because a column's type refused a value, that refusal.
    """
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    inner = getattr(error, "orig", None)
    return inner if isinstance(inner, DayhandError) else error


def foremost(several: ExceptionGroup[Exception]) -> Exception:
    """The one of several tasks' errors that the caller can do something about: the database's
    before others, dayhand's own before a plugin's or a bug's."""
    found: list[Exception] = []
    waiting: list[Exception] = [several]
    while waiting:
        error = waiting.pop()
        if isinstance(error, ExceptionGroup):
            waiting.extend(error.exceptions)
        else:
            found.append(error)
    return min(
        found, key=lambda e: (not isinstance(e, StoreError), not isinstance(e, DayhandError))
    )


def _kind(error: BaseException) -> str:
    name = type(error).__name__
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).strip("-")


def is_retryable(error: BaseException, on: tuple[str, ...]) -> bool:
    """True if another attempt may be made: by the routine's `on`, else by what the error says."""
    if on:
        return _kind(error) in on or (isinstance(error, TimeoutError) and "timeout" in on)
    if isinstance(error, NotSent):
        return error.retryable
    if isinstance(error, DayhandError):
        return isinstance(error, Retryable)
    return isinstance(error, OSError | TimeoutError)
