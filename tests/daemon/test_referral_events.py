"""A referral that is logged makes a routine due at once, and once more a month later."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from tests_support.daemons import House

import dayhand_network
from dayhand.cli import cli

LOOP = """
triggers:
  - id: logged
    after: referral_logged
  - id: outcome
    after: referral_logged
    offset: 30 days
steps:
  - uses: network.open_referrals
"""


@pytest.fixture
def house(bench):
    bench.plugins["network"] = dayhand_network
    bench.fresh()
    made = House(bench)
    made.set_clock("2026-06-09T09:00-04:00")
    bench.write("loop", LOOP)
    made.look()
    return made


def log(house, *more):
    house.set_clock("2026-06-09T10:00-04:00")
    CliRunner().invoke(
        cli, ["referrals", "add", "in", *more], obj=house.bench.fresh(), catch_exceptions=False
    )


def test_each_referral_is_followed_at_once_and_a_month_later(house):
    log(house, "--source", "website")
    log(house, "--source", "school", "--on", "2026-01-05")  # long ago: no news

    house.awake_until("2026-07-10T12:00-04:00")

    ran = [
        (row.planned.trigger, f"{row.due:%m-%dT%H:%M}")
        for row in house.rows()
        if row.state.startswith("ran")
    ]
    assert ran == [("logged", "06-09T14:00"), ("outcome", "07-09T14:00")]
    assert len(house.runs("loop")) == 2
