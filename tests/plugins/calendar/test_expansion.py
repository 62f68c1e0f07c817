"""What is on: series, exceptions, all-day events, zones and changes of clocks."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dayhand_calendar.blocks import cut
from dayhand_calendar.expansion import Calendar, Occurrence, Window

NEW_YORK = ZoneInfo("America/New_York")
HEAD = "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n"


def calendar(*events: str, zone: str = "America/New_York", before: str = "") -> Calendar:
    blocks = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    return Calendar(
        cut(f"{HEAD}{before}{blocks}END:VCALENDAR\n".encode(), most=20_000), "work", ZoneInfo(zone)
    )


def on(subject: Calendar, first: str, last: str = "", zone: str = "America/New_York") -> list[str]:
    """What is on, as `start–end` in the practice's zone."""
    window = Window(date.fromisoformat(first), date.fromisoformat(last or first), ZoneInfo(zone))
    found, skipped = subject.between(window)
    assert skipped == []
    return [shown(item, ZoneInfo(zone)) for item in found]


def shown(item: Occurrence, zone: ZoneInfo) -> str:
    start, end = item.start.astimezone(zone), item.end.astimezone(zone)
    return f"{start:%m-%d %H:%M}–{end:%H:%M}{' all day' if item.all_day else ''}"


WEEKLY = """
UID:series
DTSTART;TZID=America/New_York:20261020T100000
DTEND;TZID=America/New_York:20261020T105000
RRULE:FREQ=WEEKLY;BYDAY=TU
"""


def test_a_series_keeps_its_time_on_the_wall_when_clocks_go_back() -> None:
    subject = calendar(WEEKLY)

    assert on(subject, "2026-10-20", "2026-11-10") == [
        "10-20 10:00–10:50", "10-27 10:00–10:50", "11-03 10:00–10:50", "11-10 10:00–10:50",
    ]  # fmt: skip
    found, _ = subject.between(Window(date(2026, 10, 20), date(2026, 11, 10), NEW_YORK))
    assert [item.start.hour for item in found] == [14, 14, 15, 15]


def test_a_series_of_another_zone_moves_where_only_one_of_the_two_changes_its_clocks() -> None:
    subject = calendar(
        """
UID:london
DTSTART;TZID=Europe/London:20261020T140000
DTEND;TZID=Europe/London:20261020T145000
RRULE:FREQ=WEEKLY
"""
    )

    # London goes back on 25 October, New York on 1 November.
    assert on(subject, "2026-10-20", "2026-11-03") == [
        "10-20 09:00–09:50", "10-27 10:00–10:50", "11-03 09:00–09:50",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "day", "wall", "utc"),
    [
        ("America/New_York", "20260308", "023000", "2026-03-08T07:30"),  # does not exist
        ("America/New_York", "20261101", "013000", "2026-11-01T05:30"),  # exists twice: the first
        ("Europe/London", "20260329", "013000", "2026-03-29T01:30"),
        (
            "Australia/Lord_Howe",
            "20261004",
            "021500",
            "2026-10-03T15:45",
        ),  # half an hour is missing
        ("Australia/Lord_Howe", "20260405", "014500", "2026-04-04T14:45"),  # half an hour twice
        ("Africa/Cairo", "20260424", "001500", "2026-04-23T22:15"),  # midnight is missing
        ("America/Havana", "20261101", "003000", "2026-11-01T04:30"),
        ("Asia/Kathmandu", "20261103", "100000", "2026-11-03T04:15"),
        ("America/Phoenix", "20260708", "100000", "2026-07-08T17:00"),
    ],
)
def test_c13_a_time_in_a_gap_or_a_fold_is_the_one_of_the_standard(
    zone: str, day: str, wall: str, utc: str
) -> None:
    subject = calendar(f"UID:x\nDTSTART;TZID={zone}:{day}T{wall}\nDURATION:PT50M", zone=zone)
    first = date.fromisoformat(day)

    found, skipped = subject.between(Window(first, first, ZoneInfo(zone)))

    assert skipped == []
    assert [f"{item.start:%Y-%m-%dT%H:%M}" for item in found] == [utc]
    assert found[0].end - found[0].start == timedelta(minutes=50)


