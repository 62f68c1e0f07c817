"""Nothing is sent twice: how a `send` step is tried, and what happens when its end is not known.

An intent is committed before the act, a receipt after it. What is found between the two decides:

| kept                | found on       | then                                                        |
|---------------------|----------------|-------------------------------------------------------------|
| nothing             | any            | the step is tried: nothing has left the machine             |
| intent              | after a crash  | `confirm` is asked: yes → done, no → tried again, else asked|
| intent              | an exception   | `NotSent` → it did not happen; any other → as after a crash |
| *unknown*, question | resume         | the person's answer: it was, send again, stop               |
| receipt             | any            | done; never tried again                                     |
"""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from dayhand.errors import DayhandError, NotSent
from dayhand.model.run import Attempt, EffectRecord, ErrorRecord, Question, StepRecord
from dayhand.planning import PlanStep
from dayhand.runner.context import RunContext, question_id
from dayhand.runner.results import Outcome, Result, as_record
from dayhand.runner.session import Session
from dayhand.steps.sending import Confirmation, Intent, Preview
from dayhand.steps.step import Step
from dayhand.values import plain

__all__ = ["DoubtError", "Sending"]

_log = logging.getLogger("dayhand.run")
_NOT_ASKED = Confirmation.unclear("the process ended before while it was sent or asked about")


class DoubtError(Exception):
    """An act began and its end is not known."""

    def __init__(self, step: Step, context: RunContext, cause: BaseException | None) -> None:
        super().__init__(f"the end of {step.name} is not known")
        self.step = step
        self.context = context
        self.cause = cause


