"""What an editor is told while a routine is written; `|` is where the cursor stands."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path, PurePath
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand.catalogue import BUILT_IN, Catalogue, StepSpec
from dayhand.editor import (
    RenameError,
    Surroundings,
    applied,
    completions,
    definition,
    hover,
    rename,
)
from dayhand.model.routine import Input
from dayhand.validation.routine import RoutineHead

_DATA = json.loads((Path(__file__).parent / "broken_routines" / "catalogue.json").read_text())
CATALOGUE = Catalogue(
    {spec.name: spec for spec in (*BUILT_IN, *(StepSpec(**one) for one in _DATA["steps"]))}
)
AROUND = Surroundings(
    CATALOGUE,
    date(2026, 11, 24),
    {"monthly-billing": RoutineHead("monthly-billing", (Input("month", "month", required=True),))},
    {"monthly-billing": PurePath("routines/monthly-billing.yaml")},
)
HEAD = """\
routine: a
inputs:
  month: {type: month, default: 2026-11}
steps:
  - id: sessions
    uses: practice.sessions
    with: {month: "${{ inputs.month }}"}
  - id: drafts
    uses: billing.draft
    with: {sessions: "${{ steps.sessions.items }}"}
"""


def _at(marked: str) -> tuple[str, int, int]:
    before, _, after = marked.partition("¦")
    return before + after, before.count("\n"), len(before) - before.rfind("\n") - 1


def _labels(marked: str) -> list[str]:
    text, line, column = _at(marked)
    return [one.label for one in completions(text, "a.yaml", line, column, AROUND)]


def _steps(block: str) -> str:
    return HEAD + "".join(f"  {line}\n" for line in dedent(block).strip("\n").splitlines())


COMPLETED = {
    "steps by any part of their name": ("- uses: email.¦", {"email.send", "email.notify_me"}, {"billing.draft"}),
    "steps where nothing is typed": ("- uses: ¦", {"email.send", "value.set", "calendar.agenda"}, {"uses"}),
    "steps in braces": ("- {uses: bill¦}", {"billing.draft", "billing.issue"}, {"email.send"}),
    "keys of a new step": ("- ¦", {"uses", "id", "parallel", "for_each"}, {"routine: "}),
    "keys of a step that are not there yet": (
        "- id: x\n  uses: email.send\n  w¦", {"with", "when"}, {"uses", "id"}
    ),
    "keys in braces": ("- {uses: value.set, wh¦}", {"when"}, {"uses"}),
    "inputs of a step": (
        "- uses: practice.sessions\n  with:\n    st¦", {"start", "status"}, {"month"}
    ),
    "inputs that are not given yet": (
        "- uses: practice.sessions\n  with:\n    month: 2026-11\n    ¦", {"status", "billed"}, {"month"}
    ),
    "inputs in braces": ("- uses: email.send\n  with: {t¦}", {"to", "template"}, {"body"}),
    "words that an input can be": (
        "- uses: practice.sessions\n  with:\n    status: ¦", {"attended", "no_show"}, {"true"}
    ),
    "true and false": ("- uses: practice.sessions\n  with: {billed: ¦}", {"true", "false"}, set()),
    "words of the language": ("- uses: value.set\n  on_error: ¦", {"fail", "continue"}, set()),
    "keys of a retry": ("- uses: practice.sessions\n  retry:\n    ¦", {"attempts", "first"}, {"uses"}),
    "words of a retry": ("- uses: practice.sessions\n  retry: {backoff: ¦}", {"constant"}, set()),
    "other routines": ("- routine: mon¦", {"monthly-billing"}, set()),
    "inputs of another routine": ("- routine: monthly-billing\n  inputs:\n    ¦", {"month"}, {"title"}),
    "steps before this one": (
        "- uses: value.set\n  with:\n    a: ${{ steps.¦ }}", {"sessions", "drafts"}, {"month"}
    ),
    "steps before this one, unclosed": (
        "- uses: value.set\n  with:\n    a: ${{ steps.¦", {"sessions", "drafts"}, set()
    ),
    "what a step gives": (
        "- uses: value.set\n  with:\n    a: ${{ steps.sessions.¦ }}", {"items", "total_minutes"}, {"sessions"}
    ),
    "what a step gives, in quotes and braces": (
        '- uses: value.set\n  with: {a: "${{ steps.sessions.tot¦ }}"}', {"total_minutes"}, {"items"}
    ),
    "what a step gives, in quotes that are open": (
        '- uses: value.set\n  with: {a: "${{ steps.sessions.¦', {"items"}, set()
    ),
    "fields of an item": (
        "- uses: value.set\n  with:\n    a: ${{ steps.sessions.items[0].client.¦ }}",
        {"id", "initials", "email"}, {"items"},
    ),
    "parts of a moment": ("- uses: value.set\n  with:\n    a: ${{ now.¦ }}", {"year", "hour", "weekday"}, set()),
    "inputs of this routine": ("- uses: value.set\n  with:\n    a: ${{ inputs.¦ }}", {"month"}, set()),
    "names": (
        "- uses: value.set\n  with:\n    a: ${{ ¦ }}", {"steps", "inputs", "now", "practice"}, {"failure"}
    ),
    "names in a condition": ("- uses: value.set\n  when: st¦", {"steps"}, {"inputs"}),
    "members in a condition": ("- uses: value.set\n  when: steps.drafts.¦", {"invoices", "total"}, set()),
    "members in a condition in braces": ("- {uses: value.set, when: steps.drafts.¦}", {"invoices"}, set()),
    "a loop's item": (
        ("- for_each: steps.sessions.items\n  as: session\n  steps:\n    - uses: value.set\n"
        "      with:\n        a: ${{ session.¦ }}"),
        {"client", "status", "minutes"}, {"items"},
    ),
    "what a loop goes over": ("- for_each: steps.drafts.¦\n  uses: value.set", {"invoices", "ids"}, set()),
    "filters": ("- uses: value.set\n  with:\n    a: ${{ steps.drafts.total | mo¦ }}", {"money", "month"}, {"steps"}),
    "tests": ("- uses: value.set\n  when: steps.drafts is ¦", {"defined", "empty"}, {"steps"}),
    "a failure where it is handled": (
        "- uses: practice.sessions\n  on_error:\n    - uses: value.set\n      with:\n        a: ${{ failure.¦ }}",
        {"message", "step"}, set(),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLETED)
def test_what_can_be_written_is_offered(name):
    block, there, not_there = COMPLETED[name]

    found = set(_labels(_steps(block)))

    assert there <= found
    assert not not_there & found


TOP = {
    "keys at the top": ("routine: a\nti¦", {"title", "timezone"}, {"steps"}),
    "keys at the top that are not there yet": ("routine: a\n¦\nsteps: []\n", {"triggers", "inputs"}, {"steps", "routine"}),
    "keys of a trigger": ("routine: a\ntriggers:\n  - ¦", {"cron", "every", "file"}, {"uses"}),
    "more keys of a trigger": ("routine: a\ntriggers:\n  - cron: 0 9 1 * *\n    sk¦", {"skip_on"}, {"cron"}),
    "words of a trigger": ("routine: a\ntriggers:\n  - cron: 0 9 1 * *\n    if_missed: ¦", {"run_latest", "skip"}, set()),
    "words in a list": ("routine: a\ntriggers:\n  - cron: 0 9 1 * *\n    skip_on: [¦]", {"weekend"}, set()),
    "types of an input": ("routine: a\ninputs:\n  day: ¦", {"date", "month", "text"}, set()),
    "keys of an input": ("routine: a\ninputs:\n  day: {type: date, d¦}", {"default", "description"}, {"type"}),
    "a trigger's routine": ("routine: a\ntriggers:\n  - routine: ¦", {"monthly-billing"}, set()),
    "overlaps": ("routine: a\nconcurrency: {overlap: ¦}", {"queue_one"}, set()),
    "true and false": ("routine: a\nenabled: ¦", {"true", "false"}, set()),
    "nothing in a remark of broken text": ("routine: [a\n  ¦", set(), {"uses"}),
    "an empty file": ("¦", {"routine", "steps"}, set()),
}  # fmt: skip


@pytest.mark.parametrize("name", TOP)
def test_what_can_be_written_at_the_top_is_offered(name):
    marked, there, not_there = TOP[name]

    found = set(_labels(marked))

    assert there <= found
    assert not not_there & found


def test_what_is_needed_is_marked_and_explained():
    text, line, column = _at(_steps("- uses: email.send\n  with:\n    ¦"))

    found = {one.label: one for one in completions(text, "a.yaml", line, column, AROUND)}

    assert found["to"].needed
    assert not found["template"].needed
    assert found["to"].insert == "to: "


def test_a_step_is_offered_with_its_plugins_words():
    text, line, column = _at(_steps("- uses: practice.sess¦"))

    (one,) = completions(text, "a.yaml", line, column, AROUND)

    assert one.detail.startswith("read: ")
    assert "Inputs:" in one.about
    assert (
        "- `status` (attended or cancelled or no_show or scheduled): how they ended." in one.about
    )


# Hover --------------------------------------------------------------------------------------------

HOVERED = {
    "a step": ("- uses: billing.¦issue\n  with: {drafts: []}", "**billing.issue** (record, from billing)"),
    "an input": ("- uses: billing.issue\n  with: {dra¦fts: []}", "`drafts` (a list, required): the ids"),
    "a key": ("- uses: value.set\n  wh¦en: true", "**when**: A bare expression"),
    "a key of a retry": ("- uses: practice.sessions\n  retry: {att¦empts: 2}", "**attempts**: "),
    "what a step gives": ("- uses: value.set\n  with: {a: '${{ steps.sess¦ions.items }}'}", "`steps.sessions`: a mapping: items, total"),
    "a field": ("- uses: value.set\n  with: {a: '${{ steps.sessions.ite¦ms }}'}", "`steps.sessions.items`: a list"),
    "an item's field": (
        "- uses: value.set\n  with: {a: '${{ steps.sessions.items[0].client.ema¦il }}'}",
        "`steps.sessions.items[0].client.email`: text",
    ),
    "a filter": ("- uses: value.set\n  with: {a: '${{ steps.drafts.total | mon¦ey }}'}", "**money**: an amount"),
    "a name in a condition": ("- uses: value.set\n  when: n¦ow.hour > 8", "`now`: a date and time"),
    "plain text": ("- uses: value.set\n  with: {a: wo¦rd}", ""),
    "a space": ("- uses: value.set\n  with: {a: '${{ 1 ¦ + 2 }}'}", ""),
}  # fmt: skip


@pytest.mark.parametrize("name", HOVERED)
def test_a_word_is_explained(name):
    block, told = HOVERED[name]
    text, line, column = _at(_steps(block))

    found = hover(text, "a.yaml", line, column, AROUND)

    assert found.startswith(told)
    assert bool(found) is bool(told)


def test_nothing_is_explained_in_a_text_that_cannot_be_read():
    assert hover("a: [", "a.yaml", 0, 0, AROUND) == ""
    assert hover("\n\nroutine: a\n", "a.yaml", 0, 0, AROUND) == ""
    assert hover("routine: a\n", "a.yaml", 0, 2, AROUND).startswith("**routine**: ")


# Names --------------------------------------------------------------------------------------------

LOOPS = """\
routine: a
steps:
  - id: all  # é
    steps:
      - {id: sessions, uses: practice.sessions}
  - id: kept
    uses: value.set
    when: steps.sessions.items and 'é' != steps.all.sessions
    with: {a: "${{ steps.all.sessions.items }}", b: "sessions ${{ steps['sessions'].items | length }}"}
  - for_each: steps.sessions.items
    as: one
    steps:
      - {id: inner, uses: value.set, with: {x: "${{ one.id }}"}}
      - {uses: value.set, with: {x: "${{ steps.inner.x ~ one.status }}"}}
  - for_each: "[1]"
    as: one
    steps:
      - {id: inner, uses: value.set, with: {x: "${{ one }}"}}
