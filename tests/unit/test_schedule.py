"""The rules of a timetable, one by one, as a person would put them."""

from __future__ import annotations

import stat
import sys
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from itertools import islice, pairwise

import pytest

from dayhand.app.kept_holidays import KeptHolidays
from dayhand.cron import CronError
from dayhand.errors import UserError
from dayhand.model.routine import Routine, Trigger
from dayhand.schedule import occurrence, zones
from dayhand.schedule.holidays_calendar import PublicHolidays
from dayhand.schedule.open_days import ListedDays, OpenDays, Weekend
from dayhand.schedule.timetable import Timetable, is_timed, timetables
from dayhand.schedule.zones import Zone

NEW_YORK = "America/New_York"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def _table(text, zone=NEW_YORK, *, open_days=None, **rules) -> Timetable:
    return Timetable(Trigger("t", "cron", text, **rules), zone, routine="r", open_days=open_days)


def _shown(table: Timetable, after: datetime, count: int) -> list[str]:
    return [f"{one.wall:%a %Y-%m-%d %H:%M}" for one in islice(table.ahead(after), count)]


# Changes of the clock -----------------------------------------------------------------------------

GAP = (_utc(2026, 3, 8), _utc(2026, 3, 9))  # 02:00 becomes 03:00 at 07:00 UTC
OVERLAP = (_utc(2026, 11, 1), _utc(2026, 11, 2))  # 02:00 becomes 01:00 at 06:00 UTC


def test_a_time_in_a_gap_runs_right_after_it_and_says_so():
    (one,) = _table("30 2 * * *").between(*GAP)

    assert one.at == _utc(2026, 3, 8, 7)
    assert one.nominal == datetime(2026, 3, 8, 2, 30)
    assert one.wall == datetime(2026, 3, 8, 3)
    assert one.key == "r/t/2026-03-08T02:30/0"
    assert one.notes == ("the clock skips 02:30 on Sun 8 Mar: runs at 03:00",)
    assert one.clock == "gap"


def test_two_times_in_one_gap_and_the_one_at_its_end_are_one_occurrence():
    first, second = _table("0,30 2,3 * * *").between(_utc(2026, 3, 8, 4), _utc(2026, 3, 8, 12))

    assert first.nominal == datetime(2026, 3, 8, 3)  # the one that really stands there
    assert [one.minute for one in first.nominals] == [0, 30, 0]
    assert first.notes[-1] == "one run for Sun 8 Mar 02:00, Sun 8 Mar 02:30 and Sun 8 Mar 03:00"
    assert second.nominals == (datetime(2026, 3, 8, 3, 30),)


def test_a_whole_hour_of_times_in_a_gap_is_one_run_and_a_short_note():
    (one,) = _table("0-59 2 * * *").between(*GAP)

    assert len(one.nominals) == 60
    assert len(one.notes) == 5
    assert one.notes[-1] == "one run for 60 times, Sun 8 Mar 02:00 to Sun 8 Mar 02:59"


def test_a_gap_can_be_skipped_with_a_reason():
    table = _table("30 2 * * *", dst_gap="skip")

    assert list(table.between(*GAP)) == []
    (one,) = table.between(*GAP, skipped=True)
    assert one.skipped == "no such local time"
    assert not one.is_to_run
    assert one.notes == ("the clock skips 02:30 on Sun 8 Mar",)


def test_a_gap_can_be_gone_before():
    (one,) = _table("30 2 * * *", dst_gap="before").between(*GAP)

    assert one.wall == datetime(2026, 3, 8, 1, 59)
    assert one.notes == ("the clock skips 02:30 on Sun 8 Mar: runs at 01:59",)


@pytest.mark.parametrize("choice, hours", [("first", [5]), ("last", [6]), ("both", [5, 6])])
def test_a_time_that_comes_twice_runs_when_it_is_told_to(choice, hours):
    found = list(_table("0 1 * * *", dst_overlap=choice).between(*OVERLAP))

    assert [one.at.hour for one in found] == hours
    assert [one.fold for one in found] == list(range(len(hours)))
    assert found[0].key == "r/t/2026-11-01T01:00/0"  # the same for the first and the last
    assert found[0].clock == "overlap"
    assert found[0].notes[0].startswith("01:00 comes twice on Sun 1 Nov: runs ")


