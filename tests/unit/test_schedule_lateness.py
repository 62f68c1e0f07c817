"""What is done about times that passed: rule 12, with the shared lateness vectors by number."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dayhand.model.routine import Trigger
from dayhand.schedule.lateness import ON_TIME, decide, late_by, replaced
from dayhand.schedule.timetable import Timetable

ZONE = ZoneInfo("America/New_York")
HOUR = timedelta(hours=1)
POLICIES = ["run_latest", "run_all", "run_within", "skip", "ask"]


def _at(day: int, clock: str, month: int = 11) -> datetime:
    """A moment of November 2026; the 3rd is a Tuesday."""
    hour, minute, *second = map(int, clock.split(":"))
    return datetime(2026, month, day, hour, minute, *second, tzinfo=ZONE)


def _trigger(text: str = "0 7 * * 1-5", **rules) -> Trigger:
    return Trigger("t", "cron", text, **rules)


def _woken(trigger: Trigger, asleep: datetime, now: datetime):
    """What is decided on waking about all that came due meanwhile."""
    table = Timetable(trigger, "America/New_York", routine="r")
    return decide(table.between(asleep, now), now, trigger)


def _told(decisions) -> list[tuple[str, str, str]]:
    return [(f"{one.occurrence.nominal:%a %H:%M}", one.verdict, one.reason) for one in decisions]


def test_case_l1_one_late_run_means_its_own_day():
    (one,) = _woken(_trigger(), _at(3, "6:00"), _at(3, "9:10"))

    assert (one.verdict, one.reason) == ("run", "2 h 10 min late")
    assert one.is_late
    assert one.occurrence.nominal == datetime(2026, 11, 3, 7)


def test_case_l2_the_latest_runs_and_the_others_are_coalesced_into_it():
    found = _woken(_trigger(), _at(6, "6:00"), _at(10, "12:00"))

    assert _told(found) == [
        ("Fri 07:00", "coalesced", "coalesced into r/t/2026-11-10T07:00/0"),
        ("Mon 07:00", "coalesced", "coalesced into r/t/2026-11-10T07:00/0"),
        ("Tue 07:00", "run", "5 h late"),
    ]
    assert found[0].into == found[2].occurrence.key


def test_case_l3_the_latest_few_run_in_order_and_the_others_are_over_max():
    found = _woken(_trigger(if_missed="run_all", max_missed=2), _at(6, "6:00"), _at(10, "12:00"))

    assert [one[:2] for one in _told(found)] == [
        ("Fri 07:00", "missed"),
        ("Mon 07:00", "run"),
        ("Tue 07:00", "run"),
    ]
    assert found[0].reason == "over max"


def test_all_run_where_there_is_no_max():
    found = _woken(_trigger(if_missed="run_all"), _at(6, "6:00"), _at(10, "12:00"))

    assert [one.verdict for one in found] == ["run"] * 3


def test_case_l4_what_is_later_than_the_limit_is_missed():
    trigger = _trigger(if_missed="run_within", run_within=3 * HOUR)

    found = _woken(trigger, _at(3, "6:00"), _at(3, "12:00"))

    assert _told(found) == [("Tue 07:00", "missed", "5 h late, limit 3 h")]


def test_within_the_limit_the_latest_runs():
    trigger = _trigger("0 7-9 * * 1-5", if_missed="run_within", run_within=3 * HOUR)

    found = _woken(trigger, _at(3, "6:00"), _at(3, "10:30"))

    assert _told(found) == [
        ("Tue 07:00", "missed", "3 h 30 min late, limit 3 h"),
        ("Tue 08:00", "coalesced", "coalesced into r/t/2026-11-03T09:00/0"),
        ("Tue 09:00", "run", "1 h 30 min late"),
    ]


@pytest.mark.parametrize("policy", POLICIES)
def test_case_l5_a_blip_is_no_absence(policy):
    (one,) = _woken(_trigger(if_missed=policy), _at(3, "6:59:40"), _at(3, "7:00:20"))

    assert (one.verdict, one.reason, one.is_late) == ("run", "", False)


def test_a_limit_shorter_than_a_tick_lets_a_blip_run():
    trigger = _trigger(if_missed="run_within", run_within=timedelta(seconds=5))

    (one,) = _woken(trigger, _at(3, "6:59:40"), _at(3, "7:00:20"))

    assert one.verdict == "run"


def test_case_l6_a_night_of_five_minutes_is_one_run():
    found = _woken(_trigger("*/5 * * * *"), _at(3, "0:02"), _at(3, "8:02"))

    assert len(found) == 96
    assert Counter(one.verdict for one in found) == {"coalesced": 95, "run": 1}
    assert found[-1].verdict == "run"


def test_case_l9_an_edit_of_the_description_changes_no_key():
    asleep, now = _at(3, "6:00"), _at(3, "9:10")
    before = Timetable(_trigger(), "America/New_York", routine="r").between(asleep, now)
    after = Timetable(_trigger(if_missed="run_all"), "America/New_York", routine="r").between(
        asleep, now
    )

    assert [one.key for one in before] == [one.key for one in after]


def test_case_l10_a_time_moved_on_the_day_it_ran_does_not_run_again_that_day():
    old, new = (
        Timetable(_trigger(text), "America/New_York", routine="r")
        for text in ("0 7 * * 1-5", "0 8 * * 1-5")
    )
    now = _at(3, "7:30")
    midnight = _at(3, "0:00")

    (one,) = replaced(old.between(midnight, now), new.between(midnight, now + 72 * HOUR), now)

    assert one.occurrence.nominal == datetime(2026, 11, 3, 8)
    assert (one.verdict, one.reason, one.into) == (
        "superseded", "ran at Tue 3 Nov 07:00, before the edit", "r/t/2026-11-03T07:00/0",
    )  # fmt: skip


@pytest.mark.parametrize(
    "before, after, dropped",
    [
        ("0 7 * * *", "0 8,17 * * *", ["08:00"]),  # 17:00 is new
        ("0 7 * * *", "0 6 * * *", []),  # passed
        ("0 7 * * *", "0 7,9 * * *", []),  # the one that ran still stands
        ("0 9 * * *", "0 8 * * *", []),  # the old one has not run
        ("0 5,7 * * *", "0 8,9,17 * * *", ["08:00", "09:00"]),
    ],
)
def test_the_nth_time_of_a_day_takes_the_place_of_the_nth(before, after, dropped):
    old, new = (
        Timetable(_trigger(text), "America/New_York", routine="r") for text in (before, after)
    )
    now, midnight = _at(3, "7:30"), _at(3, "0:00")

    found = replaced(old.between(midnight, now), new.between(midnight, _at(3, "23:00")), now)

    assert [f"{one.occurrence.nominal:%H:%M}" for one in found] == dropped


def test_case_l12_a_gap_that_was_slept_through_is_one_late_run():
    trigger = _trigger("30 2 * * *")

    (one,) = _woken(trigger, _at(8, "0:00", 3), _at(8, "9:00", 3))

    assert one.occurrence.nominal == datetime(2026, 3, 8, 2, 30)
    assert one.occurrence.wall == datetime(2026, 3, 8, 3)
    assert (one.verdict, one.reason) == ("run", "6 h late")


def test_what_is_asked_is_the_latest_and_what_is_on_time_runs():
    found = _woken(_trigger("0 * * * *", if_missed="ask"), _at(3, "5:30"), _at(3, "8:00:30"))

    assert [one.verdict for one in found] == ["coalesced", "ask", "run"]
    assert found[1].reason == "1 h late"


def test_what_is_skipped_says_how_late_it_was():
    found = _woken(_trigger("0 * * * *", if_missed="skip"), _at(3, "6:30"), _at(3, "8:00:30"))

    assert _told(found) == [
        ("Tue 07:00", "missed", "1 h late, if_missed is skip"),
        ("Tue 08:00", "run", ""),
    ]


def test_three_days_away_by_policy():
    """S08: 0, 1 and 3 runs."""
    runs = {}
    for policy in POLICIES:
        trigger = _trigger(if_missed=policy, run_within=100 * HOUR)
        found = _woken(trigger, _at(3, "6:00"), _at(5, "12:00"))
        runs[policy] = sum(one.verdict == "run" for one in found)

    assert runs == {"run_latest": 1, "run_all": 3, "run_within": 1, "skip": 0, "ask": 0}


def test_jitter_counts_as_due_and_not_as_late():
    trigger = _trigger(jitter=HOUR)
    table = Timetable(trigger, "America/New_York", routine="r")
    one = table.next(_at(3, "6:00"))

    assert decide([one], one.due - timedelta(seconds=1), trigger) == ()
    assert decide([one], one.due, trigger)[0].late == timedelta(0)


def test_nothing_overdue_is_nothing_to_decide():
    assert decide([], _at(3, "7:00"), _trigger()) == ()


@pytest.mark.parametrize(
    "late, text", [(ON_TIME, ""), (ON_TIME + timedelta(seconds=1), "2 min late")]
)
def test_how_late_is_told_beyond_what_is_on_time(late, text):
    assert late_by(late) == text


@dataclass(frozen=True)
class _Row:
    """A row of a ledger: nothing but what a decision needs."""

    key: str
    due: datetime


@given(
    minutes=st.lists(st.integers(-100, 5000), max_size=30, unique=True), policy=st.sampled_from(POLICIES),
    most=st.none() | st.integers(1, 5), within=st.none() | st.integers(1, 4000),
)  # fmt: skip
def test_each_overdue_row_gets_one_decision_with_a_reason(minutes, policy, most, within):
    now = datetime(2026, 11, 3, tzinfo=UTC)
    rows = [_Row(str(one), now - timedelta(minutes=one)) for one in minutes]
    limit = timedelta(minutes=within) if within else None
    trigger = _trigger(if_missed=policy, max_missed=most, run_within=limit)

    found = decide(rows, now, trigger)

    assert [one.occurrence for one in found] == sorted(
        (row for row in rows if row.due <= now), key=lambda row: row.due
    )
    chosen = {one.occurrence.key for one in found if one.verdict in ("run", "ask")}
    for one in found:
        assert one.reason or (one.verdict == "run" and not one.is_late)
        assert one.verdict != "coalesced" or one.into in chosen
        assert (one.verdict == "coalesced") == (one.into is not None)
