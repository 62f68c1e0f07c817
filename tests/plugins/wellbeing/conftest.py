"""A practice whose clinician looks after herself."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dayhand.testing import PracticeKit

NOW = "2026-11-23T06:20-05:00"  # a Monday


@pytest.fixture
def make_kit(tmp_path):
    def make(now=NOW, **settings):
        return PracticeKit(
            tmp_path,
            plugins=["dayhand_wellbeing"],
            settings={"wellbeing": settings},
            now=now,
        )

    return make


def match_at(start, *, minutes=50, client=1, attendance="scheduled", **event):
    begin = datetime.fromisoformat(start if "T" in start else f"2026-11-23T{start}-05:00")
    end = begin + timedelta(minutes=minutes)
    whole = {"key": f"{client}#{start}", "start": begin, "end": end, "kind": "session"}
    return {
        "event": whole | event,
        "client_id": f"C-{client:04}",
        "initials": "MQ",
        "attendance": attendance,
    }


@pytest.fixture
def match():
    return match_at
