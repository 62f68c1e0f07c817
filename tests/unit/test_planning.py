"""A routine, its inputs and a moment make a plan, or a sentence about what is wrong with them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from dayhand.errors import UserError
from dayhand.expressions import EvaluationError, Expression, Template
from dayhand.model.practice import Clinician, Licence, PracticeInfo
from dayhand.model.routine import Call, Input, Loop, Retry, Routine, RoutineStep
from dayhand.planning import evaluate, plan
from dayhand.problems import Mark
from dayhand.values import REDACTED, is_sensitive, mark_sensitive, redact

MARK = Mark("monthly.yaml", 7, 3)
SCHEDULED = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
PRACTICE = PracticeInfo(
    name="Oak Street",
    timezone="America/New_York",
    currency="USD",
    clinician=Clinician("Bo Sample", licences=(Licence("LMFT", "CA", expires=date(2027, 3, 1)),)),
)


def planned(*inputs: Input, given=None, steps=(), **more):
    """The plan of a routine with these inputs."""
    routine = Routine("monthly", "monthly.yaml", "", "", tuple(steps), inputs=inputs, **more)
    return plan(
        routine,
        run={"id": "r1"},
        given=given or {},
        practice=PRACTICE,
        scheduled_for=SCHEDULED,
        now=SCHEDULED + timedelta(hours=5),
    )


def value_of(kind, value, **more):
    """What an input of that type makes of a value."""
    return planned(Input("x", kind, **more), given={"x": value}).inputs["x"]


def refused(*inputs: Input, given=None) -> UserError:
    """Why there is no plan."""
    with pytest.raises(UserError) as caught:
        planned(*inputs, given=given)
    return caught.value


# --- inputs ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        ("text", "a", "a"),
        ("text", "", ""),
        ("text", 5, "5"),
        ("text", Decimal("1.10"), "1.10"),
        ("text", date(2026, 11, 1), "2026-11-01"),
        ("text", True, "true"),
        ("number", "12.50", Decimal("12.50")),
        ("number", 5, Decimal(5)),
        ("number", " 5 ", Decimal(5)),
        ("number", Decimal("1.10"), Decimal("1.10")),
        ("number", "-0.5", Decimal("-0.5")),
        ("integer", "12", 12),
        ("integer", 12, 12),
        ("integer", Decimal("12.0"), 12),
        ("integer", "-3", -3),
        ("boolean", "true", True),
        ("boolean", "No", False),
        ("boolean", "YES", True),
        ("boolean", False, False),
        ("date", "2026-11-01", date(2026, 11, 1)),
        ("date", date(2026, 11, 1), date(2026, 11, 1)),
        ("date", SCHEDULED, date(2026, 11, 1)),
        ("month", "2026-11", "2026-11"),
        ("month", date(2026, 11, 1), "2026-11"),
        ("month", SCHEDULED, "2026-11"),
        ("file", "inbox/a.csv", "inbox/a.csv"),
        ("list", "a, b,, c ", ["a", "b", "c"]),
        ("list", ["a", 1], ["a", 1]),
        ("list", "", []),
    ],
)
def test_an_input_is_read_as_its_type(kind, value, found):
    made = value_of(kind, value)

    assert made == found
    assert type(made) is type(found)


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("text", ["a"], "is not text"),
        ("text", {"a": 1}, "is not text"),
        ("number", "twelve", "is not a number such as 12.50"),
        ("number", "NaN", "is not a number such as 12.50"),
        ("number", "Infinity", "is not a number such as 12.50"),
        ("number", "1_000", "is not a number such as 12.50"),
        ("number", "1,000", "is not a number such as 12.50"),
        ("number", "٣", "is not a number such as 12.50"),
        ("number", "", "is not a number such as 12.50"),
        ("number", True, "is not a number such as 12.50"),
        ("number", [1], "is not a number such as 12.50"),
        ("number", Decimal("NaN"), "is not a number such as 12.50"),
        ("number", "1e999999", "is not a number such as 12.50"),
        ("integer", "1.5", "is not a whole number"),
        ("integer", Decimal("1.5"), "is not a whole number"),
        ("integer", 1.5, "is not a whole number"),
        ("integer", True, "is not a whole number"),
        ("integer", "1_000", "is not a whole number"),
        ("integer", "9" * 5000, "is not a whole number"),
        ("integer", Decimal("NaN"), "is not a whole number"),
        ("integer", Decimal("1e999999"), "is not a whole number"),
        ("boolean", "on", "is not true or false"),
        ("boolean", 1, "is not true or false"),
        ("boolean", [], "is not true or false"),
        ("date", "11/01/2026", "is not a date such as 2026-11-01"),
        ("date", "2026-13-01", "is not a date such as 2026-11-01"),
        ("date", "2026-11", "is not a date such as 2026-11-01"),
        ("date", 20261101, "is not a date such as 2026-11-01"),
        ("date", "20261101", "is not a date such as 2026-11-01"),
        ("month", "2026-13", "is not a month such as 2026-11"),
        ("month", "2026-11-01", "is not a month such as 2026-11"),
        ("month", "2026-11\n-", "is not a month such as 2026-11"),
        ("month", "٢٠٢٦-11", "is not a month such as 2026-11"),
        ("month", 202611, "is not a month such as 2026-11"),
        ("file", ["a"], "is not a file's path"),
        ("list", {"a": 1}, "is not a list"),
    ],
)
def test_a_value_of_another_type_is_told_and_never_shown(kind, value, message):
    error = refused(Input("x", kind), given={"x": value})

    assert error.message == f"input 'x' {message}"
    assert "twelve" not in error.message + error.hint


def test_a_choice_is_one_of_its_choices():
    choice = Input("x", "choice", choices=("card", "cash", "5"))

    assert planned(choice, given={"x": "cash"}).inputs == {"x": "cash"}
    assert planned(choice, given={"x": 5}).inputs == {"x": "5"}
    error = refused(choice, given={"x": "cheque"})
    assert error.message == "input 'x' is not one of its choices"
    assert error.hint == "choose from: card, cash, 5"
    assert refused(choice, given={"x": ["cash"]}).message == "input 'x' is not one of its choices"


def test_a_needed_input_that_is_not_given_is_told_with_how_to_give_it():
    needed = Input("month", "month", required=True)

    error = refused(needed)

    assert error.message == "input 'month' is needed"
    assert error.hint == "give it with --input month=…"
    assert refused(needed, given={"month": None}).message == "input 'month' is needed"


def test_an_input_that_is_not_needed_is_null():
    assert planned(Input("x", "number")).inputs == {"x": None}
    assert planned(Input("x", "number"), given={"x": None}).inputs == {"x": None}


def test_an_unknown_input_is_told_with_a_guess():
    inputs = Input("month", "month"), Input("client", "text")

    assert refused(*inputs, given={"mnth": "2026-11"}).message == "the routine has no input 'mnth'"
    assert refused(*inputs, given={"mnth": "2026-11"}).hint == "did you mean 'month'?"
    assert refused(*inputs, given={"zzz": 1}).hint == "it has: month, client"
    assert refused(given={"zzz": 1}).hint == "it has none"


@pytest.mark.parametrize(
    ("kind", "default", "found"),
    [
        ("month", "${{ scheduled_for | month(-1) }}", "2026-10"),
        ("date", "${{ scheduled_for | date | days(-1) }}", date(2026, 10, 31)),
        ("text", "${{ practice.name }} in ${{ practice.currency }}", "Oak Street in USD"),
        ("text", "plain", "plain"),
        ("number", "${{ 1 / 4 }}", Decimal("0.25")),
        ("number", Decimal("1.50"), Decimal("1.50")),
        ("integer", "${{ now.hour }}", 14),
        ("boolean", "${{ 1 > 2 }}", False),
        ("list", ["${{ run.id }}", "b"], ["r1", "b"]),
        ("list", [], []),
        ("date", "${{ practice.clinician.licences[0].expires }}", date(2027, 3, 1)),
        ("text", "${{ none }}", None),
    ],
)
def test_a_default_is_computed_from_what_is_known(kind, default, found):
    assert planned(Input("x", kind, default=default)).inputs == {"x": found}


def test_a_default_sees_the_inputs_before_it():
    first = Input("month", "month", default="2026-10")
    second = Input("until", "date", default="${{ inputs.month | end }}")

    assert planned(first, second).inputs["until"] == date(2026, 10, 31)
    assert planned(first, second, given={"month": "2026-02"}).inputs["until"] == date(2026, 2, 28)


def test_a_default_that_cannot_be_computed_is_told_as_such():
    error = refused(Input("x", "text", default="${{ inputs.later }}"), Input("later", "text"))

    assert error.message.startswith("the default of input 'x' cannot be computed: ")
    assert "inputs has no 'later'" in error.message


def test_a_default_of_another_type_is_told():
    assert refused(Input("x", "integer", default="${{ 'a' }}")).message == (
        "input 'x' is not a whole number"
    )


def test_a_given_value_is_never_read_as_an_expression():
    assert value_of("text", "${{ practice.name }}") == "${{ practice.name }}"


@pytest.mark.parametrize(
    ("kind", "value"),
    [("text", "Ana"), ("text", 5), ("number", Decimal(120)), ("integer", 3), ("date", date(1990, 5, 1)),
     ("month", date(1990, 5, 1)), ("month", "1990-05"), ("list", "Ana, Bo"), ("list", ["Ana"]),
     ("choice", "Ana"), ("file", "ana.pdf"), ("date", "1990-05-01")],
)  # fmt: skip
def test_what_comes_in_sensitive_stays_sensitive(kind, value):
    made = value_of(kind, mark_sensitive(value), choices=("Ana",))

    assert is_sensitive(made)
    assert redact(made) in (REDACTED, [REDACTED], [REDACTED, REDACTED])


# --- the scope ---------------------------------------------------------------------------------


def test_t03_the_scope_holds_what_is_promised_in_plain_values():
    made = planned(Input("x", "text", default="a"))

    assert set(made.scope) == {"practice", "run", "scheduled_for", "now", "inputs"}
    assert made.scope["inputs"] == {"x": "a"}
    assert made.scope["run"] == {"id": "r1"}
    assert made.scope["now"] - made.scope["scheduled_for"] == timedelta(hours=5)
    assert made.scope["practice"]["clinician"]["licences"][0]["region"] == "CA"
    waiting = [made.scope]
    while waiting:
        value = waiting.pop()
        assert not callable(value)
        assert isinstance(value, type(None) | bool | int | Decimal | str | date | dict | list)
        waiting += (
            value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
        )


# --- steps -------------------------------------------------------------------------------------


def test_a_step_is_compiled_with_everything_in_it():
    step = RoutineStep(
        "send", MARK, id="send", name="Send it", uses="email.send",
        arguments={"to": "${{ invoice.email }}", "n": 5, "attach": ["${{ a }}", "b"], "d": {"x": "${{ c }}"}},
        when="invoice.email", loop=Loop("steps.issued.invoices", "invoice", 3), retry=Retry(5),
        timeout=timedelta(minutes=1), on_error="continue", on_decline="continue",
    )  # fmt: skip

    (made,) = planned(steps=[step]).steps

    assert (made.key, made.place, made.title, made.uses) == (
        "send", "monthly.yaml:7:3", "Send it", "email.send",
    )  # fmt: skip
    assert isinstance(made.arguments["to"], Template)
    assert made.arguments["n"] == 5
    assert made.arguments["attach"][1] == "b"
    assert isinstance(made.when, Expression)
    assert (made.loop.name, made.loop.max_parallel) == ("invoice", 3)
    assert (made.retry.attempts, made.timeout) == (5, timedelta(minutes=1))
    assert (made.on_error, made.on_decline) == ("continue", "continue")
    assert evaluate(made.arguments, {"invoice": {"email": "x@example.org"}, "a": [1], "c": None}) == {
        "to": "x@example.org", "n": 5, "attach": [[1], "b"], "d": {"x": None},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("more", "title"),
    [({"name": "N", "id": "i", "uses": "u.v"}, "N"), ({"id": "i", "uses": "u.v"}, "i"),
     ({"uses": "u.v"}, "u.v"), ({"steps": ()}, "key")],
)  # fmt: skip
def test_a_step_is_called_by_the_best_name_it_has(more, title):
    assert planned(steps=[RoutineStep("key", MARK, **more)]).steps[0].title == title


def test_blocks_handlers_and_calls_are_compiled_too():
    leaf = RoutineStep("leaf", MARK, uses="value.set", arguments={"x": "${{ 1 }}"})
    routine = [
        RoutineStep("group", MARK, steps=(leaf,)),
        RoutineStep("both", MARK, parallel=(leaf, leaf)),
        RoutineStep("call", MARK, call=Call("other", {"month": "${{ inputs.month }}"})),
        RoutineStep("guarded", MARK, uses="a.b", on_error=(leaf,)),
    ]

    made = planned(steps=routine, on_failure=(leaf,), finally_steps=(leaf, leaf))

    group, both, call, guarded = made.steps
    assert [step.key for step in group.steps] == ["leaf"]
    assert len(both.parallel) == 2
    assert call.call == "other"
    assert isinstance(call.arguments["month"], Template)
    assert guarded.on_error[0].key == "leaf"
    assert (len(made.on_failure), len(made.finally_steps)) == (1, 2)
    assert group.parallel is both.steps is guarded.loop is guarded.when is None


def test_what_cannot_be_evaluated_is_told_and_not_hidden():
    step = RoutineStep("s", MARK, uses="a.b", arguments={"x": ["${{ nope }}"]})
    (made,) = planned(steps=[step]).steps

    with pytest.raises(EvaluationError, match="there is no 'nope' here"):
        evaluate(made.arguments, {})


def test_evaluating_leaves_the_plan_as_it_was():
    step = RoutineStep("s", MARK, uses="a.b", arguments={"x": ["${{ n }}"], "y": {"z": "a"}})
    (made,) = planned(steps=[step]).steps

    first, second = (evaluate(made.arguments, {"n": n}) for n in (1, 2))

    assert (first, second) == ({"x": [1], "y": {"z": "a"}}, {"x": [2], "y": {"z": "a"}})
