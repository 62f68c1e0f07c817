"""A step that ends the process each time does not do so for ever, and nothing else is blamed for it."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from tests_support import acting

from dayhand.app import runs
from dayhand.runner.care import MOST_ENDS

DEADLY = """
    steps:
      - {id: before, uses: act.echo, with: {name: before}}
      - {id: deadly, uses: act.echo, with: {name: deadly}, retry: {attempts: 5, first: 1 ms}}
      - {id: after, uses: act.noop}
"""
SEND = "steps: [{id: s, uses: act.send, with: {to: bob@example.org}}]"


def die_at(bench, path, times, text=None, **how):
    """Begin, or go on, and be gone at a step so often."""
    for _ in range(times):
        bench.fresh()
        with bench.dies(path, **({"before": True} | how)):
            if text is not None:
                bench.run(text)
            else:
                bench.go_on(last(bench).id)
        text = None


def last(bench):
    return bench.app.store.runs(limit=1)[0]


def test_a_step_that_always_ends_the_process_fails_after_a_bounded_number_of_times(bench, caplog):
    die_at(bench, "deadly", 1 + MOST_ENDS, DEADLY)

    run = bench.resume()

    told = bench.steps(run)["deadly"].error
    assert (run.state, acting.calls["deadly"], acting.calls["before"]) == (
        "failed",
        1 + MOST_ENDS,
        1,
    )
    assert run.reason.startswith(f"deadly: the process ended {MOST_ENDS} times while it ran")
    assert told.kind == "process-ended"
    assert "plugin 'act'" in told.hint
    assert f"dayhand retry {run.id}" in told.hint
    assert "it goes on with step deadly (act.echo)" in caplog.text


def test_each_time_is_kept_as_an_attempt(bench):
    die_at(bench, "deadly", MOST_ENDS, DEADLY)

    run = bench.resume()

    attempts = bench.app.store.attempts(run.id, "deadly")
    assert run.state == "done"
    assert [one.state for one in attempts] == ["failed"] * (MOST_ENDS - 1) + ["done"]
    assert {one.error.message for one in attempts if one.error} == {
        "the process ended while it ran"
    }


def test_what_a_routine_says_of_errors_holds_for_it_too(bench):
    text = DEADLY.replace("id: deadly,", "id: deadly, on_error: continue,")
    die_at(bench, "deadly", 1 + MOST_ENDS, text)

    run = bench.resume()

    assert run.state == "done_with_failures"
    assert bench.steps(run)["after"].state == "done"


def test_a_record_step_that_ends_the_process_leaves_nothing(bench):
    text = "steps: [{id: deadly, uses: act.record, with: {text: a}}]"
    die_at(bench, "deadly", 1 + MOST_ENDS, text)

    run = bench.resume()

    assert run.state == "failed"


def test_what_may_have_been_sent_is_asked_about_and_confirm_is_called_no_more(bench):
    acting.happened["send"] = False  # so that it is tried once more each time
    die_at(bench, "s", 1, SEND, begun=True, before=False)
    die_at(bench, "s", MOST_ENDS, begun=True, before=False)
    asked = acting.calls["confirm"]

    run = bench.resume()

    (question,) = bench.app.store.questions()
    assert (run.state, acting.world, acting.calls["confirm"]) == ("unknown", [], asked)
    assert "the process ended before" in question.body
    runs.answer(bench.app, question.id, {"answer": "send_again"})
    assert bench.go_on(run.id).state == "done"
    assert acting.world == ["bob@example.org"]


def test_beside_it_nothing_is_blamed(bench):
    """Steps that run side by side are tried one after another once the run was cut off."""
    text = """
    steps:
      - id: both
        parallel:
          - {id: slow, uses: act.sleep, with: {length: 1 ms, name: slow}}
          - {id: deadly, uses: act.echo, with: {name: deadly}}
    """
    die_at(bench, "both.deadly", 1 + MOST_ENDS, text)

    run = bench.resume()

    assert bench.steps(run)["both.slow"].state == "done"
    assert bench.steps(run)["both.deadly"].error.kind == "process-ended"
    assert acting.calls["most at once"] <= 1


@pytest.mark.parametrize("times", [1, 2 + MOST_ENDS])
def test_being_told_to_stop_counts_for_nothing(bench, times):
    die_at(bench, "deadly", 1, DEADLY)
    run = last(bench)
    for _ in range(times):
        acting.script["deadly"] = [lambda: asyncio.current_task().cancel()]
        with pytest.raises(asyncio.CancelledError):
            bench.go_on(run.id)  # the step never waits: it is cancelled as its end is kept
        bench.fresh()
        bench.clock.move(timedelta(minutes=2))

    ended = bench.resume()

    assert ended.state == "done", ended.reason


def test_a_run_that_was_not_cut_off_notes_no_beginnings(bench, monkeypatch):
    kept = []
    real = bench.app.store.checkpoint

    async def watched(run_id, epoch, step, **more):
        kept.append(step.state)
        await real(run_id, epoch, step, **more)

    monkeypatch.setattr(bench.app.store, "checkpoint", watched)
    bench.run(DEADLY)

    assert "running" not in kept
