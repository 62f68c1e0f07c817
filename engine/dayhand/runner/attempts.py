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
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Any

from dayhand.errors import Fenced, NotSent, StepError, StoreError
from dayhand.model.routine import Retry
from dayhand.model.run import Attempt, ErrorRecord, StepRecord
from dayhand.planning import PlanStep
from dayhand.runner import limits
from dayhand.runner.context import RunContext, key_of
from dayhand.runner.limits import HeldBackError
from dayhand.runner.results import Outcome, Result, as_record, is_retryable, sole
from dayhand.runner.sending import DoubtError, Sending
from dayhand.runner.session import Session
from dayhand.steps import Effect, Step
from dayhand.values import mark_sensitive, plain, redact

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

    async def run(self, arguments: Mapping[str, Any]) -> Result:
        """Try, and where allowed try again, until the step is done, failed or in doubt."""
        number = self._session.attempts_of(self._path) + 1
        last = number + self._retry.attempts - 1
        begun = self._started_at
        while True:
            try:
                return await self._attempt(number, begun, arguments)
            except (Fenced, StoreError):
                raise  # the run cannot be kept: it stops, and goes on elsewhere or later
            except DoubtError as doubt:
                sending = Sending(self._session, self._plan, self._path)
                settled = await sending.settle(doubt, number, begun)
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

    async def _attempt(self, number: int, begun: datetime, arguments: Mapping[str, Any]) -> Result:
        inputs = self._inputs(arguments)
        context = self._context(number)
        effect = self._step.effect
        if effect is Effect.RECORD:
            value = await self._record(context, inputs, number, begun, arguments)
            return Result(Outcome.DONE, value, path=self._path)
        if effect is Effect.SEND:
            limit = self._plan.timeout.total_seconds() if self._plan.timeout else None
            sending = Sending(self._session, self._plan, self._path)
            output = self._output(await sending.attempt(self._step, context, inputs, limit))
            await self._sent(number, begun, arguments, output)
            return Result(Outcome.DONE, output, path=self._path)
        output = self._output(await self._call(context, inputs))
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

    def _inputs(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        if not arguments and self._step.takes_nothing:
            return {}
        try:
            return vars(self._step.inputs.model_validate(arguments))
        except _validation_error() as error:
            raise StepError(_told(error, f"the inputs of {self._step.name}")) from None

    def _output(self, value: Any) -> Any:
        if value is None and self._step.gives_nothing:
            return None
        try:
            return plain(self._step.output.validate_python(value))
        except _validation_error() as error:
            raise StepError(
                _told(error, f"what {self._step.name} returned"),
                hint=f"this is a mistake of the plugin '{self._plugin}'",
            ) from None
        except TypeError as error:
            raise StepError(
                f"what {self._step.name} returned cannot be kept: {error}",
                hint=f"this is a mistake of the plugin '{self._plugin}'",
            ) from None

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
            output = self._output(self._step.function(context, **inputs))
            record, attempt = self._done(number, begun, arguments, output)
            kept.append(record)
            return output, record, attempt

        output = await self._session.record(work)
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
        return as_record(error, place=self._plan.place, known=_marked(self._step, arguments))

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
    return redact(_marked(step, arguments)) if arguments else arguments


def _marked(step: Step, arguments: Any) -> Any:
    """The inputs, those marked as sensitive that the step declares to be."""
    sensitive = _sensitive_inputs(step)
    if not sensitive:
        return arguments
    return {
        name: mark_sensitive(value) if name in sensitive else value
        for name, value in arguments.items()
    }


async def _within(limit: timedelta, called: Awaitable[Any]) -> Any:
    async with asyncio.timeout(limit.total_seconds()):
        return await called


def _validation_error() -> type[Any]:
    """Asked for in an `except`, which looks at it only once something was raised."""
    from pydantic import ValidationError

    return ValidationError


def _sensitive_inputs(step: Step) -> set[str]:
    cached: set[str] | None = step.__dict__.get("_sensitive")
    if cached is None:
        properties = step.input_schema().get("properties", {})
        cached = {name for name, schema in properties.items() if "x-sensitive" in str(schema)}
        step.__dict__["_sensitive"] = cached
    return cached


def _told(error: Any, what: str) -> str:
    """A validation error in one line, without the values it is about."""
    parts = []
    for item in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        place = ".".join(str(part) for part in item["loc"]) or "the whole"
        parts.append(f"{place}: {item['msg'].removeprefix('Value error, ')}")
    return f"{what} are not as declared: {'; '.join(parts)}"
