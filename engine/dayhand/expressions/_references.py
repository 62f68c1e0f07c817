"""What an expression refers to: each chain of names, where it stands, if it may be missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import nodes

from dayhand.expressions._syntax import Tree

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Reference:
    """A chain such as `steps.drafts.total`: its path and its place in the source.

    `guarded` says that the expression copes with its being missing (`default`, `is defined`, or
    tested before it is used). `offsets` is where each part of the path stands.
    """

    path: Path
    offset: int
    length: int
    guarded: bool
    offsets: tuple[int, ...] = ()


def references(tree: Tree) -> tuple[Reference, ...]:
    """Every reference of an expression, in the order of the source."""
    found = list(_walk(tree.root, tree, guards=frozenset(), guarded=False))
    return tuple(sorted(found, key=lambda reference: reference.offset))


def _walk(
    node: nodes.Node, tree: Tree, *, guards: frozenset[Path], guarded: bool
) -> Iterator[Reference]:
    chain = _chain(node)
    if chain is not None:
        yield _reference(chain, tree, guards, guarded=guarded)
        return
    if isinstance(node, nodes.Filter) and node.name == "default" and node.node is not None:
        yield from _walk(node.node, tree, guards=guards, guarded=True)
        for argument in (*node.args, *node.kwargs):
            yield from _walk(argument, tree, guards=guards, guarded=guarded)
        return
    if isinstance(node, nodes.Test) and node.name in ("defined", "undefined"):
        yield from _walk(node.node, tree, guards=guards, guarded=True)
        return
    if isinstance(node, nodes.And):
        yield from _walk(node.left, tree, guards=guards, guarded=guarded)
        yield from _walk(node.right, tree, guards=guards | _tested(node.left), guarded=guarded)
        return
    if isinstance(node, nodes.Or):
        yield from _walk(node.left, tree, guards=guards, guarded=guarded)
        inner = guards | _tested(node.left, holds=False)
        yield from _walk(node.right, tree, guards=inner, guarded=guarded)
        return
    if isinstance(node, nodes.CondExpr):
        yield from _walk(node.test, tree, guards=guards, guarded=guarded)
        inner = guards | _tested(node.test)
        yield from _walk(node.expr1, tree, guards=inner, guarded=guarded)
        if node.expr2 is not None:
            inner = guards | _tested(node.test, holds=False)
            yield from _walk(node.expr2, tree, guards=inner, guarded=guarded)
        return
    for child in node.iter_child_nodes():
        yield from _walk(child, tree, guards=guards, guarded=guarded)


def _tested(node: nodes.Node, *, holds: bool = True) -> frozenset[Path]:
    """Paths known to be there once the test holds, or once it does not."""
    if isinstance(node, nodes.Not):
        return _tested(node.node, holds=not holds)
    if isinstance(node, nodes.And if holds else nodes.Or):
        return _tested(node.left, holds=holds) | _tested(node.right, holds=holds)
    if isinstance(node, nodes.Test) and node.name == ("defined" if holds else "undefined"):
        chain = _chain(node.node)
        return frozenset({_path(chain)}) if chain else frozenset()
    return frozenset()


def _chain(node: nodes.Node) -> list[nodes.Node] | None:
    """The nodes of a chain that begins with a name, the name first; None if it is no such chain."""
    chain: list[nodes.Node] = []
    while True:
        chain.append(node)
        if isinstance(node, nodes.Name):
            return chain[::-1]
        if isinstance(node, nodes.Getattr) or (
            isinstance(node, nodes.Getitem)
            and isinstance(node.arg, nodes.Const)
            and isinstance(node.arg.value, str | int)
            and not isinstance(node.arg.value, bool)
        ):
            node = node.node
            continue
        return None


def _path(chain: list[nodes.Node]) -> Path:
    return tuple(_part(node) for node in chain)


def _part(node: nodes.Node) -> str | int:
    if isinstance(node, nodes.Name):
        return str(node.name)
    if isinstance(node, nodes.Getattr):
        return str(node.attr)
    value: str | int = node.arg.value  # type: ignore[attr-defined]  # _chain let only this pass
    return value


def _reference(
    chain: list[nodes.Node], tree: Tree, guards: frozenset[Path], *, guarded: bool
) -> Reference:
    path = _path(chain)
    offset, last = chain[0].lineno, chain[-1].lineno
    end = tree.ends.get(last, last + 1)
    offsets = (offset, *(_part_offset(node, tree.source) for node in chain[1:]))
    safe = guarded or any(path[: len(guard)] == guard for guard in guards)
    return Reference(path, offset, end - offset, safe, offsets)


def _part_offset(node: nodes.Node, source: str) -> int:
    """Where a part's own name begins: after its dot or bracket."""
    offset = node.lineno
    if offset < len(source) and source[offset] in ".[":
        offset += 1
        while offset < len(source) and source[offset].isspace():
            offset += 1
    return offset
