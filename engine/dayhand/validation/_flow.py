"""How steps follow one another: what is never reached, and what writes over what was written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dayhand import document
from dayhand.validation import _expressions, _words
from dayhand.validation._check import Check
from dayhand.validation._draft import Draft
from dayhand.validation._shape import holds_expression


def check_flow(check: Check, steps: list[Draft], endings: Iterable[list[Draft]]) -> None:
    """Warn of steps behind the end of the run, and of rounds of a loop that write one file."""
    for drafts in (steps, *endings):
        _reached(check, drafts)
        _written(check, drafts, ())


def _reached(check: Check, drafts: Sequence[Draft]) -> None:
    end: Draft | None = None
    for draft in drafts:
        if end is not None:
            message = f"this is never reached: the run has failed in line {end.mark.line}"
            hint = "give the step that fails a 'when', or move it to the end"
            check.warn(draft.place, "unreachable", message, hint)
            break
        end = draft if _always_fails(draft) else None
    for draft in drafts:
        if draft.kind != "parallel":
            _reached(check, draft.inner)
        else:
            for branch in draft.inner:
                _reached(check, [branch])
        _reached(check, draft.handlers or ())


def _always_fails(draft: Draft) -> bool:
    node = draft.keys.node
    if node.entry("when") or node.entry("for_each") or node.entry("on_error"):
        return False
    if draft.kind == "uses":
        return draft.keys.text("uses") == "run.fail"
    return any(_always_fails(inner) for inner in draft.inner)


def _written(check: Check, drafts: Iterable[Draft], loops: tuple[Draft, ...]) -> None:
    for draft in drafts:
        if draft.keys.node.entry("when"):
            continue  # it may write in one round only
        around = (*loops, draft) if draft.is_loop else loops
        if around and draft.keys.text("uses") == "file.write":
            _one_file(check, draft, around)
        _written(check, draft.inner, around)


def _one_file(check: Check, draft: Draft, loops: tuple[Draft, ...]) -> None:
    given = draft.arguments()
    path = given.get("path") if given else None
    if not isinstance(path, document.Scalar) or _follows(path, loops[-1]):
        return
    item = loops[-1].item
    message = f"every round writes {_words.shown(path.text)}: only the last one is left"
    hint = f"put something of '{item}' into the path, or write the file after the loop"
    check.warn(path.mark, "same-file", message, hint)


def _follows(path: document.Scalar, loop: Draft) -> bool:
    """True if the path may be another one in each round."""
    if not holds_expression(path):
        return False
    inside = {draft.id for draft in loop.walk() if draft.id}
    for one in _expressions.read_text(path).references:
        if one.path[0] == loop.item or (one.path[0] == "steps" and one.path[1:2] == ()):
            return True
        if one.path[0] == "steps" and one.path[1] in inside:
            return True
    return not _expressions.read_text(path).references
