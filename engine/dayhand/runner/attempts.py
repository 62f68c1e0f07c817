"""One step of a plugin: its inputs are read, it is called within its time, its output is kept.

effect   in a run                                               in a dry run
none     called                                                 called
read     called                                                 called
write    called; files appear under out/                        called; files appear in the preview
record   called inside the transaction of its own checkpoint    the same, on a throw-away copy
send     see `sending`                                          its preview is called
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dayhand.errors import Fenced, NotSent, StoreError
from dayhand.model.routine import Retry
from dayhand.model.run import Attempt, ErrorRecord, StepRecord
from dayhand.planning import PlanStep
from dayhand.runner import limits, private
from dayhand.runner.care import MOST_ENDS, Care
from dayhand.runner.context import RunContext, key_of
from dayhand.runner.limits import HeldBackError
from dayhand.runner.marking import marked
from dayhand.runner.results import Outcome, Result, as_record, is_retryable, sole
from dayhand.runner.sending import DoubtError, Sending
from dayhand.runner.session import Session
from dayhand.steps.step import Effect, Step
from dayhand.values import redact

__all__ = ["StepRunner", "shown"]

_log = logging.getLogger("dayhand.run")
_ONCE = Retry(attempts=1)


class StepRunner:
    """Tries a plugin's step until it ends."""

    def __init__(self, session: Session, plan_step: PlanStep, path: str) -> None:
        self._session = session
        self._plan = plan_step
        self._path = path
        self._step, self._plugin = session.place.bound(plan_step.uses or "")
        self._retry = plan_step.retry or _ONCE
        self._started_at = session.now()

    @property
    def told(self) -> str:
        """Which step of which run it is, for a log."""
        return f"step {self._path} ({self._step.name}) of run {self._session.run.id}"

    async def run(self, arguments: Mapping[str, Any]) -> Result:
        """Try, and where allowed try again, until the step is done, failed or in doubt."""
        number = self._session.attempts_of(self._path) + 1
        last = number + self._retry.attempts - 1
        begun = self._started_at
        may_confirm = True
        attempt: Callable[[int, datetime, Mapping[str, Any]], Awaitable[Result]] = self._attempt
        if self._session.care is not None:
            attempt = partial(self._careful_attempt, self._session.care)
            ends = await self._session.care.ends_of(self._path, self._step.name)
            may_confirm = ends < MOST_ENDS and not self._is_in_doubt("unknown")
            if ends >= MOST_ENDS and not self._is_in_doubt("intended", "unknown"):
                return await self._given_up(self._session.care, ends)
        while True:
            try:
                return await attempt(number, begun, arguments)
            except (Fenced, StoreError):
                raise  # the run cannot be kept: it stops, and goes on elsewhere or later
            except DoubtError as doubt:
                sending = Sending(self._session, self._plan, self._path)
                settled = await sending.settle(doubt, number, begun, may_confirm=may_confirm)
                if settled is not None:
                    return settled
                number, last = number + 1, max(last, number + 1)
            except HeldBackError as held:
                return await limits.settle(
                    self._session, held, self._path, self._step.name, self._plan.place, number
                )
            except Exception as raised:  # noqa: BLE001 - whatever a plugin raises harms only its step
                error = sole(raised)
                self._log_failure(error, number)
                if number >= last or not is_retryable(error, self._retry.on):
                    return await self._failed(error, number, begun, arguments)
                await self._failed_once(error, number, begun, arguments)
                await asyncio.sleep(self._pause(number, error))
                number += 1
            begun = self._session.now()

    def _is_in_doubt(self, *states: str) -> bool:
        effect = self._session.effect_of(self._path)
        return effect is not None and effect.state in states

    async def _given_up(self, care: Care, ends: int) -> Result:
        told = await care.give_up(
            self._path, self._step.name, self._plugin, ends=ends, place=self._plan.place
        )
        return Result(Outcome.FAILED, error=told, path=self._path)

    async def _careful_attempt(
        self, care: Care, number: int, begun: datetime, arguments: Mapping[str, Any]
    ) -> Result:
        async with care.watching(self._path, self._step.name, number, begun):
            return await self._attempt(number, begun, arguments)

    async def _attempt(self, number: int, begun: datetime, arguments: Mapping[str, Any]) -> Result:
        private.check(self._step, arguments)
        inputs = self._step.inputs_of(arguments)
        context = self._context(number)
        effect = self._step.effect
        if effect is Effect.RECORD:
            value = await self._record(context, inputs, number, begun, arguments)
            return Result(Outcome.DONE, value, path=self._path)
        if effect is Effect.SEND:
            limit = self._plan.timeout.total_seconds() if self._plan.timeout else None
            sending = Sending(self._session, self._plan, self._path)
            output = await sending.attempt(
                self._step, context, inputs, limit, lambda given: self._output(given, arguments)
            )
            await self._sent(number, begun, arguments, output)
            return Result(Outcome.DONE, output, path=self._path)
        output = self._output(await self._call(context, inputs), arguments)
        if begun is self._started_at:
            record = self._record_done(number, output, self._session.now())
            await self._session.done_at_once(record, self._shown(arguments))
            self._session.remember(record)
        else:
            record, attempt = self._done(number, begun, arguments, output)
            await self._session.checkpoint(record, attempt=attempt)
        return Result(Outcome.DONE, output, path=self._path)

    def _context(self, number: int) -> RunContext:
        return self._session.context(self._step, self._plugin, path=self._path, attempt=number)

    @property
    def _key(self) -> str:
        return key_of(self._session.run.id, self._path)

    def _output(self, value: Any, arguments: Mapping[str, Any]) -> Any:
        given = self._step.output_of(value, self._plugin)
        return private.sealed(self._step, arguments, given, self._session.store)

    def _call(self, context: RunContext, inputs: dict[str, Any]) -> Awaitable[Any]:
        """What the step gives, once it is awaited."""
        function = self._step.function
        called: Awaitable[Any] = (
            function(context, **inputs)
            if self._step.is_async
            else asyncio.to_thread(function, context, **inputs)
        )
        return called if self._plan.timeout is None else _within(self._plan.timeout, called)

    async def _record(
        self,
        context: RunContext,
        inputs: dict[str, Any],
        number: int,
        begun: datetime,
        arguments: Any,
    ) -> Any:
        kept: list[StepRecord] = []

        def work(connection: Any) -> tuple[Any, StepRecord, Attempt]:
            context.connection = connection
            output = self._output(self._step.function(context, **inputs), arguments)
            record, attempt = self._done(number, begun, arguments, output)
            kept.append(record)
            return output, record, attempt

        try:
            output = await self._session.record(work)
        finally:
            if context.refusals:  # not before its transaction has ended
                await asyncio.to_thread(context.note_refusals)
        self._session.remember(kept[-1])
        return output

    def _done(
        self, number: int, begun: datetime, arguments: Any, output: Any
    ) -> tuple[StepRecord, Attempt]:
        now = self._session.now()
        attempt = Attempt(self._path, number, "done", begun, now, self._shown(arguments))
        return self._record_done(number, output, now), attempt

    def _record_done(self, number: int, output: Any, now: datetime) -> StepRecord:
        return StepRecord(
            self._path, "done", self._step.name, output,
            started_at=self._started_at, ended_at=now, attempts=number,
        )  # fmt: skip

    async def _sent(self, number: int, begun: datetime, arguments: Any, output: Any) -> None:
        record, attempt = self._done(number, begun, arguments, output)
        effect = self._session.effect_done(self._key, output)
        await self._session.checkpoint(record, attempt=attempt, effect=effect)

    async def _failed(
        self, error: Exception, number: int, begun: datetime, arguments: Any
    ) -> Result:
        told = self._record_of(error, arguments)
        now = self._session.now()
        record = StepRecord(
            self._path, "failed", self._step.name, error=told,
            started_at=self._started_at, ended_at=now, attempts=number,
        )  # fmt: skip
        attempt = self._attempt_failed(error, number, begun, arguments)
        await self._session.checkpoint(record, attempt=attempt, effect=self._not_sent(error))
        return Result(Outcome.FAILED, error=told, path=self._path)

    async def _failed_once(
        self, error: Exception, number: int, begun: datetime, arguments: Any
    ) -> None:
        attempt = self._attempt_failed(error, number, begun, arguments)
        record = StepRecord(
            self._path, "running", self._step.name, started_at=self._started_at, attempts=number
        )
        await self._session.checkpoint(record, attempt=attempt, effect=self._not_sent(error))
        told = self._record_of(error, arguments)
        self._session.tell("attempt_failed", self._path, text=told.message, done=number)

    def _not_sent(self, error: Exception) -> Any:
        if self._step.effect is Effect.SEND and isinstance(error, NotSent):
            return self._session.effect_not_sent(self._key, error.message)
        return None

    def _attempt_failed(
        self, error: Exception, number: int, begun: datetime, arguments: Any
    ) -> Attempt:
        return Attempt(
            self._path, number, "not_sent" if isinstance(error, NotSent) else "failed",
            begun, self._session.now(), self._shown(arguments), self._record_of(error, arguments),
        )  # fmt: skip

    def _record_of(self, error: Exception, arguments: Any) -> ErrorRecord:
        return as_record(error, place=self._plan.place, known=marked(self._step, arguments))

    def _shown(self, arguments: Any) -> Any:
        return shown(self._step, arguments)

    def _log_failure(self, error: Exception, number: int) -> None:
        _log.debug("step %s, attempt %d failed", self._path, number, exc_info=error)

    def _pause(self, number: int, error: Exception) -> float:
        asked = getattr(error, "after", None)
        if asked is not None:
            return float(asked)
        first, longest = self._retry.first, self._retry.longest
        factor = 2 ** (number - 1) if self._retry.backoff == "exponential" else 1
        pause = min(first * factor, longest) if factor < 2**20 else longest
        # spreads load and keeps no secret; seeded, so that the same attempt waits the same time
        chance = random.Random(f"{self._key}/{number}")  # noqa: S311
        spread = chance.uniform(0.5, 1.0) if self._retry.jitter else 1.0
        return (pause / timedelta(seconds=1)) * spread


def shown(step: Step, arguments: Any) -> Any:
    """The inputs of a step as they are kept with an attempt: without what is sensitive."""
    return redact(marked(step, arguments)) if arguments else arguments


async def _within(limit: timedelta, called: Awaitable[Any]) -> Any:
    async with asyncio.timeout(limit.total_seconds()):
        return await called
