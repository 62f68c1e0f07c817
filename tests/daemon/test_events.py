"""`before:` and `after:` an event: once an event, wherever it is moved."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from zoneinfo import ZoneInfo

import pytest
from tests_support import acting
from tests_support.daemons import House

import dayhand
from dayhand import EventKind, StepError

ZONE = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Visit:
    key: str
    start: datetime

    @property
    def end(self):
        return self.start + timedelta(minutes=50)


def visit(key, text):
    return Visit(key, datetime.fromisoformat(text).replace(tzinfo=ZONE))


class Diary(ModuleType):
    """A plugin with one kind of event."""

    def __init__(self):
        super().__init__("diary")
        self.visits, self.trouble, self.asked, self.back = [], None, 0, None

        async def read(practice, start, end):
            self.asked += 1
            if self.trouble:
                raise self.trouble
            return [one for one in self.visits if start <= one.start <= end]

        @dayhand.hookimpl
        def dayhand_event_kinds():
            return [EventKind("visit", read, self.back and (lambda practice: self.back))]

        self.dayhand_event_kinds = dayhand_event_kinds


@pytest.fixture
def diary(bench):
    made = Diary()
    bench.plugins["diary"] = made
    bench.fresh()
    return made


@pytest.fixture
def house(bench, diary):
    made = House(bench)
    made.set_clock("2026-06-09T06:00-04:00")
    bench.write(
        "remind", "triggers:\n  - before: visit\n    offset: 1 hour\nsteps:\n  - uses: act.echo\n"
    )
    diary.visits = [visit("a", "2026-06-09T10:00"), visit("b", "2026-06-09T12:00")]
    made.look()
    return made


def moments(begun):
    return [f"{run.due.astimezone(ZONE):%H:%M}" for run in begun]


def test_each_event_has_its_row_before_it_is_due_and_runs_once(house):
    assert [row.state for row in house.rows()] == ["planned", "planned"]

    assert moments(house.at("2026-06-09T09:00:01-04:00")) == ["09:00"]
    house.restart()
    house.look()
    assert moments(house.at("2026-06-09T11:00:01-04:00")) == ["11:00"]
    assert acting.calls["echo"] == 2


def test_a_row_follows_its_event(house, diary):
    diary.visits[0] = visit("a", "2026-06-09T11:00")
    house.at("2026-06-09T06:10-04:00")

    assert house.at("2026-06-09T09:00:01-04:00") == []
    assert moments(house.at("2026-06-09T10:00:01-04:00")) == ["10:00"]


def test_a_row_whose_event_went_is_superseded_and_comes_back_with_it(house, diary):
    kept = diary.visits.pop(0)
    house.at("2026-06-09T06:10-04:00")
    assert {row.reason for row in house.rows() if row.state == "superseded"} == {
        "superseded: its event is gone"
    }

    diary.visits.append(kept)
    house.at("2026-06-09T06:20-04:00")
    assert moments(house.at("2026-06-09T09:00:01-04:00")) == ["09:00"]


def test_an_event_moved_after_its_run_does_not_run_again(house, diary):
    house.at("2026-06-09T09:00:01-04:00")
    diary.visits[0] = visit("a", "2026-06-10T10:00")
    house.at("2026-06-09T09:10-04:00")

    assert moments(house.at("2026-06-10T09:00:01-04:00")) == ["11:00"]
    assert len([row for row in house.rows() if "/a/" in row.key]) == 1


def test_a_calendar_that_cannot_be_read_leaves_the_last_good_reading(house, diary, caplog):
    diary.trouble = StepError("the server is away")
    house.at("2026-06-09T08:00-04:00")

    assert moments(house.at("2026-06-09T09:00:01-04:00")) == ["09:00"]
    assert sum("the last good reading stands" in line for line in caplog.messages) == 1


def test_a_calendar_that_nobody_asks_for_any_more_is_no_trouble(house, diary):
    diary.trouble = StepError("the server is away")
    house.at("2026-06-09T06:10-04:00")
    assert house.daemon.happenings.trouble

    house.bench.write("remind", "steps:\n  - uses: act.echo\n")
    house.at("2026-06-09T06:11-04:00")

    assert not house.daemon.happenings.trouble


def test_several_that_are_late_each_run(house):
    assert sorted(moments(house.at("2026-06-09T11:30-04:00"))) == ["09:00", "11:00"]


def test_after_reckons_from_the_end(house):
    house.bench.write(
        "note", "triggers:\n  - after: visit\n    offset: 10 minutes\nsteps:\n  - uses: act.echo\n"
    )
    house.look()

    assert "11:00" in moments(house.at("2026-06-09T11:00:10-04:00"))
    assert [f"{r.due:%H:%M}" for r in house.rows("note")] == ["15:00", "17:00"]


@pytest.mark.parametrize(
    ("back", "late"), [(None, []), (timedelta(days=7), ["e"]), (timedelta(days=99), ["e", "f"])]
)
def test_an_event_that_becomes_known_late_counts_as_long_as_its_kind_says(house, diary, back, late):
    diary.back = back
    house.bench.write("note", "triggers:\n  - after: visit\n    overlap: queue_all\n    offset: 10 minutes\n"
                      "steps:\n  - uses: act.echo\n")  # fmt: skip
    house.look()
    house.at("2026-06-29T20:00-04:00")
    known = set(house.past("note"))

    diary.visits += [visit("e", "2026-06-24T10:00"), visit("f", "2026-06-14T10:00"),
                     visit("g", "2026-05-27T10:00")]  # fmt: skip
    house.at("2026-06-29T20:06-04:00")

    there = [row for row in house.rows("note") if row.planned.nominal not in known]
    assert sorted(row.key.split("/")[-2] for row in there) == late
    assert {row.state for row in there} <= {"ran"}  # not late: it was not known before
    assert not [r for r in house.rows("remind") if {"e", "f", "g"} & set(r.key.split("/"))]
    house.restart()
    assert house.look() == []


def test_an_event_of_the_second_in_which_its_trigger_became_known_counts(house, diary):
    house.set_clock("2026-06-09T07:00:00.900-04:00")
    text = "triggers:\n  - after: visit\n    overlap: allow\nsteps:\n  - uses: act.echo\n"
    house.bench.write("note", text)
    house.look()

    for key, ends in (("now", "07:00:00"), ("before", "06:59:59")):
        start = visit(key, f"2026-06-09T{ends}").start - timedelta(minutes=50)
        diary.visits.append(Visit(key, start))
    house.at("2026-06-09T07:06-04:00")

    there = {row.key.split("/")[-2]: row.state for row in house.rows("note")}
    assert there == {"a": "planned", "b": "planned", "now": "ran"}


@pytest.mark.parametrize(
    ("trigger", "state"),
    [("after: visit", "ran: done"), ("before: visit", "missed: 2 h 50 min late, limit 1 h")],
)
def test_what_comes_after_an_event_is_late_from_when_that_became_known(
    house, diary, trigger, state
):
    house.bench.write("note", f"triggers:\n  - {trigger}\n    if_missed: {{run_within: 1 hour}}\n"
                      "    overlap: queue_all\nsteps:\n  - uses: act.echo\n")  # fmt: skip
    house.look()
    diary.visits += [visit("c", "2026-06-09T17:10"), visit("d", "2026-06-09T17:10")]
    house.at("2026-06-09T20:00-04:00")

    rows = [row for row in house.rows("note") if {"c", "d"} & set(row.key.split("/"))]
    assert [f"{row.state}: {row.reason}".startswith(state) for row in rows] == [True, True]


def test_what_was_known_before_a_sleep_is_late_after_it(house, diary):
    house.bench.write(
        "note", "triggers:\n  - after: visit\n    overlap: allow\nsteps:\n  - uses: act.echo\n"
    )
    house.look()
    house.at("2026-06-09T20:00-04:00")

    assert {row.state for row in house.rows("note")} == {"ran_late"}


def test_an_unknown_kind_is_told_and_hurts_nothing(house, caplog):
    house.bench.write(
        "odd", "triggers:\n  - before: moonrise\n    offset: 1 hour\nsteps:\n  - uses: act.echo\n"
    )
    house.look()

    assert any("no plugin knows events of the kind 'moonrise'" in line for line in caplog.messages)
    assert moments(house.at("2026-06-09T09:00:01-04:00")) == ["09:00"]


def test_a_kind_that_no_plugin_brings_is_warned_of(house):
    house.bench.write(
        "odd", "triggers:\n  - before: visitt\n    offset: 1 hour\nsteps:\n  - uses: act.echo\n"
    )

    (told,) = house.bench.app.book.entries["odd"].problems

    assert (told.code, told.severity, told.mark.line) == ("unknown-event-kind", "warning", 3)
    assert told.hint == "did you mean 'visit'?"


def test_the_calendar_is_not_read_at_every_pass(house, diary):
    asked = diary.asked
    for _ in range(5):
        asyncio.run(house.pass_once())

    assert diary.asked == asked
