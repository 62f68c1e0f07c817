"""A practice with contacts."""

from __future__ import annotations

import pytest

from dayhand.testing import PracticeKit

VANCE = {
    "name": "Dr. Theodora Vance",
    "role": "psychiatrist",
    "organisation": "Vance Psychiatry",
    "phone": "518-555-0131",
    "email": "vance@clinic.example",
    "insurance": ["Evergreen Mutual"],
    "availability": "limited",
    "verified_on": "2026-10-01",
    "recipient": "Dr. Theodora Vance, psychiatrist",
}


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T09:00-05:00", **settings):
        return PracticeKit(
            tmp_path, plugins=["dayhand_network"], settings={"network": settings}, now=now
        )

    return make


@pytest.fixture
def contact(kit):
    def keep(**changes):
        return kit.run("network.record_contact", contact=VANCE | changes)["id"]

    return keep


@pytest.fixture
def refer(kit):
    def keep(direction="in", **values):
        return kit.run("network.record_referral", direction=direction, **values)

    return keep
