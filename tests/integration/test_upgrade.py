"""Runs that have ended are replayed by what is kept of them, and what would be different is told."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, TypeAdapter, create_model
from tests_support import acting

from dayhand.app.upgrade import look_ahead

MANY = """
    steps:
      - id: people
        uses: act.people
        with: {count: 3}
      - id: greetings
        for_each: steps.people.items
        as: person
        uses: act.greet
        with: {who: "${{ person.id }}"}
      - id: never
        when: steps.people.total > 1000000
        uses: act.echo
      - parallel:
          - {uses: act.echo, with: {value: "${{ steps.greetings | length }}"}}
          - {uses: act.record, with: {text: "${{ now | text }}"}}
      - uses: act.fail
        with: {times: 9}
        on_error:
          - uses: act.echo
            with: {value: "${{ failure.step }}"}
      - uses: act.send
        with: {to: ana@example.com, text: hello}
    finally:
      - uses: value.set
        with: {x: 1}
"""


def told(bench):
    return [
        (about, finding.message)
        for about, finding in look_ahead(bench.app, runs=20)
        if finding.level == "failure"
    ]


@pytest.fixture
def ran(bench):
    run = bench.run(MANY)
    assert run.state == "done_with_failures"
    return run


def change(bench, statement):
    bench.app.store.write_now(lambda connection: connection.exec_driver_sql(statement))


def test_a_run_would_go_as_it_went(bench, ran):
    assert told(bench) == []
    assert ("runs", "1 of the last 1 runs would go as they went") in [
        (about, one.message) for about, one in look_ahead(bench.app, runs=20)
    ]


def test_nothing_is_called_and_the_database_is_not_changed(bench, ran):
    before = len(acting.calls), bench.app.store.steps(ran.id), bench.app.store.audit_head()
    told(bench)

    assert (
        len(acting.calls),
        bench.app.store.steps(ran.id),
        bench.app.store.audit_head(),
    ) == before
    assert [file.name for file in (bench.folder / ".dayhand").glob("*throwaway*")] == []


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE run_steps SET inputs = '{\"who\":\"C-9\"}' WHERE path = 'greetings[1]'",
         "greetings[1] would be given another who"),
        ("UPDATE run_steps SET state = 'skipped' WHERE path LIKE '%act-send'",
         "-act-send was skipped, and would be run now"),
        ("UPDATE run_steps SET state = 'done' WHERE path = 'never'",
         "never was run, and would be skipped now"),
        ("UPDATE run_steps SET path = 'gone' WHERE path LIKE 'finally.%'",
         "gone was run, and would not be run now"),
    ],
)  # fmt: skip
def test_a_difference_is_told_with_its_step(bench, ran, statement, line):
    change(bench, statement)

    assert any(line in message for _, message in told(bench)), told(bench)


def test_what_a_step_declares_anew_is_held_against_what_is_kept(bench, ran, monkeypatch):
    class Other(BaseModel):
        nothing_like_it: int

    step, _ = bench.app.host.step("act.people")
    monkeypatch.setitem(step.__dict__, "output", TypeAdapter(Other))
    greet, _ = bench.app.host.step("act.greet")
    monkeypatch.setitem(greet.__dict__, "inputs", create_model("inputs", who=(int, ...)))

    lines = [message for _, message in told(bench)]

    assert any("people gave what act.people does not declare any more" in line for line in lines)
    assert any("would be refused what it is given by act.greet" in line for line in lines)


def test_a_routine_that_does_not_pass_any_more_is_told(bench, ran, monkeypatch):
    bench.write("r", "steps: [{uses: act.nowhere}]")
    change(bench, "UPDATE texts SET text = replace(text, 'act.greet', 'act.gone')")

    lines = told(bench)

    assert any(about == "routines" and "act.nowhere" in line for about, line in lines)
    assert any(about == "runs" and "as it was then, does not pass" in line for about, line in lines)
