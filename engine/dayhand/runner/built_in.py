"""The steps that are always there: asking a person, waiting, writing a file, naming values, failing.

They need what no plugin's step may have, the right to suspend the run, and so are known here by name.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from dayhand import durations
from dayhand.errors import StepError, UserError
from dayhand.model.run import Attempt, ErrorRecord, Question, StepRecord
from dayhand.planning import PlanStep
from dayhand.runner import private
from dayhand.runner.context import question_id
from dayhand.runner.results import Outcome, Result
from dayhand.runner.session import Session
from dayhand.values import (
    PrivateStr,
    holds,
    is_sensitive,
    mark_sensitive,
    plain,
    redact,
)

__all__ = ["HANDLERS", "BuiltIn", "form_schema", "read_field"]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """One built-in step of a run, about to be done."""

    session: Session
    plan: PlanStep
    path: str
    arguments: Mapping[str, Any]

    async def done(self, value: Any, *, reason: str = "") -> Result:
        """Keep that the step ended with this value."""
        now = self.session.now()
        await self.session.checkpoint(
            StepRecord(
                self.path, "done", self.plan.uses or "", value, reason=reason,
                started_at=now, ended_at=now, attempts=1,
            ),
            attempt=Attempt(self.path, 1, "done", now, now, redact(dict(self.arguments))),
        )  # fmt: skip
        return Result(Outcome.DONE, value, path=self.path)

    async def ended(self, state: Any, outcome: Outcome, reason: str) -> Result:
        """Keep that the step ended the run, or its block."""
        now = self.session.now()
        error = ErrorRecord(state, reason, "", self.plan.place)
        await self.session.checkpoint(
            StepRecord(
                self.path, state, self.plan.uses or "", error=error, reason=reason,
                started_at=now, ended_at=now, attempts=1,
            )
        )  # fmt: skip
        return Result(outcome, error=error, path=self.path)


async def _set_value(step: BuiltIn) -> Result:
    private.refuse_locked(dict(step.arguments))
    return await step.done(plain(dict(step.arguments)))


async def _fail(step: BuiltIn) -> Result:
    reason = step.arguments["reason"]
    told = "its reason holds client data, and is not kept" if is_sensitive(reason) else str(reason)
    return await step.ended("failed", Outcome.FAILED, told)


async def _write_file(step: BuiltIn) -> Result:
    private.refuse_locked(dict(step.arguments))
    text, path = step.arguments["text"], step.arguments["path"]
    if holds(path, PrivateStr):
        raise StepError("a private text is not made the name of a file", hint="use an id")
    written = plain(
        step.session.place.files.write(str(path), text if isinstance(text, str) else str(text))
    )
    if is_sensitive(path):
        written["path"] = mark_sensitive(written["path"])
    return await step.done(written)


async def _clock_changes(step: BuiltIn) -> Result:
    days = int(step.arguments.get("days") or 14)
    try:
        items = step.session.place.clock_changes(step.session.info.scheduled_for, days)
    except UserError as error:  # a routine's calendar or zone is not to be had here
        raise StepError(error.message, hint=error.hint) from error
    return await step.done({"items": list(items)})


# Questions ----------------------------------------------------------------------------------------


async def _approve(step: BuiltIn) -> Result:
    private.keep_out(dict(step.arguments))
    if step.session.dry_run:
        answer = step.session.answers.get(step.path, {"approved": True})
        return await _approved(step, answer, "the dry run", step.session.info.scheduled_for)
    question = _question(step, "approval")
    if question is None:
        return await _ask(step, "approval", {})
    if _waits_for(step, question):
        return Result(Outcome.WAITING, path=step.path)
    answer = dict(question.answer or {"approved": False, "note": "nobody answered in time"})
    return await _approved(step, answer, question.answered_by, question.answered_at)


async def _approved(
    step: BuiltIn, answer: Mapping[str, Any], by: str, at: datetime | None
) -> Result:
    approved = bool(answer.get("approved"))
    if not approved and step.plan.on_decline == "stop":
        note = f": {answer['note']}" if answer.get("note") else ""
        return await step.ended("declined", Outcome.DECLINED, f"declined by {by or 'nobody'}{note}")
    value = {"approved": approved, "by": by, "note": str(answer.get("note") or ""), "at": at}
    return await step.done(value)


async def _ask_form(step: BuiltIn) -> Result:
    private.keep_out(dict(step.arguments))
    form = form_schema(step.arguments["fields"])
    if step.session.dry_run:
        return await _dry_form(step, form)
    question = _question(step, "form")
    if question is None:
        return await _ask(step, "form", form)
    if _waits_for(step, question):
        return Result(Outcome.WAITING, path=step.path)
    if question.answer is None and step.plan.on_decline == "stop":
        return await step.ended("declined", Outcome.DECLINED, "nobody answered in time")
    return await step.done({**dict.fromkeys(form["properties"]), **(question.answer or {})})


async def _dry_form(step: BuiltIn, form: Mapping[str, Any]) -> Result:
    given = step.session.answers.get(step.path, {})
    answer = {}
    for name, about in form["properties"].items():
        if name in given:
            answer[name] = read_field(name, about, given[name])
        elif "default" in about:
            answer[name] = about["default"]
    answer = private.answered(form, answer, step.session.store)
    if any(name not in answer for name in form["required"]):
        return Result(Outcome.WAITING, path=step.path)
    return await step.done({**dict.fromkeys(form["properties"]), **answer})


def form_schema(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of a form, from the routine's `fields`: a type, or a mapping, by name."""
    properties, required = {}, []
    for name, field in fields.items():
        about = {"type": field} if isinstance(field, str) else dict(field)
        kind = about.get("type", "text")
        shape: dict[str, Any] = {"title": about.get("title", name.replace("_", " ").capitalize())}
        shape |= _SHAPES.get(kind, {"type": "string"})
        if kind == "choice":
            shape["enum"] = list(about.get("choices", ()))
        if about.get("private"):
            shape["x-private"] = True
        if "default" in about:
            shape["default"] = about["default"]
        if about.get("required", "default" not in about):
            required.append(name)
        properties[name] = shape
    return {"type": "object", "properties": properties, "required": required}


