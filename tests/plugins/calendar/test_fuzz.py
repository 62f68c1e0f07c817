"""Calendars put together at random: read or told, soon, and the neighbour always comes through (C01, C02)."""

from __future__ import annotations

import time
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dayhand_calendar.blocks import BrokenCalendar, cut
from dayhand_calendar.expansion import Calendar, Window

ZONE = ZoneInfo("America/New_York")
SECONDS = 10.0
"""Of processor time; the slowest of ten thousand took 0.6."""
GOOD = """BEGIN:VEVENT
UID:good@example.org
DTSTART;TZID=America/New_York:20261103T090000
DTEND;TZID=America/New_York:20261103T095000
SUMMARY:Good neighbour
END:VEVENT
"""
STARTS = [
    "DTSTART:20261103T160000Z", "DTSTART;TZID=America/New_York:20200107T110000", "DTSTART;VALUE=DATE:20200103",
    "DTSTART:00010101T000000Z", "DTSTART:99991231T235959Z", "DTSTART:19700101T000000Z", "DTSTART;TZID=:20261103",
    "DTSTART;TZID=Europe/London:20260329T013000", "DTSTART;VALUE=DATE:00010101", "DTSTART:20261103T160000",
    "DTSTART;TZID=Eastern Standard Time:20261103T110000", "DTSTART:20261103T250000Z", "DTSTART:15000101",
    "DTSTART;TZID=../../etc/passwd:20261103T110000", "DTSTART;VALUE=DATE-TIME:20261103",
]  # fmt: skip
ENDS = [
    "", "", "DTEND:20261103T170000Z", "DURATION:PT50M", "DURATION:-PT1H", "DURATION:P59DT23H", "DURATION:P1W",
    "DTEND;VALUE=DATE:20261104", "DURATION:PT0S", "DURATION:P", "DURATION:PT999999999S",
    "DTEND;TZID=Asia/Tokyo:20261104T110000",
]  # fmt: skip
MORE = [
    "RDATE:20261103T180000Z", "RDATE;VALUE=PERIOD:20261103T160000Z/PT1H", "EXDATE:20261103T160000Z",
    "RDATE;VALUE=PERIOD:20261103T160000Z/20261103T150000Z", "EXDATE;VALUE=DATE:20261103", "RDATE:00010101T000000Z",
    "RECURRENCE-ID:20261103T160000Z", "RECURRENCE-ID;RANGE=THISANDFUTURE:20261103T160000Z", "STATUS:CANCELLED",
    "RECURRENCE-ID;VALUE=DATE:20261103", "SEQUENCE:99999999999999999999", "SEQUENCE:x", "URL:javascript:alert(1)",
    "EXDATE:99991231T235959Z", 'ATTENDEE;CN="x:y":mailto:a@b', 'SUMMARY;LANGUAGE="a\nb', "DESCRIPTION:\\n\\;\\x",
    "BEGIN:VALARM\nTRIGGER:-P99999999999D\nEND:VALARM", 'X-A;B="', "GEO:1;2", "CATEGORIES:a,b\\,c", "\x00\x1b", ":",
]  # fmt: skip
FREQUENCIES = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY", "HOURLY", "SECONDLY", "X", ""]


def numbers(chance: Random, low: int, high: int) -> str:
    return ",".join(str(chance.randint(low, high)) for _ in range(chance.randint(1, 6)))


def days(chance: Random) -> str:
    which = ["", "", "1", "-1", "5", "-5", "53", "-53", "0"]
    names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    return ",".join(
        chance.choice(which) + chance.choice(names) for _ in range(chance.randint(1, 7))
    )


