"""A routine and the catalogue → what is told of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dayhand import durations
from dayhand.catalogue import Catalogue
from dayhand.explanation import _phrases
from dayhand.explanation._model import Explanation, Sending, StepTold
from dayhand.explanation._triggers import trigger_text
from dayhand.model.routine import Input, Routine, RoutineStep

_TO_THE_OWNER = frozenset({"email.notify_me"})
_ASKING = ("person.approve", "person.ask")
_RECIPIENTS = ("to", "recipient", "recipients", "address")


def explain(routine: Routine, catalogue: Catalogue) -> Explanation:
    """Tell a checked routine. `catalogue` has the words of the plugins whose steps it uses."""
    teller = _Teller(catalogue)
    steps = teller.steps(routine.steps, "", ())
    on_failure = teller.steps(routine.on_failure, "f", teller.approved)
    finally_steps = teller.steps(routine.finally_steps, "e", teller.approved)
    return Explanation(
        name=routine.name,
        title=routine.title,
        description=" ".join(routine.description.split()),
        enabled=routine.enabled,
        triggers=tuple(trigger_text(trigger) for trigger in routine.triggers),
        inputs=tuple(_input(one) for one in routine.inputs),
        steps=steps,
        on_failure=on_failure,
        finally_steps=finally_steps,
        limits=tuple(_limits(routine)),
        sends=tuple(teller.sends),
        asks=tuple(teller.asks),
        writes=tuple(teller.writes),
        records=tuple(teller.records),
    )


def _input(one: Input) -> str:
    kind = f"one of {', '.join(one.choices)}" if one.choices else one.type
    told = f"{one.name} ({kind})"
    if one.description:
        told += f": {one.description}"
    if one.required:
        return f"{told}; has to be given"
    if one.default == "":
        told += "; may be left out"
    elif one.default is not None:
        told += f"; by default {_phrases.value_text(one.default)}"
    return told


_OVERLAPS = {
    "queue_one": "Due while it still runs, it waits its turn; one at most waits.",
    "queue_all": "Due while it still runs, it waits its turn.",
    "cancel_other": "Due while it still runs, the older run is cancelled.",
    "allow": "It may run several times at once.",
}


def _limits(routine: Routine) -> Iterator[str]:
    if routine.overlap in _OVERLAPS:
        yield _OVERLAPS[routine.overlap]
    if routine.timeout:
        length = durations.as_text(routine.timeout)
        yield f"A run is given up after {length} of work; waiting for you does not count."


@dataclass(frozen=True, slots=True)
class _Approval:
    """An approval that was asked for; not `is_sure` after a part that may have been skipped."""

    key: str
    is_sure: bool = True


@dataclass(slots=True)
class _Teller:
    """Tells steps in their order, and gathers what they do to the world."""

    catalogue: Catalogue
    sends: list[Sending] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    records: list[str] = field(default_factory=list)
    approved: tuple[_Approval, ...] = ()

    def steps(
        self, steps: Iterable[RoutineStep], path: str, approved: tuple[_Approval, ...]
    ) -> tuple[StepTold, ...]:
        """Tell a list of steps; `approved` names the approvals before it."""
        self.approved = approved
        return tuple(self.step(step, f"{path}{n}") for n, step in enumerate(steps, 1))

    def step(self, step: RoutineStep, path: str) -> StepTold:
        spec = self.catalogue.steps.get(step.uses or "")
        effect = spec.effect if spec else ""
        told = StepTold(
            path, step.key, step.uses or "", effect, self._does(step), tuple(_details(step))
        )
        self._gather(step, told)
        inner, before = told.steps, self.approved
        if step.parallel is not None:
            inner = self._branches(step.parallel, path)
        elif step.steps is not None:
            inner = self.steps(step.steps, f"{path}.", self.approved)
        after = self.approved
        if step.when is not None and (step.steps or step.parallel):
            inside = after[len(before) :]
            after = (*before, *(replace(one, is_sure=False) for one in inside))
        handlers = step.on_error if isinstance(step.on_error, tuple) else ()
        handled = self.steps(handlers, f"{path}.e", after)
        self.approved = after
        if step.uses == "person.approve":
            self.approved = (*after, _Approval(step.key))
        return replace(told, steps=inner, on_error=handled)

    def _approvals(self) -> tuple[str, ...]:
        """The approvals before a point; those in a part that may be skipped if there are no others."""
        sure = tuple(one.key for one in self.approved if one.is_sure)
        return sure or tuple(one.key for one in self.approved)

    def _branches(self, branches: Iterable[RoutineStep], path: str) -> tuple[StepTold, ...]:
        """Branches do not see each other's approvals; what follows sees all of them."""
        before, after = self.approved, self.approved
        told = []
        for n, branch in enumerate(branches, 1):
            self.approved = before
            told.append(self.step(branch, f"{path}.{n}"))
            after += tuple(one for one in self.approved if one not in after)
        self.approved = after
        return tuple(told)

    def _does(self, step: RoutineStep) -> str:
        given = step.arguments
        if step.call is not None:
            return f"Run the routine '{step.call.routine}' and wait for its end"
        if step.parallel is not None:
            return step.name or "At the same time"
        if step.steps is not None:
            return step.name or (f"For each {step.loop.name}" if step.loop else "Together")
        if step.uses in _BUILT_IN:
            return _BUILT_IN[step.uses].format(
                **{name: _phrases.value_text(value) for name, value in _shown(given).items()}
            )
        spec = self.catalogue.steps.get(step.uses or "")
        summary = spec.summary.rstrip(".") if spec else str(step.uses)
        if not step.name or summary.lower().startswith(step.name.lower()):
            return summary
        return f"{step.name}: {summary[:1].lower()}{summary[1:]}"

    def _gather(self, step: RoutineStep, told: StepTold) -> None:
        if step.uses in _ASKING:
            self.asks.append(f"{told.path} {told.does}")
        elif told.effect == "send":
            to = next((step.arguments[name] for name in _RECIPIENTS if name in step.arguments), "")
            self.sends.append(
                Sending(
                    told.path, told.uses, told.does, _phrases.value_text(to) if to else "",
                    self._approvals(), told.uses in _TO_THE_OWNER,
                )
            )  # fmt: skip
        elif told.effect == "write":
            self.writes.append(f"{told.path} {told.does}")
        elif told.effect == "record":
            self.records.append(f"{told.path} {told.does}")


