"""Hours under supervision at the edges of years, leap days and clocks: vectors reckoned by hand.

By the rules of B&P 4980.43 ff. as the domain notes restate them: at most 40 hours in any seven consecutive days; a unit
of supervision (an hour alone or as two, two in a group) in each week and setting; at most six hours of supervision a
week; nothing older than six years before the application, save 500 hours of practicum. They do not look at the code.
"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from dayhand_supervision.case import Case
from dayhand_supervision.counting import count
from dayhand_supervision.models import Entry
from dayhand_supervision.rule_book import SHIPPED
from dayhand_supervision.rule_set import RuleSet
from dayhand_supervision.settings import Track

LMFT = json.loads((SHIPPED / "us-ca-lmft.json").read_text())
WHOLE = RuleSet.model_validate(LMFT)
SEVEN_DAYS = RuleSet.model_validate(
    LMFT | {"minimums": [], "limits": [], "supervision": None, "lookback": None}
)
NEW_YORK = ZoneInfo("America/New_York")


def hours_by_day(parts, rules=SEVEN_DAYS, on="2029-01-31", **track):
    """Hours that count, by day; each part is `(day, hours, category)`, the category being direct."""
    rows = [
        Entry(
            on=date.fromisoformat(day),
            minutes=int(Decimal(str(worked)) * 60),
            category=kind[0] if kind else "direct_individual",
            setting=kind[1] if len(kind) > 1 else "Clinic",
        )
        for day, worked, *kind in parts
    ]
    case = Case(rules, Track(rule_set=rules.id, **track), date.fromisoformat(on))
    found = {}
    for line in count(rows, case).lines:
        day = line.entry.on.isoformat()
        found[day] = found.get(day, 0) + float(Fraction(line.minutes, 60))
    return found


def days(first, number, worked=8):
    start = date.fromisoformat(first)
    return [((start + timedelta(days=n)).isoformat(), worked) for n in range(number)]


# Any seven days ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("full", "later", "counts"),
    [
        # 29 December to 2 January are 40 hours; the 4th is day seven, the 5th day eight
        ("2026-12-29", ("2027-01-04", 1), 0),
        ("2026-12-29", ("2027-01-05", 1), 1),
        # on the 5th the 29th's eight hours are free again, and not more
        ("2026-12-29", ("2027-01-05", 9), 8),
        # 2028 has a 29 February: 25 February to 29 February, and 2 March is day seven
        ("2028-02-25", ("2028-03-02", 1), 0),
        ("2028-02-25", ("2028-03-03", 1), 1),
        # 2027 has none: 24 to 28 February, and again 2 March is day seven
        ("2027-02-24", ("2027-03-02", 1), 0),
        ("2027-02-24", ("2027-03-03", 1), 1),
        # the clock goes forward on 8 March 2026, and back on 1 November: days are days
        ("2026-03-04", ("2026-03-10", 1), 0),
        ("2026-03-04", ("2026-03-11", 1), 1),
        ("2026-10-28", ("2026-11-03", 1), 0),
        ("2026-10-28", ("2026-11-04", 1), 1),
    ],
)
def test_forty_hours_in_seven_days_whatever_the_calendar(full, later, counts):
    found = hours_by_day([*days(full, 5), later])

    assert found[later[0]] == counts
    assert sum(found.values()) == 40 + counts


def test_hours_that_do_not_count_free_the_days_after_them():
    # Monday to Friday 50 hours: 40 count, none of Friday's. Next Monday the window begins on Tuesday: 30
    # of it count, so that 10 hours do; on Tuesday again 10
    parts = [*days("2026-06-01", 5, 10), ("2026-06-08", 10), ("2026-06-09", 10)]

    assert hours_by_day(parts) == {
        "2026-06-01": 10, "2026-06-02": 10, "2026-06-03": 10, "2026-06-04": 10,
        "2026-06-05": 0, "2026-06-08": 10, "2026-06-09": 10,
    }  # fmt: skip


def test_quarters_of_an_hour_add_up_exactly():
    parts = days("2026-12-28", 7, "5.75")  # 40.25 hours in seven days

    found = hours_by_day(parts)

    assert sum(found.values()) == 40
    assert found["2027-01-03"] == 5.5


# Weeks ---------------------------------------------------------------------------------------------


def test_a_unit_carries_its_week_over_the_turn_of_the_year_and_no_other():
    # Monday 28 December to Sunday 3 January is one week
    found = hours_by_day(
        [
            ("2026-12-27", 5),  # the Sunday before: another week, without supervision
            ("2026-12-28", 5),
            ("2027-01-02", 1, "supervision_individual"),
            ("2027-01-03", 4),
            ("2027-01-04", 5),  # the week after, without supervision
        ],
        WHOLE,
        stage="associate",
    )

    assert found == {
        "2026-12-27": 0, "2026-12-28": 5, "2027-01-02": 1, "2027-01-03": 4, "2027-01-04": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("direct", "units", "counts"),
    [
        ("10", 1, 10),
        ("10.25", 1, 10),
        ("10.25", 2, 10.25),
        ("25", 2, 25),
        ("25", 1, 10),
        ("9", 0.5, 0),
    ],
)
def test_an_associate_in_the_week_of_a_leap_day(direct, units, counts):
    first = min(Decimal(direct), Decimal(4))
    found = hours_by_day(
        [
            ("2028-02-28", first),
            ("2028-02-29", Decimal(direct) - first),
            ("2028-03-01", units, "supervision_individual"),
        ],
        WHOLE,
        stage="associate",
    )

    assert found["2028-02-28"] + found["2028-02-29"] == counts


def test_two_hours_in_a_group_are_a_unit_in_two_parts_of_one_week_only():
    def counted(second):
        parts = [("2026-12-31", 8), ("2026-12-30", 1, "supervision_group")]
        return hours_by_day([*parts, (second, 1, "supervision_group")], WHOLE, stage="associate")

    assert counted("2027-01-03")["2026-12-31"] == 8  # Sunday of the same week
    assert counted("2027-01-04")["2026-12-31"] == 0  # Monday of the next


def test_six_hours_of_supervision_a_week_are_counted_over_all_settings():
    found = hours_by_day(
        [
            ("2026-12-28", 4, "supervision_individual", "Clinic"),
            ("2027-01-01", 4, "supervision_individual", "School"),
            ("2027-01-04", 4, "supervision_individual", "Clinic"),
        ],
        WHOLE,
        stage="associate",
    )

    assert found == {"2026-12-28": 4, "2027-01-01": 2, "2027-01-04": 4}


# Six years -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worked_on", "application", "counts"),
    [
        ("2026-06-15", "2032-06-15", 5),  # six years ago to the day: not older than that
        ("2026-06-14", "2032-06-15", 0),
        ("2024-02-29", "2030-02-28", 5),
        ("2024-02-29", "2030-03-01", 0),
        ("2026-03-01", "2032-02-29", 5),
        ("2026-02-27", "2032-02-29", 0),
        ("2026-12-31", "2033-01-01", 0),
        ("2027-01-01", "2033-01-01", 5),
    ],
)
def test_what_is_older_than_six_years_does_not_count(worked_on, application, counts):
    day = date.fromisoformat(worked_on)
    found = hours_by_day(
        [(worked_on, 5), (worked_on, 1, "supervision_individual")],
        WHOLE,
        on=application,
        stage="associate",
    )

    assert found[day.isoformat()] == (counts + 1 if counts else 0)


# Clocks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        # 1 November 2026, 2:00 EDT is 1:00 EST: from 0:30 to the second 1:30 it is two hours
        (datetime(2026, 11, 1, 0, 30), datetime(2026, 11, 1, 1, 30, fold=1), 120),
        (datetime(2026, 11, 1, 1, 30), datetime(2026, 11, 1, 1, 30, fold=1), 60),
        # 8 March 2026, 2:00 EST is 3:00 EDT: from 1:30 to 3:30 it is one hour
        (datetime(2026, 3, 8, 1, 30), datetime(2026, 3, 8, 3, 30), 60),
        (datetime(2026, 7, 1, 9, 0), datetime(2026, 7, 1, 9, 50), 50),
    ],
)
def test_a_meeting_over_a_change_of_the_clock_lasts_as_long_as_it_did(kit, start, end, minutes):
    event = {
        "key": "e1",
        "start": start.replace(tzinfo=NEW_YORK),
        "end": end.replace(tzinfo=NEW_YORK),
        "summary": "Supervision",
        "categories": ["SUPERVISION"],
    }

    (found,) = kit.run("supervision.meetings", events=[event])

    assert found["minutes"] == minutes