def rule(chance: Random) -> str:
    parts = {
        "INTERVAL": chance.choice(["1", "2", "7", "13", "999", "1000", "0", "-1", "1e3", "9" * 14]),
        "COUNT": chance.choice(["1", "3", "10000", "10001", "0", "-1"]),
        "UNTIL": chance.choice(["20261231", "20261231T000000Z", "99991231T235959Z", "00010101", "20261131", "x"]),
        "BYMONTH": numbers(chance, 0, 13), "BYMONTHDAY": numbers(chance, -31, 31), "BYDAY": days(chance),
        "BYYEARDAY": numbers(chance, -366, 366), "BYWEEKNO": numbers(chance, -53, 53),
        "BYSETPOS": numbers(chance, -366, 366), "WKST": chance.choice(["MO", "SU", "XX"]),
        "BYHOUR": numbers(chance, 0, 23), "BYMINUTE": "0", "BYEASTER": "1", "RSCALE": "CHINESE", "X": "Y",
    }  # fmt: skip
    chosen = chance.sample(list(parts), chance.randint(0, 5))
    text = [f"FREQ={chance.choice(FREQUENCIES)}", *(f"{name}={parts[name]}" for name in chosen)]
    return "RRULE:" + ";".join(text)


def calendar(chance: Random) -> str:
    events = []
    for _ in range(chance.randint(1, 3)):
        body = [
            chance.choice(STARTS),
            chance.choice(ENDS),
            *chance.sample(MORE, chance.randint(0, 4)),
        ]
        body += [rule(chance) for _ in range(chance.choice([0, 1, 1, 1, 2]))]
        chance.shuffle(body)
        lines = "\n".join(line for line in body if line)
        events.append(
            f"BEGIN:VEVENT\nUID:{chance.choice(['bad@x', 'b@x', ''])}\n{lines}\nEND:VEVENT\n"
        )
    return f"BEGIN:VCALENDAR\nVERSION:2.0\n{''.join(events)}{GOOD}END:VCALENDAR\n"


def uids(data: bytes) -> list[str]:
    """What is on, on 3 November 2026, in no more than the time there is."""
    begun = time.process_time()
    sheet = Calendar(cut(data, most=20_000), "test", ZONE)
    found, skipped = sheet.between(Window(date(2026, 11, 3), date(2026, 11, 3), ZONE))
    assert time.process_time() - begun < SECONDS
    assert all(one.reason and one.line >= 1 and one.uid.isprintable() for one in skipped)
    return [one.uid for one in found]


CALM = settings(max_examples=60, deadline=None, derandomize=True,
                suppress_health_check=[HealthCheck.too_slow])  # fmt: skip


@CALM
@given(st.randoms(use_true_random=False))
def test_c01_c02_a_random_calendar_is_read_soon_and_harms_no_neighbour(chance: Random) -> None:
    assert "good@example.org" in uids(calendar(chance).encode())


@pytest.mark.soak
@settings(parent=CALM, max_examples=10_000)
@given(st.randoms(use_true_random=False))
def test_c01_c02_very_many_random_calendars_are_read_soon(chance: Random) -> None:
    assert "good@example.org" in uids(calendar(chance).encode())


@settings(parent=CALM, max_examples=150)
@given(st.randoms(use_true_random=False), st.integers(0, 400), st.binary(max_size=4))
def test_c02_a_calendar_with_wrong_bytes_is_read_or_told(
    chance: Random, at: int, wrong: bytes
) -> None:
    data = calendar(chance).encode()

    try:
        uids(data[:at] + wrong + data[at + len(wrong) :])
    except BrokenCalendar as error:
        told = str(error)
        assert told


@settings(parent=CALM, max_examples=150)
@given(st.binary(max_size=300))
@example(b"BEGIN:VCALENDAR")
@example(b"BEGIN:VCALENDAR\r\nEND:VCALENDAR")
@example("BEGIN:VCALENDAR\nEND:VCALENDAR\n".encode("utf-16"))
def test_c02_random_bytes_are_read_or_told(data: bytes) -> None:
    try:
        uids(data)
    except BrokenCalendar as error:
        told = str(error)
        assert told
