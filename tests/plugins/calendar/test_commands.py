"""`dayhand calendar …`, and the check of the sources for `dayhand doctor`."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result

from dayhand import UserError
from dayhand.testing import PracticeKit
from dayhand_calendar.health import findings

pytest.importorskip("dayhand.cli.practice")

EVENT = "UID:a\nDTSTART:20261103T150000Z\nDURATION:PT50M\nSUMMARY:Alex Morgan\nLOCATION:Room 2\n"
LEAVE = "UID:b\nDTSTART;VALUE=DATE:20261104\nDTEND;VALUE=DATE:20261106\nSUMMARY:Leave\n"
LATE = "UID:c\nDTSTART:20261104T030000Z\nDTEND:20261104T060000Z\nSTATUS:CANCELLED\nURL:https://zoom.us/j/1\n"
BAD = "UID:bad\nDTSTART:x\n"


def call(kit: PracticeKit, *arguments: str) -> Result:
    from dayhand_calendar.commands import calendar

    return CliRunner().invoke(calendar, arguments, obj=kit.context("calendar"))


@pytest.fixture
def kit(practice: Callable[..., PracticeKit], sheet: Callable[..., str]) -> PracticeKit:
    return practice(sheet(EVENT, LEAVE, LATE))


def test_the_agenda_shows_times_and_hides_what_names_clients(kit: PracticeKit) -> None:
    result = call(kit, "agenda")

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "Tuesday 2026-11-03",
        "  10:00-10:50  other    work          •••",
        "  22:00-  …    other    work          •••  (cancelled)  (video)",
    ]


def test_titles_are_shown_when_asked_for(kit: PracticeKit) -> None:
    output = call(kit, "agenda", "--reveal", "--days", "2").output

    assert "Alex Morgan  @ Room 2" in output
    assert (
        "Wednesday 2026-11-04\n  all day      other    work          Leave\n    …  -01:00" in output
    )


@pytest.mark.parametrize(("reveal", "title"), [((), "•••"), (("--reveal",), "Alex Morgan")])
def test_json_hides_and_reveals_alike(
    kit: PracticeKit, reveal: tuple[str, ...], title: str
) -> None:
    told: dict[str, Any] = json.loads(call(kit, "agenda", "--json", *reveal).output)

    assert told["events"][0]["summary"] == title
    assert told["events"][0]["start"] == "2026-11-03T10:00:00-05:00"


@pytest.mark.parametrize(
    ("word", "day"), [("tomorrow", "Wednesday 2026-11-04"), ("2026-12-24", "Thursday 2026-12-24")]
)
def test_a_day_is_named_by_word_or_date(kit: PracticeKit, word: str, day: str) -> None:
    assert call(kit, "agenda", "--day", word).output.startswith(day)


def test_a_wrong_day_is_told(kit: PracticeKit) -> None:
    result = call(kit, "agenda", "--day", "someday")

    assert result.exit_code == 2
    assert "'someday' is no day such as" in result.output


def test_the_check_names_each_event_that_is_left_out(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    result = call(practice(sheet(EVENT, BAD)), "check")

    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "work: 1 events in a year",
        "  left out: line 11, bad: its DTSTART is no date or time",
    ]


def test_the_check_ends_with_1_if_a_calendar_cannot_be_read(
    practice: Callable[..., PracticeKit],
) -> None:
    result = call(practice("<html>"), "check", "--json")

    assert result.exit_code == 1
    assert "web page" in json.loads(result.output)[0]["problem"]


def test_the_check_without_calendars_says_where_to_name_one(
    practice: Callable[..., PracticeKit],
) -> None:
    result = call(practice(sources=[]), "check")

    assert isinstance(result.exception, UserError)


def test_text_from_a_calendar_cannot_move_the_cursor(
    practice: Callable[..., PracticeKit], sheet: Callable[..., str]
) -> None:
    kit = practice(sheet(EVENT.replace("Alex", "\x1b[2J\u202ex")))

    output = call(kit, "agenda", "--reveal").output

    assert "\x1b" not in output
    assert "\u202e" not in output


@pytest.mark.parametrize(
    ("text", "level", "message"),
    [
        ("<html>", "failure", "calendar 'work' cannot be read: it is a web page"),
        (EVENT + BAD, "warning", "has 1 event left out"),
        (EVENT, "ok", "can be read: 1 events in a year"),
    ],
)
def test_the_doctor_tells_of_each_source(
    practice: Callable[..., PracticeKit],
    sheet: Callable[..., str],
    text: str,
    level: str,
    message: str,
) -> None:
    events = text.replace("UID:bad", "END:VEVENT\nBEGIN:VEVENT\nUID:bad")
    kit = practice(text if text.startswith("<") else sheet(events))

    (finding,) = findings(kit.context("calendar"))

    assert finding.level == level
    assert message in finding.message


def test_doctor_says_that_no_calendar_is_set_up(tmp_path):
    kit = PracticeKit(tmp_path, plugins=["dayhand_calendar"])

    (finding,) = findings(kit.context("calendar"))

    assert finding.level == "warning"
    assert "no calendar is set up" in finding.message
    assert "calendar.sources in practice.yaml" in finding.hint
