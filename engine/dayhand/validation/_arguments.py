"""What a step, or a called routine, is given, held against what it wants: kind by kind.

Literal values are the schema's to judge. Here it is what expressions give, wherever they stand in the
value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from dayhand import document
from dayhand.model.routine import Input
from dayhand.validation import _certain, _clash, _expressions, _types
from dayhand.validation._check import Check
from dayhand.validation._draft import Draft
from dayhand.validation._forms import is_one_expression
from dayhand.validation._shape import holds_expression
from dayhand.validation._types import NoMember, Schema, Type

Judge = Callable[[document.Scalar], Type | None]
"""Notes what is wrong in a text with `${{ }}`; its type if it is one expression."""


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


def check_arguments(check: Check, draft: Draft, judge: Judge, holds: frozenset[str]) -> None:
    """Judge every expression that a step is given, and whether it fits where it stands.

    `holds` are the conditions that are true there.
    """
    node = draft.arguments()
    if node is None:
        return
    fitting = _Fitting(check, draft, judge, holds)
    wanted = _wanted(check, draft)
    for entry in node.entries:
        name = entry.key.text
        fitting.value(entry.value, name, wanted(name))


def check_default(check: Check, declared: Input, scalar: document.Scalar, given: Type) -> None:
    """Hold what an input's default gives against the input's type."""
    _input(check, declared, scalar, given, declared.name)


Wanted = Type | Input | None


def _wanted(check: Check, draft: Draft) -> Callable[[str], Wanted]:
    if draft.kind == "routine":
        head = (check.routines or {}).get(draft.keys.text("routine") or "")
        declared = {one.name: one for one in (head.inputs if head else None) or ()}
        return declared.get
    if draft.spec is None:
        return lambda _: None
    root = draft.spec.inputs
    properties = root.get("properties") or {}
    return lambda name: Schema(properties[name], root) if name in properties else None


class _Fitting:
    """One step's values, walked with what is wanted at each place."""

    def __init__(self, check: Check, draft: Draft, judge: Judge, holds: frozenset[str]) -> None:
        self.check = check
        self.holds = holds
        self.judge = judge
        self.is_built_in = draft.spec is not None and draft.spec.plugin == "dayhand"

    def value(self, node: document.Node, name: str, wanted: Wanted) -> None:
        """Judge a value; `name` is what it is called in a message."""
        if isinstance(node, document.Scalar):
            given = self.judge(node) if holds_expression(node) else None
            if given is not None and wanted is not None and is_one_expression(node.text):
                self.fit(node, name, given, wanted)
        elif isinstance(node, document.Sequence):
            item = None
            if wanted is not None and not isinstance(wanted, Input):
                item = _types.item(wanted)
            for position, one in enumerate(node.items, 1):
                self.value(one, f"{name}, item {position}", item)
        else:
            for entry in node.entries:
                self.value(entry.value, entry.key.text, self._inside(wanted, entry.key.text))

    def _inside(self, wanted: Wanted, key: str) -> Type | None:
        if wanted is None or isinstance(wanted, Input):
            return None
        found = _types.member(wanted, key)
        return None if isinstance(found, NoMember) else found

    def fit(self, node: document.Scalar, name: str, given: Type, wanted: Type | Input) -> None:
        """Note a value that can never be what is wanted."""
        if isinstance(wanted, Input):
            _input(self.check, wanted, node, given, name)
            return
        if self.is_built_in:
            clash = _clash.built_in_clash(name, given, wanted)
        else:
            clash = _clash.clash(given, wanted)
        _tell(self.check, node, name, clash)
        never = _clash.never(given, wanted)
        if never and not clash:
            said, words = never
            message = f"'{name}' is never {said}"
            hint = self.check.guess(said.strip("'"), words, "it can be")
            self.check.note(node.mark, "wrong-value", message, hint)
        if not clash and not self.is_built_in:
            self._nothing(node, name, given, wanted)

    def _nothing(self, node: document.Scalar, name: str, given: Type, wanted: Type) -> None:
        """Warn of a value that may be null where null is not wanted, unless a condition tells it."""
        if not _types.kinds(wanted) or _certain.may_be_nothing(wanted):
            return
        read = _expressions.read_text(node)
        if len(read.references) != 1 or not _certain.may_be_nothing(given):
            return
        one = read.references[0]
        path = one.text(len(one.path))
        if one.is_guarded or read.expressions[0][1].kind != "reference":
            return
        if any(_tells(hold, path) for hold in self.holds):
            return
        message = f"'{path}' may be nothing, and '{name}' needs {_types.said(_kinds(wanted))}"
        hint = f"add 'when: {path}', or say what then: '{path} | default(…)'"
        self.check.warn(node.mark, "maybe-nothing", message, hint)


def _kinds(wanted: Type) -> frozenset[str]:
    return _types.kinds(wanted) or frozenset()


def _tells(condition: str, path: str) -> bool:
    """True if a condition that holds speaks of the value, other than to say that it is not there."""
    if condition.startswith("not ") or re.search(
        r"\bor\b|\bis (none|empty|undefined)\b", condition
    ):
        return False
    return re.search(rf"(?<![\w.]){re.escape(path)}(?!\w)", condition) is not None


def _input(check: Check, declared: Input, node: document.Scalar, given: Type, name: str) -> None:
    clash = _clash.input_clash(declared.type, given)
    _tell(check, node, name, clash)
    words = _certain.words(given)
    if declared.choices and words and not clash and not words & set(declared.choices):
        said = " or ".join(f"'{word}'" for word in sorted(words))
        hint = check.guess(min(words), declared.choices, "it can be")
        check.note(node.mark, "wrong-value", f"'{name}' is never {said}", hint)


def _tell(check: Check, node: document.Scalar, name: str, clash: _clash.Clash | None) -> None:
    if clash:
        message = f"'{name}' should be {clash.want}, and this is {clash.have}"
        check.note(node.mark, "type-mismatch", message, clash.hint)
