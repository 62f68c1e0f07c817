"""Cycles over leap days and month ends: vectors worked out by hand from the rules' words."""

from __future__ import annotations

from datetime import date

import pytest

from dayhand_education.cycle import Window, current
from dayhand_education.rule_set import Period


def d(text):
    return date.fromisoformat(text)


# ends, years, parity, expires, issued, on; first and last day
CYCLES = [
    ("last_day_of_birth_month", 2, "every", "2026-02-28", None, "2025-01-01", "2024-03-01", "2026-02-28"),
    ("last_day_of_birth_month", 2, "every", "2028-02-29", None, "2027-01-01", "2026-03-01", "2028-02-29"),
    ("02-28", 2, "odd", None, None, "2027-02-28", "2025-03-01", "2027-02-28"),
    ("02-28", 2, "odd", None, None, "2027-03-01", "2027-03-01", "2029-02-28"),
    ("02-28", 2, "even", None, None, "2028-02-29", "2026-03-01", "2028-02-29"),
    ("06-30", 1, "every", None, None, "2026-07-01", "2026-07-01", "2027-06-30"),
    ("11-30", 1, "every", None, None, "2026-12-01", "2026-12-01", "2027-11-30"),
    ("issue_anniversary", 1, "every", None, "2024-02-29", "2026-01-01", "2025-03-01", "2026-02-28"),
    ("issue_anniversary", 4, "every", None, "2024-02-29", "2026-01-01", "2024-03-01", "2028-02-29"),
    ("issue_anniversary", 2, "every", None, "2024-06-15", "2026-06-15", "2024-06-16", "2026-06-15"),
    ("explicit", 3, "every", "2027-04-30", None, "2026-01-01", "2024-05-01", "2027-04-30"),
    ("birthday", 2, "every", "2027-08-14", None, "2026-01-01", "2025-08-15", "2027-08-14"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("ends", "years", "parity", "expires", "issued", "on", "first", "last"), CYCLES
)
def test_the_cycle_has_its_first_and_last_day(
    ends, years, parity, expires, issued, on, first, last
):
    period = Period(years=years, ends=ends, parity=parity)

    found = current(
        period,
        expires=d(expires) if expires else None,
        issued=d(issued) if issued else None,
        on=d(on),
    )

    assert found == Window(d(first), d(last))
