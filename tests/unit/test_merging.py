"""Three-way merge: no line that somebody wrote is lost, and git's merge-file agrees."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from dayhand.merging import merge

# few different lines, so that they come twice and are taken for one another
line = st.sampled_from(["a", "b", "c", "d", "", "  - uses: x", "steps:"])
texts = st.lists(line, max_size=12).map(lambda lines: "".join(f"{one}\n" for one in lines))


def lines(text):
    return Counter(text.splitlines())


def edited(base, edits):
    """The base with edits `(place, kind, line)`: each at a line of its own."""
    kept = base.splitlines()
    for place, kind, new in sorted(edits, reverse=True):
        if kind == "insert":
            kept.insert(place, new)
        elif kind == "delete":
            del kept[place]
        else:
            kept[place] = new
    return "".join(f"{one}\n" for one in kept)


@st.composite
def apart(draw):
    """A base of distinct lines, and two sets of edits that leave a line between them."""
    count = draw(st.integers(4, 30))
    base = "".join(f"line {n}\n" for n in range(count))
    places = draw(st.lists(st.integers(0, count - 1), unique=True, min_size=2, max_size=8))
    places = [p for p in places if not any(abs(p - q) < 3 for q in places if q < p)]
    assume(len(places) >= 2)
    kinds = st.sampled_from(["insert", "delete", "change"])
    edits = [(place, draw(kinds), f"new {n}") for n, place in enumerate(places)]
    who = draw(st.lists(st.booleans(), min_size=len(edits), max_size=len(edits)))
    mine = [one for one, own in zip(edits, who, strict=True) if own]
    theirs = [one for one, own in zip(edits, who, strict=True) if not own]
    return base, edited(base, mine), edited(base, theirs), edited(base, edits)


@given(given_=apart())
@settings(max_examples=300)
def test_changes_of_different_places_are_all_in_the_merged_text(given_):
    base, mine, theirs, both = given_

    merged = merge(base, mine, theirs)

    assert merged.conflicts == ()
    assert merged.text == both


@given(base=texts, mine=texts, theirs=texts)
@settings(max_examples=500)
@example(base="a\n", mine="", theirs="a\nb\n")
@example(base="", mine="a\n", theirs="b\n")
def test_no_line_that_the_owner_wrote_is_ever_lost(base, mine, theirs):
    merged = merge(base, mine, theirs)

    wrote = lines(mine) - lines(base)
    assert wrote - lines(merged.text) == Counter()


@given(base=texts, mine=texts, theirs=texts)
@settings(max_examples=300)
def test_without_a_conflict_both_sides_lines_are_there_and_the_sides_can_be_changed_over(
    base, mine, theirs
):
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)

    assert len(one.conflicts) == len(other.conflicts)
    if not one.conflicts:
        assert one.text == other.text
        assert (lines(theirs) - lines(base)) - lines(one.text) == Counter()
    assert merge(base, mine, theirs, take="theirs").text == other.text


@given(base=texts, mine=texts)
@settings(max_examples=200)
def test_where_only_one_changed_something_it_is_taken_as_it_is(base, mine):
    assert merge(base, mine, base) == merge(base, base, mine) == merge(base, mine, mine)
    assert merge(base, mine, base).text == mine
    assert merge(base, mine, base).conflicts == ()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is compared with")
@given(given_=apart())
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_git_merges_changes_of_different_places_the_same(tmp_path, given_):
    base, mine, theirs, _ = given_
    for name, text in (("base", base), ("mine", mine), ("theirs", theirs)):
        (tmp_path / name).write_text(text)

    done = subprocess.run(
        ["git", "merge-file", "-p", "mine", "base", "theirs"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stdout) == (0, merge(base, mine, theirs).text)


def test_a_place_that_both_changed_is_a_conflict_with_its_line_and_all_versions():
    base, mine, theirs = "a\nb\nc\n", "a\nmine\nc\n", "a\ntheirs\nmore\nc\n"

    merged = merge(base, mine, theirs)

    (conflict,) = merged.conflicts
    assert (conflict.line, conflict.base) == (2, ("b",))
    assert (conflict.mine, conflict.theirs) == (("mine",), ("theirs", "more"))
    assert merged.text == mine
    assert merge(base, mine, theirs, take="theirs").text == theirs


def test_what_the_owner_deleted_and_dayhand_changed_is_a_conflict():
    merged = merge("a\nb\nc\n", "a\nc\n", "a\nB\nc\n")

    assert [(one.mine, one.theirs) for one in merged.conflicts] == [((), ("B",))]
