"""Promise P4: nothing is sent twice, nothing that may have been sent is lost sight of."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests_support import acting

from dayhand.app import runs
from dayhand.errors import NotSent, UserError


def allow(bench, **limits):
    """Set the practice's limits."""
    with (bench.folder / "practice.yaml").open("a") as file:
        file.write(f"limits: {limits}\n".replace("'", ""))
    bench.fresh()


SEND = """
    steps:
      - id: s
        uses: act.send
        with: {to: bob@example.org}
        retry: {attempts: 3, first: 1 ms, on: [connection-error, runtime-error]}
      - id: after
        uses: act.noop
"""


def test_a_receipt_is_kept_of_what_was_sent(bench):
    run = bench.run(SEND)

    (effect,) = bench.app.store.effects()
    assert (run.state, effect.state, effect.path) == ("done", "done", "s")
    assert effect.receipt["to"] == "bob@example.org"


def test_a_failure_before_the_act_is_free_to_be_tried_again(bench):
    acting.script["send before"] = [ConnectionError("down"), ConnectionError("down")]

    run = bench.run(SEND)

    assert run.state == "done"
    assert acting.world == ["bob@example.org"]


@pytest.mark.parametrize("moment", ["send act", "send after"])
def test_a_failure_once_the_act_began_is_never_tried_again_by_itself(bench, moment):
    acting.script[moment] = [RuntimeError("line dropped")]

    run = bench.run(SEND)

    assert run.state == "unknown"
    assert acting.calls["send act"] == 1
    assert acting.calls["confirm"] == 1
    (question,) = bench.app.store.questions()
    assert question.kind == "unknown_effect"
    assert bench.app.store.effects()[0].state == "unknown"


def test_what_confirm_found_to_have_happened_is_not_sent_again(bench):
    acting.script["send after"] = [RuntimeError("line dropped")]
    acting.happened["send"] = True

    run = bench.run(SEND)

    assert run.state == "done"
    assert bench.output(run, "s")["to"] == "bob@example.org"
    assert acting.world == ["bob@example.org"]


def test_what_confirm_found_not_to_have_happened_is_sent_once_more(bench):
    acting.script["send act"] = [RuntimeError("line dropped")]
    acting.happened["send"] = False

    run = bench.run(SEND)

    assert run.state == "done"
    assert acting.world == ["bob@example.org"]


@pytest.mark.parametrize(
    ("answer", "state", "sent"),
    [("it_was", "done", 1), ("send_again", "done", 2), ("stop", "failed", 1)],
)
def test_a_person_decides_what_cannot_be_told(bench, answer, state, sent):
    acting.script["send after"] = [RuntimeError("line dropped")]
    run = bench.run(SEND)
    (question,) = bench.app.store.questions()

    bench.fresh()
    runs.answer(bench.app, question.id, {"answer": answer})
    run = bench.go_on(run.id)

    assert run.state == state
    assert len(acting.world) == sent


def test_the_oldest_of_a_hundred_and_twenty_sends_stays_in_doubt_until_answered(bench):
    allow(bench, sends_a_run=500)
    acting.script["send before"] = [lambda: bench.clock.move(timedelta(seconds=1))] * 120
    acting.script["send after"] = [RuntimeError("line dropped")]  # of the first that acts
    run = bench.run("""
        steps:
          - id: people
            uses: act.people
            with: {count: 120}
          - id: s
            for_each: steps.people.items
            as: person
            max_parallel: 20
            uses: act.send
            with: {to: "${{ person.id }}"}
    """)
    (question,) = bench.app.store.questions()

    bench.fresh()
    runs.answer(bench.app, question.id, {"answer": "it_was"})
    run = bench.go_on(run.id)

    assert run.state == "done"
    assert len(acting.world) == len(set(acting.world)) == 120


BATCH = """
    steps:
      - id: s
        for_each: "['a', 'b', 'c', 'd', 'e', 'f']"
        as: person
        uses: act.send
        with: {to: "${{ person }}"}
        on_error: continue
"""


def states(bench, run):
    found = {effect.path: effect.state for effect in bench.app.store.effects(run_id=run.id)}
    return [found.get(f"s[{number}]", "") for number in range(6)]


def test_e05_a_lost_reply_for_one_keeps_no_other_waiting_and_each_item_is_kept(bench):
    acting.script["send after"] = [lambda: None, RuntimeError("line dropped")]

    run = bench.run(BATCH)

    assert run.state == "unknown"
    assert acting.world == ["a", "b", "c", "d", "e", "f"]
    assert states(bench, run) == ["done", "unknown", "done", "done", "done", "done"]


def test_e05_a_server_that_answers_none_leaves_three_questions_and_not_one_for_each(bench):
    acting.script["send after"] = [RuntimeError("line dropped")] * 6

    run = bench.run(BATCH)
    asked = bench.app.store.questions()

    assert run.state == "unknown"
    assert acting.world == ["a", "b", "c"]
    assert sorted(question.path for question in asked) == ["s[0]", "s[1]", "s[2]"]

    acting.script["send after"] = []
    for question in asked:
        runs.answer(bench.app, question.id, {"answer": "it_was"})
    run = bench.go_on(run.id)

    assert run.state == "done"
    assert acting.world == ["a", "b", "c", "d", "e", "f"]


