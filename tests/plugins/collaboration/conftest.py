"""A practice with releases."""

from __future__ import annotations

import pytest

from dayhand.testing import PracticeKit

VANCE = "Dr. Theodora Vance"
WHOLE = {
    "client_id": "C-0012",
    "initials": "MZ",
    "information": ["attendance", "diagnosis", "treatment_plan", "progress", "measures", "risk"],
    "description": "Dates of sessions, diagnosis, goals and progress",
    "discloser": "Jane Doe, LCSW",
    "recipient": VANCE,
    "recipient_address": "Vance Psychiatry; 31 Canal Street",
    "purpose": "Coordination of care",
    "expires_on": "2027-04-23",
    "signed_on": "2026-04-23",
    "signed_by": "client",
    "says_revocation": True,
    "says_conditions": True,
    "says_redisclosure": True,
}


@pytest.fixture
def make_kit(tmp_path):
    def make(now="2026-11-24T09:00-05:00", **settings):
        return PracticeKit(
            tmp_path,
            plugins=["dayhand_collaboration"],
            settings={"collaboration": settings},
            now=now,
        )

    return make


@pytest.fixture
def release(kit):
    def keep(**changes):
        return kit.run("collaboration.record_release", release=WHOLE | changes)

    return keep
