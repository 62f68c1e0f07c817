"""Runs of small routines through the whole engine: database, checkpoints, effects, questions."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests_support import acting

from dayhand.app import runs
from dayhand.errors import StoreError, UserError


def test_steps_run_in_order_and_hand_on_typed_values(bench):
    run = bench.run("""
        steps:
          - id: people
            uses: act.people
            with: {count: 3}
          - id: total
            uses: value.set
            with: {sum: "${{ steps.people.total * 2 }}", ids: "${{ steps.people.items | map('id') }}"}
    """)

    assert run.state == "done"
    assert bench.output(run, "total") == {"sum": Decimal("60.00"), "ids": ["C-0", "C-1", "C-2"]}


def test_a_step_is_skipped_where_its_condition_is_false(bench):
    run = bench.run("""
        steps:
          - id: a
            uses: value.set
            when: 1 > 2
            with: {x: 1}
          - uses: value.set
            with: {y: "${{ steps.a.x | default('none') }}"}
    """)

    records = bench.steps(run)
    assert records["a"].state == "skipped"
    assert [r.output for p, r in records.items() if p != "a"] == [{"y": "none"}]


def test_a_loop_gives_a_list_of_its_iterations(bench):
    run = bench.run("""
        steps:
          - id: people
            uses: act.people
          - id: greetings
            for_each: steps.people.items
            as: person
            uses: act.greet
            with: {who: "${{ person.id }}"}
          - id: said
            uses: value.set
            with: {all: "${{ steps.greetings | join(', ') }}"}
    """)

    assert bench.output(run, "said") == {"all": "hello C-0, hello C-1"}
    assert bench.output(run, "greetings[1]") == "hello C-1"


def test_a_loop_runs_no_more_at_once_than_it_may(bench):
    bench.run("""
        steps:
          - for_each: "[1, 2, 3, 4, 5, 6]"
            as: n
            max_parallel: 3
            uses: act.sleep
            with: {length: 200 ms}
    """)

    assert acting.calls["sleep"] == 6
    assert acting.calls["most at once"] == 3


def test_parallel_branches_run_at_once_and_their_ids_are_seen_after(bench):
    run = bench.run("""
        steps:
          - parallel:
              - id: one
                uses: act.sleep
                with: {length: 200 ms, name: one}
              - id: two
                uses: act.sleep
                with: {length: 200 ms, name: two}
          - id: both
            uses: value.set
            with: {names: "${{ steps.one }} ${{ steps.two }}"}
    """)

    assert acting.calls["most at once"] == 2
    assert bench.output(run, "both") == {"names": "one two"}


def test_a_failed_step_is_tried_again_as_often_as_it_may(bench):
    run = bench.run("""
        steps:
          - id: f
            uses: act.fail
            with: {times: 2}
            retry: {attempts: 3, first: 1 ms}
    """)

    assert run.state == "done"
    assert bench.output(run, "f") == 3
    attempts = bench.app.store.attempts(run.id, "f")
    assert [(a.number, a.state) for a in attempts] == [(1, "failed"), (2, "failed"), (3, "done")]


def test_a_failure_runs_on_failure_and_finally_and_tells_why(bench):
    run = bench.run("""
        steps:
          - id: f
            uses: act.fail
            with: {retryable: false}
          - uses: act.noop
        on_failure:
          - id: told
            uses: value.set
            with: {why: "${{ failure.step }}: ${{ failure.message }}"}
        finally:
          - id: always
            uses: act.noop
    """)

    records = bench.steps(run)
    assert run.state == "failed"
    assert records["on_failure.told"].output == {"why": "f: no luck at try 1"}
    assert records["finally.always"].state == "done"
    assert "2-act-noop" not in records


def test_on_error_continue_goes_on_and_the_run_ends_done_with_failures(bench):
    run = bench.run("""
        steps:
          - id: f
            uses: act.fail
            with: {retryable: false}
            on_error: continue
          - id: after
            uses: act.noop
    """)

    assert run.state == "done_with_failures"
    assert bench.steps(run)["after"].state == "done"


def test_an_unforeseen_exception_never_shows_its_text(bench):
    run = bench.run("""
        steps:
          - uses: act.crash
    """)

    told = repr(bench.steps(run)) + run.reason
    assert run.state == "failed"
    assert "ValueError" in told
    assert "Secret" not in told


def test_a_step_that_takes_too_long_fails_with_a_timeout(bench):
    run = bench.run("""
        steps:
          - id: slow
            uses: act.sleep
            with: {length: 30 s}
            timeout: 20 ms
    """)

    assert bench.steps(run)["slow"].error.kind == "timeout"


def test_a_record_step_and_its_checkpoint_are_one(bench):
    acting.script["r"] = [RuntimeError("after its insert")]
    run = bench.run("""
        steps:
          - id: r
            uses: act.record
            with: {text: one, name: r}
            on_error: continue
          - id: again
            uses: act.record
            with: {text: two, name: s}
          - id: rows
            uses: act.rows
    """)

    assert bench.output(run, "rows") == ["two"]


def test_an_approval_suspends_the_run_and_the_answer_lets_it_go_on(bench):
    text = """
        steps:
          - id: before
            uses: act.echo
            with: {value: 1, name: before}
          - id: review
            uses: person.approve
            with: {title: "Fine?", show: "**look**"}
          - id: after
            uses: value.set
            with: {by: "${{ steps.review.by }}", ok: "${{ steps.review.approved }}"}
    """
    run = bench.run(text)
    assert run.state == "waiting"
    (question,) = bench.app.store.questions()
    assert (question.title, question.body) == ("Fine?", "**look**")

    bench.fresh()
    runs.answer(bench.app, question.id, {"approved": True})
    run = bench.go_on(run.id)

    assert run.state == "done"
    assert bench.output(run, "after")["ok"] is True
    assert acting.calls["before"] == 1


def test_a_declined_approval_ends_the_run_as_declined(bench):
    run = bench.run("""
        steps:
          - uses: person.approve
            with: {title: "Fine?"}
          - uses: act.echo
    """)
    (question,) = bench.app.store.questions()
    runs.answer(bench.app, question.id, {"approved": False, "note": "not yet"})

    run = bench.go_on(run.id)

    assert run.state == "declined"
    assert "not yet" in run.reason
    assert acting.calls["echo"] == 0


def test_an_approval_expires(bench):
    run = bench.run("""
        steps:
          - uses: person.approve
            with: {title: "Fine?", expires_in: 1 day}
    """)
    bench.clock.move(timedelta(days=2))

    assert [r.id for r in runs.left_over(bench.app)] == [run.id]
    assert bench.go_on(run.id).state == "declined"
    assert [q.state for q in bench.app.store.questions(state=None)] == ["expired"]


def test_a_run_that_ends_takes_back_what_it_still_asks(bench):
    run = bench.run("""
        steps:
          - parallel:
              - uses: person.approve
                with: {title: "Fine?"}
              - uses: act.fail
                with: {retryable: false}
    """)

    assert run.state == "failed"
    assert [q.state for q in bench.app.store.questions(state=None)] == ["withdrawn"]


def test_to_cancel_a_run_cancels_the_run_it_called(bench):
    bench.write(
        "child",
        """
        steps:
          - uses: person.approve
            with: {title: "Fine?"}
    """,
    )
    run = bench.run("""
        steps:
          - id: call
            routine: child
    """)
    (question,) = bench.app.store.questions()

    runs.cancel(bench.app, run.id)

    assert bench.app.store.questions() == []
    assert bench.app.store.find_run(question.run_id).state == "cancelled"


def test_a_form_is_asked_and_its_fields_are_typed(bench):
    run = bench.run("""
        steps:
          - id: ask
            uses: person.ask
            with:
              title: How many?
              fields:
                count: integer
                mood: {type: choice, choices: [good, bad], default: good}
          - id: used
            uses: value.set
            with: {next: "${{ steps.ask.count + 1 }}"}
    """)
    (question,) = bench.app.store.questions()
    runs.answer(bench.app, question.id, {"count": 4, "mood": "good"})

    run = bench.go_on(run.id)

    assert bench.output(run, "used") == {"next": 5}


def test_a_wait_ends_when_its_moment_has_come(bench):
    run = bench.run("""
        steps:
          - id: w
            uses: wait.until
            with: {length: 2 hours}
          - id: after
            uses: act.noop
    """)
    assert run.state == "waiting"
    assert runs.left_over(bench.app) == []

    bench.clock.move(timedelta(hours=3))

    assert [r.id for r in runs.left_over(bench.app)] == [run.id]
    assert bench.go_on(run.id).state == "done"


def test_another_routine_is_run_and_its_questions_hold_up_the_caller(bench):
    bench.write(
        "child",
        """
        inputs:
          n: {type: integer, required: true}
        steps:
          - id: ok
            uses: person.approve
            with: {title: "${{ inputs.n }}?"}
    """,
    )
    run = bench.run("""
        steps:
          - id: call
            routine: child
            inputs: {n: 7}
          - id: after
            uses: value.set
            with: {state: "${{ steps.call.state }}"}
    """)
    assert run.state == "waiting"
    (question,) = bench.app.store.questions()
    assert question.title == "7?"

    runs.answer(bench.app, question.id, {"approved": True})
    run = bench.go_on(question.run_id)

    assert (run.routine, run.state) == ("r", "done")
    assert bench.output(run, "after") == {"state": "done"}


def test_inputs_are_read_as_their_types_and_a_wrong_one_is_told(bench):
    text = """
        inputs:
          day: {type: date, default: "${{ scheduled_for | date }}"}
          many: {type: integer, required: true}
        steps:
          - id: v
            uses: value.set
            with: {day: "${{ inputs.day }}", more: "${{ inputs.many + 1 }}"}
    """
    run = bench.run(text, inputs={"many": "41"})
    assert bench.output(run, "v") == {"day": date(2026, 11, 24), "more": 42}

    with pytest.raises(UserError, match="input 'many' is not a whole number"):
        bench.run(text, inputs={"many": "x"})
    with pytest.raises(UserError, match="no input 'mny'"):
        bench.run(text, inputs={"mny": "1"})


def test_what_a_dry_run_would_do_is_told_and_nothing_is_done(bench):
    bench.run("""
        steps:
          - uses: act.record
            with: {text: real}
    """)
    found = bench.rehearse(
        """
        steps:
          - id: r
            uses: act.record
            with: {text: dry}
          - id: rows
            uses: act.rows
          - uses: person.approve
            with: {title: "Fine?"}
          - id: s
            uses: act.send
            with: {to: bob@example.org, text: hello}
          - uses: act.write
            with: {path: a/b.txt, text: "${{ steps.s.key }}"}
    """,
        name="d",
    )

    assert found.ended.run.state == "done"
    assert {s.path: s.output for s in found.steps}["rows"] == ["real", "dry"]
    assert [p.text for _, p in found.ended.previews] == ["hello"]
    assert found.files == ("out/a/b.txt",)
    assert (found.folder / "out/a/b.txt").exists()
    assert not (bench.folder / "out/a").exists()
    assert acting.world == []
    assert [r.routine for r in bench.app.store.runs()] == ["r"]
    assert bench.app.store.effects() == []
    check = bench.run("steps:\n  - {id: rows, uses: act.rows}\n", name="e")
    assert bench.output(check, "rows") == ["real"]


def test_retry_takes_over_what_was_done(bench):
    text = """
        steps:
          - id: a
            uses: act.echo
            with: {name: a}
          - id: f
            uses: act.fail
            with: {retryable: false, name: f}
          - id: b
            uses: act.echo
            with: {name: b}
    """
    first = bench.run(text)
    assert first.state == "failed"

    again = runs.retry(bench.app, first.id)
    second = bench.go_on(again.id)

    assert second.state == "done"
    assert second.retry_of == first.id
    assert (acting.calls["a"], acting.calls["b"]) == (1, 1)


def test_retry_refuses_to_send_again_what_was_sent(bench):
    run = bench.run("""
        steps:
          - id: s
            uses: act.send
            with: {to: bob@example.org}
          - uses: act.fail
            with: {retryable: false}
    """)

    with pytest.raises(UserError, match="would be sent again"):
        runs.retry(bench.app, run.id, from_step="s")
    again = bench.go_on(runs.retry(bench.app, run.id).id)

    assert again.state == "done"
    assert acting.world == ["bob@example.org"]


def test_a17_a_run_keeps_the_text_it_began_with(bench):
    run = bench.run("""
        steps:
          - uses: person.approve
            with: {title: one}
          - id: v
            uses: value.set
            with: {from: old}
    """)
    bench.write("r", "steps:\n  - uses: act.noop\n")
    (question,) = bench.app.store.questions()
    runs.answer(bench.app, question.id, {"approved": True})

    run = bench.go_on(run.id)

    assert bench.output(run, "v") == {"from": "old"}


def test_a_waiting_run_can_be_cancelled(bench):
    run = bench.run("""
        steps:
          - uses: person.approve
            with: {title: one}
    """)

    ended = runs.cancel(bench.app, run.id, reason="wrong")

    assert ended.state == "cancelled"
    assert "wrong" in ended.reason
    assert bench.app.store.questions() == []


def test_a_database_that_cannot_keep_a_step_is_told_as_that(bench, monkeypatch):
    def full(*_args, **_more):
        raise StoreError("the disk is full")

    monkeypatch.setattr(type(bench.app.store), "done_at_once", full)

    with pytest.raises(StoreError, match="disk is full"):
        bench.run("""
            steps:
              - parallel:
                  - uses: act.echo
                  - uses: act.echo
        """)


def test_handlers_see_what_blocks_and_loops_gave(bench):
    run = bench.run("""
        steps:
          - id: block
            steps:
              - id: inner
                uses: act.echo
                with: {value: 1}
          - id: many
            for_each: "[1, 2]"
            as: n
            uses: act.echo
            with: {value: "${{ n }}"}
          - uses: run.fail
            with: {reason: enough}
        on_failure:
          - id: seen
            uses: value.set
            with:
              inner: "${{ steps.inner | default('none') }}"
              many: "${{ steps.many | default([]) }}"
              block: "${{ steps.block.inner | default('none') }}"
    """)

    assert bench.output(run, "on_failure.seen") == {"inner": 1, "many": [1, 2], "block": 1}


def test_waiting_for_a_person_does_not_count_against_a_routines_time(bench):
    run = bench.run("""
        timeout: 1 hour
        steps:
          - uses: person.approve
            with: {title: "Fine?"}
          - uses: act.noop
    """)
    bench.clock.move(timedelta(hours=5))
    (question,) = bench.app.store.questions()
    runs.answer(bench.app, question.id, {"approved": True})

    assert bench.go_on(run.id).state == "done"


def test_a_form_that_nobody_filled_in_can_be_gone_on_without(bench):
    run = bench.run("""
        steps:
          - id: ask
            uses: person.ask
            on_decline: continue
            with: {title: Well?, expires_in: 1 day, fields: {mood: text}}
          - id: after
            uses: value.set
            with: {mood: "${{ steps.ask.mood | default('unknown') }}"}
    """)
    bench.clock.move(timedelta(days=2))

    run = bench.go_on(run.id)

    assert bench.output(run, "after") == {"mood": "unknown"}


def test_an_answer_for_a_dry_run_is_read_as_its_fields_type(bench):
    found = bench.rehearse(
        """
        steps:
          - id: ask
            uses: person.ask
            with: {title: Well?, fields: {energy: integer}}
          - id: low
            uses: value.set
            with: {is_low: "${{ steps.ask.energy < 8 }}"}
    """,
        answers={"ask": {"energy": "7"}},
    )

    assert {s.path: s.output for s in found.steps}["low"] == {"is_low": True}