def test_an_interval_follows_elapsed_time():
    half_hourly = _table("*/30 * * * *")

    assert len(list(half_hourly.between(*GAP))) == 48
    found = list(half_hourly.between(_utc(2026, 11, 1, 4, 59), _utc(2026, 11, 1, 7)))
    assert [f"{one.wall:%H:%M} {one.fold}" for one in found] == [
        "01:00 0", "01:30 0", "01:00 1", "01:30 1", "02:00 0",
    ]  # fmt: skip
    assert half_hourly.is_interval
    assert all(not one.notes for one in found)


def test_a_missing_day_is_recorded_and_not_moved():
    found = list(
        _table("0 9 * * *", "Pacific/Apia").between(
            _utc(2011, 12, 29), _utc(2011, 12, 31), skipped=True
        )
    )

    assert [(one.nominal.day, one.skipped) for one in found] == [
        (29, None), (30, "no such local time"), (31, None),
    ]  # fmt: skip


def test_a_missing_day_gives_an_interval_nothing_to_record():
    found = _table("0 * * * *", "Pacific/Apia").between(
        _utc(2011, 12, 29), _utc(2012, 1, 1), skipped=True
    )

    assert len(list(found)) == 72


# Months, years, impossible days -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, after, expected",
    [
        ("0 9 31 * *", _utc(2026, 1, 1), ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]),
        ("0 9 30 * *", _utc(2026, 1, 1), ["2026-01-30", "2026-03-30", "2026-04-30"]),
        ("0 9 29 * *", _utc(2027, 1, 1), ["2027-01-29", "2027-03-29"]),
        ("0 9 29 * *", _utc(2028, 1, 1), ["2028-01-29", "2028-02-29"]),
        ("0 9 L * *", _utc(2028, 1, 1), ["2028-01-31", "2028-02-29", "2028-03-31"]),
        ("0 0 29 2 *", _utc(2026, 1, 1), ["2028-02-29", "2032-02-29"]),
        ("0 0 29 2 *", _utc(2097, 1, 1), ["2104-02-29"]),
        ("0 9 * * 4", _utc(2026, 12, 24), ["2026-12-24", "2026-12-31", "2027-01-07"]),  # week 53
        ("0 0 31 12 *", _utc(2026, 1, 1), ["2026-12-31", "2027-12-31"]),
    ],
)
def test_month_ends_and_leap_days(text, after, expected):
    found = [shown.split()[1] for shown in _shown(_table(text), after, len(expected))]

    assert found == expected


@pytest.mark.parametrize("text", ["0 0 30 2 *", "0 0 31 4,6,9,11 *"])
def test_a_day_that_never_comes_ends_the_search(text):
    assert _table(text).next(_utc(2026, 1, 1)) is None
    assert _table(text).prev(_utc(2026, 1, 1)) is None
    assert (
        _table(text, open_days=_rules("weekend", shift="next_open_day")).next(_utc(2026, 1, 1))
        is None
    )
    assert list(_table(text).between(_utc(2026, 1, 1), _utc(2036, 1, 1), skipped=True)) == []


def test_what_comes_on_closed_days_only_ends_the_search_too():
    table = _table("0 9 * * sat", open_days=OpenDays(["weekend"]))
    short = Trigger("t", "every", "7 days", every=7 * DAY)
    mondays = OpenDays(["weekend"], calendars={"weekend": Weekend(frozenset({0}))})

    assert table.next(_utc(2026, 1, 1)) is None
    assert table.prev(_utc(2026, 1, 1)) is None
    assert Timetable(short, "UTC", open_days=mondays).next(_utc(2026, 1, 1)) is None
    assert Timetable(short, "UTC", open_days=mondays).prev(_utc(2026, 1, 1)) is None


def test_the_ends_of_the_calendar_are_no_error():
    yearly = _table("0 9 1 1 *", "UTC")

    assert yearly.next(_utc(9998, 6, 1)) is not None
    assert yearly.prev(_utc(9, 6, 1)) is not None


