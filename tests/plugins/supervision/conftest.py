"""A practice with a track of supervised hours."""

from __future__ import annotations

import pytest

from dayhand.testing import PracticeKit

TRACK = {
    "rule_set": "us-ca-lmft",
    "setting": "County clinic",
    "supervisor": "Dr. Ada Ruiz",
    "services": {"SVC-FAM": "direct_couple_family_child"},
}
SETTINGS = {
    "tracks": {"lmft": TRACK},
    "supervisors": {"Dr. Ada Ruiz": {"licence": "LMFT", "number": "45678"}},
    "workplaces": {"County clinic": "community_mental_health"},
}


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T18:00-05:00", track=None, **settings):
        section = SETTINGS | {"tracks": {"lmft": TRACK | (track or {})}} | settings
        return PracticeKit(
            tmp_path, plugins=["dayhand_supervision"], settings={"supervision": section}, now=now
        )

    return make


@pytest.fixture
def keep(kit):
    def run(day, minutes, category="direct_individual", **more):
        return kit.run(
            "supervision.record", on=day, length=f"{minutes} minutes", category=category, **more
        )

    return run
