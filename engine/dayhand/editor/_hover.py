"""What is said of a word that the mouse rests on: of a step, an input, a key, a value."""

from __future__ import annotations

import re

from dayhand import document, expressions
from dayhand.catalogue import StepSpec
from dayhand.editor._chains import CHAIN, resolved
from dayhand.editor._surroundings import Surroundings
from dayhand.validation import inspection as seen
from dayhand.validation.inspection import Inspection, StepSeen, Type

_WORD = re.compile(r"[A-Za-z_]\w*")
_CHAIN = re.compile(CHAIN)
_MOST = 12


def type_line(given: Type) -> str:
    """What a value is, with its fields, on one line."""
    told = seen.kind_of(given)
    names = [name for name, _ in seen.members_of(given)]
    if not names or told != "a mapping":
        return told
    more = ", …" if len(names) > _MOST else ""
    return f"{told}: {', '.join(names[:_MOST])}{more}"


def spec_text(spec: StepSpec) -> str:
    """A step in Markdown: what it does, its effect, inputs and output, in its plugin's words."""
    lines = [f"**{spec.name}** ({spec.effect}, from {spec.plugin})", "", spec.summary]
    if spec.description and spec.description != spec.summary:
        lines += ["", spec.description]
    inputs = seen.schema_type(spec.inputs, spec.inputs)
    needed = set(spec.inputs.get("required", ()))
    rows = [_input(name, inner, needed=name in needed) for name, inner in seen.members_of(inputs)]
    lines += ["", "Inputs:", "", *rows] if rows else []
    output = seen.schema_type(spec.output, spec.output)
    return "\n".join([*lines, "", f"Output: {type_line(output)}"])


def _input(name: str, given: Type, *, needed: bool) -> str:
    choices = seen.choices_of(given)
    kind = " or ".join(choices) if choices and len(choices) <= _MOST else seen.kind_of(given)
    about = seen.described(given)
    end = f": {about}" if about else ""
    return f"- `{name}` ({kind}{', required' if needed else ''}){end}"


def hover(text: str, file: str, line: int, column: int, around: Surroundings) -> str:
    """Markdown on what stands at a line and a column, both from 0; empty if there is nothing to say."""
    read = document.read(text, file=file)
    if read.root is None:
        return ""
    inspection = around.inspect_read(read)
    found = _find(read.root, line, column, (), ())
    if found is None:
        return ""
    path, scalar, is_key, nodes = found
    step = next((one for one in map(inspection.step_of, reversed(nodes)) if one is not None), None)
    if is_key:
        return _key(path, step, nodes)
    if path[-1:] == ("uses",) and step is not None and step.spec is not None:
        return spec_text(step.spec)
    return _expression(read.line(line + 1), column, inspection, step, path, scalar)


_Found = tuple[tuple[str | int, ...], document.Scalar, bool, tuple[document.Node, ...]]


def _find(
    node: document.Node,
    line: int,
    column: int,
    path: tuple[str | int, ...],
    nodes: tuple[document.Node, ...],
) -> _Found | None:
    """The scalar at a place: the last one that begins at or before it, in the order of the text."""
    best: _Found | None = None
    for one in _scalars(node, path, nodes):
        mark = one[1].mark
        if (mark.line - 1, mark.column - 1) <= (line, column):
            best = one
        else:
            break
    return best


def _scalars(
    node: document.Node, path: tuple[str | int, ...], nodes: tuple[document.Node, ...]
) -> list[_Found]:
    if isinstance(node, document.Scalar):
        return [(path, node, False, nodes)]
    inside = (*nodes, node)
    found: list[_Found] = []
    if isinstance(node, document.Sequence):
        for number, item in enumerate(node.items):
            found += _scalars(item, (*path, number), inside)
        return found
    for entry in node.entries:
        found.append(((*path, entry.key.text), entry.key, True, inside))
        found += _scalars(entry.value, (*path, entry.key.text), inside)
    return found


def _key(
    path: tuple[str | int, ...], step: StepSeen | None, nodes: tuple[document.Node, ...]
) -> str:
    key = str(path[-1])
    if step is not None:
        inside = path[nodes.index(step.node) :]
        if len(inside) == 1 and key in seen.keys_of("step"):
            return _about("step", key)
        if inside[0] == "with" and step.spec is not None and len(inside) > 1:
            given: Type = seen.schema_type(step.spec.inputs, step.spec.inputs)
            for part in inside[1:]:
                given = seen.member_of(given, part)
            return _input(key, given, needed=key in step.spec.inputs.get("required", ()))[2:]
        return _about("retry", key) if inside[0] == "retry" else ""
    owner = {"triggers": "trigger", "inputs": "input_details"}.get(str(path[0]), "routine")
    return _about(owner if len(path) > 1 else "routine", key)


def _about(owner: str, key: str) -> str:
    if key not in seen.keys_of(owner):
        return ""
    return f"**{key}**: {seen.key_about(owner, key).get('description') or ''}"


def _expression(
    source: str,
    column: int,
    inspection: Inspection,
    step: StepSeen | None,
    path: tuple[str | int, ...],
    scalar: document.Scalar,
) -> str:
    if "${{" not in scalar.text and path[-1:] not in (("when",), ("for_each",)):
        return ""
    chain = next((m for m in _CHAIN.finditer(source) if m.start() <= column <= m.end()), None)
    if chain is None:
        return ""
    before = source[: chain.start()].rstrip()
    if before.endswith("|") and chain[0] in expressions.FILTERS:
        found = expressions.FILTERS[chain[0]]
        return f"**{found.name}**: {found.about}\n\n`{found.example}`"
    end = next(m.end() for m in _WORD.finditer(source, chain.start()) if m.end() >= column)
    written = source[chain.start() : end]
    given = resolved(written, inspection, step)
    if given is None:
        return ""
    about = seen.described(given)
    return f"`{written}`: {type_line(given)}" + (f"\n\n{about}" if about else "")