def test_what_is_no_timetable_is_refused():
    with pytest.raises(ValueError, match="'file' has no timetable"):
        Timetable(Trigger("t", "file", "*.csv"), NEW_YORK)
    with pytest.raises(ValueError, match="more than nothing"):
        Timetable(Trigger("t", "every", "0 min", every=timedelta(0)), NEW_YORK)
    with pytest.raises(CronError):
        _table("0 0 9 * * 1")
    with pytest.raises(UserError, match="'Mars/Olympus' is not a time zone"):
        _table("0 9 * * *", "Mars/Olympus")


# Day rules ----------------------------------------------------------------------------------------

THANKSGIVING = ListedDays({date(2026, 11, 26): "Thanksgiving"})


def _rules(*skip_on, shift=None, **calendars) -> OpenDays:
    return OpenDays(skip_on, shift, calendars)


def test_a_closed_day_drops_an_occurrence_with_its_reason():
    table = _table(
        "0 9 * * *", open_days=_rules("weekend", "public_holiday", public_holiday=THANKSGIVING)
    )

    found = list(table.between(_utc(2026, 11, 26), _utc(2026, 12, 1), skipped=True))

    assert [(one.nominal.day, one.skipped) for one in found] == [
        (26, "public holiday (Thanksgiving)"), (27, None), (28, "weekend (Saturday)"),
        (29, "weekend (Sunday)"), (30, None),
    ]  # fmt: skip
    assert [one.nominal.day for one in table.between(_utc(2026, 11, 26), _utc(2026, 12, 1))] == [
        27,
        30,
    ]


@pytest.mark.parametrize("shift, day", [("next_open_day", 2), ("previous_open_day", 30)])
def test_an_occurrence_moves_to_an_open_day_and_says_so(shift, day):
    table = _table("0 9 1 * *", open_days=_rules("weekend", shift=shift))
    (one,) = table.between(_utc(2026, 10, 20), _utc(2026, 11, 20), skipped=True)

    assert one.nominal == datetime(2026, 11, 1, 9)
    assert one.wall.day == day
    assert one.notes == (
        f"moved from Sun 1 Nov to {'Mon 2 Nov' if day == 2 else 'Fri 30 Oct'}: weekend (Sunday)",
    )
    assert one.key == "r/t/2026-11-01T09:00/0"
    assert table.next(one.at - HOUR) == table.prev(one.at + HOUR) == one


def test_a_moved_occurrence_and_the_one_that_stands_there_are_one():
    table = _table("0 9 * * *", open_days=_rules("weekend", shift="next_open_day"))

    friday, monday = table.between(_utc(2026, 10, 30), _utc(2026, 11, 2, 20))

    assert friday.nominals == (datetime(2026, 10, 30, 9),)
    assert monday.nominal == datetime(2026, 11, 2, 9)
    assert [one.day for one in monday.nominals] == [31, 1, 2]


def test_two_that_move_to_one_day_are_one():
    table = _table("0 9 1,31 * *", open_days=_rules("weekend", shift="next_open_day"))

    (one,) = table.between(_utc(2026, 10, 20), _utc(2026, 11, 20))

    assert one.at == _utc(2026, 11, 2, 14)
    assert one.nominal == datetime(2026, 10, 31, 9)
    assert one.nominals == (datetime(2026, 10, 31, 9), datetime(2026, 11, 1, 9))
    assert one.notes[-1] == "one run for Sat 31 Oct 09:00 and Sun 1 Nov 09:00"


def test_an_occurrence_moves_over_a_holiday_next_to_a_weekend_into_the_next_year():
    off = ListedDays.of([date(2026, 12, 31), date(2027, 1, 1)], "office closed")
    table = _table(
        "0 9 L 12 *", open_days=_rules("weekend", "time_off", shift="next_open_day", time_off=off)
    )

    one = table.next(_utc(2026, 12, 1))

    assert one.wall == datetime(2027, 1, 4, 9)
    assert one.notes == ("moved from Thu 31 Dec to Mon 4 Jan: time off (office closed)",)


def test_an_occurrence_moved_into_a_gap_obeys_the_clock_there():
    sunday = _rules("weekend", shift="next_open_day", weekend=Weekend(frozenset({5})))
    (one,) = _table("30 2 7 3 *", open_days=sunday).between(_utc(2026, 3, 1), _utc(2026, 4, 1))

    assert one.wall == datetime(2026, 3, 8, 3)
    assert len(one.notes) == 2


