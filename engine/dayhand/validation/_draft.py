"""Steps as they stand in the text, read into drafts before names are resolved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from dayhand import document
from dayhand.catalogue import BUILT_IN, StepSpec
from dayhand.problems import Mark
from dayhand.validation import _envelope, _words
from dayhand.validation._check import Check
from dayhand.validation._envelope import Keys

Kind = Literal["uses", "steps", "parallel", "routine", ""]
KINDS: tuple[Kind, ...] = ("uses", "steps", "parallel", "routine")
ASKING = frozenset({"person.approve", "person.ask"})

SCOPE_NAMES = (
    "inputs", "steps", "practice", "run", "scheduled_for", "now", "failure",
)  # fmt: skip
_WORDS_OF_EXPRESSIONS = (
    "and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "null", "defined",
)  # fmt: skip
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_INSIDE = frozenset({"steps", "parallel", "with", "inputs"})
_OWN = frozenset({"id", "as", "on_error"})
_NEEDS = {
    "with": ("uses", "only a step with 'uses' has 'with'"),
    "retry": ("uses", "only a step with 'uses' is attempted again"),
    "inputs": ("routine", "only a step that runs a 'routine' has 'inputs'"),
    "as": ("for_each", "'as' names the item of a 'for_each'"),
    "max_parallel": ("for_each", "'max_parallel' belongs to a 'for_each'"),
    "on_decline": ("uses", "only a step that asks a person can be declined"),
}


@dataclass(slots=True)
class Draft:
    """One step of the text. `inner` are the steps in it, `handlers` those of its `on_error`."""

    keys: Keys
    key: str
    mark: Mark
    kind: Kind = ""
    id: str | None = None
    id_mark: Mark | None = None
    item: str | None = None
    spec: StepSpec | None = None
    inner: list[Draft] = field(default_factory=list)
    handlers: list[Draft] | None = None

    @property
    def is_loop(self) -> bool:
        return self.item is not None

    @property
    def place(self) -> Mark:
        """What to point at when the step itself is meant."""
        for key in ("uses", "routine"):
            found = self.keys.scalar(key)
            if found:
                return found.mark
        return self.mark

    def arguments(self) -> document.Mapping | None:
        """The `with` of the step, or the `inputs` of a call."""
        found = self.keys.get("with" if self.kind == "uses" else "inputs")
        return found if isinstance(found, document.Mapping) else None

    def walk(self) -> Iterator[Draft]:
        """This step and all inside it, in the order of the text."""
        yield self
        for draft in (*self.inner, *(self.handlers or ())):
            yield from draft.walk()


def read_steps(check: Check, node: document.Node | None) -> list[Draft]:
    """The steps of a list, problems of their shape noted."""
    if not isinstance(node, document.Sequence):
        return []
    found = []
    for position, item in enumerate(node.items, 1):
        if isinstance(item, document.Mapping):
            found.append(_read_step(check, item, position))
        else:
            _not_a_step(check, item)
    return found


def _not_a_step(check: Check, item: document.Node) -> None:
    hint = "begin with 'uses:', 'steps:', 'parallel:' or 'routine:'"
    if isinstance(item, document.Scalar) and item.text:
        hint = f"write '- uses: {item.text}'"
    check.note(
        item.mark, "wrong-type", f"a step is a mapping, and this is {_words.kind_of(item)}", hint
    )


def _read_step(check: Check, node: document.Mapping, position: int) -> Draft:
    keys = _envelope.check(node, "step", inside=_INSIDE, more=_OWN)
    check.extend(keys.problems)
    draft = Draft(keys, "", node.mark, _kind(check, node))
    draft.id, draft.id_mark = _name(check, node, "id")
    if node.entry("for_each"):
        draft.item = _name(check, node, "as")[0] or "item"
    draft.key = draft.id or f"{position}-{_what(draft).replace('.', '-')}"
    _applicable(check, draft)
    if draft.kind in ("steps", "parallel"):
        draft.inner = read_steps(check, keys.get(draft.kind))
    _read_on_error(check, draft)
    return draft


def _what(draft: Draft) -> str:
    uses = draft.keys.text("uses")
    if draft.kind == "uses" and uses:
        return uses
    if draft.is_loop:
        return "for_each"
    return {"steps": "group", "parallel": "parallel", "routine": "routine"}.get(draft.kind, "step")


def _kind(check: Check, node: document.Mapping) -> Kind:
    present = [kind for kind in KINDS if node.entry(kind)]
    if len(present) > 1:
        second = node.entry(present[1])
        mark = second.key.mark if second else node.mark
        message = f"a step cannot have both '{present[0]}' and '{present[1]}'"
        check.note(mark, "conflicting-keys", message, "make two steps of it")
    elif not present and not _is_misspelt(node):
        hint = "add 'uses:' with a step's name, or 'steps:', 'parallel:', 'routine:'"
        check.note(node.mark, "missing-key", "this step does not say what it does", hint)
    return present[0] if present else ""


def _is_misspelt(node: document.Mapping) -> bool:
    """An unknown key was told already, and is most likely what is missing."""
    known = _envelope.keys("step")
    written = node.keys()
    return any(key not in known and _words.near(key, known) in KINDS for key in written)


def _applicable(check: Check, draft: Draft) -> None:
    node = draft.keys.node
    for key, (needed, message) in _NEEDS.items():
        entry = node.entry(key)
        if entry and not node.entry(needed) and (draft.kind or needed == "for_each"):
            check.note(
                entry.key.mark, "key-does-not-apply", message, f"remove it, or add '{needed}'"
            )
    _check_built_in(check, draft)
    entry = node.entry("on_decline")
    uses = draft.keys.text("uses")
    if entry and draft.kind == "uses" and uses and uses not in ASKING:
        message = f"nobody is asked in '{uses}', so nothing can be declined"
        check.note(entry.key.mark, "key-does-not-apply", message, "it belongs to person.approve")


def _check_built_in(check: Check, draft: Draft) -> None:
    """A built-in step is not tried again and has no time limit: it cannot hang."""
    uses = draft.keys.text("uses")
    if draft.kind != "uses" or uses not in _BUILT_IN:
        return
    for key in ("retry", "timeout"):
        entry = draft.keys.node.entry(key)
        if entry:
            message = f"'{key}' means nothing for '{uses}'"
            hint = "use 'expires_in' in 'with'" if uses in ASKING else "remove it"
            check.note(entry.key.mark, "key-does-not-apply", message, hint)


_BUILT_IN = frozenset(spec.name for spec in BUILT_IN)


def _name(check: Check, node: document.Mapping, key: str) -> tuple[str | None, Mark | None]:
    value = node.get(key)
    if value is None:
        return None, None
    if isinstance(value, document.Scalar) and value.value is None:
        check.extend([_words.nothing(value.mark, key)])
        return None, value.mark
    if not isinstance(value, document.Scalar) or not isinstance(value.value, str):
        check.extend([_words.wrong_type(value, key, ["string"])])
        return None, value.mark
    return (value.text if is_name(check, value.text, value.mark) else None), value.mark


def is_name(check: Check, name: str, mark: Mark) -> bool:
    """True if expressions can use the name; otherwise that is noted."""
    if not _NAME.fullmatch(name):
        check.extend([_words.bad_name(mark, name)])
        return False
    if name in SCOPE_NAMES or name in _WORDS_OF_EXPRESSIONS:
        hint = "choose another name"
        check.note(mark, "reserved-name", f"'{name}' already means something in expressions", hint)
        return False
    return True


def _read_on_error(check: Check, draft: Draft) -> None:
    value = draft.keys.node.get("on_error")
    if isinstance(value, document.Sequence):
        if not value.items:
            check.extend([_words.nothing(value.mark, "on_error")])
        draft.handlers = read_steps(check, value)
    elif value is not None:
        problems = list(_envelope.value_problems(value, "step", "on_error"))
        check.extend(problems)
        if not problems:
            draft.keys.right["on_error"] = value
