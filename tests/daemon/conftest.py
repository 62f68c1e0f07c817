"""What tests of the daemon share."""

from __future__ import annotations

import pytest
from tests_support.daemons import House
from tests_support.fleet import Fleet


@pytest.fixture
def house(bench):
    return House(bench)


@pytest.fixture
def fleet(bench):
    made = Fleet(bench)
    yield made
    made.kill()
