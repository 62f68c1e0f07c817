"""The store: everything dayhand keeps, behind one class.

Methods that are `async` return after the commit and leave the event loop free meanwhile. The others
block for the length of a query or a commit, a fraction of a millisecond, and are for anywhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy import Connection

from dayhand.clock import Clock
from dayhand.errors import StoreError
from dayhand.model.run import Attempt, EffectRecord, Question, Run, StepRecord
from dayhand.store import audit, questions, rows, runs, sqlite
from dayhand.store.audited import Audited
from dayhand.store.changes import Changes
from dayhand.store.confided import Confided
from dayhand.store.database import Database, OwnSession, SharedSession
from dayhand.store.faults import translated
from dayhand.store.filed import Filed
from dayhand.store.handover import lent
from dayhand.store.scheduled import Scheduled
from dayhand.store.waiting import Checkpoint, CursorJob, Job
from dayhand.store.writer import Writer

__all__ = ["Store"]

T = TypeVar("T")


class Store(Audited, Confided, Filed, Scheduled):
    """One practice's database. Made by `open_store`; close it, or use it in a `with`."""

    def __init__(
        self, database: Database, clock: Clock, *, session: SharedSession | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._shared = session
        self._changes = Changes(database)
        own = session or OwnSession(database.writing, database.path)
        self._writer = Writer(own, on_full=self._spare_room)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what is waiting and let go of the database."""
        self._writer.close()
        self._changes.close()
        if self._shared is None:
            self._database.dispose()

    @property
    def place(self) -> str:
        """Where the database is, for messages; without a password."""
        return self._database.place

    @property
    def batches(self) -> int:
        """How many commits there were."""
        return self._writer.batches

    def _spare_room(self) -> None:
        if self._database.path is not None:
            sqlite.spare_room(self._database.path)

    # Writing and reading --------------------------------------------------------------------------

    async def write(self, job: Callable[[Connection], T]) -> T:
        """Run the job in the writer's thread and return its result after the commit.

        It has a savepoint of its own in the shared transaction: if it raises, only its own writes
        are undone.
        """
        result: T = await self._writer.submit(Job(job))
        return result

    def write_soon(self, job: Callable[[Connection], Any]) -> None:
        """Run the job with the next write, or within 200 ms. Nobody waits; an error is logged."""
        self._writer.lazily(job)

    def write_now(self, job: Callable[[Connection], T]) -> T:
        """Like `write`, for callers that are not async."""
        result: T = self._writer.wait_for(Job(job))
        return result

    @contextmanager
    def transaction(
        self, *, who: str, action: str, now: datetime, subject: str = ""
    ) -> Iterator[Connection]:
        """A transaction for a `with` block of a command; undone if the block raises.

        It is committed at the end, together with its entry in the audit log. Nothing else may be
        written meanwhile by the same thread.
        """

        def last(connection: Connection) -> None:
            audit.append(connection, at=now, who=who, action=action, subject=subject)

        with self._writer.borrowed(), lent(self.write_now, last=last) as connection:
            yield connection

    def read(self) -> AbstractContextManager[Connection]:
        """A connection that only reads, on one unchanging view; undone at the end."""
        return self._shared.read() if self._shared is not None else self._database.read()

    def _read(self, query: Callable[..., T], *values: Any, **named: Any) -> T:
        with translated(), self.read() as connection:
            return query(connection, *values, **named)

    def version(self) -> int | None:
        """A number that is another once anybody, in any process, has changed the database; None where
        there is none to be had. For one thread."""
        return self._changes.version()

    def mark(self) -> str:
        """By what another process recognises that nothing the daemon acts upon was written since this was
        asked; of a file alone. For one thread."""
        return self._changes.mark()

    @property
    def file(self) -> tuple[Path, bytes | None] | None:
        """The database's file and its key; None on a server."""
        path = self._database.path
        return None if path is None else (path, self._database.key)

    # Runs -----------------------------------------------------------------------------------------

    def create_run(self, run: Run, text: str) -> None:
        """Keep a new run and, by its digest, the text it is pinned to."""
        self.write_now(lambda connection: runs.create(connection, run, text))

    def claim(
        self, run_id: str, *, owner: str, lease: timedelta, now: datetime,
        stale: Callable[[str], bool] = lambda _: False,
    ) -> Run:  # fmt: skip
        """Take the run for `owner`: running, epoch + 1, leased.

        `stale` tells of an owner that it is dead, so that its lease need not be waited out.

        Raises:
            StoreBusy: another holds it.
            UserError: there is no such run, or it has ended.
        """
        job = self._claiming(run_id, owner, lease, now, stale)
        run: Run = self._writer.wait_for(job)
        return run

    async def aclaim(
        self, run_id: str, *, owner: str, lease: timedelta, now: datetime,
        stale: Callable[[str], bool] = lambda _: False,
    ) -> Run:  # fmt: skip
        """Like `claim`, for callers that are async: many that claim at once share a commit."""
        run: Run = await self._writer.submit(self._claiming(run_id, owner, lease, now, stale))
        return run

    def _claiming(
        self, run_id: str, owner: str, lease: timedelta, now: datetime, stale: Callable[[str], bool]
    ) -> CursorJob:
        dialect = self._database.dialect
        return CursorJob(
            lambda cursor: runs.claim(
                cursor, dialect, run_id, owner=owner, lease=lease, now=now, stale=stale
            )
        )

    async def renew(self, run_id: str, epoch: int, *, lease: timedelta, now: datetime) -> None:
        """Keep the lease. Raises `Fenced` if another has the run by now."""
        await self.write(
            lambda connection: runs.renew(connection, run_id, epoch, until=now + lease)
        )

    async def finish(
        self,
        run_id: str,
        epoch: int,
        *,
        state: str,
        reason: str = "",
        now: datetime,
        wake_at: datetime | None = None,
    ) -> None:
        """Let go of the run: ended for good, waiting, or unknown. Raises `Fenced`."""
        dialect = self._database.dialect
        job = CursorJob(
            lambda cursor: runs.finish(
                cursor, dialect, run_id, epoch,
                state=state, reason=reason, now=now, wake_at=wake_at,
            )
        )  # fmt: skip
        await self._writer.submit(job)

    def run(self, run_id: str) -> Run | None:
        """The run of that id."""
        return self._read(runs.get, run_id)

    def find_run(self, text: str) -> Run:
        """The run a person means: an id, the beginning of one, or `last`. Raises `UserError`."""
        return self._read(runs.find, text)

    def runs(
        self,
        *,
        routine: str | None = None,
        state: str | None = None,
        limit: int = 20,
        before: str | None = None,
    ) -> list[Run]:
        """The newest runs, newest first; `before` is the id to go on from."""
        return self._read(runs.listed, routine=routine, state=state, limit=limit, before=before)

    def resumable(self, now: datetime) -> list[Run]:
        """Runs that somebody should go on with: queued, left by a dead owner, answered, or due."""
        return self._read(runs.resumable, now)

    def text(self, digest: str) -> str:
        """The routine's text that a run is pinned to."""
        return self._read(runs.text, digest)

    def steps(self, run_id: str) -> list[StepRecord]:
        """How the steps of a run stand, in the order they came."""
        return self._read(runs.steps, run_id)

    def attempts(self, run_id: str, path: str | None = None) -> list[Attempt]:
        """Every attempt of a run, or of one of its steps."""
        return self._read(runs.attempts, run_id, path)

    # Checkpoints ----------------------------------------------------------------------------------

    async def checkpoint(
        self, run_id: str, epoch: int, step: StepRecord, *, attempt: Attempt | None = None,
        effect: EffectRecord | None = None, question: Question | None = None,
    ) -> None:  # fmt: skip
        """Commit how a step stands, with what belongs to it. Raises `Fenced`."""
        work = Checkpoint(run_id, epoch, step, attempt)
        if effect is not None:
            work.more += (("effect", rows.effect_row(effect)),)
        if question is not None:
            work.more += (("question", rows.question_row(question)),)
        self._writer.ended(run_id, step.path)
        await self._writer.submit(work)

    def done_at_once(
        self, run_id: str, epoch: int, step: StepRecord, inputs: Any
    ) -> asyncio.Future[None]:
        """Commit a step that was done at the first try, with these inputs; to be awaited.

        What `checkpoint` does, for the step that is by far the commonest.
        """
        self._writer.ended(run_id, step.path)
        return self._writer.submit(Checkpoint(run_id, epoch, step, inputs=inputs))

    async def record(
        self,
        run_id: str,
        epoch: int,
        work: Callable[[Connection], tuple[T, StepRecord, Attempt | None]],
    ) -> T:
        """Run the work and commit its rows together with the checkpoint it returns, or neither.

        Raises `Fenced`, and then the work is not begun.
        """

        def job(connection: Connection) -> T:
            runs.check_epoch(connection, run_id, epoch)
            result, step, attempt = work(connection)
            self._writer.write_rows(Checkpoint(run_id, epoch, step, attempt))
            return result

        return await self.write(job)

    def started(self, run_id: str, epoch: int, step: StepRecord) -> None:
        """Show a step as running, soon, unless its checkpoint comes first."""
        self._writer.started(run_id, epoch, step)

    # Effects --------------------------------------------------------------------------------------

    async def intend(
        self, run_id: str, epoch: int, effect: EffectRecord, step: StepRecord,
        *, allowed: Callable[[Connection], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """Commit that an act is about to begin. Raises `Fenced`; `StoreError` if it is done.

        `allowed` is called in the same transaction, so that no other intent comes in between;
        what it raises is raised here, and nothing is kept.
        """

        def job(connection: Connection) -> None:
            runs.check_epoch(connection, run_id, epoch)
            allowed(connection)
            known = runs.effect(connection, effect.key)
            if known is not None and known.state == "done":
                raise StoreError(
                    f"step {effect.path} of run {known.run_id} has already left the machine"
                )
            work = Checkpoint(run_id, epoch, step)
            work.more += (("effect", rows.effect_row(effect)),)
            self._writer.write_rows(work)
            told = f"{effect.uses}, {effect.path} of run {run_id}"
            audit.append(
                connection, at=effect.intended_at, who=self.who, action="send", subject=told
            )

        self._writer.ended(run_id, step.path)
        await self.write(job)

    def effects(
        self, *, run_id: str | None = None, state: str | None = None, limit: int = 100,
        since: datetime | None = None,
    ) -> list[EffectRecord]:  # fmt: skip
        """What was to leave the machine, newest first; with `since`, what was begun then or later."""
        return self._read(runs.effects, run_id=run_id, state=state, limit=limit, since=since)

    def effect(self, key: str) -> EffectRecord | None:
        """The effect of that key."""
        return self._read(runs.effect, key)

    # Questions ------------------------------------------------------------------------------------

    def questions(self, *, state: str | None = "open", run_id: str | None = None) -> list[Question]:
        """Questions, the one asked first at the top; `state=None` for all."""
        return self._read(questions.listed, state=state, run_id=run_id)

    def question(self, question_id: str) -> Question:
        """The question of that id, or whose id begins so. Raises `UserError`."""
        return self._read(questions.find, question_id)

    def answer(
        self, question_id: str, *, answer: Mapping[str, Any], by: str, now: datetime
    ) -> Question:
        """Answer an open question. Raises `UserError` if it is not open."""

        def job(connection: Connection) -> Question:
            asked = questions.answer(connection, question_id, answer, by=by, now=now)
            told = f"{questions.chosen(asked)} {asked.id}, {asked.path} of run {asked.run_id}"
            audit.append(connection, at=now, who=by, action="answer", subject=told)
            return asked

        return self.write_now(job)

    def close_questions(self, run_id: str, path: str | None, state: str, now: datetime) -> int:
        """Close open questions of a step, or of a run, as `expired` or `withdrawn`; how many."""
        return self.write_now(
            lambda connection: questions.close(connection, run_id, path, state=state, now=now)
        )

    # Copies ---------------------------------------------------------------------------------------

    def copy_checkpoints(self, from_run: str, to_run: str, paths: Sequence[str]) -> None:
        """Give a run the checkpoints of another."""
        self.write_now(
            lambda connection: runs.copy_checkpoints(connection, from_run, to_run, paths)
        )

    @contextmanager
    def throwaway(self) -> Iterator[Store]:
        """A private copy on which everything works as usual, and of which nothing stays."""
        path = self._database.path
        if path is None:
            session = SharedSession(self._database.writing)
            with Store(self._database, self._clock, session=session) as store:
                yield store
            return
        self._flush()
        place = sqlite.throwaway(path)
        try:
            sqlite.copy_to(path, self._database.key, place)
            database = sqlite.open_file(
                place, key=self._database.key, create=False, check=False, sync="OFF"
            )
            database = replace(database, vault=self._database.vault)
            with Store(database, self._clock) as store:
                yield store
        finally:
            sqlite.remove(place)