def test_e08_a_refused_item_does_not_stop_the_others_and_is_kept_as_not_sent(bench):
    acting.script["send act"] = [lambda: None, NotSent("451 later"), NotSent("550 no such box")]

    run = bench.run(BATCH)

    assert run.state == "done_with_failures"
    assert acting.world == ["a", "d", "e", "f"]
    assert states(bench, run) == ["done", "not_sent", "not_sent", "done", "done", "done"]


def test_a_failure_after_a_doubt_stops_the_loop_unless_it_goes_on_over_failures(bench):
    acting.script["send after"] = [RuntimeError("line dropped")]
    acting.script["send act"] = [lambda: None, NotSent("550 no such box")]

    run = bench.run(BATCH.replace("        on_error: continue\n", ""))

    assert run.state == "unknown"
    assert states(bench, run) == ["unknown", "not_sent", "", "", "", ""]


MANY = """
    steps:
      - id: people
        uses: act.people
        with: {count: 500}
      - id: s
        for_each: steps.people.items
        as: person
        uses: act.send
        with: {to: "${{ person.id }}"}
        on_error: continue
"""


def only_question(bench):
    (question,) = bench.app.store.questions()
    return question


def test_e08_one_of_twenty_that_is_always_refused_keeps_no_other_waiting(bench):
    refused = [lambda: None] * 6 + [NotSent("451 later", retryable=True)]
    acting.script["send act"] = refused + [lambda: None] * 13

    run = bench.run(
        BATCH.replace("['a', 'b', 'c', 'd', 'e', 'f']", str(list("abcdefghijklmnopqrst")))
    )

    assert run.state == "done_with_failures"
    assert acting.world == [one for one in "abcdefghijklmnopqrst" if one != "g"]


def test_e18_a_runaway_stops_at_fifty_and_asks(bench):
    run = bench.run(MANY)

    question = only_question(bench)
    assert (run.state, len(acting.world)) == ("waiting", 50)
    assert question.title == "Send more than 50 in one run? (r)"
    assert len(bench.app.store.effects(limit=500)) == 50

    assert bench.go_on(run.id).state == "waiting"  # until it is answered, nothing more is sent
    assert only_question(bench) == question
    assert len(acting.world) == 50


def test_e18_each_approval_lets_as_many_go_again(bench):
    allow(bench, sends_a_run=200)
    run = bench.run(MANY)
    asked = []
    while run.state == "waiting":
        asked.append((len(acting.world), only_question(bench).id))
        bench.fresh()
        runs.answer(bench.app, only_question(bench).id, {"approved": True})
        run = bench.go_on(run.id)

    assert run.state == "done"
    assert [count for count, _ in asked] == [200, 400]
    assert len({question for _, question in asked}) == 2
    assert len(acting.world) == len(set(acting.world)) == 500


def test_e18_declined_the_run_ends_and_what_was_sent_stays_sent(bench):
    run = bench.run(MANY)
    runs.answer(bench.app, only_question(bench).id, {"approved": False})

    run = bench.go_on(run.id)

    assert run.state == "declined"
    assert "declined to send more than the limit" in run.reason
    assert len(acting.world) == 50


def test_e18_steps_side_by_side_do_not_pass_the_limit_together(bench):
    run = bench.run(MANY.replace("as: person", "as: person\n        max_parallel: 20"))

    assert (run.state, len(acting.world)) == ("waiting", 50)
    runs.answer(bench.app, only_question(bench).id, {"approved": True})
    assert bench.go_on(run.id).state == "waiting"
    assert len(acting.world) == len(set(acting.world)) == 100


def test_e18_what_called_routines_send_counts_too(bench):
    bench.write("child", "steps:\n  - uses: act.send\n    with: {to: bob}\n")

    run = bench.run("""
        steps:
          - id: people
            uses: act.people
            with: {count: 60}
          - for_each: steps.people.items
            as: person
            routine: child
    """)

    assert (run.state, len(acting.world)) == ("waiting", 50)


@pytest.mark.parametrize("branches", [2, 9])
def test_e18_called_routines_side_by_side_do_not_pass_the_limit_together(bench, branches):
    allow(bench, sends_a_run=20)
    bench.write("child", MANY)

    run = bench.run("steps:\n  - id: all\n    parallel:\n" + "      - routine: child\n" * branches)

    print(f"{branches} routines side by side: {len(acting.world)} sent of 20 allowed")
    assert (run.state, len(acting.world)) == ("waiting", 20)
    assert len(bench.app.store.effects(limit=500)) == 20


