"""What an expression must not reach, use up or give away."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from dayhand.expressions import (
    FILTERS,
    EvaluationError,
    ExpressionError,
    MissingError,
    compile_expression,
    compile_text,
)
from dayhand.values import (
    SensitiveStr,
    SensitiveValue,
    encode,
    is_sensitive,
    mark_sensitive,
)

PLAIN = (type(None), bool, int, Decimal, str, date, time, timedelta, list, dict)
SCOPE = {
    "practice": {"name": "Oak Street", "currency": "USD"},
    "inputs": {"month": "2026-10", "count": 3, "word": " late "},
    "scheduled_for": datetime(2026, 11, 1, 9, 5, tzinfo=UTC),
    "day": date(2026, 11, 1),
    "event": {"start": datetime(2026, 11, 1, 9, 5, tzinfo=UTC)},
    "longest": timedelta.max,
    "total": Decimal("120.505"),
    "balance": Decimal(-5),
    "client": mark_sensitive({"name": "Ana Sample", "born": date(1990, 5, 1), "fee": 120}),
    "ordinary": {"x": 1},
    "key": "Ana Sample",
    "number": 4711,
    "steps": {
        "review": {},
        "drafts": {"invoices": [{"total": Decimal("1.50")}, {"total": 2}], "total": 5},
        "gaps": [{"days_left": 9, "status": "overdue"}, {"days_left": 3, "status": "open"}],
        "notes": [{"state": "signed"}, {"state": "draft"}],
        "issued": {"invoices": [{"number": 7}], "numbers": ["A-1", "A-2"]},
        "matches": [{"client_id": 4}, {"client_id": 4}],
        "sessions": {"items": [1, 2]},
    },
}
# a computed example has no name that says so
_EXAMPLE_SCOPE = {**SCOPE, "inputs": {"month": "2026-10", "count": 3, "word": "12"}}


def value_of(source: str, scope=None):
    """What a bare expression gives."""
    return compile_expression(source).evaluate(SCOPE if scope is None else scope)


def failed(source: str, scope=None) -> EvaluationError:
    """Why an expression cannot be evaluated."""
    with pytest.raises(EvaluationError) as caught:
        value_of(source, scope)
    return caught.value


@pytest.mark.parametrize("one", FILTERS.values(), ids=lambda one: one.name)
def test_the_example_of_each_filter_gives_a_value(one):
    found = value_of(one.example, _EXAMPLE_SCOPE)

    assert found not in (None, "")


# --- T01: nothing is in reach ------------------------------------------------------------------

ESCAPES = [
    "x.__class__", "x['__class__']", 'x["__cl" "ass__"]', "x.__class__.__mro__[1]",
    "''.__class__.__base__", "[].__class__", "{}.__class__", "(1).__class__", "x | attr('__class__')",
    'x | attr("_" ~ "_class__")', "'{0.__class__}'.format(x)", "'{0.__class__}' | format(x)",
    "'%s' | format(x)", "x.format_map({})", "x | map('__class__') | first", "x.upper()", "x.pop()",
    "x()", "x.y()", "(x)()", "x[0]()", "x | string", "x | tojson", "x | safe", "x | escape",
    "x | list", "x | batch(2)", "x | groupby('a')", "x | xmlattr", "x | urlize", "x | pprint",
    "x | random", "x | wordwrap", "x | center(9)", "x | indent(9)", "x | filesizeformat",
    "x | dictsort", "x | items", "x | forceescape", "x | selectattr('a')", "x | rejectattr('a')",
    "x is callable", "x is sequence", "x is mapping", "x is sameas(x)", "x is filter", "x is divisibleby(2)",
    "lipsum()", "cycler(1)", "joiner()", "namespace()", "range(9)", "dict(a=1)", "self.x()",
    "config.items()", "request['application']()", "get_flashed_messages()", "url_for('x')",
    "_", "__import__('os')", "x.__init__.__globals__", "x._y", "x.y.__z", "x._TemplateReference__context",
    "x if x.__class__ else 1", "[x.__class__]", "{'a': x.__class__}", "x | default(y.__class__)",
    "x[y.__class__]", "x ~ y.__class__", "not x.__class__", "-x.__class__", "x < y.__class__",
    "x.ｃlass", "x.__ｃlass__", "x[:1]", "x[::2]", "x ** 2", "lambda: x", "x := 1", "x; y", "x = 1",
    "[y for y in x]", "{**x}", "[*x]", "x if", "await x", "yield x", "x | sum(*y)", "x | sum(**y)",
    "{% set y = x %}", "{{ x }}", "#{x}", "${x}", "x->y", "x::y", "x?.y", "x!y", "`id`", "$(id)",
    "x\\y", "import os", "print x", "x.y | z.w", "not", "and", "| upper", "x |", "x | | upper", "x is",
    "x is not", "x in", "x.", ".x", "x..y", "x,", ",", "()()", "1.2.3", "1e999", "0x10", "1_0", "٣",
]  # fmt: skip


@pytest.mark.parametrize("source", ESCAPES)
def test_t01_an_expression_that_reaches_out_is_refused_with_its_place(source):
    with pytest.raises((ExpressionError, EvaluationError)) as caught:
        value_of(source, {"x": {"a": "text"}, "y": {"b": 1}})

    error = caught.value
    assert 0 <= error.offset <= len(source)
    assert error.length >= 1
    assert error.message
    if isinstance(error, ExpressionError):
        assert error.code in {
            "expression-syntax", "expression-not-allowed", "unknown-filter", "unknown-test",
            "filter-arguments",
        }  # fmt: skip


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("items | select(wanted=1)", "cannot take these arguments"),
        ("word | replace(old='a')", "cannot take these arguments"),
        ("word | replace('a', old='b')", "cannot take these arguments"),
        ("word | default('a', fallback='b')", "cannot take these arguments"),
        ("word | truncate(1, 2)", "cannot take these arguments"),
        ("word | truncate(size=1)", "cannot take these arguments"),
        ("total | money(scope=1)", "cannot take these arguments"),
    ],
)
def test_arguments_that_a_filter_cannot_take_are_told_before_anything_runs(source, message):
    with pytest.raises(ExpressionError, match=message) as caught:
        compile_expression(source)

    assert caught.value.code == "filter-arguments"
    assert "it takes" in caught.value.hint


# --- T02: nothing is used up -------------------------------------------------------------------

_CHILD = """
import json, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from dayhand.expressions import EvaluationError, ExpressionError, compile_expression, compile_text
scope = {"x": 1, "items": [{"a": 1}] * 10_000, "text": "x" * 1_000_000, "long": "x" * 60_000,
         "deep": {}}