@pytest.mark.parametrize(
    "zone",
    ["America/New_York", "Europe/Berlin", "Australia/Sydney", "America/Santiago", "Africa/Cairo"],
)
def test_a_daily_session_is_on_once_each_day_of_the_year_at_its_time(zone: str) -> None:
    subject = calendar(
        f"UID:x\nDTSTART;TZID={zone}:20260101T090000\nDURATION:PT50M\nRRULE:FREQ=DAILY", zone=zone
    )

    for day in range(365):
        on_day = date(2026, 1, 1) + timedelta(days=day)
        assert on(subject, f"{on_day}", zone=zone) == [f"{on_day:%m-%d} 09:00–09:50"]


def test_an_occurrence_over_a_change_of_clocks_keeps_its_exact_length() -> None:
    subject = calendar(
        "UID:night\nDTSTART;TZID=America/New_York:20260301T000000\nDTEND;TZID=America/New_York:20260301T060000\nRRULE:FREQ=WEEKLY"
    )

    assert on(subject, "2026-03-08") == ["03-08 00:00–07:00"]


def test_a_moved_cancelled_and_deleted_occurrence_are_what_they_became() -> None:
    subject = calendar(
        WEEKLY
        + "EXDATE;TZID=America/New_York:20261110T100000\nRDATE;TZID=America/New_York:20261112T090000",
        "UID:series\nRECURRENCE-ID;TZID=America/New_York:20261103T100000\n"
        "DTSTART;TZID=America/New_York:20261104T143000\nDTEND;TZID=America/New_York:20261104T153000",
        "UID:series\nRECURRENCE-ID:20261117T150000Z\nDTSTART:20261117T150000Z\nDTEND:20261117T155000Z\nSTATUS:CANCELLED",
    )

    found, _ = subject.between(Window(date(2026, 11, 1), date(2026, 11, 20), NEW_YORK))

    assert [shown(item, NEW_YORK) for item in found] == [
        "11-04 14:30–15:30",
        "11-12 09:00–09:50",
        "11-17 10:00–10:50",
    ]
    assert str(found[2].component["STATUS"]) == "CANCELLED"
    assert [item.recurrence_id for item in found] == [
        "20261103T150000Z",
        "20261112T140000Z",
        "20261117T150000Z",
    ]


def test_an_occurrence_moved_here_from_far_away_is_found() -> None:
    subject = calendar(
        WEEKLY,
        "UID:series\nRECURRENCE-ID:20270323T140000Z\nDTSTART:20261105T150000Z\nDTEND:20261105T155000Z",
    )

    assert on(subject, "2026-11-05") == ["11-05 10:00–10:50"]
    assert on(subject, "2027-03-23") == []


def test_a_change_of_all_that_follows_moves_the_rest_of_the_series() -> None:
    subject = calendar(
        WEEKLY,
        "UID:series\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261110T150000Z\n"
        "DTSTART;TZID=America/New_York:20261111T160000\nDTEND;TZID=America/New_York:20261111T165000",
    )

    assert on(subject, "2026-11-01", "2026-11-30") == [
        "11-03 10:00–10:50", "11-11 16:00–16:50", "11-18 16:00–16:50", "11-25 16:00–16:50",
    ]  # fmt: skip


def test_all_day_events_run_from_midnight_to_midnight_of_the_practice() -> None:
    subject = calendar("UID:leave\nDTSTART;VALUE=DATE:20261031\nDTEND;VALUE=DATE:20261103")

    assert on(subject, "2026-10-30") == []
    assert on(subject, "2026-11-02") == ["10-31 00:00–00:00 all day"]
    assert on(subject, "2026-11-03") == []


def test_an_event_over_midnight_is_on_both_days_and_one_that_ends_at_midnight_is_not() -> None:
    subject = calendar(
        "UID:a\nDTSTART:20261104T040000Z\nDTEND:20261104T060000Z",
        "UID:b\nDTSTART:20261104T030000Z\nDTEND:20261104T050000Z",
    )

    assert on(subject, "2026-11-03") == ["11-03 22:00–00:00", "11-03 23:00–01:00"]
    assert on(subject, "2026-11-04") == ["11-03 23:00–01:00"]


def test_an_until_without_a_time_holds_for_its_whole_day() -> None:
    subject = calendar(WEEKLY.replace("BYDAY=TU", "BYDAY=TU;UNTIL=20261103"))

    assert on(subject, "2026-11-03") == ["11-03 10:00–10:50"]
    assert on(subject, "2026-11-10") == []