def test_where_no_day_is_open_the_occurrence_is_dropped():
    table = _table(
        "0 9 1 * *",
        open_days=_rules("weekend", shift="next_open_day", weekend=Weekend(frozenset(range(7)))),
    )
    (one,) = table.between(_utc(2026, 10, 20), _utc(2026, 11, 20), skipped=True)

    assert one.skipped == "weekend (Sunday), and no day within 366 is open"
    assert table.next(_utc(2026, 10, 20)) is None


def test_a_day_rule_without_its_calendar_is_told():
    with pytest.raises(UserError) as caught:
        OpenDays(["public_holiday"])

    assert caught.value.message == "nothing says which days are 'public_holiday'"
    assert "known are weekend" in caught.value.hint


def test_open_days_end_with_the_calendar():
    closed = _rules("weekend", shift="next_open_day", weekend=Weekend(frozenset(range(7))))

    assert closed.target(date.max) is None
    assert OpenDays([], "next_open_day").shift is None


def test_public_holidays_come_from_the_library():
    new_york = PublicHolidays("US-NY")

    assert new_york.closed(date(2026, 11, 26)) == "Thanksgiving Day"
    assert new_york.closed(date(2026, 11, 25)) is None
    with pytest.raises(UserError, match="'XX' are not known"):
        PublicHolidays("XX").closed(date(2026, 1, 1))


def test_the_library_is_asked_once_for_each_year(tmp_path, monkeypatch):
    note = tmp_path / "holidays.json"
    first = KeptHolidays(note, "US-NY").closed(date(2026, 11, 26))
    monkeypatch.setitem(sys.modules, "holidays", None)
    again = KeptHolidays(note, "US-NY")

    assert (first, again.closed(date(2026, 11, 26))) == ("Thanksgiving Day", "Thanksgiving Day")
    assert again.closed(date(2026, 11, 25)) is None
    assert again.closed(date(2026, 2, 12)) == "Lincoln's Birthday"
    with pytest.raises(UserError, match="need the library"):
        again.closed(date(2027, 1, 1))
    with pytest.raises(UserError, match="need the library"):
        KeptHolidays(note, "US").closed(date(2026, 1, 1))
    assert stat.S_IMODE(note.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    ["", "[]", '{"library": 1}', "{", '{"library": "VERSION", "US": {"2026": 7}}',
     '{"library": "VERSION", "US": {"x": {}}}', '{"library": "0.1", "US": {"2026": {}}}'],
)  # fmt: skip
def test_a_note_of_holidays_that_is_not_as_it_was_written_is_made_anew(tmp_path, text):
    note = tmp_path / "holidays.json"
    note.write_text(text.replace("VERSION", metadata.version("holidays")))

    assert KeptHolidays(note, "US").closed(date(2026, 12, 25)) == "Christmas Day"
    assert "Christmas Day" in note.read_text()


def test_without_the_library_the_way_to_get_it_is_told(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "holidays", None)

    with pytest.raises(UserError) as caught:
        PublicHolidays("US").closed(date(2026, 1, 1))

    assert "dayhand[calendar]" in caught.value.hint


# Lengths of time ----------------------------------------------------------------------------------


def _every(length: timedelta, zone=NEW_YORK, **more) -> Timetable:
    return Timetable(Trigger("t", "every", "", every=length), zone, routine="r", **more)


def test_a_length_is_counted_from_a_monday_midnight():
    assert _shown(_every(15 * HOUR / 60), _utc(2026, 1, 5, 5, 7), 2) == [
        "Mon 2026-01-05 00:15",
        "Mon 2026-01-05 00:30",
    ]
    assert _shown(_every(7 * DAY), _utc(2026, 1, 1), 2) == [
        "Mon 2026-01-05 00:00",
        "Mon 2026-01-12 00:00",
    ]
    assert _shown(_every(DAY), _utc(2026, 7, 1), 1) == ["Wed 2026-07-01 01:00"]  # elapsed time


