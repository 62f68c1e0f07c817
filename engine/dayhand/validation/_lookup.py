"""A reference of an expression, looked up where it stands: its type, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from dayhand.validation import _types, _words
from dayhand.validation._check import Check
from dayhand.validation._draft import Draft
from dayhand.validation._expressions import Reference
from dayhand.validation._scope import Known, Scope
from dayhand.validation._types import ANYTHING, NoMember, Type

_NO_STEPS = "only the time, the practice and the run are known before the first step"


@dataclass(slots=True)
class Everywhere:
    """All the steps with an id, with the blocks around each, to tell why one cannot be used."""

    found: dict[str, list[tuple[Draft, tuple[Draft, ...]]]] = field(default_factory=dict)

    def collect(self, drafts: Iterable[Draft], around: tuple[Draft, ...] = ()) -> None:
        for draft in drafts:
            if draft.id is not None:
                self.found.setdefault(draft.id, []).append((draft, around))
            inside = (*around, draft)
            self.collect(draft.inner, inside)
            self.collect(draft.handlers or (), inside)


@dataclass(slots=True)
class Use:
    """A use of a step's output: the path as it is written, after the step's id."""

    draft: Draft
    path: tuple[str | int, ...]
    reference: Reference


class Lookup:
    """Looks references up, and keeps what was used."""

    def __init__(self, check: Check, everywhere: Everywhere) -> None:
        self.check = check
        self.everywhere = everywhere
        self.uses: list[Use] = []
        self.names: set[str] = set()
        self.inputs: set[str] = set()
        self.takes_all = False
        self.others: list[tuple[Reference, tuple[Draft, ...]]] = []
        self.scopes: dict[int, Scope] = {}

    def quiet(self) -> Lookup:
        """One that notes nothing here."""
        return Lookup(self.check.quiet(), self.everywhere)

    def reference(
        self, one: Reference, scope: Scope, draft: Draft | None, *, guarded: bool
    ) -> Type | None:
        """Note what is wrong with one reference; its type if nothing is."""
        head = one.path[0]
        self._keep(one, scope)
        if head == "steps":
            return self._step_reference(one, scope, draft, guarded=guarded)
        if head not in scope.names:
            self._unknown_name(one, scope)
            return None
        return self._members(one, scope.names[str(head)], 1)

    def _keep(self, one: Reference, scope: Scope) -> None:
        self.others.append((one, scope.loops))
        self.names.add(str(one.path[0]))
        if one.path[0] in ("inputs", "steps") and len(one.path) == 1:
            self.takes_all = True
        elif one.path[0] == "inputs":
            self.inputs.add(str(one.path[1]))

    def _members(self, one: Reference, given: Type, start: int) -> Type | None:
        for index in range(start, len(one.path)):
            inner = _types.member(given, one.path[index])
            if isinstance(inner, NoMember):
                self._no_member(one, index, inner)
                return None
            given = inner
        return given

    def _no_member(self, one: Reference, index: int, refused: NoMember) -> None:
        name, owner = str(one.path[index]), one.text(index)
        if owner == "inputs":
            hint = self.check.guess(name, refused.names, "it has") or "declare it under 'inputs'"
            message = f"this routine has no input '{name}'"
            self.check.note(one.mark(index), "unknown-input", message, hint)
            return
        hint = self.check.guess(name, refused.names, "it has")
        message = f"'{owner}' has no '{name}'"
        if not refused.names:
            message = f"'{owner}' is {refused.what} and has no '{name}'"
            hint = _NO_MEMBER_HINTS.get(refused.what, "").format(owner=owner, name=name)
        self.check.note(one.mark(index), "unknown-output", message, hint)

    def _unknown_name(self, one: Reference, scope: Scope) -> None:
        name = str(one.path[0])
        if name == "failure":
            message = "'failure' is only known in 'on_error', 'on_failure' and 'finally'"
            self.check.note(one.mark(0), "unknown-name", message)
            return
        hint = self._name_meant(name, scope)
        self.check.note(one.mark(0), "unknown-name", f"there is no '{name}' here", hint)

    def _name_meant(self, name: str, scope: Scope) -> str:
        inputs = [word for word, _ in _types.members(scope.names["inputs"])]
        names = [*scope.names, "steps"]
        near = self.check.near(name, names)
        if near is None or name in inputs or name in self.everywhere.found:
            for owner, known in (("inputs", inputs), ("steps", [*self.everywhere.found])):
                meant = self.check.near(name, known)
                if meant:
                    return f"did you mean '{owner}.{meant}'?"
        return self.check.guess(name, names, "there are")

    def _step_reference(
        self, one: Reference, scope: Scope, draft: Draft | None, *, guarded: bool
    ) -> Type | None:
        if len(one.path) == 1 or not isinstance(one.path[1], str):
            return ANYTHING
        name = one.path[1]
        known = scope.steps.get(name)
        if known is None:
            self._unknown_step(one, name, scope, draft)
            return None
        self.uses.append(Use(known.draft, one.path[2:], one))
        if not guarded and not scope.is_certain(name, known):
            self._maybe_missing(one, name, known, scope)
        return self._members(one, known.type, 2)

    def _maybe_missing(self, one: Reference, name: str, known: Known, scope: Scope) -> None:
        doubts = [doubt for doubt in known.doubts if doubt not in scope.holds]
        if known.may_miss:
            why = "the run may have ended before it"
        elif doubts:
            why = f"it is skipped unless {_words.shown(doubts[0])}"
        else:
            why = "it may have failed, and its 'on_error' goes on without it"
        hint = f"say what then: '{one.text(len(one.path))} | default(…)'"
        if doubts and not known.may_miss:
            hint += f", or add 'when: {doubts[0]}' here"
        message = f"'{name}' may have no output: {why}"
        self.check.note(one.mark(1), "maybe-missing", message, hint)

    def _unknown_step(self, one: Reference, name: str, scope: Scope, draft: Draft | None) -> None:
        mark = one.mark(1)
        found = self.everywhere.found.get(name)
        if draft is None:
            self.check.note(mark, "unknown-name", "no step has been taken yet", _NO_STEPS)
            return
        if not found:
            hint = self.check.guess(name, scope.steps, "steps before this one")
            later = self.check.near(name, tuple(self.everywhere.found))
            hint = hint or _words.mean(later, otherwise="no step before this one has an id")
            message = f"there is no step with the id '{name}'"
            self.check.note(mark, "unknown-reference", message, hint)
            return
        code, message, hint = _why_not(name, found, (*scope.around, draft))
        self.check.note(mark, code, message, hint)


_NO_MEMBER_HINTS = {
    "a list": "take one of it: '{owner}[0]', '{owner} | first', or a 'for_each' over it",
}


def _why_not(
    name: str, found: list[tuple[Draft, tuple[Draft, ...]]], here: tuple[Draft, ...]
) -> tuple[str, str, str]:
    """Why a step that exists cannot be used here: code, message, hint."""
    for target, around in found:
        if any(target is block for block in here):
            message = f"'{name}' is this step itself: it has no output yet"
            return "reference-too-early", message, "use a step before it"
        shared = [block for block in around if any(block is own for own in here)]
        inner = [block for block in around if not any(block is own for own in here)]
        loop = next((block for block in inner if block.is_loop), None)
        if loop is not None:
            after = f"after it, 'steps.{loop.id}' is the list of what it did" if loop.id else ""
            hint = after or "give the loop an id: after it, that is the list of what it did"
            return (
                "reference-into-loop",
                f"'{name}' is inside a loop, in line {target.mark.line}",
                hint,
            )
        if any(_is_handler(block, target, inner) for block in (*shared[-1:], *inner)):
            message = f"'{name}' is inside an 'on_error', in line {target.mark.line}"
            return "reference-into-handler", message, "it is only seen by the steps beside it"
        if shared and shared[-1].kind == "parallel":
            message = f"'{name}' is in another branch of the same 'parallel'"
            hint = "branches do not see each other; use it after them"
            return "reference-across-branches", message, hint
    line = found[0][0].mark.line
    message = f"'{name}' comes later, in line {line}"
    return "reference-too-early", message, "move this step behind it"


def _is_handler(block: Draft, target: Draft, inner: list[Draft]) -> bool:
    handlers = block.handlers or ()
    return any(one is target or any(one is other for other in inner) for one in handlers)
