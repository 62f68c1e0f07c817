"""What `before:` and `after:` make of events: day rules, shifts, delays, changes of the clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dayhand.model.diary import KeptEvent
from dayhand.model.routine import Trigger
from dayhand.schedule.event_times import EventTimes, moment_named
from dayhand.schedule.open_days import OpenDays

ZONE = ZoneInfo("America/New_York")


def event(text, key="e"):
    start = datetime.fromisoformat(text).replace(tzinfo=ZONE)
    return KeptEvent(key, start, start + timedelta(minutes=50))


def made(trigger, *events, shift=None):
    days = OpenDays(trigger.skip_on, shift or trigger.shift)
    return EventTimes(trigger, "America/New_York", routine="r", open_days=days).of(events)


def walls(found):
    return [f"{one.due.astimezone(ZONE):%a %d %H:%M}" for one in found]


def before(offset=timedelta(days=1), **more):
    return Trigger("t", "before", "session", offset=offset, **more)


def test_a_closed_day_drops_it_with_the_reason():
    found = made(before(skip_on=("weekend",)), event("2026-06-15T10:00"))

    assert [one.skipped for one in found] == ["weekend (Sunday)"]


def test_it_moves_to_the_open_day_before_at_the_same_time():
    found = made(before(skip_on=("weekend",), shift="previous_open_day"), event("2026-06-15T10:00"))

    assert walls(found) == ["Fri 12 10:00"]
    assert found[0].notes == ("moved from Sun 14 Jun to Fri 12 Jun: weekend (Sunday)",)
    assert found[0].key == "r/t/e/1d"


def test_it_moves_over_a_change_of_the_clock_by_the_time_on_the_wall():
    found = made(
        before(timedelta(hours=12), skip_on=("weekend",), shift="next_open_day"),
        event("2026-03-08T20:00"),
    )

    assert walls(found) == ["Mon 09 08:00"]


def test_an_offset_is_elapsed_time():
    assert walls(made(before(), event("2026-03-08T10:00"))) == ["Sat 07 09:00"]


def test_a_delay_is_always_the_same_and_passes_neither_the_next_one_nor_the_event():
    trigger = before(timedelta(minutes=40), jitter=timedelta(hours=3))
    events = [event("2026-06-15T10:00", "a"), event("2026-06-15T10:20", "b")]
    found = made(trigger, *events)
    plain = made(before(timedelta(minutes=40)), *events)
    delays = [one.due - base.due for one, base in zip(found, plain, strict=True)]

    assert found == made(trigger, *reversed(events))
    assert timedelta(0) <= delays[0] < timedelta(minutes=20)
    assert timedelta(0) < delays[1] < timedelta(minutes=40)


def test_the_moment_of_the_event_is_in_the_name():
    (one,) = made(before(), event("2026-06-15T10:00"))

    assert one.nominal == "before session of 2026-06-15T10:00"
    assert moment_named(one.nominal, one.zone) == datetime(2026, 6, 15, 10, tzinfo=ZONE)
    assert moment_named("2026-06-15T10:00", "UTC") is None
    assert moment_named("run of somebody", "UTC") is None