inner = scope["deep"]
for _ in range(5000):
    inner["a"] = inner = {}
compile_expression("1 | text").evaluate({})
results = []
for source in json.load(sys.stdin):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    try:
        if "${{" in source:
            value = compile_text(source).evaluate(scope)
        else:
            value = compile_expression(source).evaluate(scope)
        told = "worked, " + str(len(value) if hasattr(value, "__len__") else 0)
    except (ExpressionError, EvaluationError) as error:
        told = getattr(error, "code", "evaluation") + ": " + error.message
    except Exception as error:
        told = "BUG " + repr(error)[:100]
    results.append([told, time.perf_counter() - start,
                    resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before])
print(json.dumps(results))
"""
EXHAUSTING = {
    "'a' * 1000000000": "cannot multiply",
    "[0] * 1000000000": "cannot multiply",
    "'a' | ljust(2000000000)": "unknown-filter",
    "'a' | center(1500000000)": "unknown-filter",
    "'a' | indent(1000000000)": "unknown-filter",
    "'%2000000000d' | format(1)": "unknown-filter",
    "'%2000000000d' % 1": "cannot divide",
    "10 ** 10000000": "expression-not-allowed",
    "9999999999999999999999999999 * 9999999999999999999999999999": "too large",
    "1e28 * 1e28": "too large",
    "1 / 1e28 / 1e28": "too large",
    "1e99": "too long",
    "range(999999999)": "expression-not-allowed",
    "lipsum(n=100000)": "expression-not-allowed",
    "(" * 900 + "1" + ")" * 900: "expression-too-deep",
    "[" * 900 + "1" + "]" * 900: "expression-too-deep",
    "x" + ".a" * 900: "expression-too-deep",
    "x" + "[0]" * 600: "expression-too-deep",
    "x" + "|text" * 390: "expression-too-deep",
    "1" + "+1" * 900: "expression-too-deep",
    "not " * 490 + "x": "expression-too-deep",
    "-" * 1900 + "1": "expression-too-deep",
    "1 if x else " * 160 + "1": "expression-too-deep",
    "x" * 2001: "expression-too-long",
    "'" + "x" * 100_000 + "'": "expression-too-long",
    " " * 2001 + "1": "expression-too-long",
    "~".join(["text"] * 390): "longer than",
    "~".join(["long"] * 390): "longer than",
    "[" + ",".join(["long"] * 330) + "] | join": "longer than",
    "[" + ",".join(["text"] * 330) + "] | lines": "longer than",
    "long | replace('x', '" + "y" * 1500 + "')": "would be longer",
    "text + text": "longer than",
    "items | join(text, 'a')": "longer than",
    "items | select(text)": "name is too long",
    "items | reject(text)": "name is too long",
    "items | sort(text)": "name is too long",
    "(items + items) | length": "more than 10,000 items",
    "items + [1]": "more than 10,000 items",
    "${{ text }}" * 400 + ".": "longer than",
    "a ${{ long }}" * 400: "longer than",
    "${{ 1 }}" * 501: "expression-too-long",
    "${{ " * 50_000: "expression-unclosed",
    "${{ x }} ${{ " + "'" * 60_001: "expression-unclosed",
    "[deep, deep] | unique | length": "",
    "deep == deep": "",
    "[deep] | sort": "",
    "[deep, 1] | select('a', deep) | length": "",
    "items | unique | length": "worked",
    "items | sort('a') | map('a') | sum": "worked",
    "long | upper | lower | title | trim | slug": "worked",
    "text | length": "worked",
}


@pytest.fixture(scope="module")
def exhausted() -> dict[str, tuple[str, float, int]]:
    """What became of each, in one process that may have 1 GiB."""
    done = subprocess.run(
        [sys.executable, "-c", _CHILD],
        input=json.dumps(list(EXHAUSTING)),
        capture_output=True,
        text=True,
        timeout=250,
    )
    assert done.returncode == 0, done.stderr[-500:]
    return dict(zip(EXHAUSTING, map(tuple, json.loads(done.stdout)), strict=True))


@pytest.mark.parametrize("source", EXHAUSTING, ids=lambda source: source[:24])
def test_t02_nothing_is_used_up(source, exhausted):
    told, took, kib = exhausted[source]

    assert EXHAUSTING[source] in told
    assert "BUG" not in told
    assert took < 10
    assert kib < 20 * 1024


# --- T03: only plain values --------------------------------------------------------------------


def everything(value) -> Iterator[object]:
    """A value and all inside it."""
    yield value
    if isinstance(value, dict):
        for key, item in value.items():
            yield key
            yield from everything(item)
    elif isinstance(value, list):
        for item in value:
            yield from everything(item)


@pytest.mark.parametrize(
    "source",
    ["[1, [2], {'a': (3, 4)}]", "steps | default('x')", "[steps.drafts] | unique", "client",
     "scheduled_for - scheduled_for", "day | date", "steps.gaps | sort('days_left')", "1 / 3",
     "total | round(1)", "client.born.year", "client.fee + 1", "[client] | map('name')"],
)  # fmt: skip
def test_t03_what_an_expression_gives_is_plain_and_can_be_kept(source):
    found = value_of(source)

    assert all(isinstance(one, PLAIN) and not callable(one) for one in everything(found))
    assert encode(found)


def test_t03_no_name_is_in_scope_that_was_not_given():
    for name in ("range", "dict", "lipsum", "cycler", "joiner", "namespace", "self", "loop",
                 "config", "request", "open", "print", "True_", "os", "sys", "builtins"):  # fmt: skip
        assert isinstance(failed(name, {"x": 1}), MissingError)


# --- T04: data is never a template -------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    ["{{ 7*7 }}", "${{ 7*7 }}", "{% for x in y %}", "{# #}", "'\"; --", "${{", "}}", "\\n", "$&"],
)
def test_t04_data_is_never_read_as_a_template(data):
    scope = {"x": data, "d": {"a": [data]}, "k": {data: 1}}

    assert value_of("x", scope) == data
    assert value_of("x ~ x", scope) == data * 2
    assert value_of("d.a | join(x)", scope) == data
    assert value_of("'a' | replace('a', x)", scope) == data
    assert value_of("missing | default(x)", scope) == data
    assert value_of("k[x]", scope) == 1
    assert compile_text("a ${{ x }} ${{ d.a | first }}").evaluate(scope) == f"a {data} {data}"


# --- what stays sensitive ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    ["client.born - day", "(client.born - day).days", "(day - client.born) ~ ''",
     "client.born + (day - day)", "client.born | date", "client.born | start", "client.born | end",
     "client.fee // 7", "client.fee % 7", "client.fee / 7", "1 - client.fee", "+client.fee",
     "client.fee | abs", "client.fee | int", "client.fee | text", "client.fee | plural('dollar')",
     "client.name | slug", "client.name | truncate(3)", "client.name | trim", "client.name | title",
     "client.name | lower", "client.name | replace('a', 'b')", "client.name | default('x')",
     "client.name + '!'", "ordinary.x ~ client.fee", "[1, client.fee] | sum",
     "[1, client.fee] | min", "[1, client.fee] | max", "['A', client.name] | sort | last",
     "[client.name] | unique | first", "[client.name, 'b'] | join", "['b'] | join(client.name)",
     "client.fee if true else 1", "1 if client.fee > 100 else 2", "client.name or 'x'",
     "not_there | default(client.fee)", "{'a': client.fee}.a", "[[client.fee]][0][0]",
     "client.born.month", "client.born | weekday", "client.born | days(7)"],
)  # fmt: skip
def test_what_comes_of_a_sensitive_value_is_sensitive(source):
    assert is_sensitive(value_of(source))


def test_a_text_around_a_sensitive_number_or_date_is_sensitive():
    for text in ("${{ client.fee }} due", "born ${{ client.born | date('us') }}",
                 "${{ (day - client.born).days }} days"):  # fmt: skip
        assert isinstance(compile_text(text).evaluate(SCOPE), SensitiveStr)


@pytest.mark.parametrize(
    "source",
    ["practice.name", "day - day", "steps.gaps | length", "[client] | length", "client is defined",
     "steps.gaps | map('days_left') | sum", "'a' if day.year > 2000 else 'b'"],
)  # fmt: skip
def test_what_has_nothing_sensitive_in_it_is_not(source):
    assert not is_sensitive(value_of(source))


# --- what an error tells -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    ["ordinary[key]", "steps[key].x", "day[key]", "steps.gaps[key]", "steps.gaps | map(key)",
     "steps.gaps | sum(key)", "key | int", "key | number", "key | date", "key | month", "key + 1",
     "key < 1", "key in 1", "key.x", "key[0]", "key | sum", "key | time", "day | date(key)",
     "scheduled_for | time(key)", "key | days(1)", "key | round", "day | days(key)", "-key",
     "key | money", "total | money(1) ~ key", "{key: 1}[key ~ 'x']", "[1, 2][key]",
     "client[client.name]", "ordinary[client.name]", "client.name | date", "client.name.first",
     "client.born[client.name]", "ordinary | join(key)", "key | truncate(key)"],
)  # fmt: skip
def test_no_error_tells_a_value(source):
    error = failed(source)

    assert "Ana" not in error.message + error.hint
    assert "Ana" not in str(error)


@pytest.mark.parametrize(
    "source", ["steps.gaps[number]", "ordinary[number]", "number.x", "day[number]"]
)
def test_no_error_tells_a_number(source):
    error = failed(source)

    assert "4711" not in error.message + error.hint


def test_a_key_that_is_written_in_the_expression_is_told():
    assert "'y'" in failed("ordinary['y']").message
    assert "item 7" in failed("steps.gaps[7]").message
    assert "'nope'" in failed("steps.gaps | map('nope')").message


# --- time --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    ["day + longest", "day - longest", "scheduled_for + longest", "longest + longest",
     "day + (day - (day - longest))", "day | days(99999999)", "day | month(999999)",
     "'9999-12' | end", "'0001-01' | month(0 - 1)", "day + 1", "day + day", "day * 2", "-day",
     "day[[1]]", "longest[[1]]", "day[{}]", "scheduled_for[1, 2]", "ordinary[[1]]",
     "'2026-11-01garbage' | date", "'2026-11' | date", "'11/01/2026' | date", "'' | date"],
)  # fmt: skip
def test_what_is_no_moment_is_told(source):
    assert failed(source).message


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("day - ('2026-10-01' | date)", timedelta(days=31)),
        ("(day - ('2026-10-01' | date)).days", 31),
        ("day + (day - ('2026-10-31' | date))", date(2026, 11, 2)),
        ("day > ('2026-10-31' | date)", True),
        ("scheduled_for | date | days(-1) | weekday", "Saturday"),
        ("'2026-11-01T09:30' | date", date(2026, 11, 1)),
        ("'2026-11-01T09:30:00+02:00' | date", date(2026, 11, 1)),
        ("inputs.month | end | days(1) == day", True),
        ("scheduled_for | date('%H:%M')", "09:05"),
        ("day | date('us')", "11/01/2026"),
        ("day | date('long')", "Sunday 1 November 2026"),
    ],
)
def test_days_are_counted(source, value):
    assert value_of(source) == value


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%d.%m.%Y", "01.03.2026"),
        ("%-d.%-m.%y", "1.3.26"),
        ("%A, %B %-d", "Sunday, March 1"),
        ("%a %b %j", "Sun Mar 060"),
        ("%-j", "60"),
        ("100%% of %Y", "100% of 2026"),
        ("%%-d", "%-d"),
        ("%-H:%M", "0:05"),
        ("%I %p", "12 AM"),
        ("Tag %d", "Tag 01"),
    ],
)
def test_a_day_is_written_in_a_form(form, text):
    assert value_of("x | date(form)", {"x": datetime(2026, 3, 1, 0, 5), "form": form}) == text


@pytest.mark.parametrize(
    "form", ["", "medium", "Long", "%", "%Y-%", "%s", "%z", "%-", "%--d", "%-Q", "%\n", "%" + "d" * 40],
)  # fmt: skip
def test_a_form_that_it_does_not_know_is_told(form):
    error = failed("x | date(form)", {"x": date(2026, 3, 1), "form": form})

    assert "the form is not one it knows" in error.message
    assert "short" in error.hint


@pytest.mark.parametrize("form", ["", "24h", "%d", "%", "%H:%", "noon"])
def test_a_form_of_time_that_it_does_not_know_is_told(form):
    error = failed("x | time(form)", {"x": time(9, 5), "form": form})

    assert "the form is not one it knows" in error.message


@pytest.mark.parametrize("source", ["'1_000' | number", "'٣' | number", "'0x10' | number",
                                    "'nan' | number", "'Infinity' | int", "'1e99' | number",
                                    "true | plural('invoice')", "true | round", "'' | int"])  # fmt: skip
def test_what_is_no_number_is_told(source):
    assert failed(source).message


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), (" -12.50 ", Decimal("-12.50")), ("+1", 1), (".5", Decimal("0.5")), ("1e3", 1000)],
)
def test_a_text_is_read_as_a_number(text, value):
    assert value_of("x | number", {"x": text}) == value


def test_sensitive_values_do_not_become_others_by_being_missing():
    assert isinstance(value_of("client.name or client.fee"), SensitiveValue)


# --- bounds, told ------------------------------------------------------------------------------

_LARGE = {
    "text": "x" * 65_000,
    "longer": "x" * 70_000,
    "many": [1] * 10_000,
    "naive": datetime(2026, 11, 1),
    "aware": datetime(2026, 11, 1, tzinfo=UTC),
}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("many + [1]", "the list has more than 10,000 items"),
        ("text ~ text", "the text is longer than 65,536 characters"),
        ("text + text", "the text is longer than 65,536 characters"),
        ("many | join(longer)", "the text is longer than 65,536 characters"),
        ("many | join(text)", "the text is longer than 65,536 characters"),
        ("longer | upper", "the text is longer than 65,536 characters"),
        ("text | replace('', 'x')", "there is nothing to replace"),
        ("[] | last", "the list is empty"),
        ("[none] | max", "the list is empty"),
        ("aware - naive", "one moment has a time zone and the other has none"),
        ("aware < naive", "cannot be compared"),
    ],
)
def test_what_is_too_much_or_does_not_fit_is_told(source, message):
    assert message in failed(source, _LARGE).message


def test_a_text_that_grows_too_long_is_told():
    with pytest.raises(EvaluationError, match="longer than 65,536 characters") as caught:
        compile_text("a ${{ text }} ${{ text }}").evaluate(_LARGE)

    assert caught.value.hint == "long text belongs in a template"


def test_a_call_on_something_long_is_refused_without_showing_it():
    with pytest.raises(ExpressionError) as caught:
        compile_expression("'" + "x" * 50 + "'.upper()")

    assert caught.value.hint == "use a filter: value | name"


@pytest.mark.parametrize(
    ("source", "guarded"),
    [
        ("not (a.b is undefined or c) and a.b", True),
        ("(a.b is defined and c) and a.b", True),
        ("(a.b is defined or c) and a.b", False),
        ("a.b if not (a.b is undefined or c) else 0", True),
    ],
)
def test_what_a_condition_of_parts_says_guards_what_follows(source, guarded):
    found = [
        one.guarded for one in compile_expression(source).references() if one.path == ("a", "b")
    ]

    assert all(found) is guarded
