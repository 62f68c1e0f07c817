"""The check is never wrong about an expression: what it refuses fails, and what it calls a kind is of that kind."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue
from dayhand.expressions import EvaluationError, compile_expression
from dayhand.validation import inspection as seen

CATALOGUE = Catalogue({spec.name: spec for spec in BUILT_IN})
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
VALUES = {
    "t": "word", "n": 3, "d": Decimal("2.5"), "b": True, "l": ["a", "b"], "k": [1, 2], "m": {"x": 1, "y": "z"},
    "r": [{"x": 1, "y": "a"}, {"x": 2, "y": "b"}], "u": "2026-11-24",
}  # fmt: skip
SCOPE = {
    "steps": {"v": VALUES}, "now": NOW, "scheduled_for": NOW, "inputs": {"month": "2026-11"},
    "practice": {"currency": "USD"}, "run": {"id": "r"},
}  # fmt: skip
_SET = "t: word, n: 3, d: 2.5, b: true, l: [a, b], k: [1, 2], m: {x: 1, y: z}, r: [{x: 1, y: a}, {x: 2, y: b}]"
ROUTINE = """\
routine: a
inputs: {{month: {{type: month, default: 2026-11}}}}
steps:
  - {{id: v, uses: value.set, with: {{{given}, u: 2026-11-24}}}}
  - id: e
    uses: value.set
    with:
      a: >-
        ${{{{ {source} }}}}
  - {{id: z, uses: value.set}}
"""
KINDS = {
    bool: "true or false", str: "text", int: "a number", Decimal: "a number", list: "a list",
    dict: "a mapping", datetime: "a date and time", date: "a date", time: "a time of day",
    timedelta: "a length of time",
}  # fmt: skip

_LEAVES = st.sampled_from([
    *(f"steps.v.{name}" for name in VALUES), "steps.v.m.x", "steps.v.r[0].y", "steps.v.k[0]", "now", "inputs.month",
    "(now | date)", "((now | date) - (now | date))", "'text'", "'2026-11-01'", "7", "1.5", "true", "null", "[1]", "['a', 2]",
    "{'x': 1}", "now.hour", "now.year",
])  # fmt: skip
_FILTERS = st.sampled_from([
    "length", "money", "date", "date('long')", "time", "month", "month(-1)", "start", "end", "days(2)", "weekday", "sum",
    "sum('x')", "sum('y')", "min", "max('x')", "map('x')", "map('q')", "select('x')", "select('y', 'a')", "reject('q')",
    "sort", "sort('x')", "unique", "first", "last", "join", "join('-')", "join(', ', 'x')", "lines", "lines('y')", "upper",
    "title", "trim", "truncate(2)", "replace('a', 'b')", "initials", "slug", "plural('x')", "round(1)", "abs", "int",
    "number", "text", "default('x')", "default(0)",
])  # fmt: skip
_OPERATORS = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"]
)
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, _FILTERS).map(lambda p: f"({p[0]} | {p[1]})"),
        st.tuples(inner, _OPERATORS, inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        inner.map(lambda one: f"(-{one})"),
        inner.map(lambda one: f"(not {one})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} if {p[1]} else {p[2]})"),
        st.tuples(inner, st.sampled_from(["x", "y", "year", "q"])).map(
            lambda p: f"({p[0]}).{p[1]}"
        ),
    ),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None)
@given(_EXPRESSIONS)
def test_what_the_check_refuses_fails_and_what_it_says_of_a_value_is_so(source):
    text = ROUTINE.format(given=_SET, source=source)
    read = document.read(text, file="a.yaml")

    found = seen.inspect_routine(read, CATALOGUE)

    refused = [p for p in found.checked.problems if p.is_error]
    try:
        value = compile_expression(source).evaluate(SCOPE)
    except EvaluationError:
        return
    # what is not taken, and what `default` stands in for, is judged too
    is_spared = any(word in source for word in (" if ", " and ", " or ", "default"))
    assert is_spared or refused == [], (source, refused)
    if refused or value is None:
        return
    told = seen.kind_of(seen.member_of(found.steps[-1].before["e"], "a"))
    kind = next(name for one, name in KINDS.items() if isinstance(value, one))
    kind = "a month" if "a month" in told and kind == "text" else kind
    assert told == "anything" or kind in told.split(" or ") or kind in told, (source, told, kind)