def read_field(name: str, about: Mapping[str, Any], text: str) -> Any:
    """What a person wrote into a field of a form, as its type.

    Raises:
        UserError: it is not of its type, or not one of its choices.
    """
    try:
        if "enum" in about and text not in about["enum"]:
            raise ValueError
        if about.get("format") == "date":
            return date.fromisoformat(text)
        if about["type"] == "boolean":
            return _YES_AND_NO[text.lower()]
        if about["type"] == "integer":
            return int(text)
        if about["type"] == "number":
            return Decimal(text)
    except (ValueError, KeyError, ArithmeticError):
        wanted = ", ".join(about["enum"]) if "enum" in about else about.get("format", about["type"])
        raise UserError(
            f"field '{name}' needs: {wanted}", hint="'dayhand inbox' shows what is asked"
        ) from None
    return text


_YES_AND_NO = {"yes": True, "no": False, "true": True, "false": False, "y": True, "n": False}
_SHAPES: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "date": {"type": "string", "format": "date"},
    "choice": {"type": "string"},
}


def _question(step: BuiltIn, kind: str) -> Question | None:
    record = step.session.records.get(step.path)
    if record is None or record.state != "waiting":
        return None
    return step.session.questions.get(question_id(step.session.run.id, step.path, kind))


def _waits_for(step: BuiltIn, question: Question) -> bool:
    if question.state != "open":
        return False
    if question.expires_at is None or question.expires_at > step.session.now():
        return True
    step.session.close_questions(step.path, "expired")
    return False


async def _ask(step: BuiltIn, kind: Any, form: Mapping[str, Any]) -> Result:
    now = step.session.now()
    expires, remind = step.arguments.get("expires_in"), step.arguments.get("remind_every")
    question = Question(
        id=question_id(step.session.run.id, step.path, kind),
        run_id=step.session.run.id,
        path=step.path,
        kind=kind,
        title=str(step.arguments["title"]),
        body=str(step.arguments.get("show") or ""),
        form=form,
        asked_at=now,
        expires_at=now + durations.parse(expires) if expires else None,
        remind_every=durations.parse(remind) if remind else None,
        routine=step.session.run.routine,
    )
    record = StepRecord(step.path, "waiting", step.plan.uses or "", started_at=now, attempts=1)
    await step.session.checkpoint(record, question=question)
    step.session.tell("asked", step.path, title=question.title, text=question.id)
    return Result(Outcome.WAITING, path=step.path)


# Waiting ------------------------------------------------------------------------------------------


async def _wait(step: BuiltIn) -> Result:
    record = step.session.records.get(step.path)
    if record is not None and record.state == "waiting":
        until: datetime = record.output
    else:
        until = _until(step)
    if step.session.dry_run or until <= step.session.now():
        return await step.done({"waited_until": until})
    if record is None or record.state != "waiting":
        now = step.session.now()
        await step.session.checkpoint(
            StepRecord(step.path, "waiting", "wait.until", until, started_at=now, attempts=1)
        )
    return Result(Outcome.WAITING, value=until, path=step.path)


def _until(step: BuiltIn) -> datetime:
    zone = step.session.info.scheduled_for.tzinfo
    moment, length = step.arguments.get("moment"), step.arguments.get("length")
    if length:
        return step.session.now() + (
            length if isinstance(length, timedelta) else durations.parse(length)
        )
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise StepError("wait.until needs a moment such as 2026-11-24T18:00") from None
    if isinstance(moment, datetime):
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    if isinstance(moment, date):
        return datetime.combine(moment, time(0), zone)
    raise StepError("wait.until needs a moment or a length", hint="with: {length: 2 hours}")


HANDLERS: dict[str, Callable[[BuiltIn], Awaitable[Result]]] = {
    "person.approve": _approve,
    "person.ask": _ask_form,
    "wait.until": _wait,
    "file.write": _write_file,
    "schedule.clock_changes": _clock_changes,
    "value.set": _set_value,
    "run.fail": _fail,
}