_BUILT_IN = {
    "person.approve": "Ask you: “{title}”",
    "person.ask": "Ask you to fill in: “{title}”",
    "wait.until": "Wait {how}",
    "file.write": "Write the file out/{path}",
    "schedule.clock_changes": "Tell which changes of the clock ahead touch a routine",
    "value.set": "Name values for later steps: {names}",
    "run.fail": "End the run as failed: {reason}",
}


def _shown(given: object) -> dict[str, object]:
    arguments = dict(given) if isinstance(given, dict) else {}
    length, moment = arguments.get("length"), arguments.get("moment")
    how = f"for {_phrases.value_text(length)}" if length else f"until {_phrases.value_text(moment)}"
    defaults = {
        "title": "",
        "path": "",
        "reason": "",
        "how": how,
        "names": ", ".join(arguments) or "none",
    }
    return {**defaults, **arguments}


# What else is said of a step ----------------------------------------------------------------------


def _details(step: RoutineStep) -> Iterator[str]:
    if step.when is not None:
        yield f"Only if {_phrases.condition(step.when)}"
    if step.loop is not None:
        at_once = f", up to {step.loop.max_parallel} at once" if step.loop.max_parallel > 1 else ""
        yield f"Once for each {step.loop.name} of {_phrases.phrase(step.loop.items)}{at_once}"
    given = step.call.inputs if step.call else step.arguments
    if given and step.uses not in _BUILT_IN:
        yield f"Given {_phrases.value_text(dict(given))}"
    if step.uses in _ASKING:
        yield from _asking(step)
    if step.retry is not None and step.retry.attempts > 1:
        yield f"Tried up to {step.retry.attempts} times"
    if step.timeout is not None:
        yield f"An attempt is given up after {durations.as_text(step.timeout)}"
    if step.on_error == "continue":
        yield "If it fails, the run goes on and ends as done with failures"
    elif isinstance(step.on_error, tuple):
        yield "If it fails"


def _asking(step: RoutineStep) -> Iterator[str]:
    if step.on_decline == "continue":
        yield "Declined, the run goes on; later steps look at the answer"
    elif step.uses == "person.approve":
        yield "Declined, the run ends"
    if step.arguments.get("expires_in"):
        yield f"Without an answer in {step.arguments['expires_in']} it counts as declined"
    if step.arguments.get("remind_every"):
        yield f"You are reminded every {str(step.arguments['remind_every']).removeprefix('1 ')}"
