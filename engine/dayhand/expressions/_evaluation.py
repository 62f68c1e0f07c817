"""Syntax tree → closures that compute with plain values.

Nothing is handed to Jinja2's code generator and nothing is `exec`uted: each allowed node becomes a
small function, and the only ways to a part of a value are the ones in `_data`. So there is no
Python attribute to reach and no callable to call, whatever the expression says.

A `Reading` is one evaluation. It remembers whether a sensitive single value was read; what was
computed from one is sensitive again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from jinja2 import nodes

from dayhand.expressions import _data
from dayhand.expressions._errors import (
    EvaluationError,
    ExpressionError,
    FilterError,
    FilterMissingError,
    MissingError,
)
from dayhand.expressions._filters import FILTERS, TESTS, Filter
from dayhand.expressions._syntax import Tree
from dayhand.problems import closest
from dayhand.values import SensitiveValue, mark_sensitive


class Reading:
    """One evaluation: the names in scope, and whether a sensitive value was read so far."""

    __slots__ = ("is_sensitive", "scope")

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self.scope = scope
        self.is_sensitive = False

    def note(self, value: Any) -> Any:
        """The value; remembers whether it is sensitive."""
        if isinstance(value, SensitiveValue):
            self.is_sensitive = True
        return value

    def result(self, value: Any) -> Any:
        """A value that was computed, sensitive if something sensitive was read for it."""
        if self.is_sensitive and not isinstance(value, list | Mapping):
            return mark_sensitive(value)
        return value


Run: TypeAlias = Callable[[Reading], Any]

_SIGNS: dict[type[nodes.Node], str] = {
    nodes.Add: "+",
    nodes.Sub: "-",
    nodes.Mul: "*",
    nodes.Div: "/",
    nodes.FloorDiv: "//",
    nodes.Mod: "%",
}
_FAILURES = (TypeError, ValueError, ArithmeticError, LookupError)


def runnable(tree: Tree) -> Run:
    """The function that evaluates a tree.

    Raises:
        ExpressionError: a filter or test does not exist, or gets the wrong arguments.
    """
    return _Compiler(tree).run(tree.root)


class _Compiler:
    """One method for each kind of node; `run` picks it by the node's name."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree

    def run(self, node: nodes.Node) -> Run:
        if type(node) in _SIGNS:
            return self._calculation(node)
        make: Callable[[Any], Run] = getattr(self, f"_{type(node).__name__.lower()}")
        return make(node)

    def _length(self, offset: int) -> int:
        return self._tree.ends.get(offset, offset + 1) - offset

    def _placed(self, error: FilterError, offset: int) -> EvaluationError:
        length = self._length(offset)
        if self._tree.source[offset] == ".":  # the mark stands under the name, not the dot
            offset, length = offset + 1, length - 1
        kind = MissingError if isinstance(error, FilterMissingError) else EvaluationError
        return kind(error.message, offset=offset, length=length, hint=error.hint)

    # --- values

    def _const(self, node: nodes.Const) -> Run:
        value = node.value
        return lambda _: value

    def _name(self, node: nodes.Name) -> Run:
        name, offset = node.name, node.lineno

        def read(reading: Reading) -> Any:
            try:
                value = reading.scope[name]
            except KeyError:
                raise self._unknown_name(name, offset, reading) from None
            if isinstance(value, SensitiveValue):
                reading.is_sensitive = True
            return value

        return read

    def _unknown_name(self, name: str, offset: int, reading: Reading) -> MissingError:
        known = [str(key) for key in reading.scope]
        guess = closest(name, known)
        return MissingError(
            f"there is no '{name}' here; there is: {', '.join(sorted(known)) or 'nothing'}",
            offset=offset,
            length=len(name),
            hint=f"did you mean '{guess}'?" if guess else "a text needs quotes",
        )

    def _getattr(self, node: nodes.Getattr) -> Run:
        return self._part(node, node.attr)

    def _getitem(self, node: nodes.Getitem) -> Run:
        if isinstance(node.arg, nodes.Const) and type(node.arg.value) in (str, int):
            return self._part(node, node.arg.value)
        base, key = self.run(node.node), self.run(node.arg)
        offset, where = node.lineno, self._written(node.node)

        def read(reading: Reading) -> Any:
            value, name = base(reading), key(reading)
            try:
                if isinstance(name, bool) or not isinstance(name, str | int):
                    message = f"{where} cannot be asked for {_data.kind(name)}"
                    raise FilterMissingError(message)  # placed below
                return reading.note(_data.part(value, name, where))
            except FilterError as error:
                raise self._placed(error, offset) from None

        return read

    def _part(self, node: nodes.Getattr | nodes.Getitem, name: str | int) -> Run:
        base, offset, where = self.run(node.node), node.lineno, self._written(node.node)

        def read(reading: Reading) -> Any:
            value = base(reading)
            try:
                found = _data.part(value, name, where)
            except FilterError as error:
                raise self._placed(error, offset) from None
            if isinstance(found, SensitiveValue):
                reading.is_sensitive = True
            return found

        return read

    def _written(self, node: nodes.Node) -> str:
        """How the author wrote a name and its parts."""
        start = node
        while isinstance(start, nodes.Getattr | nodes.Getitem):
            start = start.node
        if not isinstance(start, nodes.Name):
            return "this"
        return self._tree.source[start.lineno : self._tree.ends[node.lineno]]

    def _list(self, node: nodes.List | nodes.Tuple) -> Run:
        items = [self.run(item) for item in node.items]
        return lambda reading: [item(reading) for item in items]

    _tuple = _list

    def _dict(self, node: nodes.Dict) -> Run:
        pairs = [(self.run(pair.key), self.run(pair.value), pair.lineno) for pair in node.items]

        def build(reading: Reading) -> dict[str, Any]:
            result = {}
            for key, value, offset in pairs:
                name = key(reading)
                if not isinstance(name, str):
                    raise EvaluationError("a key is a text", offset=offset, hint="use quotes")
                result[str(name)] = value(reading)
            return result

        return build

    # --- logic

    def _not(self, node: nodes.Not) -> Run:
        inner = self.run(node.node)
        return lambda reading: not inner(reading)

    def _and(self, node: nodes.And) -> Run:
        left, right = self.run(node.left), self.run(node.right)
        return lambda reading: left(reading) and right(reading)

    def _or(self, node: nodes.Or) -> Run:
        left, right = self.run(node.left), self.run(node.right)
        return lambda reading: left(reading) or right(reading)

    def _condexpr(self, node: nodes.CondExpr) -> Run:
        test, then = self.run(node.test), self.run(node.expr1)
        other: Run = self.run(node.expr2) if node.expr2 is not None else lambda _: None
        return lambda reading: then(reading) if test(reading) else other(reading)

    def _compare(self, node: nodes.Compare) -> Run:
        first = self.run(node.expr)
        others = [(operand.op, self.run(operand.expr)) for operand in node.ops]
        offset = node.expr.lineno

        def compare(reading: Reading) -> bool:
            left = first(reading)
            try:
                for operator, other in others:
                    right = other(reading)
                    if not _data.compare(operator, left, right):
                        return False
                    left = right
            except FilterError as error:
                raise self._placed(error, offset) from None
            return True

        return compare

    # --- numbers and text

    def _calculation(self, node: Any) -> Run:
        left, right, sign = self.run(node.left), self.run(node.right), _SIGNS[type(node)]
        return self._operation(
            node.right.lineno, lambda a, b: _data.calculate(sign, a, b), left, right
        )

    def _neg(self, node: nodes.Neg) -> Run:
        inner = self.run(node.node)
        if isinstance(node.node, nodes.Const) and _data.is_number(node.node.value):
            value = _data.negated(node.node.value)
            return lambda _: value
        return self._operation(
            node.lineno, lambda value: _data.negated(_data.number(value, "'-'")), inner
        )

    def _pos(self, node: nodes.Pos) -> Run:
        inner = self.run(node.node)
        return self._operation(node.lineno, lambda value: _data.number(value, "'+'"), inner)

    def _concat(self, node: nodes.Concat) -> Run:
        parts = [self.run(part) for part in node.nodes]

        def join(*values: Any) -> str:
            texts = [_data.text(value) for value in values]
            if sum(map(len, texts)) > _data.MAX_TEXT:
                raise FilterError(f"the text grows longer than {_data.MAX_TEXT // 1024} KiB")
            return "".join(texts)

        return self._operation(node.lineno, join, *parts)

    def _operation(self, offset: int, function: Callable[..., Any], *operands: Run) -> Run:
        def operate(reading: Reading) -> Any:
            values = [operand(reading) for operand in operands]
            try:
                result = function(*values)
            except FilterError as error:
                raise self._placed(error, offset) from None
            if any(isinstance(value, SensitiveValue) for value in values):
                return mark_sensitive(result)
            return result

        return operate

    # --- filters and tests

    def _filter(self, node: nodes.Filter) -> Run:
        found = self._looked_up(node, FILTERS, "filter")
        arguments, named = self._arguments(node, found)
        value = self.run(node.node) if node.node is not None else None
        if value is None:
            raise ExpressionError(
                "a filter needs a value", offset=node.lineno, code="expression-syntax"
            )
        if node.name == "default":
            return _default(value, *arguments, **named)
        return self._application(found, node.lineno, value, arguments, named)

    def _test(self, node: nodes.Test) -> Run:
        found = self._looked_up(node, TESTS, "test")
        arguments, named = self._arguments(node, found)
        value = self.run(node.node)
        if node.name in ("defined", "undefined"):
            return _is_there(value) if node.name == "defined" else _is_missing(value)
        return self._application(found, node.lineno, value, arguments, named)

    def _looked_up(self, node: Any, table: Mapping[str, Filter], what: str) -> Filter:
        found = table.get(node.name)
        if found is not None:
            return found
        offset = node.lineno
        if what == "test":
            offset = self._tree.source.find(node.name, offset)
        guess = closest(node.name, list(table))
        raise ExpressionError(
            f"there is no {what} '{node.name}'",
            offset=offset,
            length=len(node.name),
            code=f"unknown-{what}",
            hint=f"did you mean '{guess}'?" if guess else f"known: {', '.join(table)}",
        )

    def _arguments(self, node: Any, found: Filter) -> tuple[list[Run], dict[str, Run]]:
        names = [keyword.key for keyword in node.kwargs]
        problem = found.argument_problem(len(node.args), names)
        if problem:
            shown = f"{found.name}({found.arguments})" if found.arguments else found.name
            raise ExpressionError(
                f"{found.name}: {problem}",
                offset=node.lineno,
                length=len(found.name),
                code="wrong-arguments",
                hint=f"write {shown}, as in: {found.example}",
            )
        arguments = [self.run(argument) for argument in node.args]
        return arguments, {keyword.key: self.run(keyword.value) for keyword in node.kwargs}

    def _application(
        self, found: Filter, offset: int, value: Run, arguments: list[Run], named: dict[str, Run]
    ) -> Run:
        function = found.function

        def apply(reading: Reading) -> Any:
            before, reading.is_sensitive = reading.is_sensitive, False
            try:
                result = function(
                    value(reading),
                    reading,
                    *[argument(reading) for argument in arguments],
                    **{name: argument(reading) for name, argument in named.items()},
                )
                return reading.result(result)
            except FilterError as error:
                raise self._placed(error, offset) from None
            except _FAILURES:
                message = f"{found.name} cannot work with this value"
                raise EvaluationError(message, offset=offset, length=len(found.name)) from None
            finally:
                reading.is_sensitive |= before

        return apply


def _default(value: Run, other: Run | None = None, when_empty: Run | None = None) -> Run:
    def choose(reading: Reading) -> Any:
        try:
            found = value(reading)
        except MissingError:
            found = None
        if found is not None and (found or when_empty is None or not when_empty(reading)):
            return found
        return other(reading) if other is not None else ""

    return choose


def _is_there(value: Run) -> Run:
    def test(reading: Reading) -> bool:
        before = reading.is_sensitive
        try:
            value(reading)
        except MissingError:
            return False
        finally:
            reading.is_sensitive = before  # that something is there tells nothing about it
        return True

    return test


def _is_missing(value: Run) -> Run:
    is_there = _is_there(value)
    return lambda reading: not is_there(reading)
