"""Syntax tree → a function of the scope, made once and called often."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from dayhand.expressions._errors import (
    EvaluationError,
    ExpressionError,
    FilterError,
    MissingError,
)
from dayhand.expressions._filtering import check_arguments, filtered, is_written, unknown
from dayhand.expressions._filters import FILTERS, TESTS
from dayhand.expressions._operations import (
    COMPARISONS,
    calculated,
    floor_divided,
    is_number,
    item_of,
    kind_of,
    member,
    minus,
    plus,
    remainder,
)
from dayhand.expressions._outline import Part, outline
from dayhand.expressions._references import Path, Reference, references
from dayhand.expressions._syntax import Tree, parse
from dayhand.expressions._wording import joined
from dayhand.problems import closest
from dayhand.values import SensitiveValue, mark_sensitive, tainted

Scope = Mapping[str, Any]
Evaluate = Callable[[Scope], Any]


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression."""

    source: str
    _tree: Tree = field(repr=False)
    _evaluate: Evaluate = field(repr=False)
    _deciding: tuple[Path, ...] = field(default=(), repr=False)
    """What it reads, if a condition in it can tell something of one value by giving another."""

    def references(self) -> tuple[Reference, ...]:
        """What it refers to."""
        return references(self._tree)

    def outline(self) -> Part:
        """Its values, filters and operators as plain data."""
        return outline(self._tree)

    def evaluate(self, scope: Scope) -> Any:
        """Its value. A result made of a sensitive value is sensitive itself.

        Raises:
            EvaluationError: a name or key is not there, or an operation cannot take its values.
        """
        value = self._evaluate(scope)
        if self._deciding and any(_is_sensitive(scope, path) for path in self._deciding):
            return value if isinstance(value, list | dict) else mark_sensitive(value)
        return value


def _is_sensitive(scope: Scope, path: Path) -> bool:
    """True if the single value at a path is sensitive; False if there is none."""
    value: Any = scope.get(str(path[0]))
    for part in path[1:]:
        if isinstance(value, SensitiveValue):
            return True
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(value, SensitiveValue)


def compile_expression(source: str) -> Expression:
    """Compile a bare expression. Raises `ExpressionError` with the place of the mistake."""
    tree = parse(source)
    evaluate = _Compiler(tree).compile(tree.root)
    conditions = (nodes.CondExpr, nodes.And, nodes.Or)
    decides = isinstance(tree.root, conditions) or any(tree.root.find_all(conditions))
    deciding = tuple(one.path for one in references(tree)) if decides else ()
    return Expression(source, tree, evaluate, deciding)


