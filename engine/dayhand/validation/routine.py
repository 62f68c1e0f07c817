"""The check of one routine: shape, names, references, effects; then the routine itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from dayhand import document
from dayhand.catalogue import Catalogue
from dayhand.model.routine import Input, Routine, Trigger
from dayhand.problems import Problem, by_place
from dayhand.validation import _envelope
from dayhand.validation._build import build
from dayhand.validation._calls import check_calls
from dayhand.validation._check import Check, RoutineHead
from dayhand.validation._draft import Draft, read_steps
from dayhand.validation._effects import check_effects
from dayhand.validation._envelope import Keys
from dayhand.validation._flow import check_flow
from dayhand.validation._ids import check_ids
from dayhand.validation._inputs import read_inputs
from dayhand.validation._lengths import check_lengths
from dayhand.validation._lookup import Lookup
from dayhand.validation._references import check_references
from dayhand.validation._triggers import read_triggers
from dayhand.validation._usage import check_usage
from dayhand.validation._uses import check_uses

__all__ = ["Checked", "RoutineHead", "check_routine"]

_DEFAULT_DAY = date(2026, 1, 1)
_INSIDE = frozenset({"triggers", "inputs", "steps", "on_failure", "finally"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found. `routine` is None where there are errors; warnings leave it.

    `missing` names the plugins without which the routine cannot run: it is to be quarantined.
    `advice` is what is right and could be simpler, such as an id that nothing uses.
    """

    routine: Routine | None
    problems: tuple[Problem, ...]
    missing: tuple[str, ...] = ()
    advice: tuple[Problem, ...] = ()


def check_routine(
    source: document.Document,
    catalogue: Catalogue,
    *,
    routines: Mapping[str, Routine | RoutineHead] | None = None,
    file_stem: str | None = None,
    today: date = _DEFAULT_DAY,
) -> Checked:
    """Check a routine's document against what is installed.

    Args:
        source: the text as `document.read` gives it, its own problems included.
        catalogue: the steps there are.
        routines: the practice's routines by name; None where they are not known, so that a
            routine that calls another is not refused.
        file_stem: the file's name without `.yaml`, which the routine's name has to equal.
        today: from when on a cron expression has to come true within eight years.
    """
    return examine(source, catalogue, routines=routines, file_stem=file_stem, today=today).checked


@dataclass(frozen=True, slots=True)
class Examined:
    """A check, with what it was made from: the parts that were read, and what its expressions use."""

    checked: Checked
    parts: Parts | None = None
    lookup: Lookup | None = None


def examine(
    source: document.Document,
    catalogue: Catalogue,
    *,
    routines: Mapping[str, Routine | RoutineHead] | None,
    file_stem: str | None,
    today: date = _DEFAULT_DAY,
) -> Examined:
    """What `check_routine` does; with what an editor asks for besides."""
    heads = None
    if routines is not None:
        heads = {name: RoutineHead.of(routine) for name, routine in routines.items()}
    check = Check(source, catalogue, heads, file_stem, today)
    check.extend(source.problems)
    routine: Routine | None = None
    parts: Parts | None = None
    lookup: Lookup | None = None
    if source.root is not None:
        parts = read_parts(check, source.root)
        routine, lookup = _checked(check, parts)
    problems = tuple(by_place(check.problems))
    if any(problem.is_error for problem in problems):
        routine = None
    advice = tuple(by_place(check.advice))
    return Examined(Checked(routine, problems, tuple(check.missing), advice), parts, lookup)


@dataclass(slots=True)
class Parts:
    """A routine's document, read."""

    keys: Keys
    triggers: list[Trigger]
    inputs: list[Input]
    steps: list[Draft]
    on_failure: list[Draft]
    finally_steps: list[Draft]

    def drafts(self) -> list[Draft]:
        """Every step, in the order of the text."""
        tops = (*self.steps, *self.on_failure, *self.finally_steps)
        return [draft for top in tops for draft in top.walk()]


def read_parts(check: Check, root: document.Mapping) -> Parts:
    """The routine's parts, problems of their shape noted."""
    keys = _envelope.check(root, "routine", inside=_INSIDE)
    check.extend(keys.problems)
    return Parts(
        keys,
        read_triggers(check, keys.get("triggers")),
        read_inputs(check, keys.get("inputs")),
        read_steps(check, keys.get("steps")),
        read_steps(check, keys.get("on_failure")),
        read_steps(check, keys.get("finally")),
    )


def _checked(check: Check, parts: Parts) -> tuple[Routine | None, Lookup]:
    _check_name(check, parts.keys)
    drafts, endings = parts.drafts(), (parts.on_failure, parts.finally_steps)
    check_ids(check, parts.steps, endings)
    check_uses(check, drafts)
    lookup = check_references(check, inputs=parts.inputs, steps=parts.steps, endings=endings)
    name = parts.keys.text("routine") or check.file_stem
    check_calls(check, name, drafts, parts.triggers)
    check_effects(check, parts.steps, endings)
    check_flow(check, parts.steps, endings)
    check_lengths(check, parts.keys, drafts)
    check_usage(check, lookup, parts.inputs, drafts)
    _check_start(check, parts)
    if any(problem.is_error for problem in check.problems):
        return None, lookup
    made = build(
        check,
        parts.keys,
        triggers=parts.triggers,
        inputs=parts.inputs,
        steps=parts.steps,
        on_failure=parts.on_failure,
        finally_steps=parts.finally_steps,
    )
    return made, lookup


def _check_name(check: Check, keys: Keys) -> None:
    name = keys.scalar("routine")
    if name and check.file_stem is not None and name.text != check.file_stem:
        message = f"the routine is called '{name.text}' and its file '{check.file_stem}.yaml'"
        hint = f"write 'routine: {check.file_stem}', or rename the file"
        check.note(name.mark, "name-mismatch", message, hint)


def _check_start(check: Check, parts: Parts) -> None:
    """A routine that starts by itself is given nothing."""
    timed = next((one for one in parts.triggers if one.kind in ("cron", "every")), None)
    for one in parts.inputs:
        if timed and timed.mark and one.required and one.mark:
            message = f"nothing gives '{one.name}' when the routine starts by itself"
            hint = f"give it a 'default', or remove the trigger in line {timed.mark.line}"
            check.note(one.mark, "input-without-default", message, hint)
