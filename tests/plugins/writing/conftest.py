"""A practice with two writing projects."""

from __future__ import annotations

import pytest
from tests_support.kits import SeenKit

PROJECTS = {
    "grief": {"title": "On grief", "files": ["drafts/grief/*.md"], "goal": 3},
    "case": {"files": ["drafts/case.*"]},
}


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T18:00-05:00", **settings):
        section = {"projects": PROJECTS} | settings
        return SeenKit(
            tmp_path, plugins=["dayhand_writing"], settings={"writing": section}, now=now
        )

    return make
