from __future__ import annotations

import pytest
from billing_practice import Billing


@pytest.fixture
def billing(tmp_path):
    made = Billing(tmp_path)
    yield made
    made.kit.engine.dispose()


@pytest.fixture
def practice_with(tmp_path):
    """Makes a practice with settings, and closes it."""
    opened = []

    def make(**settings):
        opened.append(Billing(tmp_path, **settings))
        return opened[-1]

    yield make
    for each in opened:
        each.kit.engine.dispose()
