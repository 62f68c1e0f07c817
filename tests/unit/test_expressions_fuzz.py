"""Whatever an expression says, and whatever it works on, only our own errors leave the language."""

from __future__ import annotations

import contextlib
import string
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dayhand.expressions import (
    FILTERS,
    TESTS,
    EvaluationError,
    ExpressionError,
    MissingError,
    Template,
    compile_expression,
    compile_text,
)
from dayhand.values import encode, is_sensitive, mark_sensitive, redact

CALM = settings(
    max_examples=300,
    deadline=20_000,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
WORDS = [*FILTERS, *TESTS, "a", "b", "steps", "true", "none", "null", "and", "or", "not", "in", "is",
         "if", "else", "'x'", '"', "'", "1", "0.5", "1e9", "(", ")", "[", "]", "{", "}", ",", ":",
         ".", "|", "~", "+", "-", "*", "/", "//", "%", "**", "=", "==", "!=", "<", ">=", " ", "\\",
         "__class__", "${{", "}}", ";", "é", "\n", "٣", "lambda", "for"]  # fmt: skip

# --- any text ----------------------------------------------------------------------------------


def tried(act, *arguments):
    """What it gives, and the error of ours that it raises; any other error ends the test."""
    try:
        return act(*arguments), None
    except (ExpressionError, EvaluationError) as error:
        return None, error


def compiled(source: str):
    """The expression, or None where it was refused as it should be."""
    made, error = tried(compile_expression, source)
    if made is None:
        assert isinstance(error, ExpressionError)
        assert 0 <= error.offset <= len(source)
        assert error.length >= 1
        assert error.code
        assert error.message
        return None
    for one in made.references():
        assert source[one.offset :].startswith(str(one.path[0]))
        assert one.offset + one.length <= len(source)
        assert len(one.offsets) == len(one.path)
        assert list(one.offsets) == sorted(one.offsets)
        for part, offset in zip(one.path, one.offsets, strict=True):
            rest = source[offset:]
            assert rest.startswith((str(part), "'", '"', "-")) or rest[0].isdigit()
    return made


@settings(parent=CALM)
@given(st.text(max_size=80))
@example("\ud800")
@example("'\\")
@example("a.\n b")
def test_a_random_text_is_an_expression_or_refused(source):
    compiled(source)


@settings(parent=CALM, max_examples=600)
@given(st.lists(st.sampled_from(WORDS), max_size=15), st.sampled_from(["", " "]))
def test_random_words_of_the_language_are_an_expression_or_refused(words, between):
    made = compiled(between.join(words))

    if made is not None:
        with contextlib.suppress(EvaluationError):
            made.evaluate({"a": 1, "b": [1], "steps": {}})


@settings(parent=CALM)
@given(st.lists(st.sampled_from(["${{", "}}", "{", "}", "'", '"', " a ", "\\", "x", "\n", "$", "1"]),
                max_size=20).map("".join))  # fmt: skip
def test_random_text_around_expressions_is_compiled_or_refused(source):
    made, error = tried(compile_text, source)

    if error is not None:
        assert isinstance(error, ExpressionError)
        assert 0 <= error.offset <= len(source)
    elif isinstance(made, Template):
        for one in made.references():
            assert source[one.offset :].startswith(str(one.path[0]))
        with contextlib.suppress(EvaluationError):
            made.evaluate({"a": 1, "x": 2})
    else:
        assert made == source


@settings(parent=CALM)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_a_text_in_quotes_means_itself(text):
    quoted = "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"

    assert compile_expression(quoted).evaluate({}) == text
    assert compile_text("<${{ " + quoted + " }}>").evaluate({}) == f"<{text}>"


# --- any expression over any values ------------------------------------------------------------

names = st.sampled_from(["a", "b", "c", "long", "deep"])
literals = st.one_of(
    st.integers(0, 10**6).map(str),
    st.sampled_from(["0.5", "1.10", "true", "false", "none", "''", "'x'", "'2026-11-01'", "'a.b'",
                     "'2026-10'", "'%d %b'", "[]", "{}", "'name'"]),
    names,
)  # fmt: skip


def combined(inner):
    """Larger expressions made of smaller ones."""
    operators = [
        "+",
        "-",
        "*",
        "/",
        "//",
        "%",
        "~",
        "==",
        "!=",
        "<",
        ">=",
        "in",
        "not in",
        "and",
        "or",
    ]
    arguments = st.lists(inner, max_size=2).map(", ".join)
    return st.one_of(
        st.tuples(inner, st.sampled_from(operators), inner).map(lambda t: f"({' '.join(t)})"),
        st.tuples(inner, st.sampled_from(sorted(FILTERS)), arguments).map(
            lambda t: f"({t[0]} | {t[1]}({t[2]}))" if t[2] else f"({t[0]} | {t[1]})"
        ),
        st.tuples(inner, st.sampled_from(sorted(TESTS))).map(lambda t: f"({t[0]} is {t[1]})"),
        st.tuples(inner, st.sampled_from(["a", "name", "year", "days", "0"])).map(".".join),
        st.tuples(inner, inner).map(lambda t: f"{t[0]}[{t[1]}]"),
        st.tuples(inner, inner, inner).map(lambda t: f"({t[0]} if {t[1]} else {t[2]})"),
        st.tuples(inner, inner).map(lambda t: f"[{t[0]}, {t[1]}]"),
        st.tuples(inner, inner).map(lambda t: f"{{'a': {t[0]}, 'name': {t[1]}}}"),
        inner.map(lambda source: f"(not {source})"),
        inner.map(lambda source: f"(-{source})"),
    )


expressions = st.recursive(literals, combined, max_leaves=6)
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.integers(-5, 5), st.text(max_size=10),
    st.decimals(allow_nan=True, allow_infinity=True),
    st.sampled_from(["2026-11", "2026-11-01", "12.50", "x" * 70_000, 10**4000, timedelta.max,
                     Decimal("1E+999999"), Decimal("sNaN"), date.max, datetime.max]),
    st.dates(), st.datetimes(), st.datetimes(timezones=st.just(UTC)),
    st.datetimes(min_value=datetime(1950, 1, 1), timezones=st.just(ZoneInfo("Europe/Berlin"))),
    st.times(), st.timedeltas(),
)  # fmt: skip
values = st.recursive(
    leaves | leaves.map(mark_sensitive),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["a", "name", "b"]), inner, max_size=3)
    ),
    max_leaves=6,
)
scopes = st.fixed_dictionaries(
    {"a": values, "b": values, "c": values},
    optional={"practice": st.just({"currency": "USD"}) | values},
)


