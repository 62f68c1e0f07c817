"""A routine as its author wrote it, checked, every default filled in. No YAML types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from dayhand.problems import Mark

__all__ = [
    "Call",
    "Input",
    "Loop",
    "Retry",
    "Routine",
    "RoutineStep",
    "Trigger",
]

InputType = Literal[
    "text", "number", "integer", "boolean", "date", "month", "choice", "file", "list"
]
Overlap = Literal["skip", "queue_one", "queue_all", "cancel_other", "allow"]


@dataclass(frozen=True, slots=True)
class Input:
    """What a routine may be given. `default` is a plain value, or text with `${{ }}`."""

    name: str
    type: InputType
    required: bool = False
    default: Any = None
    description: str = ""
    choices: tuple[str, ...] = ()
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a routine is due; `kind` says which of the fields means something.

    `cron` (expression), `every` (`every`), `before` / `after` (event kind, `offset`), `file` (glob
    under `inbox/`), `routine` (another routine's end). `id` is the author's, or made from the
    trigger's content, so that an edit of something else does not make it another trigger.
    """

    id: str
    kind: Literal["cron", "every", "before", "after", "file", "routine"]
    value: str
    offset: timedelta = timedelta(0)
    every: timedelta | None = None
    timezone: str | None = None
    if_missed: Literal["run_latest", "run_all", "run_within", "ask", "skip"] = "run_latest"
    max_missed: int | None = None
    run_within: timedelta | None = None
    overlap: Overlap | None = None
    skip_on: tuple[str, ...] = ()
    shift: Literal["next_open_day", "previous_open_day"] | None = None
    jitter: timedelta = timedelta(0)
    dst_gap: Literal["shift", "skip", "before"] = "shift"
    dst_overlap: Literal["first", "last", "both"] = "first"
    day_match: Literal["cron", "all", "any"] = "cron"
    on: tuple[str, ...] = ("done",)
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Retry:
    """How often and how far apart a failed attempt is repeated. `attempts` counts the first one."""

    attempts: int = 3
    backoff: Literal["exponential", "constant"] = "exponential"
    first: timedelta = timedelta(seconds=2)
    longest: timedelta = timedelta(minutes=5)
    jitter: bool = True
    on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """`for_each` (a bare expression), `as`, `max_parallel`."""

    items: str
    name: str
    max_parallel: int = 1


@dataclass(frozen=True, slots=True)
class Call:
    """Run another routine with these inputs (plain values; text may hold `${{ }}`)."""

    routine: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutineStep:
    """One entry of `steps`: exactly one of `uses`, `steps`, `parallel`, `call` is set.

    `key` names it inside its block and in a run's records: the author's `id`, or its position and
    what it uses, such as `4-email-send`.
    """

    key: str
    mark: Mark
    id: str | None = None
    name: str | None = None
    uses: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[RoutineStep, ...] | None = None
    parallel: tuple[RoutineStep, ...] | None = None
    call: Call | None = None
    when: str | None = None
    loop: Loop | None = None
    retry: Retry | None = None
    timeout: timedelta | None = None
    on_error: Literal["fail", "continue"] | tuple[RoutineStep, ...] = "fail"
    on_decline: Literal["stop", "continue"] = "stop"

    def inner(self) -> tuple[RoutineStep, ...]:
        """The steps directly inside a group or a parallel block."""
        return self.steps or self.parallel or ()

    def walk(self) -> Iterator[RoutineStep]:
        """This step and all inside it, its error handlers included, in the order of the text."""
        yield self
        for step in self.inner():
            yield from step.walk()
        if isinstance(self.on_error, tuple):
            for step in self.on_error:
                yield from step.walk()


@dataclass(frozen=True, slots=True)
class Routine:
    """A checked routine; `text` is what it was read from, `digest` the SHA-256 of that in hex."""

    name: str
    file: str
    text: str
    digest: str
    steps: tuple[RoutineStep, ...]
    title: str = ""
    description: str = ""
    enabled: bool = True
    timezone: str | None = None
    triggers: tuple[Trigger, ...] = ()
    inputs: tuple[Input, ...] = ()
    overlap: Overlap = "skip"
    timeout: timedelta | None = None
    on_failure: tuple[RoutineStep, ...] = ()
    finally_steps: tuple[RoutineStep, ...] = ()

    def walk(self) -> Iterator[RoutineStep]:
        """Every step of the routine, in the order of the text."""
        for step in (*self.steps, *self.on_failure, *self.finally_steps):
            yield from step.walk()
