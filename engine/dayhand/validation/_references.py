"""Every expression of a routine: what it asks for has to exist before this point, and be there.

The steps are walked in the order they are taken. At each one the scope holds the steps whose output
can be used there, with what is known of it; a step enters the scope when it has been passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from dayhand import document
from dayhand.model.routine import Input
from dayhand.validation import _expressions, _inputs, _types, _words
from dayhand.validation._check import Check
from dayhand.validation._draft import Draft
from dayhand.validation._expressions import Read, Reference
from dayhand.validation._outputs import FAILURE, output_of
from dayhand.validation._scope import Known, Scope, base_names
from dayhand.validation._shape import holds_expression
from dayhand.validation._types import ANYTHING, ListOf, Made, NoMember, Type

_NO_STEPS = "only the time, the practice and the run are known before the first step"


@dataclass(slots=True)
class _Everywhere:
    """All the steps with an id, with the blocks around each, to tell why one cannot be used."""

    found: dict[str, list[tuple[Draft, tuple[Draft, ...]]]] = field(default_factory=dict)

    def collect(self, drafts: Iterable[Draft], around: tuple[Draft, ...] = ()) -> None:
        for draft in drafts:
            if draft.id is not None:
                self.found.setdefault(draft.id, []).append((draft, around))
            inside = (*around, draft)
            self.collect(draft.inner, inside)
            self.collect(draft.handlers or (), inside)


def check_references(
    check: Check, *, inputs: list[Input], steps: list[Draft], endings: Iterable[list[Draft]]
) -> None:
    """Note what is wrong with the expressions of the inputs' defaults and of all steps."""
    endings = list(endings)
    names = base_names(_inputs.type_of(inputs))
    walk = _Walk(check)
    for drafts in (steps, *endings):
        walk.everywhere.collect(drafts)
    walk.defaults(inputs, Scope(names))
    scope = Scope(names)
    walk.steps(steps, scope)
    for drafts in endings:
        walk.steps(drafts, scope.after_failure(FAILURE))


