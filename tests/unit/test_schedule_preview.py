"""What is worth knowing of the days to come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dayhand.model.routine import Trigger
from dayhand.schedule.open_days import OpenDays
from dayhand.schedule.preview import changes_of, clock_changes, collisions
from dayhand.schedule.timetable import Timetable

DAY = timedelta(days=1)


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def _table(
    text: str, zone: str = "America/New_York", *, routine="r", name="t", open_days=None, **rules
) -> Timetable:
    return Timetable(
        Trigger(name, "cron", text, **rules), zone, routine=routine, open_days=open_days
    )


def test_a_change_of_the_clock_ahead_is_told_with_what_it_touches():
    tables = [_table("30 2 * * *"), _table("0 9 * * *"), _table("*/5 * * * *")]

    (notice,) = clock_changes(tables, _utc(2026, 3, 1))

    assert notice.at == _utc(2026, 3, 8, 7)
    assert (
        notice.text
        == "Sun 8 Mar: the clock goes forward 1 h, from 02:00 to 03:00 (America/New_York)"
    )
    assert [one.nominal.hour for one in notice.occurrences] == [2]


def test_a_time_that_comes_twice_and_one_that_is_dropped_are_told():
    tables = [_table("30 1 * * *"), _table("30 2 * * *", "Europe/Paris", dst_gap="skip")]

    (back,) = clock_changes(tables, _utc(2026, 10, 26))
    (skipped,) = clock_changes(tables, _utc(2026, 3, 20))

    assert back.text.startswith("Sun 1 Nov: the clock goes back 1 h, from 02:00 to 01:00")
    assert skipped.zone == "Europe/Paris"
    assert [one.skipped for one in skipped.occurrences] == ["no such local time"]


def test_a_missing_day_is_told():
    (notice,) = clock_changes([_table("0 9 * * *", "Pacific/Apia")], _utc(2011, 12, 20))

    assert [one.nominal.day for one in notice.occurrences] == [30]
    assert "forward 1 d, from 00:00 to 00:00" in notice.text


def test_two_changes_in_a_window_each_have_their_own():
    notices = clock_changes(
        [_table("30 2 * * *"), _table("30 2 * * *", "Europe/Paris")], _utc(2026, 3, 1), days=30
    )

    assert [(one.zone, len(one.occurrences)) for one in notices] == [
        ("America/New_York", 1),
        ("Europe/Paris", 1),
    ]


def test_a_change_just_outside_the_window_finds_its_occurrence():
    table = _table("59 1 * * *")
    (notice,) = clock_changes([table], _utc(2026, 10, 31, 12), days=1)

    assert clock_changes([table], _utc(2026, 10, 1)) == ()
    assert notice.at == _utc(2026, 11, 1, 6)


def test_a_crowded_minute_is_told():
    tables = [
        _table("0 9 * * *", routine="a"),
        _table("0,30 9 * * *", routine="b"),
        _table("0 9 * * *", routine="c", open_days=OpenDays(["weekend"])),
    ]
    found = [
        one
        for table in tables
        for one in table.between(_utc(2026, 11, 6), _utc(2026, 11, 8), skipped=True)
    ]

    friday, saturday = collisions(found)

    assert [one.routine for one in friday] == ["a", "b", "c"]
    assert [one.routine for one in saturday] == ["a", "b"]
    assert collisions([]) == ()


# What an edit changes -----------------------------------------------------------------------------

WINDOW = _utc(2026, 10, 25), _utc(2026, 11, 5)


def _texts(old: list[Timetable], new: list[Timetable]) -> list[str]:
    return [one.text for one in changes_of(old, new, *WINDOW)]


def test_an_edit_that_changes_no_time_changes_nothing():
    assert (
        _texts([_table("0 9 1 * *")], [_table("0 9 1 * *", name="renamed", if_missed="ask")]) == []
    )


def test_a_day_rule_moves_an_occurrence():
    new = _table("0 9 1 * *", open_days=OpenDays(["weekend"], "next_open_day"))

    assert _texts([_table("0 9 1 * *")], [new]) == ["moves from Sun 1 Nov 09:00 to Mon 2 Nov 09:00"]


def test_a_move_over_the_edge_of_the_window_is_still_a_move():
    new = _table("0 9 1 * *", open_days=OpenDays(["weekend"], "next_open_day"))
    sunday = _utc(2026, 11, 1), _utc(2026, 11, 2)
    monday = _utc(2026, 11, 2), _utc(2026, 11, 3)

    for window in (sunday, monday):
        (change,) = changes_of([_table("0 9 1 * *")], [new], *window)
        assert change.text == "moves from Sun 1 Nov 09:00 to Mon 2 Nov 09:00"


def test_another_time_of_the_day_is_a_move():
    assert _texts([_table("0 7 2,3 11 *")], [_table("0 8 2,3 11 *", name="other")]) == [
        "moves from Mon 2 Nov 07:00 to Mon 2 Nov 08:00", "moves from Tue 3 Nov 07:00 to Tue 3 Nov 08:00",
    ]  # fmt: skip


def test_what_is_added_and_what_is_gone():
    assert _texts([_table("0 9 30 10 *")], [_table("0 9 2 11 *", name="other")]) == [
        "Fri 30 Oct 09:00 gone", "Mon 2 Nov 09:00 added",
    ]  # fmt: skip


def test_what_a_day_rule_drops_is_gone_with_the_reason():
    new = _table("0 9 1 * *", open_days=OpenDays(["weekend"]))

    assert _texts([_table("0 9 1 * *")], [new]) == ["Sun 1 Nov 09:00 gone (weekend (Sunday))"]


def test_a_trigger_more_or_less():
    daily = _table("0 9 1-3 11 *")

    assert _texts([], [daily]) == [f"{day} Nov 09:00 added" for day in ("Sun 1", "Mon 2", "Tue 3")]
    assert _texts([daily], []) == [f"{day} Nov 09:00 gone" for day in ("Sun 1", "Mon 2", "Tue 3")]
    assert _texts([daily, daily], [daily]) == [
        f"{day} Nov 09:00 gone" for day in ("Sun 1", "Mon 2", "Tue 3")
    ]


def test_another_routine_is_no_counterpart():
    found = changes_of([_table("0 9 2 11 *")], [_table("0 9 2 11 *", routine="other")], *WINDOW)

    assert [(one.routine, one.kind) for one in found] == [("other", "added"), ("r", "gone")]


def test_more_times_a_day_pair_in_order():
    assert _texts([_table("0 9 2 11 *")], [_table("0 10,17 2 11 *", name="other")]) == [
        "moves from Mon 2 Nov 09:00 to Mon 2 Nov 10:00", "Mon 2 Nov 17:00 added",
    ]  # fmt: skip