@settings(parent=CALM, max_examples=600)
@given(expressions, scopes)
@example("(a + b)", {"a": date.max, "b": timedelta.max})
@example("a[b]", {"a": datetime.max, "b": []})
def test_any_expression_gives_a_value_or_our_error(source, scope):
    made = compiled(source)
    assume(made is not None)
    found, error = tried(made.evaluate, scope)

    if error is not None:
        assert isinstance(error, EvaluationError)
        assert 0 <= error.offset <= len(source)
        assert error.length >= 1
        return
    assert not isinstance(found, str) or len(found) <= 70_000
    is_sensitive(found)
    redact(found)
    encode(found)


@pytest.mark.soak
@settings(parent=CALM, max_examples=15_000)
@given(expressions, scopes)
def test_t02_very_many_expressions_give_a_value_or_our_error(source, scope):
    test_any_expression_gives_a_value_or_our_error.hypothesis.inner_test(source, scope)


SECRET = "Zq7Xw"
secrets = st.sampled_from(
    [SECRET, f"{SECRET} Sample", 918273645, Decimal("918273645.5"), [SECRET], {"name": SECRET}]
)


@settings(parent=CALM, max_examples=500)
@given(expressions, st.fixed_dictionaries({"a": secrets, "b": secrets, "c": values}))
def test_no_error_of_any_expression_tells_a_value(source, scope):
    made = compiled(source)
    assume(made is not None)
    _, error = tried(made.evaluate, scope)

    told = f"{error.message} {error.hint} {error}" if error else ""
    assert SECRET not in told
    assert "918273645" not in told


sensitive = st.sampled_from(
    [SECRET, 918273645, Decimal("918273645.5"), date(1987, 6, 5), timedelta(days=987), time(3, 4)]
).map(mark_sensitive)
carriers = st.sampled_from(
    ["a ~ ''", "a ~ a", "'x' ~ a", "a | text", "[a] | join", "[a, 1] | lines", "[[a]] | first | first",
     "a | default('')", "none | default(a)", "{'k': a}.k", "[a][0]", "a if true else 1", "a or 1",
     "1 and a", "[a] | unique | last", "[a] | sort | first", "[{'k': a}] | map('k') | first",
     "[a] | max", "[a] | min", "[{'k': a}] | select('k', a) | map('k') | last"]
)  # fmt: skip


@settings(parent=CALM)
@given(
    carriers, sensitive, st.sampled_from(["{}", "({}) ~ '.'", "[{}] | join('-')", "({}) | text"])
)
def test_what_is_sensitive_stays_so_on_every_way(carrier, value, around):
    found = compile_expression(around.format(carrier)).evaluate({"a": value})

    assert is_sensitive(found)
    assert SECRET not in repr(found)


@settings(parent=CALM)
@given(sensitive, st.text(string.ascii_letters + " ", max_size=5))
def test_a_text_with_something_sensitive_in_it_is_sensitive(value, around):
    assert is_sensitive(compile_text(around + "${{ a }}!").evaluate({"a": value}))


@settings(parent=CALM)
@given(values)
def test_default_and_is_defined_catch_what_is_missing_and_nothing_else(value):
    scope = {"a": value}

    assert compile_expression("nope.x[0] | default(7)").evaluate(scope) == 7
    assert compile_expression("nope is defined").evaluate(scope) is False
    with pytest.raises(MissingError):
        compile_expression("nope").evaluate(scope)
    with pytest.raises(EvaluationError) as caught:
        compile_expression("(1 / 0) | default(7)").evaluate(scope)
    assert not isinstance(caught.value, MissingError)


# --- numbers -----------------------------------------------------------------------------------

amounts = st.decimals("-99999", "99999", places=2)


@settings(parent=CALM)
@given(amounts, amounts)
def test_amounts_are_calculated_exactly(one, two):
    scope = {"a": one, "b": two}

    def value(source):
        return compile_expression(source).evaluate(scope)

    assert value("a + b") == one + two
    assert value("a - b") == one - two
    assert value("a * b") == one * two
    assert value("(a < b) == (b > a)") is True
    assert value("[a, b] | sum") == one + two
    if two:
        assert value("(a // b) * b + a % b") == one
        assert value("a % b == 0 or (a % b < 0) == (b < 0)") is True


@settings(parent=CALM)
@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9).filter(bool))
def test_whole_numbers_are_divided_as_decimals_are(one, two):
    scope = {"a": one, "b": two, "c": Decimal(one), "d": Decimal(two)}

    def value(source):
        return compile_expression(source).evaluate(scope)

    assert value("a // b") == value("c // d") == one // two
    assert value("a % b") == value("c % d") == one % two
