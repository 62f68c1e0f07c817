"""Which changes of the clock lie ahead, and which occurrences they touch."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dayhand.model.routine import Trigger
from dayhand.schedule.clock_changes import clock_changes
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