class _Walk:
    """One walk over a routine."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self.everywhere = _Everywhere()

    def defaults(self, inputs: list[Input], scope: Scope) -> None:
        """An input's default sees the inputs before it, and no steps."""
        root = self.check.document.root
        declared = root.get("inputs") if root else None
        for position, one in enumerate(inputs):
            node = document.at(declared, [one.name, "default"])
            if node is None:
                continue
            names = {**scope.names, "inputs": _inputs.type_of(inputs[:position])}
            for scalar in expressions_in(node):
                self.judge(_expressions.read_text(scalar), replace(scope, names=names), None)

    def steps(self, drafts: Iterable[Draft], scope: Scope) -> None:
        """Take the steps one after the other; each enters the scope when it is passed."""
        for draft in drafts:
            self.step(draft, scope)

    def step(self, draft: Draft, scope: Scope) -> None:
        when = draft.keys.scalar("when")
        if when is not None and isinstance(when.value, str):
            self.judge(_expressions.read_bare(when), scope, draft)
        inside = scope.inside(draft, when.text if when else None)
        if draft.is_loop:
            inside = inside.with_item(draft, self.loop_item(draft, inside))
        self.arguments(draft, inside)
        made = self.block(draft, inside)
        if draft.handlers:
            self.steps(draft.handlers, inside.after_failure(FAILURE, made))
        self.pass_by(draft, scope, inside, made, when.text if when else None)

    def loop_item(self, draft: Draft, scope: Scope) -> Type:
        """The type of a loop's item; what it goes over has to be a list."""
        each = draft.keys.scalar("for_each")
        if each is None:
            return ANYTHING
        given = self.judge(_expressions.read_bare(each), scope, draft)
        if given is None:
            return ANYTHING
        kinds = _types.kinds(given)
        if kinds and "list" not in kinds:
            message = f"'for_each' goes over a list, and this is {_types.word(min(kinds))}"
            hint = self._lists_in(given, each.text)
            self.check.note(each.mark, "type-mismatch", message, hint)
            return ANYTHING
        return _types.item(given)

    def _lists_in(self, given: Type, text: str) -> str:
        lists = [
            name
            for name, inner in _types.members(given)
            if _types.kinds(inner) == frozenset({"list"})
        ]
        return _words.listed("lists in it", [f"{text}.{name}" for name in lists])

    def arguments(self, draft: Draft, scope: Scope) -> None:
        node = draft.arguments()
        if node is None:
            return
        properties = (draft.spec.inputs.get("properties") or {}) if draft.spec else {}
        for entry in node.entries:
            wanted = properties.get(entry.key.text) if draft.kind == "uses" else None
            for scalar in expressions_in(entry.value):
                given = self.judge(_expressions.read_text(scalar), scope, draft)
                if given is not None and scalar is entry.value and wanted is not None:
                    self.fit(draft, entry.key.text, scalar, given)

    def fit(self, draft: Draft, name: str, scalar: document.Scalar, given: Type) -> None:
        """Hold what a reference gives against what the input wants, where both are known."""
        if draft.spec is None or draft.spec.plugin == "dayhand":
            return  # the built-in steps take anything that can be shown
        root = draft.spec.inputs
        clash = _types.clash(given, _types.Schema(root["properties"][name], root))
        if clash:
            have, want = clash
            message = f"'{name}' should be {want}, and this is {have}"
            self.check.note(scalar.mark, "type-mismatch", message, self._fields(given))

    def _fields(self, given: Type) -> str:
        return _words.listed("it has", [name for name, _ in _types.members(given)])

    def block(self, draft: Draft, inside: Scope) -> dict[str, Known]:
        """Walk what is in a block; the steps it has brought, by id."""
        before = set(inside.steps)
        if draft.kind == "parallel":
            made: dict[str, Known] = {}
            for branch in draft.inner:
                own = replace(inside, steps=dict(inside.steps))
                self.step(branch, own)
                made |= {name: known for name, known in own.steps.items() if name not in before}
            return made
        self.steps(draft.inner, inside)
        return {name: known for name, known in inside.steps.items() if name not in before}

    def pass_by(
        self, draft: Draft, scope: Scope, inside: Scope, made: dict[str, Known], when: str | None
    ) -> None:
        """Let what the step has brought into the scope of the steps after it."""
        doubts = tuple(sorted(inside.holds - scope.holds)) if when else ()
        survives = draft.handlers is not None or draft.keys.text("on_error") == "continue"
        if not draft.is_loop:
            for name, known in made.items():
                scope.steps[name] = replace(
                    known,
                    doubts=(*known.doubts, *doubts),
                    may_fail=known.may_fail or survives,
                )
        if draft.id is None:
            return
        direct = [inner.id for inner in draft.inner if inner.id in made]
        given: Type = Made({name: made[name].type for name in direct if name is not None})
        if not draft.inner:
            given = output_of(draft, lambda scalar: self._alone(scalar, inside))
        if draft.is_loop:
            given = ListOf(given)
        scope.steps[draft.id] = Known(draft, given, doubts, survives and not draft.is_loop)

    def _alone(self, scalar: document.Scalar, scope: Scope) -> Type:
        """The type of a text that is one reference; its problems are told elsewhere."""
        read = _expressions.read_text(scalar)
        if read.alone is None:
            return ANYTHING
        quiet = _Walk(replace_problems(self.check))
        return quiet.reference(read.alone, scope, None, guarded=True) or ANYTHING

    # References -----------------------------------------------------------------------------------

    def judge(self, read: Read, scope: Scope, draft: Draft | None) -> Type | None:
        """Note what is wrong; the type of the value if it is one reference and known."""
        self.check.extend(read.problems)
        found: Type | None = None
        for one in read.references:
            given = self.reference(one, scope, draft, guarded=one.is_guarded)
            if one is read.alone:
                found = given
        return found

    def reference(
        self, one: Reference, scope: Scope, draft: Draft | None, *, guarded: bool
    ) -> Type | None:
        """Note what is wrong with one reference; its type if nothing is."""
        head = one.path[0]
        if head == "steps":
            return self._step_reference(one, scope, draft, guarded=guarded)
        if head not in scope.names:
            self._unknown_name(one, scope)
            return None
        return self._members(one, scope.names[str(head)], 1)

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


def expressions_in(node: document.Node) -> Iterator[document.Scalar]:
    """The texts with `${{ }}` in a value, in the order of the text."""
    if isinstance(node, document.Scalar):
        if holds_expression(node):
            yield node
    elif isinstance(node, document.Sequence):
        for item in node.items:
            yield from expressions_in(item)
    else:
        for entry in node.entries:
            yield from expressions_in(entry.value)


def replace_problems(check: Check) -> Check:
    """The same check, noting into a list of its own."""
    return replace(check, problems=[])
