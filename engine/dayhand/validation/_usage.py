"""What is named and never used: advice, for a name alone does no harm; a refusal nobody heeds does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dayhand.model.routine import Input
from dayhand.validation._check import Check
from dayhand.validation._draft import ASKING, Draft
from dayhand.validation._lookup import Lookup

_ONLY_READS = frozenset({"none", "read"})
_ACTS = ASKING | {"wait.until", "run.fail"}


def check_usage(check: Check, lookup: Lookup, inputs: Iterable[Input], drafts: list[Draft]) -> None:
    """Advise on inputs, ids and items that nothing uses, and warn of a refusal that is ignored."""
    if lookup.takes_all or any(problem.is_error for problem in check.problems):
        return
    for one in inputs:
        if one.name not in lookup.inputs and one.mark and one.type != "file":
            hint = f"remove it, or use it as 'inputs.{one.name}'"
            check.advise(one.mark, "unused-input", f"nothing uses the input '{one.name}'", hint)
    used = _used(lookup)
    for draft in drafts:
        if draft.id and draft.id_mark and id(draft) not in used:
            _unused(check, draft)
        if draft.item and draft.item not in lookup.names:
            mark = draft.keys.node.key_mark("for_each") or draft.mark
            message = f"nothing in the loop uses '{draft.item}': each round does the same"
            check.advise(mark, "unused-item", message, "is the loop meant?")
        if draft.keys.text("on_decline") == "continue":
            _heeded(check, lookup, draft)


def _used(lookup: Lookup) -> set[int]:
    """The steps whose output is used: by themselves, or through the block they are in."""
    used: set[int] = set()
    for use in lookup.uses:
        used |= {id(draft) for draft in use.draft.walk()}
    return used


def _unused(check: Check, draft: Draft) -> None:
    if draft.spec is None or draft.spec.effect not in _ONLY_READS or draft.spec.name in _ACTS:
        return  # it does something, and its id names it in the run's history
    if draft.id_mark is None or (draft.spec.name == "value.set" and draft.keys.text("name")):
        return  # values with a name are shown to people, in the run's history
    message = f"nothing uses what '{draft.id}' gives, and it does nothing else"
    hint = f"use it as 'steps.{draft.id}', or remove the step"
    check.advise(draft.id_mark, "unused-id", message, hint)


def _heeded(check: Check, lookup: Lookup, draft: Draft) -> None:
    """With `on_decline: continue` something has to look at the answer."""
    if draft.keys.text("uses") != "person.approve" or _is_asked_for(lookup, draft):
        return
    mark = draft.keys.node.key_mark("on_decline") or draft.place
    message = "declined or not, the run goes on the same: nothing looks at the answer"
    name = draft.id or "ID"
    hint = f"say 'when: steps.{name}.approved' below, or leave 'on_decline' out"
    check.warn(mark, "decline-ignored", message, hint)


def _is_asked_for(lookup: Lookup, draft: Draft) -> bool:
    asked: Sequence[tuple[str | int, ...]] = [
        use.path for use in lookup.uses if any(one is draft for one in use.draft.walk())
    ]
    return any(not path or "approved" in path or isinstance(path[0], int) for path in asked)
