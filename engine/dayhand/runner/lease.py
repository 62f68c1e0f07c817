"""A run belongs to one process for a while; a process that lives keeps it so."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from dayhand.clock import Clock
from dayhand.model.run import Run

if TYPE_CHECKING:
    from dayhand.store import Store

__all__ = ["LEASE", "KeptLease"]

LEASE = timedelta(seconds=60)
"""How long a run belongs to a process that is not heard from; renewed at a third of it."""


class KeptLease:
    """Renews a run's lease while its `async with` block lasts.

    If the lease cannot be kept, the block is cancelled, and what was in the way is raised. Most runs
    are over before there is anything to renew: until then it costs a timer, and no task.

    Raises:
        Fenced: another process has taken the run over.
        StoreError: the database cannot be written.
    """

    def __init__(self, store: Store, run: Run, clock: Clock) -> None:
        self._store = store
        self._run = run
        self._clock = clock
        self._error: Exception | None = None
        self._renewal: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a lease is kept by a task")
        self._block = task
        self._asked_before = task.cancelling()
        self._wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self._timer.cancel()
        if self._renewal is not None:
            self._renewal.cancel()
        if self._error is None:
            return
        if self._block.uncancel() <= self._asked_before and kind is asyncio.CancelledError:
            raise self._error from None

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(LEASE.total_seconds() / 3, self._begin)

    def _begin(self) -> None:
        self._renewal = asyncio.get_running_loop().create_task(self._renew())

    async def _renew(self) -> None:
        run = self._run
        try:
            await self._store.renew(run.id, run.epoch, lease=LEASE, now=self._clock.now())
        except Exception as error:  # noqa: BLE001 - raised in the block, whatever it is
            self._error = error
            self._block.cancel()
        else:
            self._wait()