class Sending:
    """One `send` step of a run."""

    def __init__(self, session: Session, plan_step: PlanStep, path: str) -> None:
        self._session = session
        self._plan = plan_step
        self._path = path

    async def attempt(
        self,
        step: Step,
        context: RunContext,
        inputs: Mapping[str, Any],
        limit: float | None,
        kept: Callable[[Any], Any],
    ) -> Any:
        """Try the act, or in a dry run its preview; what it gives, as it is kept.

        Raises:
            DoubtError: it may or may not have happened, or gave what cannot be kept.
        """
        if self._session.dry_run:
            return kept(await self._preview(step, context, inputs))
        before = self._session.effect_of(self._path)
        if before is not None and before.state in ("intended", "unknown"):
            raise DoubtError(step, context, None)
        if not step.intends:
            await self._session.intend(
                step.name, self._path, context.key, {"inputs": _digest(inputs)}
            )
        try:
            async with asyncio.timeout(limit):
                return kept(await step.function(context, **inputs))
        except NotSent:
            raise
        except BaseException as error:
            begun = self._session.effect_of(self._path)
            if begun is None or begun.state != "intended":
                raise  # the act had not begun: an ordinary failure
            if not isinstance(error, Exception):
                raise  # cancelled: the intent stands, and recovery asks
            raise DoubtError(step, context, error) from error

    def _question_id(self, number: int) -> str:
        return question_id(self._session.run.id, self._path, f"unknown-{number}")

    async def _preview(self, step: Step, context: RunContext, inputs: Mapping[str, Any]) -> Any:
        preview = Preview(f"{step.name} would act")
        if step.preview_function is not None:
            result = step.preview_function(context, **inputs)
            preview = await result if inspect.isawaitable(result) else result
        limit, before = self._session.place.limits.sends_a_run, len(self._session.previews)
        if before and before % limit == 0:
            told = f"{preview.summary}; the run would ask first, having sent {before}"
            preview = replace(preview, summary=told)
        self._session.previews.append((self._path, preview))
        return preview.output

    async def settle(
        self, doubt: DoubtError, number: int, begun: datetime, *, may_confirm: bool = True
    ) -> Result | None:
        """Find out whether the act happened: from `confirm`, else from a person.

        None means that it certainly did not, and that it may be tried again. Where the process ended
        before while the step, or its `confirm`, was at work, `confirm` may not be asked.
        """
        effect = self._session.effect_of(self._path)
        if effect is None:
            raise RuntimeError(f"{self._path} is in doubt without an intent")
        asked = self._question_id(self._session.attempts_of(self._path))
        question = self._session.questions.get(asked)
        if question is not None and question.state == "answered":
            return await self._answered(doubt, question, effect, number, begun)
        confirmation = _NOT_ASKED if not may_confirm else await self._confirm(doubt, effect)
        if confirmation.happened is None and question is not None and question.state == "open":
            return Result(Outcome.UNKNOWN, path=self._path)
        self._session.close_questions(self._path, "withdrawn")
        if confirmation.happened:
            return await self._happened(
                doubt, effect, confirmation.output, "confirmed", number, begun
            )
        if confirmation.happened is False:
            await self._again(doubt, effect, confirmation.reason, number, begun)
            return None
        return await self._ask(doubt, effect, confirmation.reason, number, begun)

    async def _confirm(self, doubt: DoubtError, effect: EffectRecord) -> Confirmation:
        if doubt.step.confirm_function is None:
            return Confirmation.unclear("its plugin has no way to find out")
        intent = Intent(effect.key, effect.details, effect.intended_at)
        try:
            async with asyncio.timeout(60):
                return await doubt.step.confirm_function(doubt.context, intent)
        except Exception as error:  # noqa: BLE001 - whatever a plugin raises here means: it cannot tell
            _log.debug("confirm of %s failed", self._path, exc_info=error)
            reason = error.message if isinstance(error, DayhandError) else type(error).__name__
            return Confirmation.unclear(f"asking failed: {reason}")

    async def _happened(
        self,
        doubt: DoubtError,
        effect: EffectRecord,
        output: Any,
        why: str,
        number: int,
        begun: datetime,
    ) -> Result:
        value = None if output is None else plain(output)
        now = self._session.now()
        await self._session.checkpoint(
            StepRecord(
                self._path, "done", doubt.step.name, value, reason=why,
                started_at=begun, ended_at=now, attempts=number,
            ),
            attempt=Attempt(self._path, number, "done", begun, now),
            effect=self._session.effect_done(effect.key, value),
        )  # fmt: skip
        return Result(Outcome.DONE, value, path=self._path)

    async def _again(
        self, doubt: DoubtError, effect: EffectRecord, reason: str, number: int, begun: datetime
    ) -> None:
        """It certainly did not happen: it may be tried once more, with the same key."""
        now = self._session.now()
        await self._session.checkpoint(
            StepRecord(self._path, "running", doubt.step.name, started_at=begun, attempts=number),
            attempt=Attempt(
                self._path, number, "not_sent", begun, now, error=_doubt_error(doubt, self._plan)
            ),
            effect=self._session.effect_not_sent(
                effect.key, reason or "confirmed that it did not happen"
            ),
        )

    async def _ask(
        self, doubt: DoubtError, effect: EffectRecord, reason: str, number: int, begun: datetime
    ) -> Result:
        now = self._session.now()
        question = Question(
            id=self._question_id(number),
            run_id=self._session.run.id,
            path=self._path,
            kind="unknown_effect",
            title=f"Was this sent? {doubt.step.summary} ({self._path})",
            body=_unknown_text(doubt, effect, reason),
            asked_at=now,
            routine=self._session.run.routine,
        )
        attempt = None
        if doubt.cause is not None:
            attempt = Attempt(
                self._path, number, "unknown", begun, now, error=_doubt_error(doubt, self._plan)
            )
        await self._session.checkpoint(
            StepRecord(
                self._path, "unknown", doubt.step.name, reason=reason,
                started_at=begun, attempts=number,
            ),
            attempt=attempt,
            effect=self._session.effect_unknown(effect.key, reason),
            question=question,
        )  # fmt: skip
        self._session.tell("asked", self._path, title=question.title, text=question.id)
        return Result(Outcome.UNKNOWN, path=self._path)

    async def _answered(
        self,
        doubt: DoubtError,
        question: Question,
        effect: EffectRecord,
        number: int,
        begun: datetime,
    ) -> Result | None:
        answer = (question.answer or {}).get("answer")
        by = question.answered_by or "a person"
        if answer == "it_was":
            return await self._happened(
                doubt, effect, None, f"{by} says it was sent", number, begun
            )
        if answer == "send_again":
            await self._again(doubt, effect, f"{by} asked to send it again", number, begun)
            return None
        told = ErrorRecord(
            "stopped", f"{by} stopped it: whether it was sent is not known", "", self._plan.place
        )
        await self._session.checkpoint(
            StepRecord(
                self._path, "failed", doubt.step.name, error=told,
                started_at=begun, ended_at=self._session.now(), attempts=number,
            )
        )  # fmt: skip
        return Result(Outcome.FAILED, error=told, path=self._path)


def _doubt_error(doubt: DoubtError, plan_step: PlanStep) -> ErrorRecord:
    if doubt.cause is None:
        return ErrorRecord(
            "interrupted", "the run was cut off while it was sending", "", plan_step.place
        )
    return as_record(doubt.cause, place=plan_step.place)


def _unknown_text(doubt: DoubtError, effect: EffectRecord, reason: str) -> str:
    why = f" ({reason})" if reason else ""
    cause = ""
    if doubt.cause is not None:
        cause = f" {as_record(doubt.cause, place='').message}."
    return (
        f"It was begun at {effect.intended_at:%Y-%m-%d %H:%M:%S} UTC and its end is not known{why}.{cause}\n"
        f"'dayhand effects --run {effect.run_id} --reveal' tells to whom."
        " Look where it would have arrived, then answer:\n"
        "- it_was: it arrived; the run goes on\n"
        "- send_again: it did not; it is sent once more, with the same identity\n"
        "- stop: the step fails"
    )


def _digest(inputs: Mapping[str, Any]) -> str:
    return hashlib.sha256(repr(sorted(inputs)).encode()).hexdigest()[:16]
