"""Small counts are hidden, and nobody who knows the rest can work them out."""

from __future__ import annotations

import itertools
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dayhand_network.cells import shown


def test_counts_that_are_not_small_are_shown_with_their_total():
    seen = shown({"website": 9, "physician": 5}, threshold=5)

    assert dict(seen.counts) == {"website": 9, "physician": 5}
    assert seen.total == 14


def test_a_small_count_takes_the_next_smallest_with_it():
    seen = shown({"website": 9, "physician": 6, "friend": 2}, threshold=5)

    assert dict(seen.counts) == {"website": 9, "physician": None, "friend": None}
    assert seen.total == 17


def test_the_next_larger_count_is_hidden_also_beside_several_small_ones():
    seen = shown({"website": 9, "school": 5, "physician": 4, "friend": 4}, threshold=5)

    # 22 - 9 - 5 = 8 would be 4 and 4 for a reader who knows that both are small
    assert [name for name, count in seen.counts.items() if count is None] == [
        "school", "physician", "friend",
    ]  # fmt: skip
    assert seen.total == 22


def test_counts_that_tie_for_the_smallest_are_hidden_together():
    seen = shown({"website": 9, "school": 6, "physician": 6, "friend": 2}, threshold=5)

    assert dict(seen.counts) == {"website": 9, "school": None, "physician": None, "friend": None}


@pytest.mark.parametrize("counts", [{"friend": 3}, {"friend": 1, "school": 2}])
def test_where_nothing_is_left_to_hide_the_total_is_hidden(counts):
    seen = shown(counts, threshold=5)

    assert set(seen.counts.values()) == {None}
    assert seen.total is None


def test_sources_without_a_referral_are_not_listed():
    assert shown({"website": 0}, threshold=5).counts == {}
    assert shown({}, threshold=5).total == 0


def test_a_reader_who_knows_the_rule_and_tries_every_table_learns_no_hidden_count():
    tables = list(itertools.product(range(10), repeat=4))
    by_page = defaultdict(list)
    for counts in tables:
        seen = shown(dict(zip("abcd", counts, strict=True)), threshold=5)
        by_page[tuple(sorted(seen.counts.items())), seen.total].append(counts)

    hidden = 0
    for (counts, total), fitting in by_page.items():
        for name, count in counts:
            if count is None:
                hidden += 1
                possible = {table["abcd".index(name)] for table in fitting}
                assert len(possible) > 1
                if total is not None:
                    assert min(possible) < 5 <= max(possible)
    assert hidden > 1000
    print(
        f"\n{len(tables)} tables give {len(by_page)} pages with {hidden} hidden counts; none is learnt"
    )


@settings(deadline=None)  # no timed assertion: the machine may be busy
@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 40)), st.integers(2, 12))
def test_no_small_count_is_shown_and_what_is_shown_is_true(counts, threshold):
    seen = shown(counts, threshold=threshold)

    for name, count in seen.counts.items():
        assert count is None or (count == counts[name] and count >= threshold)
    assert seen.total in (None, sum(counts.values()))