def test_e18_what_was_certainly_not_sent_does_not_count(bench):
    acting.script["send act"] = [NotSent("550 no such box")] * 40

    run = bench.run(MANY)

    assert (run.state, len(acting.world)) == ("waiting", 50)


def test_e18_a_dry_run_tells_where_the_run_would_ask(bench):
    found = bench.rehearse(MANY)

    told = [preview.summary for _, preview in found.ended.previews]
    assert len(told) == 500
    assert [n for n, one in enumerate(told) if "would ask first, having sent" in one] == list(
        range(50, 500, 50)
    )


@pytest.mark.parametrize("wrong", [0, -1, "many", 2.5])
def test_e18_a_limit_is_a_whole_number(bench, wrong):
    allow(bench, sends_a_run=wrong)

    with pytest.raises(UserError):
        bench.run(SEND)


def test_sending_again_that_ends_in_doubt_asks_again(bench):
    acting.script["send after"] = [RuntimeError("dropped"), RuntimeError("dropped")]
    run = bench.run(SEND)
    (first,) = bench.app.store.questions()
    runs.answer(bench.app, first.id, {"answer": "send_again"})

    run = bench.go_on(run.id)

    (second,) = bench.app.store.questions()
    assert run.state == "unknown"
    assert second.id != first.id
    assert len(acting.world) == 2


def test_a_step_that_does_not_intend_by_itself_is_in_doubt_after_any_failure(bench):
    acting.script["post"] = [RuntimeError("somewhere")]

    run = bench.run("""
        steps:
          - uses: act.post
            with: {to: bob}
            retry: {attempts: 5, first: 1 ms, on: [runtime-error]}
    """)

    assert run.state == "unknown"
    assert acting.calls["post"] == 1


def test_a_refusal_is_certain_and_fails_the_step(bench):
    run = bench.run("""
        steps:
          - uses: act.refuse
    """)

    assert run.state == "failed"
    assert bench.app.store.effects()[0].state == "not_sent"
    assert bench.app.store.questions() == []


def test_a_passing_refusal_is_tried_again(bench):
    run = bench.run("""
        steps:
          - uses: act.refuse
            with: {times: 2}
            retry: {attempts: 3, first: 1 ms}
    """)

    assert run.state == "done"
    assert acting.world == ["refuse"]


def test_going_on_while_the_question_is_open_asks_nothing_new(bench):
    acting.script["send after"] = [RuntimeError("line dropped")]
    run = bench.run(SEND)
    (asked,) = bench.app.store.questions()

    bench.fresh()
    run = bench.go_on(run.id)

    assert run.state == "unknown"
    assert bench.app.store.questions() == [asked]
    runs.answer(bench.app, asked.id, {"answer": "it_was"})
    assert bench.go_on(run.id).state == "done"


def test_what_is_found_out_while_the_question_is_open_closes_it(bench):
    acting.script["send after"] = [RuntimeError("line dropped")]
    run = bench.run(SEND)

    acting.happened["send"] = True
    run = bench.go_on(run.id)

    assert run.state == "done"
    assert bench.app.store.questions() == []
    assert acting.world == ["bob@example.org"]


@pytest.mark.parametrize("end", ["stop", "cancel"])
def test_what_may_have_been_sent_is_sent_again_by_a_retry_only_if_asked_to(bench, end):
    acting.script["send after"] = [RuntimeError("line dropped")]
    run = bench.run(SEND)
    if end == "cancel":
        runs.cancel(bench.app, run.id)
    else:
        (question,) = bench.app.store.questions()
        runs.answer(bench.app, question.id, {"answer": "stop"})
        bench.go_on(run.id)

    with pytest.raises(UserError, match="may have been sent"):
        runs.retry(bench.app, run.id)
    again = bench.go_on(runs.retry(bench.app, run.id, send_again=True).id)

    assert again.state == "done"
    assert acting.world == ["bob@example.org"] * 2


def test_what_was_sent_is_known_through_a_row_of_retries(bench):
    text = """
        steps:
          - id: s
            uses: act.send
            with: {to: bob@example.org}
          - uses: act.fail
            with: {retryable: false, times: 2}
    """
    first = bench.run(text)
    second = bench.go_on(runs.retry(bench.app, first.id).id)
    assert second.state == "failed"

    with pytest.raises(UserError, match=r"sent again: s"):
        runs.retry(bench.app, second.id, from_step="s")
    assert bench.go_on(runs.retry(bench.app, second.id).id).state == "done"
    assert acting.world == ["bob@example.org"]


def test_what_a_called_routine_sent_is_not_sent_again_by_a_retry(bench):
    bench.write(
        "child",
        """
        steps:
          - id: s
            uses: act.send
            with: {to: bob@example.org}
          - uses: act.fail
            with: {retryable: false, times: 1}
    """,
    )
    run = bench.run("""
        steps:
          - id: call
            routine: child
    """)
    assert run.state == "failed"

    with pytest.raises(UserError, match="child: s"):
        runs.retry(bench.app, run.id)

    assert acting.world == ["bob@example.org"]
