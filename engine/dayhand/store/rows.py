"""Records of the model as rows, and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from dayhand.model.run import Attempt, EffectRecord, ErrorRecord, Question, Run, StepRecord
from dayhand.store.moments import moment_text
from dayhand.store.packing import packed, unpacked
from dayhand.values import decode, encode

__all__ = [
    "ATTEMPT",
    "EFFECT",
    "NO_ATTEMPT",
    "QUESTION",
    "RUN",
    "STEP",
    "STEP_NULLS",
    "Row",
    "attempt_from",
    "attempt_in",
    "attempt_row",
    "effect_from",
    "effect_row",
    "is_told_by",
    "question_from",
    "question_row",
    "run_from",
    "run_row",
    "step_from",
    "step_row",
]

RUN = [
    "id",
    "routine",
    "digest",
    "scheduled_for",
    "timezone",
    "created_at",
    "state",
    "title",
    "reason",
    "trigger",
    "inputs",
    "started_at",
    "ended_at",
    "epoch",
    "owner",
    "lease_until",
    "wake_at",
    "parent",
    "retry_of",
]
STEP = [
    "run_n",
    "path",
    "state",
    "uses",
    "output",
    "error",
    "reason",
    "started_at",
    "ended_at",
    "attempts",
    "inputs",
]
STEP_NULLS = frozenset({"output", "error", "started_at", "ended_at", "inputs"})
ATTEMPT = ["run_id", "path", "number", "state", "started_at", "ended_at", "inputs", "error"]
EFFECT = [
    "key",
    "run_id",
    "path",
    "uses",
    "state",
    "intended_at",
    "details",
    "receipt",
    "ended_at",
    "reason",
]
QUESTION = [
    "id",
    "run_id",
    "path",
    "kind",
    "title",
    "asked_at",
    "body",
    "form",
    "state",
    "expires_at",
    "remind_every",
    "answer",
    "answered_at",
    "answered_by",
]

Row = tuple[Any, ...]
NO_ATTEMPT: Any = object()
"""Instead of an attempt's inputs: the step's row tells of none."""
_MICROSECOND = timedelta(microseconds=1)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _value(value: Any) -> str | None:
    return None if value is None else encode(value)


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_BARE = frozenset({str, int, bool, type(None)})


def _is_bare(value: Any) -> bool:
    """True if JSON says the value as it is: no dates, nothing sensitive, no keys that need care."""
    kind = type(value)
    if kind is dict:
        for key, item in value.items():
            if type(key) is not str or key[:1] == "$":
                return False
            if type(item) not in _BARE and not _is_bare(item):
                return False
        return True
    if kind is list:
        return all(type(item) in _BARE or _is_bare(item) for item in value)
    return kind in _BARE


def _quick(value: Any) -> str:
    """What `encode` gives, sooner for a value it would not change."""
    if value == {} and type(value) is dict:
        return "{}"
    return _JSON.encode(value) if _is_bare(value) else encode(value)


def _from_value(text: str | None) -> Any:
    return None if text is None else decode(unpacked(text))


def _error_text(error: ErrorRecord | None) -> str | None:
    if error is None:
        return None
    return encode([error.kind, error.message, error.hint, error.place])


def _error(text: str | None) -> ErrorRecord | None:
    return None if text is None else ErrorRecord(*decode(text))


def run_row(run: Run) -> Row:
    """A row of `runs`, in the order of `RUN`."""
    return (
        run.id, run.routine, run.digest, moment_text(run.scheduled_for), run.timezone,
        moment_text(run.created_at), run.state, run.title, run.reason, run.trigger,
        encode(dict(run.inputs)), moment_text(run.started_at), moment_text(run.ended_at), run.epoch,
        run.owner, moment_text(run.lease_until), moment_text(run.wake_at), run.parent, run.retry_of,
    )  # fmt: skip


def run_from(row: Sequence[Any], *, was_cut_off: bool = False) -> Run:
    """The run of a row."""
    return Run(
        id=row[0], routine=row[1], digest=row[2], scheduled_for=datetime.fromisoformat(row[3]),
        timezone=row[4], created_at=datetime.fromisoformat(row[5]), state=row[6], title=row[7],
        reason=row[8], trigger=row[9], inputs=decode(row[10]), started_at=_moment(row[11]),
        ended_at=_moment(row[12]), epoch=row[13], owner=row[14], lease_until=_moment(row[15]),
        wake_at=_moment(row[16]), parent=row[17], retry_of=row[18],
        was_cut_off=was_cut_off,
    )  # fmt: skip


def step_row(run_id: str, epoch: int, step: StepRecord, inputs: Any = NO_ATTEMPT) -> Row:
    """The values of `statements.UPSERT_STEP`: `STEP` without its first column, then run and epoch.

    `inputs` are those of an attempt that `is_told_by` the step. Nothing is told by an empty text, which the
    statement makes NULL: to bind a None takes the driver longer than all else of the row.
    """
    output, error = step.output, step.error
    return (
        step.path, step.state, step.uses, "" if output is None else packed(_quick(output)),
        "" if error is None else _error_text(error), step.reason, moment_text(step.started_at) or "",
        moment_text(step.ended_at) or "", step.attempts,
        "" if inputs is NO_ATTEMPT else packed(_quick(inputs)), run_id, epoch,
    )  # fmt: skip


def step_from(row: Sequence[Any]) -> StepRecord:
    """The step of a row."""
    return StepRecord(
        path=row[1], state=row[2], uses=row[3], output=_from_value(row[4]), error=_error(row[5]),
        reason=row[6], started_at=_moment(row[7]), ended_at=_moment(row[8]), attempts=row[9],
    )  # fmt: skip


def is_told_by(step: StepRecord, attempt: Attempt) -> bool:
    """True if the step's row says all of its attempt but the inputs: done at the first try."""
    return (
        step.state == "done" == attempt.state
        and step.attempts == attempt.number
        and step.started_at == attempt.started_at
        and step.ended_at == attempt.ended_at
        and step.path == attempt.path
        and attempt.error is None
    )


