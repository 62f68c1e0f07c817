"""Every expression of a routine: what it asks for has to exist before this point, and be there.

The steps are walked in the order they are taken. At each one the scope holds the steps whose output
can be used there, with what is known of it; a step enters the scope when it has been passed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from dayhand import document
from dayhand.expressions import Part
from dayhand.model.routine import Input
from dayhand.validation import _expressions, _inputs, _types, _words
from dayhand.validation._arguments import check_arguments, check_default, expressions_in
from dayhand.validation._check import Check
from dayhand.validation._conditions import check_condition, check_loop
from dayhand.validation._draft import Draft
from dayhand.validation._expressions import Read
from dayhand.validation._lookup import Everywhere, Lookup
from dayhand.validation._outputs import FAILURE, output_of
from dayhand.validation._scope import Known, Scope, base_names
from dayhand.validation._types import ANYTHING, ListOf, Made, Type
from dayhand.validation._typing import Typing


def check_references(
    check: Check, *, inputs: list[Input], steps: list[Draft], endings: Iterable[list[Draft]]
) -> Lookup:
    """Note what is wrong with the expressions of the inputs' defaults and of all steps.

    What they use is in the lookup that is given back.
    """
    endings = list(endings)
    names = base_names(_inputs.type_of(inputs))
    everywhere = Everywhere()
    for drafts in (steps, *endings):
        everywhere.collect(drafts)
    walk = _Walk(Lookup(check, everywhere))
    walk.defaults(inputs, Scope(names))
    scope = Scope(names)
    walk.steps(steps, scope)
    for drafts in endings:
        walk.steps(drafts, scope.after_failure(FAILURE))
    return walk.lookup


class _Walk:
    """One walk over a routine."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.check: Check = lookup.check

    def defaults(self, inputs: list[Input], scope: Scope) -> None:
        """An input's default sees the inputs before it, and no steps."""
        root = self.check.document.root
        declared = root.get("inputs") if root else None
        for position, one in enumerate(inputs):
            node = document.at(declared, [one.name, "default"])
            if node is None:
                continue
            names = {**scope.names, "inputs": _inputs.type_of(inputs[:position])}
            here = replace(scope, names=names)
            for scalar in expressions_in(node):
                given = self.judge(_expressions.read_text(scalar), here, None)
                if given is not None and scalar is node:
                    check_default(self.check, one, scalar, given)

    def steps(self, drafts: Iterable[Draft], scope: Scope) -> None:
        """Take the steps one after the other; each enters the scope when it is passed."""
        for draft in drafts:
            self.step(draft, scope)
            scope = scope.beyond(draft)

    def step(self, draft: Draft, scope: Scope) -> None:
        when = draft.keys.scalar("when")
        if when is not None and isinstance(when.value, str):
            read = _expressions.read_bare(when)
            self.judge(read, scope, draft)
            check_condition(self.check, self.typings(read, scope, draft, quiet=True), when, scope)
        inside = scope.inside(draft, when.text if when else None)
        if draft.is_loop:
            inside = inside.with_item(draft, self.loop_item(draft, inside))
        self.lookup.scopes[id(draft)] = inside
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
        read = _expressions.read_bare(each)
        given = self.judge(read, scope, draft)
        if given is None:
            return ANYTHING
        check_loop(self.check, read)
        kinds = _types.kinds(given)
        if kinds and "list" not in kinds:
            message = f"'for_each' goes over a list, and this is {_types.word(min(kinds))}"
            hint = (
                self._lists_in(given, each.text)
                or "use the list itself, without a filter behind it"
            )
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
        check_arguments(
            self.check,
            draft,
            lambda scalar: self.judge(_expressions.read_text(scalar), scope, draft),
            scope.holds,
        )

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
        """The type of a text that is one expression; its problems are told elsewhere."""
        quiet = _Walk(self.lookup.quiet())
        return quiet.judge(_expressions.read_text(scalar), scope, None) or ANYTHING

    # Expressions ----------------------------------------------------------------------------------

    def judge(self, read: Read, scope: Scope, draft: Draft | None) -> Type | None:
        """Note what is wrong; the type of the value if the text is one expression."""
        self.check.extend(read.problems)
        found: Type | None = None
        for typing, part in self.typings(read, scope, draft):
            if read.is_alone:
                found = typing.of(part)
            else:
                typing.inside_text(part)
        return found

    def typings(
        self, read: Read, scope: Scope, draft: Draft | None, *, quiet: bool = False
    ) -> list[tuple[Typing, Part]]:
        """What judges each expression of a text, with the types of what it refers to."""
        lookup = self.lookup.quiet() if quiet else self.lookup
        types = {
            one.offset: lookup.reference(one, scope, draft, guarded=one.is_guarded)
            for one in read.references
        }
        return [
            (Typing(lookup.check, read.scalar, begin, types), part)
            for begin, part in read.expressions
        ]
