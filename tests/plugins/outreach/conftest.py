"""A practice that wants to be found."""

from __future__ import annotations

import pytest

from dayhand.testing import PracticeKit


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T09:00-05:00", **settings):
        return PracticeKit(
            tmp_path, plugins=["dayhand_outreach"], settings={"outreach": settings}, now=now
        )

    return make