def attempt_in(row: Sequence[Any]) -> Attempt:
    """The attempt that a row of `run_steps` tells of."""
    return Attempt(
        path=row[1], number=row[9], state=row[2], started_at=datetime.fromisoformat(row[7]),
        ended_at=datetime.fromisoformat(row[8]), inputs=decode(unpacked(row[10])),
    )  # fmt: skip


def attempt_row(run_id: str, attempt: Attempt) -> Row:
    """A row of `attempts`, in the order of `ATTEMPT`."""
    inputs = _value(attempt.inputs)
    return (
        run_id, attempt.path, attempt.number, attempt.state, moment_text(attempt.started_at),
        moment_text(attempt.ended_at), None if inputs is None else packed(inputs),
        _error_text(attempt.error),
    )  # fmt: skip


def attempt_from(row: Sequence[Any]) -> Attempt:
    """The attempt of a row."""
    return Attempt(
        path=row[1], number=row[2], state=row[3], started_at=datetime.fromisoformat(row[4]),
        ended_at=datetime.fromisoformat(row[5]), inputs=_from_value(row[6]), error=_error(row[7]),
    )  # fmt: skip


def effect_row(effect: EffectRecord) -> Row:
    """A row of `effects`, in the order of `EFFECT`."""
    return (
        effect.key, effect.run_id, effect.path, effect.uses, effect.state,
        moment_text(effect.intended_at), encode(dict(effect.details)), _value(effect.receipt),
        moment_text(effect.ended_at), effect.reason,
    )  # fmt: skip


def effect_from(row: Sequence[Any]) -> EffectRecord:
    """The effect of a row."""
    return EffectRecord(
        key=row[0], run_id=row[1], path=row[2], uses=row[3], state=row[4],
        intended_at=datetime.fromisoformat(row[5]), details=decode(row[6]),
        receipt=_from_value(row[7]), ended_at=_moment(row[8]), reason=row[9],
    )  # fmt: skip


def question_row(question: Question) -> Row:
    """A row of `questions`, in the order of `QUESTION`. Its routine is the run's."""
    every = question.remind_every
    return (
        question.id, question.run_id, question.path, question.kind, encode(question.title),
        moment_text(question.asked_at), encode(question.body), encode(dict(question.form)),
        question.state, moment_text(question.expires_at),
        None if every is None else every // _MICROSECOND,
        None if question.answer is None else encode(dict(question.answer)),
        moment_text(question.answered_at), question.answered_by,
    )  # fmt: skip


def question_from(row: Sequence[Any]) -> Question:
    """The question of a row that ends with the run's routine."""
    return Question(
        id=row[0], run_id=row[1], path=row[2], kind=row[3], title=decode(row[4]),
        asked_at=datetime.fromisoformat(row[5]), body=decode(row[6]), form=decode(row[7]),
        state=row[8], expires_at=_moment(row[9]),
        remind_every=None if row[10] is None else timedelta(microseconds=row[10]),
        answer=_from_value(row[11]), answered_at=_moment(row[12]), answered_by=row[13],
        routine=row[14],
    )  # fmt: skip
