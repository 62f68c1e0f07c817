"""The step `calendar.agenda`: several sources, what fails, what is kept, how quick it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import dayhand_calendar
from dayhand import Retryable, StepError, UserError
from dayhand.testing import PracticeKit, sample_info

SESSION = (
    "UID:{0}\nDTSTART;TZID=America/New_York:202611{1}T{2:02}0000\nDURATION:PT50M\nSUMMARY:C-0017\n"
)


def test_the_day_of_the_run_is_the_default(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(
        sheet(
            SESSION.format("a", "03", 14),
            SESSION.format("b", "03", 9),
            SESSION.format("c", "04", 9),
        )
    )

    result = kit.run("calendar.agenda")

    assert [item["uid"] for item in result["events"]] == ["b", "a"]
    assert (result["start"], result["end"], result["timezone"]) == (
        date(2026, 11, 3),
        date(2026, 11, 3),
        "America/New_York",
    )


def test_everything_an_event_says_is_on_the_agenda(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(
        sheet(
            "UID:a\nDTSTART:20261103T150000Z\nDTEND:20261103T155000Z\nSUMMARY:Morgan\\, A.\nDESCRIPTION:line\\nnext\n"
            "LOCATION:https://zoom.us/j/1\nSTATUS:TENTATIVE\nCATEGORIES:Session,Video\nCATEGORIES:Paid\nTRANSP:TRANSPARENT\n"
            'ATTENDEE;CN="Morgan, A":mailto:a@example.org\nURL:https://example.org/x'
        )
    )

    (event,) = kit.run("calendar.agenda")["events"]

    assert event["summary"] == "Morgan, A."
    assert event["description"] == "line\nnext"
    assert event["categories"] == ["Session", "Video", "Paid"]
    assert event["attendees"] == ["a@example.org"]
    assert (event["status"], event["busy"], event["video"], event["minutes"]) == (
        "tentative",
        False,
        True,
        50,
    )
    assert repr(event["summary"]) == "•••"
    assert repr(event["attendees"][0]) == "•••"


def test_a_range_includes_both_its_days(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(sheet(*(SESSION.format(day, f"0{day}", 9) for day in range(1, 8))))

    assert [
        item["uid"]
        for item in kit.run("calendar.agenda", start="2026-11-03", end="2026-11-05")["events"]
    ] == ["3", "4", "5"]


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"day": "2026-11-03", "end": "2026-11-04"}, "is of a 'day', or"),
        ({"start": "2026-11-04", "end": "2026-11-03"}, "before its 'start'"),
        ({"start": "2026-01-01", "end": "2028-01-01"}, "at most 400 days"),
        ({"sources": ["wrok"]}, "no calendar source 'wrok'"),
    ],
)
def test_what_cannot_be_asked_for_is_told(
    practice: Callable[..., PracticeKit],
    sheet: Callable[..., str],
    inputs: dict[str, Any],
    message: str,
) -> None:
    with pytest.raises(UserError, match=message):
        practice(sheet()).run("calendar.agenda", **inputs)


def test_without_calendars_the_step_says_where_to_name_one(
    practice: Callable[..., PracticeKit],
) -> None:
    with pytest.raises(UserError, match="no calendar is set up"):
        practice(sources=[]).run("calendar.agenda")


def test_c02_a_bad_event_is_named_with_its_place_and_the_others_are_there(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(
        sheet(
            SESSION.format("a", "03", 9),
            "UID:bad\nDTSTART:2026-11-03",
            SESSION.format("b", "03", 10),
        )
    )

    result = kit.run("calendar.agenda")

    assert [item["uid"] for item in result["events"]] == ["a", "b"]
    assert result["skipped"] == [
        {"source": "work", "uid": "bad", "line": 10, "reason": "its DTSTART is no date or time"}
    ]


def test_c04_a_broken_file_is_told_and_the_events_of_before_are_kept_with_their_age(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str], tmp_path: Path
) -> None:
    kit = practice(sheet(SESSION.format("a", "03", 9)))
    kit.run("calendar.agenda")
    seen = kit.clock.now()
    kit.clock.move(seen - seen.replace(hour=seen.hour - 2))
    for text in ("", "<html>Sign in</html>", sheet(SESSION.format("a", "03", 9))[:-30]):
        (tmp_path / "inbox" / "work.ics").write_text(text)
        result = kit.run("calendar.agenda")

        assert [item["uid"] for item in result["events"]] == ["a"]
        (stale,) = result["stale"]
        assert stale["source"] == "work"
        assert stale["as_of"] == seen


def test_one_calendar_that_fails_is_told_and_the_other_is_read(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    sources = [
        {"name": "work", "file": "inbox/work.ics"},
        {"name": "gone", "file": "inbox/none.ics"},
    ]
    kit = practice(sheet(SESSION.format("a", "03", 9)), sources=sources)

    result = kit.run("calendar.agenda")

    assert [item["uid"] for item in result["events"]] == ["a"]
    assert [(item["source"], item["as_of"]) for item in result["stale"]] == [("gone", None)]


def test_if_no_calendar_can_be_read_the_step_fails_and_names_each(
    practice: Callable[..., PracticeKit],
) -> None:
    with pytest.raises(StepError, match="calendar 'work': it is empty"):
        practice("").run("calendar.agenda")
    with pytest.raises(Retryable, match="calendar 'far': its host name has no address"):
        practice(sources=[{"name": "far", "url": "https://calendar.invalid/a.ics"}]).run(
            "calendar.agenda"
        )


def test_an_event_that_two_calendars_have_is_on_once(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str], tmp_path: Path
) -> None:
    sources = [
        {"name": "work", "file": "inbox/work.ics"},
        {"name": "copy", "file": "inbox/copy.ics"},
    ]
    kit = practice(
        sheet(SESSION.format("a", "03", 9), SESSION.format("b", "03", 10)), sources=sources
    )
    (tmp_path / "inbox" / "copy.ics").write_text(
        sheet(SESSION.format("a", "03", 9), SESSION.format("b", "03", 15))
    )

    result = kit.run("calendar.agenda")

    assert [(item["uid"], item["source"], item["start"].hour) for item in result["events"]] == [
        ("a", "work", 9),
        ("b", "work", 10),
    ]
    assert [(item["source"], item["uid"]) for item in result["skipped"]] == [("copy", "b")]


@pytest.mark.parametrize(
    "zone", ["America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Auckland"]
)
def test_times_are_in_the_zone_of_the_practice(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str], zone: str
) -> None:
    kit = practice(
        sheet("UID:a\nDTSTART:20261103T120000Z\nDURATION:PT50M"), info=sample_info(timezone=zone)
    )
    result = kit.run("calendar.agenda", start="2026-11-03", end="2026-11-04")

    (event,) = result["events"]
    assert event["start"] == datetime(2026, 11, 3, 12, tzinfo=UTC)
    assert event["start"].tzinfo.key == zone


@pytest.mark.parametrize(
    ("settings", "event", "kind"),
    [
        ({}, "SUMMARY:C-0017", "other"),
        ({"session": {"pattern": r"^C-\d{4}"}}, "SUMMARY:C-0017", "session"),
        ({"session": {"categories": ["client"]}}, "CATEGORIES:Client", "session"),
        (
            {"session": {"categories": ["client"]}, "hold": {"pattern": "^Hold"}},
            "SUMMARY:Hold\nCATEGORIES:Client",
            "hold",
        ),
        ({"session": {"pattern": "."}}, "SUMMARY:Leave\nX:1", "session"),
        (
            {"sources": [{"name": "work", "file": "inbox/work.ics", "kind": "session"}]},
            "SUMMARY:x",
            "session",
        ),
    ],
)
def test_markers_tell_sessions_and_holds(
    practice: Callable[..., PracticeKit],
    sheet: Callable[..., str],
    settings: dict[str, Any],
    event: str,
    kind: str,
) -> None:
    kit = practice(sheet(f"UID:a\nDTSTART:20261103T150000Z\nDURATION:PT50M\n{event}"), **settings)

    assert kit.run("calendar.agenda")["events"][0]["kind"] == kind


def test_an_all_day_event_is_no_session_whatever_marks_it(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(
        sheet("UID:a\nDTSTART;VALUE=DATE:20261103\nSUMMARY:C-0017"), session={"pattern": "C-"}
    )

    assert kit.run("calendar.agenda")["events"][0]["kind"] == "other"


def test_very_many_bad_events_are_counted_and_not_all_listed(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(
        sheet(*(f"UID:n{number}\nDTSTART:x" for number in range(500)), SESSION.format("a", "03", 9))
    )

    skipped = kit.run("calendar.agenda")["skipped"]

    assert len(skipped) == 201
    assert skipped[-1]["reason"].startswith("300 more events are left out")


def large() -> str:
    """5,000 events with 983 rules, 1.1 MB."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN"]
    for number in range(5_000):
        day = date(2023, 1, 2).toordinal() + number * 11 % 1_400
        start = f"{date.fromordinal(day):%Y%m%d}T{8 + number % 10:02}0000"
        lines += [
            "BEGIN:VEVENT", f"UID:n{number}@example.org", "DTSTAMP:20260101T000000Z",
            f"DTSTART;TZID=America/New_York:{start}", f"DTEND;TZID=America/New_York:{start[:11]}5000",
            f"SUMMARY:Session {number}", "DESCRIPTION:" + "some text " * 8, "LOCATION:Room 2",
        ]  # fmt: skip
        if number < 983:
            lines.append(
                (
                    "RRULE:FREQ=WEEKLY",
                    "RRULE:FREQ=WEEKLY;INTERVAL=2",
                    "RRULE:FREQ=MONTHLY;BYDAY=2TU",
                )[number % 3]
            )
        lines.append("END:VEVENT")
    return "\n".join([*lines, "END:VCALENDAR", ""])