def test_a_length_can_have_an_anchor():
    table = _every(2 * HOUR, anchor=_utc(2026, 1, 1, 0, 40))

    assert table.next(_utc(2026, 5, 1)).at == _utc(2026, 5, 1, 0, 40)
    assert table.prev(_utc(2026, 5, 1, 0, 40)).at == _utc(2026, 4, 30, 22, 40)
    assert table.next(_utc(2025, 5, 1)).at == _utc(2025, 5, 1, 0, 40)


def test_a_length_keeps_its_spacing_in_the_repeated_hour():
    found = list(_every(HOUR / 2).between(_utc(2026, 11, 1, 4, 59), _utc(2026, 11, 1, 7)))

    assert [one.key[4:] for one in found] == [
        "2026-11-01T01:00/0", "2026-11-01T01:30/0", "2026-11-01T01:00/1", "2026-11-01T01:30/1",
        "2026-11-01T02:00/0",
    ]  # fmt: skip


def test_a_length_of_odd_seconds_has_keys_of_their_own():
    found = list(islice(_every(timedelta(seconds=90), "UTC").ahead(_utc(2026, 1, 1)), 3))

    assert [one.key for one in found] == [
        "r/t/2026-01-01T00:01:30/0",
        "r/t/2026-01-01T00:03/0",
        "r/t/2026-01-01T00:04:30/0",
    ]


def test_a_closed_day_drops_a_length_with_its_reason():
    table = _every(12 * HOUR, "UTC", open_days=_rules("weekend"))

    found = list(table.between(_utc(2026, 1, 2, 1), _utc(2026, 1, 5), skipped=True))

    assert [one.skipped for one in found] == [
        None, "weekend (Saturday)", "weekend (Saturday)", "weekend (Sunday)", "weekend (Sunday)", None,
    ]  # fmt: skip
    assert [one.at.day for one in table.between(_utc(2026, 1, 2, 1), _utc(2026, 1, 5))] == [2, 5]
    assert [one.at.day for one in islice(table.behind(_utc(2026, 1, 5, 1)), 2)] == [5, 2]


# Jitter, keys, zones ------------------------------------------------------------------------------


def test_jitter_is_the_same_for_the_same_occurrence_and_leaves_its_key():
    plain, spread = _table("0 9 * * *"), _table("0 9 * * *", jitter=HOUR)
    found, again = (list(islice(spread.ahead(_utc(2026, 1, 1)), 40)) for _ in range(2))

    assert found == again
    assert [one.key for one in found] == [
        one.key for one in islice(plain.ahead(_utc(2026, 1, 1)), 40)
    ]
    assert all(timedelta(0) <= one.due - one.at < HOUR for one in found)
    assert len({one.delay for one in found}) > 30
    assert spread.prev(found[3].at + HOUR) == found[3]


def test_jitter_never_reaches_the_next_occurrence():
    table = _table("*/5 * * * *", jitter=DAY)
    found = list(islice(table.ahead(_utc(2026, 3, 8, 6)), 300))

    assert all(one.due < two.at <= two.due for one, two in pairwise(found))
    assert max(one.delay for one in found) > timedelta(minutes=4)


def test_what_does_not_run_has_no_jitter():
    table = _table("0 9 * * *", jitter=HOUR, open_days=_rules("weekend"))
    found = table.between(_utc(2026, 10, 31), _utc(2026, 11, 2), skipped=True)

    assert [one.delay for one in found] == [timedelta(0)] * 2


def test_a_delay_without_a_next_occurrence_keeps_to_the_length():
    assert occurrence.delay("a", HOUR, None) < HOUR
    assert occurrence.delay("a", HOUR, timedelta(seconds=1)) == timedelta(0)


def test_an_edit_of_something_else_leaves_the_keys():
    before = _table("0 9 1 * *")
    after = _table(
        "0 9 1 * *",
        dst_gap="skip",
        if_missed="ask",
        jitter=HOUR,
        open_days=_rules("weekend", shift="next_open_day"),
    )
    window = _utc(2026, 1, 1), _utc(2027, 1, 20)

    assert [one.key for one in before.between(*window)] == [
        one.key for one in after.between(*window)
    ]


