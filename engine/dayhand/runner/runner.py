"""Takes a run, goes on with it where its records end, and lets go of it: ended, waiting or in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from dayhand.clock import Clock
from dayhand.errors import CheckFailed, UserError
from dayhand.model.events import Event
from dayhand.model.routine import Routine
from dayhand.model.run import FINAL, ErrorRecord, Run
from dayhand.planning import Plan, plan
from dayhand.runner import private
from dayhand.runner.care import Care
from dayhand.runner.context import Workplace, child_of
from dayhand.runner.interpreter import Interpreter, failure_value
from dayhand.runner.lease import LEASE, KeptLease
from dayhand.runner.owner import is_dead, this_process
from dayhand.runner.replaying import replay
from dayhand.runner.results import Outcome, Result, foremost
from dayhand.runner.session import Session
from dayhand.steps.context import RunInfo
from dayhand.steps.sending import Preview

__all__ = ["Ended", "Runner"]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run was let go of; in a dry run also what it would have done."""

    run: Run
    previews: tuple[tuple[str, Preview], ...] = ()


class Runner:
    """Runs routines of one practice.

    Args:
        place: where steps do their work.
        clock: the time.
        read: the routine of a pinned text, by its name and the text's digest.
        routine: a routine of the practice by name, for `routine:` calls.
        observe: told what happens; None if nobody listens.
    """

    def __init__(
        self,
        place: Workplace,
        *,
        clock: Clock,
        read: Callable[[str, str], Routine],
        routine: Callable[[str], Routine],
        observe: Callable[[Event], None] | None = None,
        owner: str = "",
        dry_run: bool = False,
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        self._place = place
        self._clock = clock
        self._read = read
        self._routine = routine
        self._observe = observe
        self._owner = owner or this_process()
        self._dry_run = dry_run
        self._answers = answers or {}
        self._plans: dict[str, Plan] = {}
        self._turn = asyncio.Lock()

    async def run(self, run_id: str) -> Ended:
        """Go on with a run until it ends, waits, or is in doubt.

        Raises:
            StoreBusy: another process works on it.
            Fenced: another process took it over meanwhile.
            StoreError: the database cannot keep what happens; the run goes on at the next start.
        """
        run = await self._place.store.aclaim(
            run_id, owner=self._owner, lease=LEASE, now=self._clock.now(), stale=is_dead
        )
        session = self._session(run)
        session.tell("run_started", title=run.routine)
        try:
            async with KeptLease(self._place.store, run, self._clock):
                ended = await self._work(session)
        except ExceptionGroup as several:
            raise foremost(several) from several
        session.tell("run_ended", title=run.routine, state=ended.state, text=ended.reason)
        return Ended(ended, tuple(session.previews))

    async def replay(self, run: Run) -> list[str]:
        """What would be different if a run that has ended were run today; nothing is called.

        Raises:
            CheckFailed: its routine does not pass any more, as it was then.
            UserError: it would be refused its inputs.
        """
        session = self._session(run)
        session.records = {one.path: one for one in self._place.store.steps(run.id)}
        return await replay(session, self._plan(session, self._read(run.routine, run.digest)))

    def _session(self, run: Run) -> Session:
        zone = ZoneInfo(run.timezone)
        started = run.started_at or self._clock.now()
        info = RunInfo(
            run.id,
            run.routine,
            run.scheduled_for.astimezone(zone),
            started.astimezone(zone),
            self._dry_run,
        )
        session = Session(
            run,
            self._place,
            info=info,
            clock=self._clock,
            observe=self._observe,
            answers=self._answers,
        )
        if run.was_cut_off:
            session.care = Care(session, self._turn)
        return session

    async def _work(self, session: Session) -> Run:
        run = session.run
        try:
            routine = self._read(run.routine, run.digest)
            made = self._plan(session, routine)
        except CheckFailed as error:
            first = next((p for p in error.problems if p.is_error), error.problems[0])
            return await self._finish(session, "failed", f"{first.message} ({first.mark})")
        except UserError as error:
            return await self._finish(session, "failed", error.message)
        interpreter = Interpreter(session, made, self._caller(session))
        result = await self._limited(session, routine, interpreter)
        return await self._conclude(session, made, interpreter, result)

    def _plan(self, session: Session, routine: Routine) -> Plan:
        info, run = session.info, session.run
        now = info.scheduled_for if run.trigger == "as-of" else info.started_at
        shown = {
            "id": run.id,
            "routine": run.routine,
            "trigger": run.trigger,
            "started_at": now,
            "dry_run": self._dry_run,
        }
        made = plan(
            routine,
            run=shown,
            given=private.opened(run.inputs, self._place.store),
            practice=self._place.info,
            scheduled_for=info.scheduled_for,
            now=now,
            like=self._plans.get(routine.digest),
        )
        self._plans[routine.digest] = made
        return made

    async def _limited(
        self, session: Session, routine: Routine, interpreter: Interpreter
    ) -> Result:
        if routine.timeout is None:
            return await interpreter.run()
        left = (routine.timeout - session.worked()).total_seconds()
        try:
            async with asyncio.timeout(max(left, 0.0)):
                return await interpreter.run()
        except TimeoutError:
            told = ErrorRecord("timeout", "the routine took longer than its time limit")
            return Result(Outcome.FAILED, error=told)

    async def _conclude(
        self, session: Session, made: Plan, interpreter: Interpreter, result: Result
    ) -> Run:
        if result.outcome is Outcome.WAITING:
            return await self._finish(
                session, "waiting", _waits_for(result), wake_at=_wake_at(session)
            )
        if result.outcome is Outcome.UNKNOWN:
            reason = f"whether {result.path} was sent is not known"
            return await self._finish(session, "unknown", reason)
        failure = failure_value(result.path, result.error)
        handled = Result(Outcome.DONE)
        if result.outcome is Outcome.FAILED:
            handled = await interpreter.handle(made.on_failure, "on_failure.", failure)
        if handled.goes_on or handled.outcome is Outcome.FAILED:
            last = await interpreter.handle(made.finally_steps, "finally.", failure)
            handled = handled if not handled.goes_on else last
        if handled.outcome is Outcome.WAITING:
            return await self._finish(
                session, "waiting", _waits_for(handled), wake_at=_wake_at(session)
            )
        if handled.outcome is Outcome.UNKNOWN:
            return await self._finish(
                session, "unknown", f"whether {handled.path} was sent is not known"
            )
        state, reason = _final(session, result, handled)
        return await self._finish(session, state, reason)

    async def _finish(
        self, session: Session, state: Any, reason: str, *, wake_at: datetime | None = None
    ) -> Run:
        run, now = session.run, self._clock.now()
        if state in FINAL:
            session.close_questions(None, "withdrawn")
        await self._place.store.finish(
            run.id, run.epoch, state=state, reason=reason, now=now, wake_at=wake_at
        )
        ended_at = now if state in FINAL else None
        return replace(
            run, state=state, reason=reason, owner="", lease_until=None, wake_at=wake_at,
            ended_at=ended_at,
        )  # fmt: skip

    # Calls of other routines ----------------------------------------------------------------------

    def _caller(self, session: Session) -> Callable[[str, Mapping[str, Any], str], Any]:
        async def call(name: str, inputs: Mapping[str, Any], path: str) -> Result:
            child_id = child_of(session.run.id, path)
            child = self._place.store.run(child_id)
            if child is None:
                routine = self._routine(name)
                child = self._child(session, routine, child_id, inputs)
                self._place.store.create_run(child, routine.text)
            if not child.is_final:
                child = (await self.run(child_id)).run
            return await _called(session, child, path)

        return call

    def _child(
        self, session: Session, routine: Routine, child_id: str, inputs: Mapping[str, Any]
    ) -> Run:
        return Run(
            id=child_id,
            routine=routine.name,
            digest=routine.digest,
            scheduled_for=session.run.scheduled_for,
            timezone=routine.timezone or session.run.timezone,
            created_at=self._clock.now(),
            title=routine.title,
            trigger="as-of" if session.run.trigger == "as-of" else "call",
            inputs=inputs,
            parent=session.run.id,
        )


async def _called(session: Session, child: Run, path: str) -> Result:
    from dayhand.model.run import StepRecord

    value = {"run": child.id, "state": child.state}
    outcome = _CHILD.get(child.state, Outcome.FAILED)
    if outcome in (Outcome.WAITING, Outcome.UNKNOWN):
        return Result(outcome, path=path)
    now = session.now()
    state: Any = {Outcome.DONE: "done", Outcome.DECLINED: "declined"}.get(outcome, "failed")
    error = None
    if outcome is not Outcome.DONE:
        error = ErrorRecord(
            "called-routine", f"{child.routine} ended {child.state}: {child.reason}"
        )
    await session.checkpoint(
        StepRecord(
            path, state, child.routine, value, error, started_at=child.started_at, ended_at=now
        )
    )
    return Result(outcome, value, error, path)


_CHILD = {
    "done": Outcome.DONE,
    "done_with_failures": Outcome.DONE,
    "declined": Outcome.DECLINED,
    "waiting": Outcome.WAITING,
    "unknown": Outcome.UNKNOWN,
}


def _waits_for(result: Result) -> str:
    if isinstance(result.value, datetime):
        return f"until {result.value:%Y-%m-%d %H:%M}"
    return f"for an answer at {result.path}"


def _wake_at(session: Session) -> datetime | None:
    moments = [
        record.output
        for record in session.records.values()
        if record.state == "waiting" and isinstance(record.output, datetime)
    ]
    moments += [
        question.expires_at
        for question in session.store.questions(run_id=session.run.id)
        if question.expires_at is not None
    ]
    return min(moments, default=None)


def _final(session: Session, result: Result, handled: Result) -> tuple[str, str]:
    if result.outcome is Outcome.FAILED:
        what = result.error.message if result.error else ""
        return "failed", f"{result.path}: {what}" if result.path else what
    if result.outcome is Outcome.DECLINED:
        return "declined", result.error.message if result.error else ""
    if handled.outcome is Outcome.FAILED:
        what = handled.error.message if handled.error else ""
        return "failed", f"{handled.path}: {what}"
    if session.failures:
        return "done_with_failures", f"failed on the way: {', '.join(session.failures[:10])}"
    return "done", ""
