"""What an expression can see at a point of the routine, and what is certain there."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from dayhand.model.practice import Address, Clinician, Licence, PracticeInfo
from dayhand.validation._draft import Draft
from dayhand.validation._types import ANYTHING, ListOf, Made, Schema, Type

_TEXT = Schema({"type": "string"}, {})
_MOMENT = Schema({"type": "string", "format": "date-time"}, {})
_DATE = Schema({"type": "string", "format": "date"}, {})
_FLAG = Schema({"type": "boolean"}, {})

# `or` and `not` may be true just because the step is not there
_UNCERTAIN = re.compile(r"\bor\b|\bnot\b|\bif\b|\bundefined\b|\bnone\b|default\(\s*true")
_SELECTED = re.compile(r"\|\s*select\(\s*['\"]([\w.]+)['\"]\s*\)")
_JOINED = re.compile(r"\b(and|or|if)\b")
_STEP_NAMED = re.compile(r"\bsteps\s*\.\s*(\w+)")


@dataclass(frozen=True, slots=True)
class Known:
    """A step whose output can be used: its type, and what has to hold for it to be there.

    `doubts` are the conditions of its own and of the blocks around it; `may_fail` says that an
    `on_error` lets the run go on without it; `may_miss` that the run may have ended before it.
    """

    draft: Draft
    type: Type
    doubts: tuple[str, ...] = ()
    may_fail: bool = False
    may_miss: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Names, and steps by id, at a point.

    `holds` are the conditions that are true there, and `proven` the ids that one of these
    conditions would not be true without.
    """

    names: Mapping[str, Type]
    steps: dict[str, Known] = field(default_factory=dict)
    holds: frozenset[str] = frozenset()
    proven: frozenset[str] = frozenset()
    loops: tuple[Draft, ...] = ()
    around: tuple[Draft, ...] = ()

    def inside(self, draft: Draft, when: str | None) -> Scope:
        """The scope of what a step holds, once its `when` is true. Ids found there stay there."""
        holds, proven = self.holds, self.proven
        if when is not None:
            held, shown = _shown_by(when)
            holds |= held
            proven |= shown
        around = (*self.around, draft)
        return Scope(self.names, dict(self.steps), holds, proven, self.loops, around)

    def beyond(self, draft: Draft) -> Scope:
        """The scope after a step: what would have ended the run there does not hold."""
        node, when = draft.keys.node, draft.keys.text("when")
        if (
            draft.keys.text("uses") != "run.fail"
            or node.entry("on_error")
            or node.entry("for_each")
        ):
            return self
        if when is None or not when.startswith("not ") or _JOINED.search(when):
            return self
        held = " ".join(when[4:].split())
        if not held:
            return self
        bare = held[1:-1].strip() if held[0] + held[-1] == "()" and "(" not in held[1:] else held
        proven = self.proven | {*_proves(bare)}
        return replace(self, holds=self.holds | {bare}, proven=proven)

    def with_item(self, draft: Draft, item: Type) -> Scope:
        """The scope inside a loop."""
        name = draft.item or "item"
        chosen = _SELECTED.findall(draft.keys.text("for_each") or "")
        return replace(
            self,
            names={**self.names, name: item},
            loops=(*self.loops, draft),
            holds=self.holds | {f"{name}.{field}" for field in chosen},
        )

    def after_failure(self, failure: Type, doubtful: Iterable[str] | None = None) -> Scope:
        """The scope of steps that handle a failure: the `doubtful` may not have been taken.

        In `on_failure` and `finally` that is every step.
        """
        doubts = set(self.steps if doubtful is None else doubtful)
        steps = {
            name: replace(known, may_miss=known.may_miss or name in doubts)
            for name, known in self.steps.items()
        }
        return replace(self, names={**self.names, "failure": failure}, steps=steps)

    def is_certain(self, name: str, known: Known) -> bool:
        """True if the step with this id is there in every run that comes here."""
        if name in self.proven:
            return True
        if known.may_fail or known.may_miss:
            return False
        return all(doubt in self.holds for doubt in known.doubts)


@functools.lru_cache(maxsize=1024)  # an editor checks the same conditions at each key
def _shown_by(when: str) -> tuple[frozenset[str], frozenset[str]]:
    """What holds once a condition is true, and the steps that are there then."""
    parts = [part for part in conjuncts(when) if part != "true"]
    return frozenset(parts), frozenset(name for part in parts for name in _proves(part))


@functools.lru_cache(maxsize=1024)
def conjuncts(when: str) -> tuple[str, ...]:
    """The parts of a condition that are joined by `and`, spaces made even."""
    parts: list[str] = []
    depth, quote, start, text = 0, "", 0, " ".join(when.split())
    for index, char in enumerate(text):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif depth == 0 and text.startswith(" and ", index):
            parts.append(text[start:index])
            start = index + 5
    parts.append(text[start:])
    if re.search(r"\b(or|if)\b", text) and len(parts) > 1:  # `a and b or c` does not need a
        return (text,)
    return tuple(part.strip() for part in parts if part.strip())


def _proves(condition: str) -> Iterable[str]:
    return () if _UNCERTAIN.search(condition) else _STEP_NAMED.findall(condition)


def base_names(inputs: Type) -> dict[str, Type]:
    """The names every step can see."""
    run = {
        "id": _TEXT,
        "routine": _TEXT,
        "trigger": _TEXT,
        "started_at": _MOMENT,
        "dry_run": _FLAG,
    }
    return {
        "inputs": inputs,
        "practice": _practice(),
        "run": Made(run),
        "scheduled_for": _MOMENT,
        "now": _MOMENT,
    }


def _practice() -> Type:
    licence = dict.fromkeys(_fields(Licence), _TEXT) | {"issued": _DATE, "expires": _DATE}
    clinician: dict[str, Type] = dict.fromkeys(_fields(Clinician), _TEXT)
    clinician |= {"licences": ListOf(Made(licence)), "supervisor": ANYTHING}
    address = Made(dict.fromkeys(_fields(Address), _TEXT))
    made: dict[str, Type] = dict.fromkeys(_fields(PracticeInfo), _TEXT)
    return Made(made | {"clinician": Made(clinician), "address": address})


def _fields(model: Any) -> list[str]:
    return [one.name for one in dataclasses.fields(model)]
