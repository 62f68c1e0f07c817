"""Answers to what a dry run will ask, given before it: held against the steps that ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from dayhand.app.application import App
from dayhand.errors import UserError
from dayhand.model.routine import Routine, RoutineStep
from dayhand.problems import closest
from dayhand.wording import first_of

__all__ = ["beforehand"]

_ASKING = frozenset({"person.approve", "person.ask"})
_INDEX = re.compile(r"\[\d+\]")


def beforehand(
    app: App, name: str, given: Sequence[tuple[str, str]]
) -> dict[str, Mapping[str, Any]]:
    """What each step is answered, by its path: `approve`, `decline`, or `FIELD:VALUE` of a form.

    Raises:
        UserError: no step of the routine, or of one that it calls, asks that.
    """
    answers: dict[str, dict[str, Any]] = {}
    asking = dict(_asking(app, app.book.ready(name), set())) if given else {}
    for called, text in given:
        path = _path(called, asking)
        step = asking.get(_INDEX.sub("[0]", path))
        if step is None:
            raise UserError(f"no step '{called}' of '{name}' asks", hint=_those(called, asking))
        key, value = (_of_form if step.uses == "person.ask" else _of_approval)(step, called, text)
        if key in answers.setdefault(path, {}):
            raise UserError(
                f"--answer {called}={text}: that is answered already", hint="give each answer once"
            )
        answers[path][key] = value
    return dict(answers)


def _path(called: str, asking: Mapping[str, RoutineStep]) -> str:
    """The path that is meant: inside groups the last part is enough, where only one step has it."""
    found = [path for path in asking if _last(path) == called and "[" not in path]
    return found[0] if called not in asking and len(found) == 1 else called


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _those(called: str, asking: Mapping[str, RoutineStep]) -> str:
    if not asking:
        return "nothing in it asks; leave --answer out"
    short = [_last(path) for path in asking if "[" not in path]
    near = closest(called, tuple(asking)) or closest(called, short)
    guess = f"did you mean '{near}'? " if near not in (None, called) else ""
    return f"{guess}those that ask: {first_of(list(asking), most=12)}"


def _of_approval(_step: RoutineStep, called: str, text: str) -> tuple[str, Any]:
    if text not in ("approve", "decline"):
        hint = f"say --answer {called}=approve or --answer {called}=decline"
        raise UserError(
            f"'{called}' is to be approved, and '{text}' does not say whether", hint=hint
        )
    return "approved", text == "approve"


def _of_form(step: RoutineStep, called: str, text: str) -> tuple[str, Any]:
    field, colon, value = text.partition(":")
    fields = step.arguments.get("fields")
    if not colon or (isinstance(fields, Mapping) and field not in fields):
        named = f"; its fields: {', '.join(fields)}" if isinstance(fields, Mapping) else ""
        hint = f"say --answer {called}=FIELD:VALUE{named}"
        raise UserError(f"'{called}' is a form, and '{text}' fills in no field of it", hint=hint)
    return field, value


def _asking(app: App, routine: Routine, seen: set[str]) -> Iterator[tuple[str, RoutineStep]]:
    """The steps that ask, of the routine and of those it calls, by their paths; of a loop the first."""
    seen.add(routine.name)
    yield from _inside(routine.steps, "")
    yield from _inside(routine.on_failure, "on_failure.")
    yield from _inside(routine.finally_steps, "finally.")
    for step in routine.walk():
        called = app.book.find(step.call.routine).routine if step.call else None
        if called is not None and called.name not in seen:
            yield from _asking(app, called, seen)


def _inside(steps: Iterable[RoutineStep], prefix: str) -> Iterator[tuple[str, RoutineStep]]:
    for step in steps:
        path = f"{prefix}{step.key}"
        each = f"{path}[0]" if step.loop else path
        if step.uses in _ASKING:
            yield each, step
        yield from _inside(step.inner(), f"{each}.")
        for place in dict.fromkeys((each, path)):
            yield from _inside(
                step.on_error if isinstance(step.on_error, tuple) else (), f"{place}.on_error."
            )
