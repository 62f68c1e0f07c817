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
        self.visits, self.trouble, self.asked = [], None, 0

        async def read(practice, start, end):
            self.asked += 1
            if self.trouble:
                raise self.trouble
            return [one for one in self.visits if start <= one.start <= end]

        @dayhand.hookimpl
        def dayhand_event_kinds():
            return [EventKind("visit", read)]

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


def test_several_that_are_late_each_run(house):
    assert sorted(moments(house.at("2026-06-09T11:30-04:00"))) == ["09:00", "11:00"]


def test_after_reckons_from_the_end(house):
    house.bench.write(
        "note", "triggers:\n  - after: visit\n    offset: 10 minutes\nsteps:\n  - uses: act.echo\n"
    )
    house.look()

    assert "11:00" in moments(house.at("2026-06-09T11:00:10-04:00"))
    assert [f"{r.due:%H:%M}" for r in house.rows("note")] == ["15:00", "17:00"]


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