def test_the_agenda_of_a_day_from_five_thousand_events_is_quick_and_again_quicker(
    practice: Callable[..., PracticeKit],
) -> None:
    from datetime import datetime as moment
    from zoneinfo import ZoneInfo

    import icalendar
    import recurring_ical_events

    text, zone = large(), ZoneInfo("America/New_York")
    kit = practice(text)

    def by_the_libraries() -> list[Any]:
        whole = recurring_ical_events.of(icalendar.Calendar.from_ical(text))
        return whole.between(moment(2026, 11, 3, tzinfo=zone), moment(2026, 11, 4, tzinfo=zone))

    first, first_seconds = _timed(lambda: kit.run("calendar.agenda", day="2026-11-03"))
    expected, libraries = _timed(by_the_libraries)
    again_seconds = min(
        _timed(lambda: kit.run("calendar.agenda", day="2026-11-03"))[1] for _ in range(5)
    )

    assert len(first["events"]) == len(expected) > 50
    assert first_seconds <= libraries * 1.2
    assert again_seconds <= libraries / 20 + 0.02


def _timed(act: Callable[[], Any]) -> tuple[Any, float]:
    """What it gives, and the processor's seconds: those of the clock pass for other work too."""
    begun = time.process_time()
    found = act()
    return found, time.process_time() - begun


def test_importing_the_plugin_loads_none_of_its_libraries() -> None:
    import subprocess
    import sys

    code = (
        f"import sys; sys.path[:0] = {sys.path!r}; import dayhand_calendar as c; list(c.dayhand_steps()); c.dayhand_settings()\n"
        "print([name for name in ('icalendar', 'httpx2', 'lxml', 'recurring_ical_events', 'holidays') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "[]"
    assert dayhand_calendar.dayhand_settings().section == "calendar"
