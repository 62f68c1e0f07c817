"""Conflicts, working hours and open days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_calendar.settings import CalendarSettings


def event(key: str, start: str, end: str, day: str = "2026-11-03", **more: Any) -> dict[str, Any]:
    zone = "-05:00"
    return {
        "uid": key, "key": key, "source": "work", "summary": "Alex Morgan", "minutes": 50,
        "start": f"{day}T{start}:00{zone}", "end": f"{day}T{end}:00{zone}",
    } | more  # fmt: skip


def conflicts(
    practice: Callable[..., PracticeKit], *events: dict[str, Any], **inputs: Any
) -> list[tuple[str, ...]]:
    found = practice().run("calendar.conflicts", events=list(events), **inputs)
    assert all("Morgan" not in item["message"] for item in found)
    return [(item["kind"], *item["keys"], item["message"]) for item in found]


def test_events_that_overlap_are_told_by_their_times(practice: Callable[..., PracticeKit]) -> None:
    found = conflicts(
        practice,
        event("a", "09:00", "09:50"),
        event("b", "09:30", "10:20"),
        event("c", "10:20", "11:00"),
    )

    assert found == [("overlap", "a", "b", "Tue 09:00–09:50 and Tue 09:30–10:20 overlap")]


def test_an_event_over_several_others_clashes_with_each(
    practice: Callable[..., PracticeKit],
) -> None:
    found = conflicts(
        practice,
        event("long", "09:00", "17:00"),
        event("a", "10:00", "11:00"),
        event("b", "12:00", "13:00"),
    )

    assert [item[:3] for item in found] == [("overlap", "long", "a"), ("overlap", "long", "b")]


def test_a_break_that_is_too_short_is_told(practice: Callable[..., PracticeKit]) -> None:
    events = (
        event("a", "09:00", "09:50"),
        event("b", "09:55", "10:45"),
        event("c", "10:55", "11:45"),
    )

    found = conflicts(practice, *events, buffer="10 minutes")

    assert found == [
        ("no_buffer", "a", "b", "5 of 10 minutes between Tue 09:00–09:50 and Tue 09:55–10:45")
    ]


@pytest.mark.parametrize("more", [{"status": "cancelled"}, {"busy": False}, {"all_day": True}])
def test_what_takes_no_time_clashes_with_nothing(
    practice: Callable[..., PracticeKit], more: dict[str, Any]
) -> None:
    assert (
        conflicts(practice, event("a", "09:00", "09:50", **more), event("b", "09:30", "10:20"))
        == []
    )


def test_sessions_outside_working_hours_are_told_and_other_events_are_not(
    practice: Callable[..., PracticeKit],
) -> None:
    found = conflicts(
        practice,
        event("early", "07:30", "08:20", kind="session"),
        event("ok", "09:00", "09:50", kind="session"),
        event("over lunch", "12:00", "12:50", kind="session"),
        event("joined", "14:30", "15:20", kind="session"),
        event("dinner", "19:00", "20:00"),
        event("weekend", "10:00", "10:50", day="2026-11-07", kind="session"),
        hours={"tuesday": ["08:00-12:30", "13:00-15:00", "15:00-17:00"]},
    )

    assert [item[:2] for item in found] == [
        ("outside_hours", "early"),
        ("outside_hours", "over lunch"),
        ("outside_hours", "weekend"),
    ]


def test_without_marked_sessions_all_but_holds_are_held_against_the_hours(
    practice: Callable[..., PracticeKit],
) -> None:
    events = event("a", "19:00", "20:00"), event("b", "20:00", "21:00", kind="hold")

    assert [
        item[:2] for item in conflicts(practice, *events, hours={"tuesday": ["09:00-17:00"]})
    ] == [("outside_hours", "a")]


def test_in_the_hour_that_comes_twice_only_real_overlaps_count(
    practice: Callable[..., PracticeKit],
) -> None:
    zone = ZoneInfo("America/New_York")
    summer = datetime(2026, 11, 1, 1, 10, tzinfo=zone), datetime(2026, 11, 1, 1, 40, tzinfo=zone)
    winter = tuple(moment.replace(fold=1) for moment in summer)
    first = event("a", "01:10", "01:40") | {"start": summer[0], "end": summer[1]}
    second = event("b", "01:10", "01:40") | {"start": winter[0], "end": winter[1]}

    assert conflicts(practice, first, second) == []


def test_buffer_and_hours_come_from_the_settings(practice: Callable[..., PracticeKit]) -> None:
    kit = practice(buffer="10 minutes", hours={"tuesday": ["09:00-10:00"]})
    found = kit.run(
        "calendar.conflicts", events=[event("a", "09:00", "09:50"), event("b", "09:50", "10:40")]
    )

    assert [item["kind"] for item in found] == ["no_buffer", "outside_hours"]


def open_day(
    practice: Callable[..., PracticeKit], settings: dict[str, Any], **inputs: Any
) -> dict[str, Any]:
    return practice(**settings).run("calendar.next_open_day", **inputs)


def test_the_next_open_day_passes_over_the_weekend(practice: Callable[..., PracticeKit]) -> None:
    found = open_day(practice, {}, after="2026-11-06")

    assert (found["day"], found["weekday"]) == (date(2026, 11, 9), "monday")
    assert [item["reason"] for item in found["closed"]] == [
        "no hours on Saturday",
        "no hours on Sunday",
    ]


def test_the_next_open_day_has_hours_and_is_neither_closed_nor_a_holiday(
    practice: Callable[..., PracticeKit],
) -> None:
    settings = {
        "hours": {"tuesday": ["13:00-17:00", "09:00-12:00"], "thursday": ["09:00-12:00"]},
        "closed": ["2026-11-24"],
        "holidays": "US-NY",
    }

    found = open_day(practice, settings, after="2026-11-23")

    assert (found["day"], found["hours"]) == (date(2026, 12, 1), ["09:00-12:00", "13:00-17:00"])
    assert {item["reason"] for item in found["closed"]} >= {
        "closed",
        "Thanksgiving Day",
        "no hours on Wednesday",
    }


def test_several_open_days_ahead_are_counted(practice: Callable[..., PracticeKit]) -> None:
    assert open_day(practice, {}, after="2026-11-05", days=3)["day"] == date(2026, 11, 10)


def test_a_practice_that_never_opens_is_told(practice: Callable[..., PracticeKit]) -> None:
    with pytest.raises(UserError, match="no open day"):
        open_day(practice, {"hours": {}})
    with pytest.raises(UserError, match="between 1 and 200"):
        open_day(practice, {}, days=0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sources": [{"name": "a"}]}, "exactly one of 'file', 'url' and 'caldav'"),
        ({"sources": [{"name": "a", "file": "x", "url": "https://x"}]}, "exactly one of"),
        (
            {"sources": [{"name": "a", "file": "x"}, {"name": "a", "file": "y"}]},
            "two sources are named 'a'",
        ),
        (
            {"sources": [{"name": "a", "url": "https://u:p@x.example/"}]},
            "user name does not stand in the address",
        ),
        ({"sources": [{"name": "a", "url": "gopher://x"}]}, "begins with https"),
        (
            {"sources": [{"name": "a", "caldav": "https://x", "password": {"env": "P"}}]},
            "needs its 'username'",
        ),
        (
            {
                "sources": [
                    {"name": "a", "caldav": "https://x", "username": "u", "password": "geheim"}
                ]
            },
            "never written here",
        ),
        ({"hours": {"montag": ["09:00-17:00"]}}, "no weekday"),
        ({"hours": {"monday": ["17:00-09:00"]}}, "end after they begin"),
        ({"hours": {"monday": ["9 to 5"]}}, "written as in"),
        ({"session": {"pattern": "("}}, "no regular expression"),
        ({"holidays": "New York"}, "country and region"),
        ({"colour": "blue"}, "Extra inputs"),
    ],
)
def test_wrong_settings_are_told(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message) as failure:
        CalendarSettings.model_validate(settings)

    assert "geheim" not in str(failure.value)


def test_all_settings_have_a_default() -> None:
    assert CalendarSettings().sources == []
    assert CalendarSettings.model_json_schema()["type"] == "object"