class _Compiler:
    """Makes the function of each node; every kind of node the allow-list lets pass has a method."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def compile(self, node: nodes.Node) -> Evaluate:
        made: Evaluate = getattr(self, f"_{type(node).__name__.lower()}")(node)
        return made

    def _length(self, node: nodes.Node) -> int:
        return max(self._tree.ends.get(node.lineno, node.lineno + 1) - node.lineno, 1)

    # Leaves and collections -----------------------------------------------------------------------

    def _const(self, node: nodes.Const) -> Evaluate:
        value = node.value
        return lambda _: value

    def _name(self, node: nodes.Name) -> Evaluate:
        name, offset, length = node.name, node.lineno, self._length(node)

        def read(scope: Scope) -> Any:
            try:
                return scope[name]
            except KeyError:
                guess = closest(name, tuple(scope))
                raise MissingError(
                    f"there is no '{name}' here",
                    offset=offset,
                    length=length,
                    hint=f"did you mean '{guess}'?" if guess else "",
                ) from None

        return read

    def _list(self, node: nodes.List) -> Evaluate:
        items = [self.compile(item) for item in node.items]
        return lambda scope: [item(scope) for item in items]

    _tuple = _list

    def _dict(self, node: nodes.Dict) -> Evaluate:
        pairs = [
            (self.compile(pair.key), self.compile(pair.value), pair.lineno) for pair in node.items
        ]

        def build(scope: Scope) -> dict[str, Any]:
            built: dict[str, Any] = {}
            for key, value, offset in pairs:
                name = key(scope)
                if not isinstance(name, str):
                    raise EvaluationError("a key is text", offset=offset, hint="put it in quotes")
                built[str(name)] = value(scope)
            return built

        return build

    # Reaching into values -------------------------------------------------------------------------

    def _getattr(self, node: nodes.Getattr) -> Evaluate:
        inside, name = self.compile(node.node), node.attr
        told = self._path_text(node.node)
        offset, length = node.lineno, self._length(node)

        def read(scope: Scope) -> Any:
            value = inside(scope)
            if type(value) is dict:
                try:
                    return value[name]
                except KeyError:
                    pass
            return member(value, name, told, offset, length)

        return read

    def _getitem(self, node: nodes.Getitem) -> Evaluate:
        inside, key = self.compile(node.node), self.compile(node.arg)
        told = self._path_text(node.node)
        offset, length = node.lineno, self._length(node)
        written = is_written(node.arg)

        def read(scope: Scope) -> Any:
            value, index = inside(scope), key(scope)
            try:
                if isinstance(value, list):
                    return item_of(value, index, told, offset, length)
                return member(value, index, told, offset, length)
            except MissingError:
                if written:
                    raise
                raise MissingError(
                    f"{told} is {kind_of(value)} and has nothing under this key",
                    offset=offset,
                    length=length,
                ) from None

        return read

    def _path_text(self, node: nodes.Node) -> str:
        """A value's path as written, for messages; short, and never a value."""
        end = self._tree.ends.get(node.lineno, node.lineno + 1)
        start = node
        while isinstance(start, nodes.Getattr | nodes.Getitem):
            start = start.node
        text = self._tree.source[start.lineno : end].strip()
        return text if 0 < len(text) <= 80 else "the value"

    # Operators ------------------------------------------------------------------------------------

    def _binary(self, node: nodes.BinExpr, act: Callable[[Any, Any], Any]) -> Evaluate:
        left, right = self.compile(node.left), self.compile(node.right)
        offset = node.lineno

        def work(scope: Scope) -> Any:
            one, two = left(scope), right(scope)
            try:
                result = act(one, two)
            except FilterError as error:
                raise EvaluationError(error.message, offset=offset, hint=error.hint) from None
            except OverflowError:  # of dates and lengths of time; those of numbers are told above
                raise EvaluationError("the day is too far away", offset=offset) from None
            return tainted(result, (one, two))

        return work

    def _add(self, node: nodes.Add) -> Evaluate:
        return self._binary(node, plus)

    def _sub(self, node: nodes.Sub) -> Evaluate:
        return self._binary(node, minus)

    def _mul(self, node: nodes.Mul) -> Evaluate:
        return self._binary(node, lambda a, b: calculated("multiply", operator.mul, a, b))

    def _div(self, node: nodes.Div) -> Evaluate:
        return self._binary(node, lambda a, b: calculated("divide", operator.truediv, a, b))

    def _floordiv(self, node: nodes.FloorDiv) -> Evaluate:
        return self._binary(node, lambda a, b: calculated("divide", floor_divided, a, b))

    def _mod(self, node: nodes.Mod) -> Evaluate:
        return self._binary(node, lambda a, b: calculated("divide", remainder, a, b))

    def _neg(self, node: nodes.Neg) -> Evaluate:
        inside, offset = self.compile(node.node), node.lineno

        def work(scope: Scope) -> Any:
            value = inside(scope)
            if not is_number(value):
                raise EvaluationError("'-' needs a number after it", offset=offset)
            minus = value.copy_negate() if isinstance(value, Decimal) else -value
            return tainted(minus, (value,))

        return work

    def _pos(self, node: nodes.Pos) -> Evaluate:
        return self.compile(node.node)

    def _not(self, node: nodes.Not) -> Evaluate:
        inside = self.compile(node.node)
        return lambda scope: not inside(scope)

    def _and(self, node: nodes.And) -> Evaluate:
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda scope: left(scope) and right(scope)

    def _or(self, node: nodes.Or) -> Evaluate:
        left, right = self.compile(node.left), self.compile(node.right)
        return lambda scope: left(scope) or right(scope)

    def _concat(self, node: nodes.Concat) -> Evaluate:
        parts = [self.compile(part) for part in node.nodes]
        offset = node.lineno

        def work(scope: Scope) -> Any:
            values = [part(scope) for part in parts]
            try:
                text = joined(values)
            except FilterError as error:
                raise EvaluationError(error.message, offset=offset, hint=error.hint) from None
            return tainted(text, values)

        return work

    def _compare(self, node: nodes.Compare) -> Evaluate:
        first = self.compile(node.expr)
        steps = [(COMPARISONS[o.op], self.compile(o.expr), node.lineno) for o in node.ops]

        def work(scope: Scope) -> bool:
            left = first(scope)
            for act, right_of, offset in steps:
                right = right_of(scope)
                try:
                    if not act(left, right):
                        return False
                except (TypeError, ArithmeticError, RecursionError):  # two kinds; NaN; a deep list
                    raise EvaluationError(
                        f"{kind_of(left)} cannot be compared with {kind_of(right)}", offset=offset
                    ) from None
                left = right
            return True

        return work

    def _condexpr(self, node: nodes.CondExpr) -> Evaluate:
        test, yes = self.compile(node.test), self.compile(node.expr1)
        no: Evaluate = self.compile(node.expr2) if node.expr2 is not None else lambda _: None
        return lambda scope: yes(scope) if test(scope) else no(scope)

    # Filters and tests ----------------------------------------------------------------------------

    def _filter(self, node: nodes.Filter) -> Evaluate:
        found = FILTERS.get(node.name)
        if found is None:
            raise unknown(self._tree, node, "filter", node.name, tuple(FILTERS))
        if node.node is None:
            raise ExpressionError(
                "a filter needs a value before it", offset=node.lineno, code="expression-syntax"
            )
        inside = self.compile(node.node)
        given = [self.compile(argument) for argument in node.args]
        named: dict[str, Evaluate] = {
            str(pair.key): self.compile(pair.value) for pair in node.kwargs
        }
        check_arguments(node, found, len(given), named)
        offset = node.lineno
        written = all(
            is_written(one) for one in (*node.args, *(pair.value for pair in node.kwargs))
        )

        def work(scope: Scope) -> Any:
            try:
                value = inside(scope)
            except MissingError:
                if not found.takes_missing:
                    raise
                value = None
            arguments = [one(scope) for one in given]
            options = {key: one(scope) for key, one in named.items()}
            if found.needs_scope:
                options["scope"] = scope
            return filtered(found, value, arguments, options, offset, is_written=written)

        return work

    def _test(self, node: nodes.Test) -> Evaluate:
        found = TESTS.get(node.name)
        if found is None:
            raise unknown(self._tree, node, "test", node.name, tuple(TESTS))
        if node.args or node.kwargs:
            raise ExpressionError(
                f"the test '{node.name}' takes no arguments",
                offset=node.lineno,
                length=self._length(node),
                code="filter-arguments",
                hint=f"write 'is {node.name}'; compare with == or in",
            )
        inside = self.compile(node.node)

        def work(scope: Scope) -> bool:
            try:
                value = inside(scope)
            except MissingError:
                return found(None, is_there=False)
            return found(value, is_there=True)

        return work
