"""A new practice, made at an hour of the day that is not that of its sample."""

from __future__ import annotations

import re
from datetime import date, datetime

import pytest

from dayhand.app import App, founding
from dayhand.settings import Settings
from dayhand.testing import FrozenClock


@pytest.mark.parametrize(
    ("day", "ends"),
    [
        ("2026-11-24", ["2027-05-31", "2027-03-31"]),
        ("2027-05-30", ["2027-05-31", "2029-03-31"]),
        ("2027-05-31", ["2030-05-31", "2029-03-31"]),
        ("2041-01-01", ["2042-05-31", "2041-03-31"]),
    ],
)
def test_the_licences_of_the_sample_are_in_force_whenever_it_is_made(day, ends):
    text = founding._sample_text(date.fromisoformat(day))
    assert re.findall(r"expires: (\S+)}", text) == ends


@pytest.mark.parametrize(
    ("at", "day", "last"),
    [
        ("2026-11-24T06:30-05:00", None, "2026-11-24T06:30-05:00"),
        ("2026-11-24T17:00-05:00", None, "2026-11-24T12:00-05:00"),
        ("2026-11-27T06:30-05:00", date(2026, 11, 24), "2026-11-24T12:00-05:00"),
    ],
    ids=["in the morning", "in the evening", "of a day past"],
)
def test_nothing_of_the_sample_is_noted_ahead_of_the_clock(tmp_path, at, day, last):
    home = {"HOME": str(tmp_path), "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    clock = FrozenClock(datetime.fromisoformat(at))
    folder = tmp_path / "practice"

    list(
        founding.found(
            App(Settings(home, tmp_path), clock=clock), folder, sample=True, name=None, clinician=None,
            timezone=None, currency="USD", today=day,
        )
    )  # fmt: skip

    with App(Settings(home, tmp_path, folder), clock=clock) as app:
        noted = [entry.at for entry in app.store.audit(limit=1000)]
    assert noted
    assert max(noted) == datetime.fromisoformat(last)
