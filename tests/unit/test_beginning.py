"""A routine to begin with is right from the start, wired where one step gives what the next needs."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_support.installed import installed_catalogue

from dayhand import document
from dayhand.editor.beginning import Beginning, NotDue, due, routine_text, suggestions
from dayhand.errors import UserError
from dayhand.validation.routine import RoutineHead, check_routine

CATALOGUE = installed_catalogue()
ROUTINES = {"monthly-billing": RoutineHead("monthly-billing")}

DUE = {
    "": None,
    "by hand": None,
    "daily at 18:00": ("cron", "0 18 * * *"),
    "Every day 9:05": ("cron", "5 9 * * *"),
    "weekdays at 06:30": ("cron", "30 6 * * mon-fri"),
    "mondays at 8:00": ("cron", "0 8 * * mon"),
    "on Sunday 08:00": ("cron", "0 8 * * sun"),
    "monthly on the 1st at 09:00": ("cron", "0 9 1 * *"),
    "monthly 15 09:00": ("cron", "0 9 15 * *"),
    "monthly on the last day at 17:30": ("cron", "30 17 l * *"),
    "every 2 hours": ("every", "2 hours"),
    "file bank/*.csv": ("file", "bank/*.csv"),
    "after monthly-billing": ("routine", "monthly-billing"),
    "0 9 1 * mon": ("cron", "0 9 1 * mon"),
    "*/15 8-18 * * *": ("cron", "*/15 8-18 * * *"),
    "@daily": ("cron", "@daily"),
}


@pytest.mark.parametrize("words", DUE)
def test_words_say_when_it_is_due_and_the_trigger_is_right(words):
    trigger = due(words)

    assert trigger == DUE[words]
    text = routine_text(Beginning("a", trigger=trigger), CATALOGUE)
    problems = check_routine(
        document.read(text, file="a.yaml"), CATALOGUE, routines=ROUTINES
    ).problems
    assert not [one for one in problems if one.is_error]


@pytest.mark.parametrize(
    "words", ["some day", "at noon", "monthly", "every", "daily at 25:00", "file"]
)
def test_words_that_say_no_time_are_refused_with_examples(words):
    with pytest.raises(NotDue) as refused:
        due(words)

    assert "weekdays at 06:30" in refused.value.hint


def test_steps_are_wired_and_what_is_sent_is_approved():
    wanted = Beginning(
        "bill",
        "Bill: all",
        ("cron", "0 9 1 * *"),
        ("practice.sessions", "billing.draft", "email.send"),
    )

    text = routine_text(wanted, CATALOGUE)

    assert text.startswith(
        dedent("""\
        # yaml-language-server: $schema=../.dayhand/routine.schema.json
        routine: bill
        title: "Bill: all"

        triggers:
          - cron: 0 9 1 * *

        steps:
          - id: sessions
            uses: practice.sessions
        """)
    )
    assert "      sessions: ${{ steps.sessions.items }}\n" in text
    assert text.index("uses: person.approve") < text.index("uses: email.send")


def test_a_step_that_is_taken_twice_has_two_ids():
    text = routine_text(
        Beginning("a", steps=("value.set", "value.set", "email.notify_me")), CATALOGUE
    )

    assert "id: set\n" in text
    assert "id: set_2\n" in text
    assert "person.approve" not in text


@pytest.mark.parametrize("name", ["Monthly Billing", "a_b", "", "1a"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(UserError, match="is no name for a routine"):
        routine_text(Beginning(name), CATALOGUE)


def test_a_step_that_there_is_not_is_told_with_a_guess():
    with pytest.raises(UserError) as refused:
        routine_text(Beginning("a", steps=("billing.drfat",)), CATALOGUE)

    assert refused.value.hint == "did you mean 'billing.draft'?"


def test_steps_are_found_by_words():
    found = [spec.name for spec in suggestions("invoice pdf", CATALOGUE)]

    assert "billing.render" in found
    assert suggestions("no such thing", CATALOGUE) == []


@pytest.mark.parametrize("step", sorted(CATALOGUE.steps))
def test_a_routine_of_any_step_is_right_and_formatted(step):
    text = routine_text(Beginning("a", steps=(step,)), CATALOGUE)
    read = document.read(text, file="a.yaml")

    problems = check_routine(read, CATALOGUE, file_stem="a").problems

    assert [f"{one.code}: {one.message}" for one in problems if one.is_error] == []
    assert document.formatted(read) == text


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(sorted(CATALOGUE.steps)), max_size=6), st.text(max_size=30))
def test_a_routine_of_any_steps_and_title_is_right(steps, title):
    text = routine_text(Beginning("a", title, steps=tuple(steps)), CATALOGUE)

    problems = check_routine(document.read(text, file="a.yaml"), CATALOGUE, file_stem="a").problems

    told = [
        one
        for one in problems
        if one.is_error and one.code not in ("control-character", "wrong-value")
    ]
    assert told == []
