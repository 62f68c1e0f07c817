"""Dividing sums and using funds: nothing is lost, nothing is made."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand_billing.amounts import cover, percentage, split

CENTS = st.integers(0, 10_000_000)


def test_a_sum_is_split_by_largest_remainder():
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(10_000, [15_000, 11_250, 15_000, 11_250, 15_000]) == [2222, 1667, 2222, 1667, 2222]
    assert split(5, [0, 10, 0]) == [0, 5, 0]
    assert split(0, [0, 0]) == [0, 0]


@given(CENTS, st.lists(CENTS, min_size=1, max_size=12).filter(any))
def test_the_parts_of_a_split_sum_to_the_whole_and_are_within_a_cent_of_their_share(total, weights):
    parts = split(total, weights)

    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) < sum(weights)


@given(st.lists(CENTS, min_size=1, max_size=12).filter(any), st.data())
def test_no_part_of_a_split_exceeds_its_weight(weights, data):
    total = data.draw(st.integers(0, sum(weights)))

    assert all(part <= weight for part, weight in zip(split(total, weights), weights, strict=True))


@pytest.mark.parametrize(("total", "weights"), [(-1, [1]), (1, [-1, 2]), (1, [0]), (1, [])])
def test_what_cannot_be_split_is_refused(total, weights):
    with pytest.raises(ValueError, match="weight"):
        split(total, weights)


@given(st.lists(CENTS, max_size=12), st.lists(CENTS, max_size=12))
def test_funds_cover_debts_first_to_last_and_the_sum_is_kept(owed, funds):
    used = cover(list(enumerate(owed)), list(enumerate(funds)))

    assert sum(amount for *_, amount in used) == min(sum(owed), sum(funds))
    assert all(amount > 0 for *_, amount in used)
    for place, amount in enumerate(owed):
        paid = sum(part for _, debt, part in used if debt == place)
        assert paid <= amount
        if paid < amount:  # a later debt is paid only when every earlier one is
            assert not any(debt > place for _, debt, _ in used)
    for place, amount in enumerate(funds):
        assert sum(part for fund, _, part in used if fund == place) <= amount
    assert [(fund, debt) for fund, debt, _ in used] == sorted(
        (fund, debt) for fund, debt, _ in used
    )


@given(st.integers(0, 10_000_000), st.decimals(0, 100, places=3))
def test_a_percentage_is_rounded_half_up_to_the_cent(amount, percent):
    exact = Decimal(amount) / 100 * percent / 100

    rounded = exact.quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert Decimal(percentage(amount, percent)) / 100 == rounded


def test_half_a_cent_goes_up():
    assert percentage(50, Decimal(5)) == 3
    assert percentage(15000, Decimal("8.25")) == 1238
