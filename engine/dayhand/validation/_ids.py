"""Ids: each is one step's in all the places that can see it; loop names do not hide one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dayhand.problems import Mark
from dayhand.validation._check import Check
from dayhand.validation._draft import Draft


@dataclass(slots=True)
class _Frame:
    """Steps that see each other's ids: those of the routine, of a loop, of a handler."""

    outer: Mapping[str, Mark]
    loops: tuple[str, ...] = ()
    own: dict[str, Mark] = field(default_factory=dict)
    deeper: list[tuple[list[Draft], tuple[str, ...]]] = field(default_factory=list)


def check_ids(check: Check, steps: list[Draft], endings: Iterable[list[Draft]]) -> None:
    """Note every id that is taken twice, and every loop name that hides another name."""
    main = _Frame({})
    _check_frame(check, steps, main)
    for ending in endings:
        _check_frame(check, ending, _Frame(main.own))


def _check_frame(check: Check, steps: Iterable[Draft], frame: _Frame) -> None:
    _collect(check, steps, frame)
    seen = {**frame.outer, **frame.own}
    for inner, loops in frame.deeper:
        _check_frame(check, inner, _Frame(seen, loops))


def _collect(check: Check, steps: Iterable[Draft], frame: _Frame) -> None:
    for draft in steps:
        _take(check, draft, frame)
        if draft.item is not None:
            _check_item(check, draft, frame.loops)
            frame.deeper.append((draft.inner, (*frame.loops, draft.item)))
        else:
            _collect(check, draft.inner, frame)
        if draft.handlers:
            frame.deeper.append((draft.handlers, frame.loops))


def _take(check: Check, draft: Draft, frame: _Frame) -> None:
    if draft.id is None or draft.id_mark is None:
        return
    first = frame.own.get(draft.id) or frame.outer.get(draft.id)
    if first:
        message = f"the id '{draft.id}' is already taken, in line {first.line}"
        check.note(draft.id_mark, "duplicate-id", message, "choose another one")
    elif draft.id in frame.loops:
        message = f"'{draft.id}' is the name of the loop's item"
        check.note(draft.id_mark, "reserved-name", message, "choose another id")
    else:
        frame.own[draft.id] = draft.id_mark


def _check_item(check: Check, draft: Draft, loops: tuple[str, ...]) -> None:
    if draft.item in loops:
        named = draft.keys.node.get("as")
        mark = named.mark if named else draft.mark
        message = f"'{draft.item}' is already the item of the loop around this one"
        check.note(mark, "reserved-name", message, "name the inner one with 'as'")
