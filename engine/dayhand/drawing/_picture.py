"""A routine as blocks to draw: what stands in each, and what is inside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from dayhand.catalogue import Catalogue
from dayhand.explanation import condition, phrase, trigger_text
from dayhand.model.routine import Routine, RoutineStep

_ASKING = frozenset({"person.approve", "person.ask"})
_ENDING = frozenset({"run.fail"})


@dataclass(frozen=True, slots=True)
class Block:
    """A step, or a frame round the blocks in it.

    `inner` of a `branches` block stand beside one another, of a `frame` below one another. `look` is the
    step's effect, or `asks`, `ends`, `due`. `handlers` are taken if it fails.
    """

    kind: Literal["step", "frame", "branches"]
    title: str
    path: str = ""
    under: str = ""
    notes: tuple[str, ...] = ()
    look: str = "none"
    inner: tuple[Block, ...] = ()
    handlers: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole routine: what makes it due, its steps, and what is taken at its end."""

    title: str
    due: tuple[Block, ...]
    steps: tuple[Block, ...]
    endings: tuple[Block, ...] = ()


def picture(routine: Routine, catalogue: Catalogue) -> Picture:
    """The blocks of a checked routine."""
    due = tuple(_due(trigger_text(trigger)) for trigger in routine.triggers)
    endings = []
    for title, prefix, steps in (
        ("If the run fails", "f", routine.on_failure),
        ("At the end, however it ended", "e", routine.finally_steps),
    ):
        if steps:
            inner = _blocks(steps, catalogue, prefix)
            endings.append(Block("frame", title, inner=inner, look="fails"))
    return Picture(
        routine.title or routine.name,
        due or (_due("When you run it"),),
        _blocks(routine.steps, catalogue, ""),
        tuple(endings),
    )


def _due(sentences: str) -> Block:
    first, _, rest = sentences.partition(". ")
    return Block("step", first.rstrip("."), notes=(rest,) if rest else (), look="due")


def _blocks(steps: Iterable[RoutineStep], catalogue: Catalogue, prefix: str) -> tuple[Block, ...]:
    return tuple(_block(step, catalogue, f"{prefix}{n}") for n, step in enumerate(steps, 1))


def _block(step: RoutineStep, catalogue: Catalogue, path: str) -> Block:
    notes = tuple(_notes(step))
    handlers: tuple[Block, ...] = ()
    if isinstance(step.on_error, tuple):
        handlers = _blocks(step.on_error, catalogue, f"{path}.e")
    if step.inner():
        inner = _blocks(step.inner(), catalogue, f"{path}.")
        kind: Literal["frame", "branches"] = "branches" if step.parallel else "frame"
        look = "loop" if step.loop else "none"
        return Block(kind, _title(step), path, "", notes, look, inner, handlers)
    what = f"routine {step.call.routine}" if step.call else step.uses or ""
    title = step.name or step.id or what
    under = what if what != title else ""
    return Block("step", title, path, under, notes, _look(step, catalogue), (), handlers)


def _title(step: RoutineStep) -> str:
    """What stands above the steps inside one."""
    unnamed = "In each round" if step.loop else "At the same time" if step.parallel else "Together"
    return step.name or step.id or unnamed


def _look(step: RoutineStep, catalogue: Catalogue) -> str:
    if step.uses in _ASKING:
        return "asks"
    if step.uses in _ENDING:
        return "ends"
    spec = catalogue.steps.get(step.uses or "")
    return spec.effect if spec else "none"


def _notes(step: RoutineStep) -> Iterator[str]:
    if step.when is not None:
        yield f"only if {condition(step.when)}"
    if step.loop is not None:
        yield f"for each {step.loop.name} of {phrase(step.loop.items)}"
    if step.uses == "person.approve":
        yield "declined: goes on" if step.on_decline == "continue" else "declined: the run ends"
    if step.retry is not None and step.retry.attempts > 1:
        yield f"tried up to {step.retry.attempts} times"
    if step.on_error == "continue":
        yield "if it fails: goes on"
