"""A routine told in plain sentences."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta
from textwrap import dedent, indent

import pytest

from dayhand import document
from dayhand.catalogue import BUILT_IN, Catalogue, StepSpec
from dayhand.explanation import (
    as_text,
    condition,
    explain,
    trigger_names,
    trigger_text,
    value_text,
)
from dayhand.model.routine import Routine, Trigger
from dayhand.validation.routine import check_routine

_ANY = {"type": "object", "additionalProperties": True}
CATALOGUE = Catalogue({
    spec.name: spec
    for spec in (
        *BUILT_IN,
        StepSpec("mail.send", "send", "Send a letter", _ANY, {}),
        StepSpec("email.notify_me", "send", "Tell the clinician something", _ANY, {}),
        StepSpec("books.issue", "record", "Number the drafts", _ANY, {}),
        StepSpec("books.print", "write", "Typeset an invoice.", _ANY, {}),
        StepSpec("books.read", "read", "Read the books", _ANY, {}),
    )
})  # fmt: skip


def _explained(steps: str, head: str = ""):
    text = f"routine: a\n{dedent(head)}steps:\n{indent(dedent(steps).strip(), '  ')}\n"
    checked = check_routine(document.read(text, file="a.yaml"), CATALOGUE)
    assert checked.routine is not None, checked.problems
    return explain(checked.routine, CATALOGUE)


CRON = {
    "0 9 1 * *": "On the 1st of each month at 09:00.",
    "30 6 * * mon-fri": "Monday to Friday at 06:30.",
    "0 18 l * *": "On the last day of each month at 18:00.",
    "0 9,17 1,15 * *": "On the 1st and 15th of each month at 09:00 and 17:00.",
    "*/15 * * * *": "Every 15 min.",
    "*/15 8-18 * * mon-fri": "Monday to Friday every 15 min from 08:00 to 18:45.",
    "@daily": "Every day at 00:00.",
    "@hourly": "Every 1 h.",
    "0 8 * * 5#2": "On the second Friday of each month at 08:00.",
    "0 8 * * 5L": "On the last Friday of each month at 08:00.",
    "0 8 29 2 *": "On the 29th of February at 08:00.",
    "0 8 1 1,7 *": "On the 1st of January and July at 08:00.",
    "0 8 * 12 sat,sun": "Every Sunday and Saturday in December at 08:00.",
    "5 0,1,2,3,9 * * *": "Every day 5 times, from 00:05 to 09:05.",
    "0 8 11,22,23 * *": "On the 11th, 22nd and 23rd of each month at 08:00.",
}


@pytest.mark.parametrize("text", CRON)
def test_a_cron_expression_in_words(text):
    assert trigger_text(Trigger("a", "cron", text)) == CRON[text]


def test_a_cron_expression_with_two_day_fields_says_how_they_go_together():
    both = Trigger("a", "cron", "0 9 13 * fri", day_match="all")
    either = Trigger("a", "cron", "0 9 13 * fri", day_match="any")

    assert trigger_text(both) == "On the 13th of each month, if that is a Friday at 09:00."
    assert trigger_text(either) == "On the 13th of each month and every Friday at 09:00."


TRIGGERS = [
    (Trigger("a", "every", "2 h", every=timedelta(hours=2)), "Every 2 h."),
    (
        Trigger("a", "before", "session", offset=timedelta(days=1)),
        "1 d before an event of the kind 'session' begins.",
    ),
    (Trigger("a", "after", "session"), "When an event of the kind 'session' ends."),
    (Trigger("a", "file", "bank/*.csv"), "When a file arrives that matches inbox/bank/*.csv."),
    (
        Trigger("a", "routine", "billing", on=("done", "done_with_failures")),
        "When a run of 'billing' has ended as done or done with failures.",
    ),
    (
        Trigger("a", "cron", "0 9 1 * *", skip_on=("weekend",), shift="next_open_day"),
        "On the 1st of each month at 09:00. On weekends it moves to the next open day.",
    ),
    (
        Trigger("a", "cron", "0 9 1 * *", skip_on=("public_holiday", "time_off"), if_missed="skip"),
        ("On the 1st of each month at 09:00. On public holidays and time off it does not run. "
        "Times missed while the machine was off are dropped."),
    ),
    (
        Trigger(
            "a", "cron", "0 9 1 * *", timezone="UTC", if_missed="run_within",
            run_within=timedelta(hours=3), jitter=timedelta(minutes=5),
        ),
        ("On the 1st of each month at 09:00 (UTC). A time missed by more than 3 h is dropped. "
        "The start is spread over 5 min."),
    ),
]  # fmt: skip


@pytest.mark.parametrize("trigger, told", TRIGGERS, ids=lambda one: getattr(one, "kind", ""))
def test_a_trigger_in_words(trigger, told):
    assert trigger_text(trigger) == told


def test_triggers_of_a_routine_are_told_apart_and_one_that_is_gone_by_its_id():
    daily = Trigger("first", "cron", "0 9 * * *")
    again, other = replace(daily, id="second"), Trigger("third", "cron", "0 8 * * *")
    routine = Routine("r", "r.yaml", "", "", (), triggers=(daily, again, other))

    named = trigger_names([routine])

    assert named("r", "first") == "every day at 09:00 (first)"
    assert named("r", "second") == "every day at 09:00 (second)"
    assert named("r", "third") == "every day at 08:00"
    assert named("r", "fourth") == "a former trigger (fourth)"
    assert named("other", "first") == "first"


CONDITIONS = {
    "steps.drafts.invoices": "drafts has invoices",
    "not steps.drafts.invoices": "drafts has no invoices",
    "steps.review.approved": "'review' was approved",
    "not steps.review.approved": "'review' was not approved",
    "inputs.month": "the input month is set",
    "steps.review.approved | default(false)": "'review' was approved",
    "invoice.email and 'a' in invoice.scopes": "the invoice has email and “a” is in the scopes of the invoice",
    "inputs.kind == 'x' or now.hour > 8": "the input kind is “x” or the hour of the time it began is more than 8",
    "steps.gaps | select('status', 'late')": "there is the result of gaps whose status is “late”",
    "steps.gaps | length >= 2": "the number of items of gaps is at least 2",
    "steps.a is defined": "there is the result of a",
    "true": "always",
    "(inputs.a ~ 'b') == 'c'": "(inputs.a ~ 'b') == 'c'",
}


@pytest.mark.parametrize("source", CONDITIONS)
def test_a_condition_in_words_or_as_it_is_written(source):
    assert condition(source) == CONDITIONS[source]


VALUES = [
    ("a  text", "a text"),
    ("${{ steps.drafts.total | money }} due", "‹the total of drafts› due"),
    ("${{ scheduled_for | month(-1) }}", "‹the month before the time it is due›"),
    ("${{ scheduled_for | month(1) }}", "‹the month after the time it is due›"),
    ("${{ inputs.day | days(-7) }}", "‹7 days before the input day›"),
    ("${{ scheduled_for | date | days(1) }}", "‹the day after the day of the time it is due›"),
    ("${{ now | days(7 * inputs.weeks) }}", "‹now | days(7 * inputs.weeks)›"),
    ("${{ inputs.a + 1 }}", "‹inputs.a + 1›"),
    ({"a": True, "b": None, "c": ["x", 2]}, "a: yes, b: nothing, c: x, 2"),
    ([], "none"),
    ("x" * 300, "x" * 199 + "…"),
]


@pytest.mark.parametrize("value, told", VALUES, ids=range(len(VALUES)))
def test_a_value_on_one_line(value, told):
    assert value_text(value) == told


def test_steps_are_told_in_the_words_of_their_plugins_with_what_is_around_them():
    told = _explained("""
        - id: all
          name: Look
          uses: books.read
          retry: 3
          timeout: 30 seconds
          on_error:
            - uses: value.set
              with: {a: 1}
        - for_each: steps.all.items | default([])
          as: invoice
          max_parallel: 4
          steps:
            - uses: books.print
              when: invoice.number
              with: {number: "${{ invoice.number }}"}
              on_error: continue
        """)

    first, loop = told.steps
    assert first.does == "Look: read the books"
    assert first.details == (
        "Tried up to 3 times", "An attempt is given up after 30 s", "If it fails",
    )  # fmt: skip
    assert [one.path for one in first.on_error] == ["1.e1"]
    assert loop.does == "For each invoice"
    assert loop.details == ("Once for each invoice of the items of all, up to 4 at once",)
    (inner,) = loop.steps
    assert (inner.path, inner.does, inner.effect) == ("2.1", "Typeset an invoice", "write")
    assert inner.details == (
        "Only if the invoice has number",
        "Given number: ‹the number of the invoice›",
        "If it fails, the run goes on and ends as done with failures",
    )


def test_built_in_steps_have_words_of_their_own():
    told = _explained("""
        - uses: person.approve
          with: {title: "Send ${{ now.day }}?", expires_in: 2 days, remind_every: 1 day}
        - uses: person.ask
          with: {title: Which, fields: {day: date}}
        - uses: wait.until
          with: {length: 2 hours}
        - uses: wait.until
          with: {moment: "${{ scheduled_for }}"}
        - uses: file.write
          with: {path: a.md, text: b}
        - uses: value.set
          with: {a: 1, b: 2}
        - uses: run.fail
          with: {reason: because}
        """)

    assert [step.does for step in told.steps] == [
        "Ask you: “Send ‹the day of the time it began›?”",
        "Ask you to fill in: “Which”",
        "Wait for 2 hours",
        "Wait until ‹the time it is due›",
        "Write the file out/a.md",
        "Name values for later steps: a, b",
        "End the run as failed: because",
    ]
    assert told.steps[0].details == (
        "Declined, the run ends",
        "Without an answer in 2 days it counts as declined",
        "You are reminded every day",
    )
    assert told.asks == (f"1 {told.steps[0].does}", "2 Ask you to fill in: “Which”")
    assert told.writes == ("5 Write the file out/a.md",)


def test_who_approves_what_is_sent_is_told():
    told = _explained("""
        - uses: mail.send
          with: {to: a@example.com}
        - id: first
          when: now.day > 3
          steps:
            - {id: maybe, uses: person.approve, with: {title: a}}
            - {uses: mail.send}
        - {uses: mail.send}
        - {id: sure, uses: person.approve, with: {title: b}}
        - parallel:
            - {id: left, uses: person.approve, with: {title: c}}
            - {uses: mail.send}
        - {uses: email.notify_me}
        - {uses: books.issue}
        """)

    assert [(one.path, one.approved_by) for one in told.sends] == [
        ("1", ()), ("2.2", ("maybe",)), ("3", ("maybe",)), ("5.2", ("sure",)), ("6", ("sure", "left")),
    ]  # fmt: skip
    assert told.sends[0].to == "a@example.com"
    assert told.sends[-1].to_owner
    assert told.records == ("7 Number the drafts",)
    text = as_text(told)
    assert "- 1 Send a letter, to a@example.com. Nobody approves it." in text
    assert "- 2.2 Send a letter. You approve it before: 'maybe'." in text
    assert "It goes to you alone and needs no approval." in text


def test_the_whole_is_told_from_top_to_bottom():
    told = _explained(
        """
        - {uses: mail.send}
        - {routine: other, inputs: {month: 2026-11}}
        """,
        """\
        title: The title
        description: >
          What it is
          for.
        enabled: false
        timeout: 1 h
        concurrency: {overlap: queue_one}
        triggers:
          - cron: 0 9 1 * *
        inputs:
          month: {type: month, default: 2026-11, description: Which month}
          kind: {type: choice, choices: [a, b], default: a}
        on_failure:
          - {uses: email.notify_me}
        finally:
          - {uses: value.set}
        """,
    )

    assert as_text(told) == dedent("""\
        The title
        What it is for.

        When
          It is switched off (enabled: false): its triggers start nothing.
          - On the 1st of each month at 09:00.
          - Due while it still runs, it waits its turn; one at most waits.
          - A run is given up after 1 h of work; waiting for you does not count.

        What it is given
          - month (month): Which month; by default 2026-11
          - kind (one of a, b); by default a

        What it does
          1  Send a letter  [sends].
          2  Run the routine 'other' and wait for its end.
                Given month: 2026-11.

        If the run fails
          f1  Tell the clinician something  [sends].

        At the end, however it ended
          e1  Name values for later steps: none.

        What leaves this machine
          - 1 Send a letter. Nobody approves it.
          - f1 Tell the clinician something. It goes to you alone and needs no approval.""")


def test_a_routine_without_triggers_says_what_starts_it():
    told = _explained("- uses: value.set")

    assert "  - Nothing starts it by itself: 'dayhand run a' does.\n" in as_text(told)
    assert "What leaves this machine\n  - Nothing." in as_text(told)
    assert asdict(told)["steps"][0]["uses"] == "value.set"
