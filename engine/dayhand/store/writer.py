"""The one writer: a thread that owns the connection and shares each commit among all who wait.

A batch is everything that was waiting when the thread came round:

    begin ─→ started rows, lazy jobs ─→ groups of checkpoints, single jobs ─→ commit ─→ answers

- An answer is given only after the commit: acknowledged means on the disk.
- Checkpoints go in as a few `executemany`; a fence that does not match drops only its own. If one
  cannot be written, the group is undone and written again one by one.
- A job that raises is undone alone. If the database gave up the whole transaction (disk full,
  connection lost), all of the batch are told, and none of it is kept.
- If the connection was lost before any job was called, or there were only checkpoints (to write
  one twice does no harm), the batch is written once more on a new connection.
- After a commit in which the disk failed nothing more is written: see `faults`.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from sqlalchemy import Connection

from dayhand.errors import StepMisuse, StoreBusy, StoreError, StoreStopped
from dayhand.model.run import StepRecord
from dayhand.store.checkpoints import CheckpointRows
from dayhand.store.database import Session
from dayhand.store.faults import is_disconnect, is_disk_failure, is_full, translate
from dayhand.store.rows import step_row
from dayhand.store.statements import Statements
from dayhand.store.waiting import Checkpoint, CursorJob, Job, answer, may_be_repeated

__all__ = ["Writer"]

T = TypeVar("T")

LAZY_SECONDS = 0.2
_ANEW = "look at the disk, then begin dayhand anew; as a service it begins by itself"
PATIENCE = 12  # times the busy timeout of five seconds

_log = logging.getLogger("dayhand.store")


_Started = tuple[tuple[str, str], tuple[int, StepRecord]]


class _LostError(Exception):
    """The whole transaction is gone."""


_STOP = object()
_NUDGE = object()


class Writer:
    """Takes work from any thread; see the module."""

    def __init__(self, session: Session, *, on_full: Callable[[], None] = lambda: None) -> None:
        self.batches = 0
        self._session = session
        self._statements = Statements(session.dialect)
        self._rows = CheckpointRows(session, self._statements)
        self._on_full = on_full
        self._queue: SimpleQueue[Any] = SimpleQueue()
        self._gathered: dict[asyncio.AbstractEventLoop, list[Checkpoint | Job]] = {}
        self._lazy_lock = threading.Lock()
        self._started: dict[tuple[str, str], tuple[int, StepRecord]] = {}
        self._lazy: list[Callable[[Connection], Any]] = []
        self._nudged_at = -LAZY_SECONDS
        self._sick: StoreError | None = None
        self._closed = False
        self._lending = threading.Lock()
        self._borrower: int | None = None
        self._thread = threading.Thread(target=self._work, name="dayhand-writer", daemon=True)
        self._thread.start()

    # asking ---------------------------------------------------------------------------------------

    def submit(self, work: Checkpoint | Job) -> asyncio.Future[Any]:
        """A future of the running loop that is done after the commit."""
        if self._closed or self._sick is not None:
            self._refuse()
        loop = asyncio.get_running_loop()
        work.loop = loop
        work.future = future = loop.create_future()
        gathered = self._gathered.get(loop)
        if gathered is None:  # the first of this turn of the loop; handed over at its end
            self._gathered[loop] = gathered = []
            loop.call_soon(self._hand_over, loop)
        gathered.append(work)
        return future

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        """What was asked in one turn of a loop goes into one batch."""
        self._queue.put(self._gathered.pop(loop, []))

    def wait_for(self, job: Job) -> Any:
        """The job's result, after the commit; blocks."""
        if self._closed or self._sick is not None:
            self._refuse()
        if threading.get_ident() in (self._thread.ident, self._borrower):
            raise StepMisuse(
                "a job in the store's writer waits for another: use the connection it was given"
            )
        job.loop = None
        job.future = Future()
        self._queue.put(job)
        return job.future.result()

    @contextmanager
    def borrowed(self) -> Iterator[None]:
        """This thread uses the writer's connection inside, and must not wait for it there."""
        if self._borrower == threading.get_ident():
            raise StepMisuse("a transaction inside another: use the connection of the first")
        with self._lending:
            self._borrower = threading.get_ident()
            try:
                yield
            finally:
                self._borrower = None

    def lazily(self, call: Callable[[Connection], Any]) -> None:
        """Write with the next batch, or soon; nobody waits, errors are logged."""
        if self._closed or self._sick is not None:
            self._refuse()
        with self._lazy_lock:
            self._lazy.append(call)
        self._nudge_later()

    def started(self, run_id: str, epoch: int, step: StepRecord) -> None:
        """Show a step as running, unless it has ended by the time this is written."""
        if self._closed or self._sick is not None:
            self._refuse()
        self._started[run_id, step.path] = (epoch, step)
        self._nudge_later()

    def ended(self, run_id: str, path: str) -> None:
        """A checkpoint comes: the step need not be shown as running any more."""
        if self._started:
            self._started.pop((run_id, path), None)

    def close(self) -> None:
        """Write what is waiting, then stop."""
        if self._closed:
            return
        self._closed = True
        for gathered in list(self._gathered.values()):
            self._queue.put(gathered)
        self._gathered.clear()
        self._queue.put(_STOP)
        self._thread.join()

    def _refuse(self) -> None:
        if self._sick is not None:
            raise StoreStopped(self._sick.message, hint=_ANEW)
        raise StoreError("the store is closed")

    def _nudge_later(self) -> None:
        now = time.monotonic()
        if now - self._nudged_at < LAZY_SECONDS:
            return
        self._nudged_at = now
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._queue.put(_NUDGE)
        else:
            loop.call_later(LAZY_SECONDS, self._queue.put, _NUDGE)

    # working --------------------------------------------------------------------------------------

    def _work(self) -> None:
        stopping = False
        while not stopping:
            batch = [self._queue.get()]
            with suppress(Empty):
                while True:
                    batch.append(self._queue.get_nowait())
            stopping = _STOP in batch
            waiting = _each(batch)
            # a row added to the old dict from here on is lost; it was for display only
            old, self._started = self._started, {}
            started = list(old.items())
            with self._lazy_lock:
                lazy, self._lazy = self._lazy, []
            if waiting or started or lazy:
                self._batch(waiting, started, lazy)
        self._session.close()
        self._turn_away()

    def _turn_away(self) -> None:
        """Answer those who asked in the very moment of closing."""
        late = [self._queue.get() for _ in range(self._queue.qsize())]
        for work in _each(late):
            work.error = StoreError("the store is closed")
            answer([work])

    def _batch(
        self, batch: list[Any], started: list[_Started],
        lazy: list[Callable[[Connection], Any]],
    ) -> None:  # fmt: skip
        with self._session.lock:
            error = self._try(batch, started, lazy)
            if error is not None and may_be_repeated(batch, error):
                error = self._try(batch, [], [])
            if error is not None:
                self._fail(batch, error)
        answer(batch)

    def _try(
        self, batch: list[Any], started: list[_Started],
        lazy: list[Callable[[Connection], Any]],
    ) -> BaseException | None:  # fmt: skip
        """Write the batch; what went wrong with the whole of it, if anything did."""
        try:
            self._begin()
            self._write(batch, started, lazy)
            self._commit()
        except BaseException as error:  # noqa: BLE001 - they are told, and the thread lives on
            self._session.rollback()
            self._rows.forget()
            return error.__cause__ or error if isinstance(error, _LostError) else error
        self.batches += 1
        return None

    def _commit(self) -> None:
        try:
            self._session.commit()
        except Exception as error:
            if is_disk_failure(error):  # it may have been the sync, and asking again would not tell
                self._sick = translate(error)
            raise

    def _begin(self) -> None:
        if self._sick is not None:
            raise StoreStopped(self._sick.message, hint=_ANEW)
        for attempt in range(1, PATIENCE + 1):
            try:
                self._session.begin()
            except Exception as error:
                if attempt == PATIENCE:
                    raise
                if is_disconnect(error):
                    time.sleep(attempt / 4)  # a server that restarts is back in a few seconds
                elif not isinstance(translate(error), StoreBusy):
                    raise
                elif attempt == 1:
                    _log.warning("another process holds the database; waiting until it lets go")
            else:
                self._rows.begin()
                return

    def _fail(self, batch: list[Any], error: BaseException) -> None:
        if not batch:
            _log.warning("what was to be written lazily is lost: %s", type(error).__name__)
        for work in batch:
            work.error = self._judged(error)

    def _judged(self, error: BaseException, *, always: bool = True) -> BaseException:
        """What to tell one who waits, after doing what has to be done about it.

        Each has an exception of its own: one raised in two tasks would mix their tracebacks.
        """
        told = translate(error, always=always)
        if told is None:
            return error
        if is_full(error):
            self._on_full()
        told.__cause__ = error
        return told

    def _write(
        self, batch: list[Any], started: list[_Started],
        lazy: list[Callable[[Connection], Any]],
    ) -> None:  # fmt: skip
        if started:
            self._apart(lambda: self._write_started(started), quiet=True)
        for call in lazy:
            self._apart(lambda call=call: call(self._session.connection), quiet=True)  # type: ignore[misc]
            self._rows.forget()
        group: list[Checkpoint] = []
        for work in batch:
            if isinstance(work, Checkpoint):
                group.append(work)
                continue
            if group:
                self._checkpoints(group)
                group = []
            self._job(work)
        if group:
            self._checkpoints(group)

    def _write_started(self, started: list[_Started]) -> None:
        cursor = self._session.cursor
        found = [step_row(run_id, epoch, step) for (run_id, _), (epoch, step) in started]
        cursor.executemany(self._statements.started, found)

    def _apart(self, call: Callable[[], T], *, quiet: bool = False) -> T | None:
        """Call in a savepoint: if it raises, only its own work is undone."""
        cursor = self._session.cursor
        cursor.execute("SAVEPOINT dayhand_job")
        try:
            result = call()
        except BaseException as error:
            if not self._session.is_intact:
                raise _LostError from error
            cursor.execute("ROLLBACK TO SAVEPOINT dayhand_job")
            cursor.execute("RELEASE SAVEPOINT dayhand_job")
            if not quiet:
                raise
            _log.warning("a lazy write was left out: %s", type(error).__name__)
            return None
        cursor.execute("RELEASE SAVEPOINT dayhand_job")
        return result

    def _job(self, job: Job) -> None:
        self._rows.forget()
        try:
            if isinstance(job, CursorJob) and self._session.dialect == "sqlite":
                job.result = self._bare(job)
            else:
                job.result = self._apart(lambda: self._call(job))
        except _LostError:
            raise
        except BaseException as error:  # noqa: BLE001 - it is the caller's, who gets it back
            job.error = self._judged(error, always=False)
        finally:
            self._rows.forget()

    def _bare(self, job: CursorJob) -> Any:
        """Call without a savepoint: of its one statement SQLite leaves nothing if it fails."""
        job.begun = True
        try:
            return job.call(self._session.cursor)
        except BaseException as error:
            if not self._session.is_intact:
                raise _LostError from error
            raise

    def _call(self, job: Job) -> Any:
        if isinstance(job, CursorJob):
            job.begun = True
            return job.call(self._session.cursor)
        connection = self._session.connection
        job.begun = True
        try:
            return job.call(connection)
        finally:
            nested = connection.get_nested_transaction()
            if nested is not None:
                nested.rollback()

    def _checkpoints(self, group: list[Checkpoint]) -> None:
        try:
            self._apart(lambda: self._rows.write(group))
        except _LostError:
            raise
        except Exception as error:  # noqa: BLE001 - found out one by one
            if len(group) == 1:
                group[0].error = self._judged(error)
                return
            for work in group:
                self._checkpoints([work])

    def write_rows(self, work: Checkpoint) -> None:
        """For a job that is also a checkpoint: its rows, in the job's own savepoint."""
        self._rows.write([work])
        if work.error is not None:
            raise work.error


def _each(items: list[Any]) -> list[Any]:
    """The work in what came through the queue: single jobs, and lists of one turn of a loop."""
    found: list[Any] = []
    for item in items:
        if isinstance(item, list):
            found.extend(item)
        elif item is not _STOP and item is not _NUDGE:
            found.append(item)
    return found
