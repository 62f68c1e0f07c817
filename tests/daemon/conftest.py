"""What tests of the daemon share."""

from __future__ import annotations

import pytest
from tests_support.daemons import House


@pytest.fixture
def house(bench):
    return House(bench)