def test_a_series_of_a_far_zone_is_found_on_the_day_it_is_here() -> None:
    # 09:00 on Wednesdays in Tokyo is 19:00 on Tuesdays in New York in winter.
    subject = calendar(
        "UID:x\nDTSTART;TZID=Asia/Tokyo:20261007T090000\nDTEND;TZID=Asia/Tokyo:20261007T095000\n"
        "RRULE:FREQ=WEEKLY;BYDAY=WE"
    )

    assert on(subject, "2026-11-03") == ["11-03 19:00–19:50"]
    assert on(subject, "2026-11-04") == []


def test_c13_two_calendars_with_a_zone_of_the_same_name_each_have_their_own() -> None:
    zone = "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:20000101T000000\nTZOFFSETFROM:{0}\nTZOFFSETTO:{0}\nEND:STANDARD\nEND:VTIMEZONE\n"
    event = "UID:x\nDTSTART;TZID=Mine:20261103T120000\nDURATION:PT1H"
    east, west = (calendar(event, before=zone.format(offset)) for offset in ("-0500", "-0800"))

    assert on(east, "2026-11-03") == ["11-03 12:00–13:00"]
    assert on(west, "2026-11-03") == ["11-03 15:00–16:00"]


def test_the_key_of_an_occurrence_stays_when_it_is_moved() -> None:
    plain = calendar(WEEKLY)
    moved = calendar(
        WEEKLY,
        "UID:series\nRECURRENCE-ID:20261103T150000Z\nDTSTART:20261105T150000Z\nDTEND:20261105T155000Z",
    )
    window = Window(date(2026, 11, 2), date(2026, 11, 6), NEW_YORK)

    assert plain.between(window)[0][0].recurrence_id == moved.between(window)[0][0].recurrence_id


# The sieve, and beginning a rule later, must never change what is found ---------------------------

DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 4))}"]
    if draw(st.booleans()):
        numbers = [""] if frequency in ("DAILY", "WEEKLY") else ["", "1", "2", "-1"]
        days = draw(
            st.lists(
                st.sampled_from([n + d for n in numbers for d in DAYS]),
                min_size=1,
                max_size=3,
                unique=True,
            )
        )
        parts.append("BYDAY=" + ",".join(days))
    elif frequency in ("MONTHLY", "YEARLY") and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(st.sampled_from([1, 15, 28, 31, -1, -3]))}")
    if draw(st.integers(0, 3)) == 0:
        parts.append(
            "BYMONTH="
            + ",".join(
                map(str, draw(st.lists(st.integers(1, 12), min_size=1, max_size=4, unique=True)))
            )
        )
    ending = draw(
        st.sampled_from(
            ["", "COUNT=7", "COUNT=300", "UNTIL=20261104T000000Z", "UNTIL=20300101T000000Z"]
        )
    )
    if draw(st.integers(0, 3)) == 0:
        parts.append(f"WKST={draw(st.sampled_from(['SU', 'WE']))}")
    return ";".join([*parts, *([ending] if ending else [])])


@settings(max_examples=120, deadline=None)
@given(
    rule=rules(),
    start=st.datetimes(datetime(2019, 1, 1), datetime(2026, 11, 20)),
    zone=st.sampled_from(["America/New_York", "Europe/Berlin", "Asia/Tokyo"]),
    minutes=st.sampled_from([0, 50, 300]),
    days=st.sampled_from([1, 7, 40]),
)
@example(
    rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU;WKST=SU",
    start=datetime(2026, 1, 4, 23, 0),
    zone="Asia/Tokyo",
    minutes=50,
    days=7,
)
def test_what_is_found_is_what_the_library_finds_in_the_whole_series(
    rule: str, start: datetime, zone: str, minutes: int, days: int
) -> None:
    start = start.replace(microsecond=0, second=0)
    end = start + timedelta(minutes=minutes)
    if start.date() != end.date():
        end = start.replace(hour=23, minute=59)
    event = f"UID:x\nDTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}\nDTEND;TZID={zone}:{end:%Y%m%dT%H%M%S}\nRRULE:{rule}"
    window = Window(date(2026, 10, 28), date(2026, 10, 27) + timedelta(days=days), NEW_YORK)

    found, skipped = calendar(event).between(window)

    if skipped:
        assert "never comes true" in skipped[0].reason
        return
    whole = icalendar.Calendar.from_ical(
        f"{HEAD}BEGIN:VEVENT\n{event}\nEND:VEVENT\nEND:VCALENDAR\n"
    )
    expected = recurring_ical_events.of(whole).between(window.start, window.end)
    assert sorted(item.start for item in found) == sorted(
        item["DTSTART"].dt.astimezone(UTC) for item in expected
    )
