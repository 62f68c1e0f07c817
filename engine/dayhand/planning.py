"""A routine, its inputs and a moment → a plan: everything compiled, nothing left to look up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from dayhand.errors import UserError
from dayhand.expressions import (
    EvaluationError,
    Expression,
    Template,
    compile_expression,
    compile_text,
)
from dayhand.model.practice import PracticeInfo
from dayhand.model.routine import Input, Retry, Routine, RoutineStep
from dayhand.problems import closest
from dayhand.values import plain, tainted

__all__ = ["Plan", "PlanLoop", "PlanStep", "evaluate", "plan"]


@dataclass(frozen=True, slots=True)
class PlanLoop:
    """What a step is repeated over, the name each item has inside, and how many run at once."""

    items: Expression
    name: str
    max_parallel: int


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step of a routine with its expressions compiled; the leaves of `arguments` are too."""

    key: str
    place: str
    id: str | None
    title: str
    uses: str | None
    arguments: Any
    steps: tuple[PlanStep, ...] | None
    parallel: tuple[PlanStep, ...] | None
    call: str | None
    when: Expression | None
    loop: PlanLoop | None
    retry: Retry | None
    timeout: timedelta | None
    on_error: Literal["fail", "continue"] | tuple[PlanStep, ...]
    on_decline: Literal["stop", "continue"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do. `scope` holds the names every expression of the run sees."""

    routine: Routine
    inputs: Mapping[str, Any]
    scope: Mapping[str, Any]
    steps: tuple[PlanStep, ...]
    on_failure: tuple[PlanStep, ...]
    finally_steps: tuple[PlanStep, ...]


def plan(
    routine: Routine,
    *,
    run: Mapping[str, Any],
    given: Mapping[str, Any],
    practice: PracticeInfo,
    scheduled_for: datetime,
    now: datetime,
    like: Plan | None = None,
) -> Plan:
    """The plan of a run.

    Args:
        routine: a checked routine.
        run: what expressions see as `run`.
        given: inputs as text or plain values; defaults fill in the rest.
        practice: what expressions see as `practice`.
        scheduled_for: the moment the run is about, aware, in the routine's zone.
        now: when the run began, likewise.
        like: the plan of another run of this very routine and practice; what it has compiled is
            taken over.

    Raises:
        UserError: an input is missing, unknown, or not of its type.
    """
    alike = like is not None and like.routine is routine
    scope = {
        "practice": like.scope["practice"] if like and alike else _practice_scope(practice),
        "run": dict(run),
        "scheduled_for": scheduled_for,
        "now": now,
    }
    inputs = _inputs(routine.inputs, given, scope)
    if like is not None and alike:
        steps = (like.steps, like.on_failure, like.finally_steps)
        return Plan(routine, inputs, {**scope, "inputs": inputs}, *steps)
    return Plan(
        routine=routine,
        inputs=inputs,
        scope={**scope, "inputs": inputs},
        steps=_compiled(routine.steps),
        on_failure=_compiled(routine.on_failure),
        finally_steps=_compiled(routine.finally_steps),
    )


def _practice_scope(practice: PracticeInfo) -> dict[str, Any]:
    scope: dict[str, Any] = plain(practice)
    return scope


def _compiled(steps: tuple[RoutineStep, ...]) -> tuple[PlanStep, ...]:
    return tuple(_compile_step(step) for step in steps)


def _compile_step(step: RoutineStep) -> PlanStep:
    on_error = step.on_error
    loop = step.loop
    return PlanStep(
        key=step.key,
        place=str(step.mark),
        id=step.id,
        title=step.name or step.id or step.uses or step.key,
        uses=step.uses,
        arguments=_compile_tree(step.call.inputs if step.call else step.arguments),
        steps=None if step.steps is None else _compiled(step.steps),
        parallel=None if step.parallel is None else _compiled(step.parallel),
        call=step.call.routine if step.call else None,
        when=compile_expression(step.when) if step.when else None,
        loop=PlanLoop(compile_expression(loop.items), loop.name, loop.max_parallel)
        if loop
        else None,
        retry=step.retry,
        timeout=step.timeout,
        on_error=_compiled(on_error) if isinstance(on_error, tuple) else on_error,
        on_decline=step.on_decline,
    )


def _compile_tree(value: Any) -> Any:
    if isinstance(value, str):
        return compile_text(value)
    if isinstance(value, Mapping):
        return {key: _compile_tree(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_compile_tree(item) for item in value]
    return value


def evaluate(tree: Any, scope: Mapping[str, Any]) -> Any:
    """A compiled tree with every expression in it evaluated.

    Raises:
        EvaluationError: a name has no value, or a filter got what it cannot take.
    """
    if isinstance(tree, Template):
        return tree.evaluate(scope)
    if isinstance(tree, dict):
        return {key: evaluate(item, scope) for key, item in tree.items()}
    if isinstance(tree, list):
        return [evaluate(item, scope) for item in tree]
    return tree


# Inputs -------------------------------------------------------------------------------------------


def _inputs(
    declared: tuple[Input, ...], given: Mapping[str, Any], scope: Mapping[str, Any]
) -> dict[str, Any]:
    known = [item.name for item in declared]
    for name in given:
        if name not in known:
            guess = closest(name, known)
            listed = f"it has: {', '.join(known)}" if known else "it has none"
            raise UserError(
                f"the routine has no input '{name}'",
                hint=f"did you mean '{guess}'?" if guess else listed,
            )
    values: dict[str, Any] = {}
    for item in declared:
        value = given.get(item.name)
        if value is None and item.required:
            about = f"; it is: {item.description}" if item.description else ""
            raise UserError(
                f"input '{item.name}' is needed",
                hint=f"give it with --input {item.name}=…{about}",
            )
        if item.name not in given:
            value = _default(item, {**scope, "inputs": values})
        values[item.name] = None if value is None else _typed(item, value)
    return values


def _default(item: Input, scope: Mapping[str, Any]) -> Any:
    try:
        return evaluate(_compile_tree(item.default), scope)
    except EvaluationError as error:
        raise UserError(
            f"the default of input '{item.name}' cannot be computed: {error.message}",
            hint=error.hint,
        ) from error


def _typed(item: Input, value: Any) -> Any:
    try:
        typed = _READERS[item.type](value)
    except (ValueError, TypeError, KeyError, ArithmeticError) as error:
        raise UserError(
            f"input '{item.name}' is not {_EXPECTED[item.type]}",
            hint="'dayhand explain' tells what the routine takes",
        ) from error
    if item.type == "choice" and typed not in item.choices:
        raise UserError(
            f"input '{item.name}' is not one of its choices",
            hint=f"choose from: {', '.join(item.choices)}",
        )
    return tainted(typed, (value,))


_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def _matched(pattern: re.Pattern[str], value: Any) -> str:
    text = str(value).strip()
    if not pattern.fullmatch(text):
        raise ValueError
    return text


def _number(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError
        return value
    return Decimal(_matched(_NUMBER, value))


def _integer(value: Any) -> int:
    if isinstance(value, Decimal):
        if value % 1:
            raise ValueError
        return int(value)
    return int(_matched(_WHOLE, value))


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "yes": True, "no": False}[str(value).lower()]


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    return date.fromisoformat(_matched(_DAY, value))


def _month(value: Any) -> str:
    if isinstance(value, date):
        return f"{value.year:04}-{value.month:02}"
    return _matched(_MONTH, value)


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise TypeError
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _list(value: Any) -> list[Any]:
    if isinstance(value, dict):
        raise TypeError
    if isinstance(value, list):
        return value
    return [part.strip() for part in str(value).split(",") if part.strip()]


_READERS: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "date": _day,
    "month": _month,
    "choice": _text,
    "file": _text,
    "list": _list,
}
_EXPECTED = {
    "text": "text",
    "number": "a number such as 12.50",
    "integer": "a whole number",
    "boolean": "true or false",
    "date": "a date such as 2026-11-01",
    "month": "a month such as 2026-11",
    "choice": "one of its choices",
    "file": "a file's path",
    "list": "a list",
}