def test_a_trigger_has_the_zone_it_names_else_the_routines_else_the_practices():
    triggers = (
        Trigger("a", "cron", "0 9 * * *", timezone="Europe/Paris"), Trigger("b", "cron", "0 9 * * *"),
        Trigger("c", "file", "*.csv"), Trigger("d", "every", "1 h", every=HOUR, skip_on=("time_off",)),
    )  # fmt: skip
    routine = Routine("r", "r.yaml", "", "", (), timezone="Asia/Tokyo", triggers=triggers)
    calendars = {"time_off": ListedDays({date(2026, 1, 1): "New Year"})}

    found = timetables(routine, NEW_YORK, calendars)
    bare = timetables(Routine("r", "r.yaml", "", "", (), triggers=triggers[1:2]), NEW_YORK)

    assert [one.zone.name for one in (*found, *bare)] == [
        "Europe/Paris",
        "Asia/Tokyo",
        "Asia/Tokyo",
        NEW_YORK,
    ]
    assert [one.trigger.id for one in found] == ["a", "b", "d"]
    assert found[2].next(_utc(2026, 1, 1)).at == _utc(2026, 1, 1, 15)
    assert not is_timed(triggers[2])
    assert repr(bare[0]) == "Timetable(r, '0 9 * * *', America/New_York)"


def test_instants_may_be_given_in_any_zone():
    tokyo = Zone("Asia/Tokyo").info
    table = _table("0 9 * * *")

    assert table.next(_utc(2026, 1, 1).astimezone(tokyo)) == table.next(_utc(2026, 1, 1))
    assert table.next(_utc(2026, 1, 1)).at.tzinfo is UTC


def test_a_zone_tells_what_a_wall_time_is():
    zone = Zone(NEW_YORK)

    gap = zone.resolve(datetime(2026, 3, 8, 2, 30))
    overlap = zone.resolve(datetime(2026, 11, 1, 1, 30))

    assert (gap.kind, gap.first, gap.length) == ("gap", _utc(2026, 3, 8, 7), HOUR)
    assert (overlap.kind, overlap.first, overlap.second) == (
        "overlap",
        _utc(2026, 11, 1, 5, 30),
        _utc(2026, 11, 1, 6, 30),
    )
    assert zone.resolve(datetime(2026, 3, 8, 3)).kind == "ordinary"
    assert zone.local(_utc(2026, 11, 1, 6, 30)).fold == 1
    assert repr(zone) == "Zone('America/New_York')"


def test_a_zone_tells_its_changes_and_a_digest_of_them():
    zone = Zone(NEW_YORK)
    window = _utc(2026, 1, 1), _utc(2027, 1, 1)

    first, second = zone.transitions(*window)

    assert (first.at, first.change) == (_utc(2026, 3, 8, 7), HOUR)
    assert (first.wall_before, first.wall_after) == (
        datetime(2026, 3, 8, 2),
        datetime(2026, 3, 8, 3),
    )
    assert (second.at, second.change) == (_utc(2026, 11, 1, 6), -HOUR)
    assert list(zone.transitions(first.at, second.at)) == [second]
    assert zone.digest(*window) == Zone("US/Eastern").digest(*window)
    assert zone.digest(*window) != Zone("America/Toronto").digest(
        _utc(2026, 1, 1), _utc(2026, 10, 1)
    )
    assert zone.digest(*window) != Zone("America/Phoenix").digest(*window)


def test_a_day_is_calm_away_from_changes_of_the_clock():
    assert Zone(NEW_YORK).is_calm(date(2026, 3, 7))
    assert not Zone(NEW_YORK).is_calm(date(2026, 3, 8))
    assert not Zone("Asia/Pyongyang").is_calm(date(2018, 5, 4))
    assert not Zone("Asia/Pyongyang").is_calm(
        date(2018, 5, 5)
    )  # the gap ends with its first midnight


def test_the_release_of_the_zone_data_is_known(monkeypatch):
    zones.tzdata_version.cache_clear()
    assert zones.tzdata_version()[:2] == "20"

    monkeypatch.setitem(__import__("sys").modules, "tzdata", None)
    zones.tzdata_version.cache_clear()
    assert zones.tzdata_version() == ""
    zones.tzdata_version.cache_clear()
