"""Goes on with care after a run was cut off: which step ends the process is found out, and how often.

A step may end dayhand's process (`os._exit`, a crash, all memory) or hang it until whoever watches over
it ends it. The next process goes on after the last checkpoint, and so comes to the same step: without a
bound it would do so for ever, and take every other run with it.

A run that was not cut off notes nothing when a step begins, since that would cost a commit for each. One
that was cut off does:

| found of a step that had not ended     | then                                                        |
|-----------------------------------------|------------------------------------------------------------|
| nothing                                 | its beginning is noted, and it is tried                    |
| a beginning, and no end of that attempt | the process ended meanwhile: kept as a failed attempt      |
| three of these                          | it is not tried again: it fails, or, if it may have sent,  |
|                                         | a person is asked; its plugin's `confirm` is not called    |

Steps of runs that were cut off are tried one after another, so that only what ends the process is
blamed for it. A step that is cancelled, as when the daemon is told to stop, is not.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import TYPE_CHECKING

from dayhand.errors import Fenced, StoreError
from dayhand.model.run import Attempt, ErrorRecord, StepRecord

if TYPE_CHECKING:
    from dayhand.runner.session import Session

__all__ = ["KIND", "MOST_ENDS", "Care"]

KIND = "process-ended"
"""The kind of the error of an attempt during which the process ended."""
MOST_ENDS = 3
"""So often the process may end while a step runs, counted from the first time it was watched."""
_TOLD = "the process ended while it ran"

_log = logging.getLogger("dayhand.run")


class Care:
    """What is noted of the steps of one run that was cut off; `turn` is shared by all such runs."""

    def __init__(self, session: Session, turn: asyncio.Lock) -> None:
        self._session = session
        self._turn = turn
        self._is_told = False

    async def ends_of(self, path: str, uses: str) -> int:
        """How often the process ended while that step ran; the last time is noted, if it is not yet."""
        session = self._session
        record = session.records.get(path)
        if record is None or record.state != "running" or not record.attempts:
            return 0
        known = session.store.attempts(session.run.id, path)
        ends = sum(one.error is not None and one.error.kind == KIND for one in known)
        if any(one.number == record.attempts for one in known):
            return ends
        begun, now = record.started_at or session.now(), session.now()
        _log.warning("run %s: the process ended while step %s (%s) ran", session.run.id, path, uses)
        error = ErrorRecord(KIND, _TOLD)
        await session.checkpoint(
            record,
            attempt=Attempt(path, record.attempts, "failed", begun, now, error=error),
        )
        return ends + 1

    async def give_up(
        self, path: str, uses: str, plugin: str, *, ends: int, place: str
    ) -> ErrorRecord:
        """Keep that a step failed, since it is not tried again."""
        session, now = self._session, self._session.now()
        told = ErrorRecord(
            KIND,
            f"the process ended {ends} times while it ran, so it is not tried again",
            f"plugin '{plugin}' ends or hangs dayhand in {uses}, or the machine went down each time;"
            f" to try once more: dayhand retry {session.run.id}",
            place,
        )
        number = session.attempts_of(path)
        await session.checkpoint(
            StepRecord(
                path, "failed", uses, error=told, started_at=now, ended_at=now, attempts=number
            )
        )
        _log.error("run %s: step %s (%s) failed: %s", session.run.id, path, uses, told.message)
        return told

    @asynccontextmanager
    async def watching(
        self, path: str, uses: str, number: int, begun: datetime
    ) -> AsyncIterator[None]:
        """While the `with` lasts, an attempt of a step is the only one that is tried with care.

        What is in doubt already is left as it is: its question is told by the number of the attempt.
        """
        async with self._turn:
            effect = self._session.effect_of(path)
            if effect is not None and effect.state == "unknown":
                yield
                return
            self._tell(path, uses)
            record = StepRecord(path, "running", uses, started_at=begun, attempts=number)
            await self._session.checkpoint(record)
            try:
                yield
            except asyncio.CancelledError:
                await self._take_back(path, uses, number, begun)
                raise

    def _tell(self, path: str, uses: str) -> None:
        if not self._is_told:
            self._is_told = True
            told = "run %s was cut off; it goes on with step %s (%s)"
            _log.warning(told, self._session.run.id, path, uses)

    async def _take_back(self, path: str, uses: str, number: int, begun: datetime) -> None:
        before = StepRecord(path, "running", uses, started_at=begun, attempts=number - 1)
        with suppress(Fenced, StoreError):  # another has the run, or the database is closed
            await asyncio.shield(self._session.checkpoint(before))
