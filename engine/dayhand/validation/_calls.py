"""Routines that run one another: is the other there, given what it needs, and is there an end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from dayhand import document
from dayhand.model.routine import Trigger
from dayhand.problems import Mark
from dayhand.validation import _inputs, _words
from dayhand.validation._check import Check, RoutineHead
from dayhand.validation._draft import Draft


def check_calls(
    check: Check, name: str | None, drafts: Iterable[Draft], triggers: Iterable[Trigger]
) -> None:
    """Check the calls and the triggers that name another routine, where those are known."""
    calls = [draft for draft in drafts if draft.kind == "routine" and draft.keys.text("routine")]
    after = [trigger for trigger in triggers if trigger.kind == "routine"]
    if check.routines is not None:
        for draft in calls:
            if draft.keys.text("routine") != name:
                _check_call(check, check.routines, draft)
        for trigger in after:
            if trigger.value not in check.routines and trigger.value != name and trigger.mark:
                _unknown(check, check.routines, trigger.value, trigger.mark)
    if name:
        _check_cycles(check, name, calls, after)


def _unknown(check: Check, routines: Mapping[str, RoutineHead], name: str, mark: Mark) -> None:
    hint = check.guess(name, sorted(routines), "there are")
    check.note(mark, "unknown-routine", f"there is no routine '{name}'", hint)


def _check_call(check: Check, routines: Mapping[str, RoutineHead], draft: Draft) -> None:
    called = draft.keys.scalar("routine")
    if called is None:
        return
    head = routines.get(called.text)
    if head is None:
        _unknown(check, routines, called.text, called.mark)
    elif head.inputs is not None:
        declared = {one.name: one for one in head.inputs}
        given = draft.arguments()
        for entry in given.entries if given else ():
            one = declared.get(entry.key.text)
            if one is None:
                _unknown_input(check, head, entry.key, tuple(declared))
            else:
                check.extend(_inputs.value_problems(one, entry.value, one.name))
        _check_required(check, head, called, given.keys() if given else ())


def _unknown_input(
    check: Check, head: RoutineHead, key: document.Scalar, declared: tuple[str, ...]
) -> None:
    hint = check.guess(key.text, declared, "it takes") or "it takes none"
    message = f"the routine '{head.name}' has no input '{key.text}'"
    check.note(key.mark, "unknown-input", message, hint)


def _check_required(
    check: Check, head: RoutineHead, called: document.Scalar, given: tuple[str, ...]
) -> None:
    names = tuple(one.name for one in head.inputs or ())
    misspelt = {check.near(name, names) for name in given if name not in names}
    for one in head.inputs or ():
        if one.required and one.name not in given and one.name not in misspelt:
            remark = _words.first_sentence(one.description)
            hint = f"add '{one.name}:' under 'inputs' {remark}".strip()
            message = f"the routine '{head.name}' needs the input '{one.name}'"
            check.note(called.mark, "missing-input", message, hint)


# Cycles -------------------------------------------------------------------------------------------


def _check_cycles(check: Check, name: str, calls: list[Draft], after: list[Trigger]) -> None:
    """Note each call or trigger here that leads back to this routine."""
    own = tuple(draft.keys.text("routine") or "" for draft in calls)
    heads = dict(check.routines or {})
    heads[name] = RoutineHead(name, None, own, tuple(trigger.value for trigger in after))
    for draft in calls:
        called = draft.keys.scalar("routine")
        way = _way(heads, called.text, name) if called else None
        if called and way:
            _cycle(check, called.mark, [name, *way])
    for trigger in after:
        way = _way(heads, name, trigger.value)
        if way and trigger.mark:
            _cycle(check, trigger.mark, [*way, name])


def _way(heads: Mapping[str, RoutineHead], start: str, goal: str) -> list[str] | None:
    """The shortest way from one routine to another along what starts what."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == goal:
            return way
        for following in _starts(heads, way[-1]):
            if following not in seen:
                seen.add(following)
                ways.append([*way, following])
    return None


def _starts(heads: Mapping[str, RoutineHead], name: str) -> list[str]:
    """The routines that one starts: those it runs, and those that wait for its end."""
    head = heads.get(name)
    waiting = [other.name for other in heads.values() if name in other.after]
    return [*(head.calls if head else ()), *waiting]


def _cycle(check: Check, mark: Mark, way: list[str]) -> None:
    message = f"these routines start one another without end: {' → '.join(way)}"
    check.note(mark, "call-cycle", message, "break the circle at one of them")
