"""What waits for a commit, and how it gets its answer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from dayhand.model.run import Attempt, StepRecord
from dayhand.store.faults import is_disconnect
from dayhand.store.rows import NO_ATTEMPT, Row, attempt_row, is_told_by, step_row

__all__ = ["Checkpoint", "CursorJob", "Job", "Waiting", "answer", "may_be_repeated"]

_log = logging.getLogger("dayhand.store")


class Waiting:
    """Someone who waits for a commit: a task of an event loop, or a thread."""

    __slots__ = ("error", "future", "loop", "result")

    loop: asyncio.AbstractEventLoop | None
    future: Any
    result: Any
    error: BaseException | None


class Checkpoint(Waiting):
    """Rows that are written only where the epoch still matches.

    `step` is the row of the step itself; `more`, of most none, are those that belong to it, each with the
    name of its statement.
    """

    __slots__ = ("epoch", "more", "run_id", "step")

    def __init__(
        self, run_id: str, epoch: int, step: StepRecord, attempt: Attempt | None = None,
        *, inputs: Any = NO_ATTEMPT,
    ) -> None:  # fmt: skip
        self.result = self.error = self.loop = self.future = None
        self.run_id = run_id
        self.epoch = epoch
        if attempt is not None and is_told_by(step, attempt):
            inputs, attempt = attempt.inputs, None
        self.step = step_row(run_id, epoch, step, inputs)
        self.more: tuple[tuple[str, Row], ...] = ()
        if attempt is not None:
            self.more = (("attempt", attempt_row(run_id, attempt)),)


class Job(Waiting):
    """Someone's function, called with the connection, in a savepoint of its own."""

    __slots__ = ("begun", "call")

    def __init__(self, call: Callable[[Connection], Any]) -> None:
        self.begun = False
        self.result = self.error = self.loop = self.future = None
        self.call = call


class CursorJob(Job):
    """A job for the hot path: called with the driver's cursor, beneath SQLAlchemy.

    It writes with one statement, so that on SQLite it needs no savepoint.
    """

    __slots__ = ()

    call: Callable[[Any], Any]


def answer(batch: list[Any]) -> None:
    """Tell each who waits; one call into each event loop."""
    loops: dict[asyncio.AbstractEventLoop, list[Waiting]] = {}
    for work in batch:
        if work.loop is not None:
            loops.setdefault(work.loop, []).append(work)
        elif work.error is not None:
            work.future.set_exception(work.error)
        else:
            work.future.set_result(work.result)
    for loop, works in loops.items():
        try:
            loop.call_soon_threadsafe(_resolve, works)
        except RuntimeError:
            _log.debug("an event loop was closed before its answer came")


def _resolve(works: list[Waiting]) -> None:
    for work in works:
        if work.future.done():  # cancelled meanwhile; what was written stays written
            continue
        if work.error is None:
            work.future.set_result(work.result)
        elif isinstance(work.error, StopIteration):
            work.future.set_exception(RuntimeError("a job raised StopIteration"))
        else:
            work.future.set_exception(work.error)


def may_be_repeated(batch: list[Any], error: BaseException) -> bool:
    """True if the batch can be written once more: no job of it was called when the connection went."""
    if not is_disconnect(error) or any(isinstance(work, Job) and work.begun for work in batch):
        return False
    for work in batch:
        work.error = None
    return True
