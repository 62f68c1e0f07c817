"""An expression as plain data, for whoever judges it before it runs: its values, filters, operators.

The syntax tree stays in this package; what is told of it here holds no type of Jinja2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from jinja2 import nodes

from dayhand.expressions._filters import FILTERS
from dayhand.expressions._references import Reference, references
from dayhand.expressions._syntax import Tree

Kind = Literal[
    "value", "reference", "list", "mapping", "member", "filter", "test", "calculation",
    "comparison", "negative", "not", "and", "or", "choice", "join",
]  # fmt: skip
_OPERATORS: dict[type[nodes.Node], str] = {
    nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Div: "/", nodes.FloorDiv: "//",
    nodes.Mod: "%",
}  # fmt: skip
_COMPARED = {
    "eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in",
    "notin": "not in",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """One part of an expression; `offset` and `length` are its place in the source.

    `name` is the filter, test or operator, `parts` are the values it works on, `arguments` those of
    a filter by their names. A `choice` is (test, yes, no); a `mapping` has its keys in `value`.
    """

    kind: Kind
    offset: int
    length: int
    name: str = ""
    parts: tuple[Part, ...] = ()
    arguments: Mapping[str, Part] = field(default_factory=dict)
    value: Any = None
    reference: Reference | None = None


def outline(tree: Tree) -> Part:
    """The parts of a compiled expression."""
    return _Outliner(tree).part(tree.root)


class _Outliner:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._references = {one.offset: one for one in references(tree)}

    def part(self, node: nodes.Node) -> Part:
        """The part that a node makes; each kind the allow-list lets pass is one."""
        made: Part | None = getattr(self, f"_{type(node).__name__.lower()}", self._operator)(node)
        return made if made is not None else Part("value", node.lineno, 1)

    def _made(self, kind: Kind, node: nodes.Node, *inner: nodes.Node, **more: Any) -> Part:
        parts = tuple(self.part(one) for one in inner)
        end = self._tree.ends.get(node.lineno, node.lineno + 1)
        length = max(end - node.lineno, 1)
        return Part(kind, node.lineno, length, parts=parts, **more)

    def _const(self, node: nodes.Const) -> Part:
        return self._made("value", node, value=node.value)

    def _name(self, node: nodes.Node) -> Part:
        start = node
        while isinstance(start, nodes.Getattr | nodes.Getitem):
            start = start.node
        found = self._references.get(start.lineno) if isinstance(start, nodes.Name) else None
        if found is not None and _is_chain(node):
            return Part("reference", found.offset, found.length, reference=found)
        return self._member(node)

    _getattr = _getitem = _name

    def _member(self, node: nodes.Node) -> Part:
        if isinstance(node, nodes.Getattr):
            return self._made("member", node, node.node, value=node.attr)
        if isinstance(node, nodes.Getitem):
            is_written = isinstance(node.arg, nodes.Const)
            inner = (node.node,) if is_written else (node.node, node.arg)
            value = node.arg.value if isinstance(node.arg, nodes.Const) else None
            return self._made("member", node, *inner, value=value)
        return self._made("value", node)

    def _list(self, node: nodes.List | nodes.Tuple) -> Part:
        return self._made("list", node, *node.items)

    _tuple = _list

    def _dict(self, node: nodes.Dict) -> Part:
        keys = [
            pair.key.value if isinstance(pair.key, nodes.Const) else None for pair in node.items
        ]
        return self._made("mapping", node, *(pair.value for pair in node.items), value=tuple(keys))

    def _operator(self, node: nodes.Node) -> Part | None:
        if isinstance(node, nodes.BinExpr):
            name = _OPERATORS.get(type(node), "")
            return self._made("calculation", node, node.left, node.right, name=name)
        return None

    def _and(self, node: nodes.And) -> Part:
        return self._made("and", node, node.left, node.right)

    def _or(self, node: nodes.Or) -> Part:
        return self._made("or", node, node.left, node.right)

    def _not(self, node: nodes.Not) -> Part:
        return self._made("not", node, node.node)

    def _neg(self, node: nodes.Neg) -> Part:
        return self._made("negative", node, node.node)

    def _pos(self, node: nodes.Pos) -> Part:
        return self.part(node.node)

    def _concat(self, node: nodes.Concat) -> Part:
        return self._made("join", node, *node.nodes)

    def _compare(self, node: nodes.Compare) -> Part:
        """`a < b < c` is `a < b and b < c`."""
        made: list[Part] = []
        left = node.expr
        for one in node.ops:
            made.append(self._made("comparison", left, left, one.expr, name=_COMPARED[one.op]))
            left = one.expr
        return made[0] if len(made) == 1 else Part("and", node.lineno, 1, parts=tuple(made))

    def _condexpr(self, node: nodes.CondExpr) -> Part:
        no = node.expr2 if node.expr2 is not None else nodes.Const(None, lineno=node.lineno)
        return self._made("choice", node, node.test, node.expr1, no)

    def _filter(self, node: nodes.Filter) -> Part:
        names = FILTERS[node.name].arguments
        given = {name: self.part(one) for name, one in zip(names, node.args, strict=False)}
        given |= {str(pair.key): self.part(pair.value) for pair in node.kwargs}
        at = self._tree.source.find(node.name, node.lineno)
        inner = (node.node,) if node.node is not None else ()
        parts = tuple(self.part(one) for one in inner)
        return Part("filter", at, len(node.name), node.name, parts, given)

    def _test(self, node: nodes.Test) -> Part:
        return self._made("test", node, node.node, name=node.name)


def _is_chain(node: nodes.Node) -> bool:
    """True if the node is names and written keys only."""
    while isinstance(node, nodes.Getattr | nodes.Getitem):
        if isinstance(node, nodes.Getitem):
            key = node.arg.value if isinstance(node.arg, nodes.Const) else None
            if isinstance(key, bool) or not isinstance(key, str | int):
                return False
        node = node.node
    return isinstance(node, nodes.Name)
