"""What a place in a half-written text is: a key or a value of which part, or an expression.

A word is put where the cursor stands, and the text is read: where the word is found in the tree tells what is
written there, however little of the rest is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dayhand import document
from dayhand.editor._surroundings import Surroundings
from dayhand.validation.inspection import Inspection, StepSeen

_CURSOR = "dayhandcursor"
_BARE = re.compile(r"(?:^|[\s{,-])(?:when|for_each):\s*[\"']?(?P<source>[^\"'].*|)$")


@dataclass(frozen=True, slots=True)
class Place:
    """`path` leads to the value, or to the mapping that the key is in; `word` is what is typed of it.

    `expression` is the source before the cursor, where it stands in one; `step` the step around it.
    """

    path: tuple[str | int, ...]
    is_key: bool
    word: str
    inspection: Inspection
    nodes: tuple[document.Node, ...] = ()
    expression: str | None = None
    step: StepSeen | None = None


def place_at(text: str, file: str, line: int, column: int, around: Surroundings) -> Place | None:
    """The place at a line and a column, both from 0; None if nothing can be told."""
    lines = text.splitlines() or [""]
    if line >= len(lines):
        lines += [""] * (line + 1 - len(lines))
    before, after = lines[line][:column], lines[line][column:]
    expression = _expression(before)
    pattern = r"\w*$" if expression is not None else r"[\w.$#-]*$"
    word = re.search(pattern, before)
    typed = word[0] if word else ""
    rest = re.sub(r"^\w*" if expression is not None else r"^[\w.-]*", "", after, count=1)
    for probe in _probes(before.removesuffix(typed), rest, is_expression=expression is not None):
        made = "\n".join([*lines[:line], probe, *lines[line + 1 :]]) + "\n"
        read = document.read(made, file=file)
        found = _find(read.root, (), ()) if read.root is not None else None
        if found is not None:
            path, is_key, nodes = found
            inspection = around.inspect_read(read)
            steps = [inspection.step_of(node) for node in nodes]
            step = next((one for one in reversed(steps) if one is not None), None)
            return Place(path, is_key, typed, inspection, nodes, expression, step)
    return None


def _expression(before: str) -> str | None:
    """The expression that is being written, up to the cursor."""
    start = before.rfind("${{")
    if start >= 0 and "}}" not in before[start:]:
        return before[start + 3 :]
    bare = _BARE.search(before)
    return bare["source"] if bare else None


def _probes(before: str, after: str, *, is_expression: bool) -> Iterator[str]:
    """The line with the cursor's word in it, in the ways in which it may be read."""
    if is_expression:
        end = after if "}}" in after or "${{" not in before else f" }}}}{after}"
        quote = next((sign for sign in "\"'" if before.count(sign) % 2), "")
        yield f"{before}{_CURSOR}{end}"
        yield f"{before}{_CURSOR} }}}}{quote}{'}' * before.replace('${{', '').count('{')}"
        yield f"{before}{_CURSOR}{quote}"
        return
    is_alone = not before.strip(" -") and not after.strip()
    shapes = [f"{before}{_CURSOR}:{after}", f"{before}{_CURSOR}{after}"]
    yield from shapes if is_alone else reversed(shapes)
    closing = "".join("}" if sign == "{" else "]" for sign in reversed(before) if sign in "{[")
    yield f"{before}{_CURSOR}{closing}"


_Found = tuple[tuple[str | int, ...], bool, tuple[document.Node, ...]]


def _find(
    node: document.Node, path: tuple[str | int, ...], nodes: tuple[document.Node, ...]
) -> _Found | None:
    if isinstance(node, document.Scalar):
        return (path, False, nodes) if _CURSOR in node.text else None
    inside = (*nodes, node)
    if isinstance(node, document.Sequence):
        tried = ((_find(item, (*path, n), inside)) for n, item in enumerate(node.items))
        return next((found for found in tried if found), None)
    for entry in node.entries:
        if _CURSOR in entry.key.text:
            return path, True, inside
        found = _find(entry.value, (*path, entry.key.text), inside)
        if found:
            return found
    return None