"""


def _renamed(text: str, find: str, new: str, *, nth: int = 0) -> str:
    at = -1
    for _ in range(nth + 1):
        at = text.index(find, at + 1)
    line, column = text[:at].count("\n"), at - text.rfind("\n", 0, at) - 1
    return applied(text, rename(text, "a.yaml", line, column, new, AROUND))


def test_a_step_is_renamed_wherever_it_is_used_and_nothing_else_changes():
    made = _renamed(LOOPS, "sessions, uses", "meetings")

    expected = LOOPS.replace("id: sessions", "id: meetings").replace(
        "steps.sessions", "steps.meetings"
    )
    expected = expected.replace("steps.all.sessions", "steps.all.meetings").replace(
        "['sessions']", "['meetings']"
    )
    assert made == expected
    assert 'b: "sessions ${{' in made


def test_a_step_is_renamed_from_where_it_is_used():
    expected = _renamed(LOOPS, "sessions, uses", "meetings")

    assert _renamed(LOOPS, "sessions'].items", "meetings") == expected
    assert _renamed(LOOPS, "sessions.items }}", "meetings") == expected
    assert _renamed(LOOPS, "sessions.items and", "meetings") == expected


def test_only_the_step_or_item_of_the_same_loop_is_renamed():
    made = _renamed(LOOPS, "inner, uses", "deep")
    item = _renamed(LOOPS, "one.id", "session")

    assert made.count("deep") == 2
    assert made.count("inner") == 1
    assert item.count("session.") + item.count("as: session") == 3
    assert item.count("as: one") == 1


@pytest.mark.parametrize(
    "find, new, told",
    [
        ("sessions, uses", "all", "'all' is already taken"),
        ("sessions, uses", "my-step", "'my-step' is no name"),
        ("inner, uses", "one", "'one' is the name of the loop's item"),
        ("routine: a", "b", "only the id of a step"),
    ],
)
def test_a_rename_that_would_break_the_routine_is_refused(find, new, told):
    with pytest.raises(RenameError, match=told):
        _renamed(LOOPS, find, new)


def test_a_rename_that_a_filter_would_not_follow_is_refused():
    text = (
        "routine: a\nsteps:\n  - id: rounds\n    for_each: '[1]'\n    steps:\n"
        "      - {id: big, uses: value.set, with: {text: a}}\n"
        "  - {uses: value.set, with: {t: \"${{ steps.rounds | map('big.text') }}\"}}\n"
    )

    with pytest.raises(RenameError, match=r"line 7: the items have no 'big.text'"):
        _renamed(text, "big, uses", "huge")


def test_an_input_is_not_renamed_for_others_know_it():
    with pytest.raises(RenameError, match="known to whoever starts"):
        _renamed(HEAD, "month }}", "when")


def test_a_name_leads_to_where_it_is_declared():
    text, line, column = _at(_steps("- uses: value.set\n  with: {a: '${{ steps.dra¦fts.total }}'}"))
    step = definition(text, "a.yaml", line, column, AROUND)
    text, line, column = _at(_steps("- uses: value.set\n  with: {a: '${{ inputs.mon¦th }}'}"))
    given_ = definition(text, "a.yaml", line, column, AROUND)
    text, line, column = _at(_steps("- routine: monthly-¦billing\n  inputs: {month: 2026-11}"))
    routine = definition(text, "a.yaml", line, column, AROUND)
    nothing = definition(text, "a.yaml", 0, 0, AROUND)

    assert (step[0], step[1].line, step[1].column) == (None, 8, 9)
    assert (given_[0], given_[1].line, given_[1].column) == (None, 3, 3)
    assert routine[0] == PurePath("routines/monthly-billing.yaml")
    assert nothing is None


# Whatever is written ------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.text("abc:-{}[]'\"$ |.\n#&é", max_size=30), st.integers(0, 400))
def test_nothing_that_is_typed_makes_the_editor_fail(typed, at):
    at %= len(LOOPS)
    text = LOOPS[:at] + typed + LOOPS[at:]
    before = LOOPS[:at] + typed
    line, column = len(before.splitlines() or [""]) - 1, len((before.splitlines() or [""])[-1])

    completions(text, "a.yaml", line, column, AROUND)
    hover(text, "a.yaml", line, column, AROUND)
    definition(text, "a.yaml", line, column, AROUND)
