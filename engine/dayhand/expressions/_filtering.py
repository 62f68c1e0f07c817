"""A filter, or a test, where it stands in an expression: whether it can be called so, and the call."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from jinja2 import nodes

from dayhand.expressions._errors import (
    EvaluationError,
    ExpressionError,
    FilterError,
    FilterMissingError,
    MissingError,
)
from dayhand.expressions._filters import Filter
from dayhand.expressions._operations import kind_of
from dayhand.expressions._syntax import Tree
from dayhand.expressions._wording import MAX_TEXT
from dayhand.problems import closest
from dayhand.values import tainted


def unknown(
    tree: Tree, node: nodes.Node, kind: str, name: str, known: tuple[str, ...]
) -> ExpressionError:
    guess = closest(name, known)
    at = tree.source.find(name, node.lineno)
    return ExpressionError(
        f"there is no {kind} '{name}'",
        offset=at if at >= 0 else node.lineno,
        length=len(name),
        code=f"unknown-{kind}",
        hint=f"did you mean '{guess}'?" if guess else f"there are: {', '.join(known)}",
    )


def check_arguments(
    node: nodes.Filter, found: Filter, given: int, named: Mapping[str, Any]
) -> None:
    names = found.arguments
    free = names[given:]
    is_short = any(name not in named for name in names[given : found.required])
    if given > len(names) or is_short or any(name not in free for name in named):
        takes = f"it takes: {', '.join(names)}" if names else "it takes none"
        raise ExpressionError(
            f"the filter '{found.name}' cannot take these arguments",
            offset=node.lineno,
            code="filter-arguments",
            hint=f"{takes}; for example {found.example}",
        )


_DAY = date(2026, 1, 1)
_SAMPLES: Mapping[str, Any] = {
    "truncate": "a", "replace": "a", "round": Decimal(1), "date": _DAY, "days": _DAY,
    "month": _DAY, "time": time(9),
}  # fmt: skip
"""For filters that may refuse an argument whatever they are given: a value that each takes."""


def refusal(found: Filter, arguments: Mapping[str, Any]) -> FilterError | None:
    """What a filter has against arguments that are written out, whatever value it is given."""
    if not arguments or found.name not in _SAMPLES:
        return None
    try:
        found.function(_SAMPLES[found.name], **arguments)
    except FilterError as error:
        return error
    return None


def is_written(node: nodes.Node) -> bool:
    """True if the value stands in the expression itself, so that a message may tell it."""
    if isinstance(node, nodes.Neg):
        node = node.node
    return isinstance(node, nodes.Const)


def filtered(
    found: Filter,
    value: Any,
    arguments: list[Any],
    options: dict[str, Any],
    offset: int,
    *,
    is_written: bool,
) -> Any:
    try:
        result = found.function(value, *arguments, **options)
    except FilterMissingError as error:
        raise MissingError(
            f"{found.name}: {error.message}", offset=offset, hint=error.hint
        ) from None
    except FilterError as error:
        message = error.spelled if is_written else error.message
        raise EvaluationError(f"{found.name}: {message}", offset=offset, hint=error.hint) from None
    except (TypeError, ValueError, ArithmeticError, AttributeError, KeyError, RecursionError):
        raise EvaluationError(
            f"{found.name} cannot work on {kind_of(value)}",
            offset=offset,
            hint=f"for example {found.example}",
        ) from None
    if isinstance(result, str):
        _bound(result, offset)
    return tainted(result, (value, *arguments))


def _bound(text: str, offset: int) -> None:
    if len(text) > MAX_TEXT:
        raise EvaluationError(
            f"the text is longer than {MAX_TEXT:,} characters",
            offset=offset,
            hint="long text belongs in a template",
        )
