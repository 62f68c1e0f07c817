"""Overlap, pauses, edits while it runs, other triggers, and clocks that lie."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta

import pytest
from tests_support import acting
from tests_support.daemons import House

from dayhand.daemon import planner
from dayhand.daemon.planner import Planner, planned_of
from dayhand.model.ledger import Pause
from dayhand.validation import _triggers

SLOW = """
triggers:
  - cron: "*/10 * * * *"
    overlap: {overlap}
steps:
  - uses: act.sleep
    with: {{length: {length}}}
"""


@pytest.fixture
def house(bench):
    made = House(bench)
    made.set_clock("2026-06-09T06:59-04:00")
    return made


def simple(house, name="morning", cron="0 7 * * *", more="", uses="act.echo"):
    return house.bench.write(
        name, f'{more}triggers:\n  - cron: "{cron}"\nsteps:\n  - uses: {uses}\n'
    )


def test_a_restart_looks_no_further_back_than_a_row_can_lie(house, monkeypatch):
    """With a row a second, a day of looking back held the database for half a minute."""
    monkeypatch.setattr(_triggers, "_SHORTEST", timedelta(seconds=1))
    house.bench.write("often", "triggers:\n  - every: 1 second\nsteps:\n  - uses: act.noop\n")
    house.look()
    house.restart()
    made = []
    monkeypatch.setattr(planner, "planned_of", lambda *a: made.append(a[0]) or planned_of(*a))

    house.at("2026-06-09T06:59:03-04:00")

    rows = house.rows("often")
    assert 0 < len(made) < 3 * len(rows)
    assert not any(row.state == "superseded" for row in rows)


# Overlap ------------------------------------------------------------------------------------------


def overlapped(house, overlap):
    """The routine still runs when its next times come."""
    house.bench.write("slow", SLOW.format(overlap=overlap, length="1 ms"))
    acting.held = asyncio.Event()

    async def scene():
        daemon, most = house.daemon, 0
        await daemon.take_lease()
        await daemon.one_pass()
        house.set_clock("2026-06-09T07:00:01-04:00")
        await daemon.one_pass()
        await asyncio.sleep(0.05)
        for _ in range(2):
            house.clock.move(timedelta(minutes=10))
            await daemon.take_lease()
            await daemon.one_pass(recover=False)
            await asyncio.sleep(0.02)
            most = max(most, daemon.busy)
        acting.held.set()
        await daemon.wait_for_runs()
        await house.settle()
        return most

    return asyncio.run(scene())


def test_skip_is_recorded_with_its_reason(house):
    overlapped(house, "skip")

    assert [s for n, s in sorted(house.states("slow").items()) if n <= "2026-06-09T07:20"] == [
        "ran: done", "skipped: overlap: its last run is still going", "skipped: overlap: its last run is still going",
    ]  # fmt: skip


def test_queue_one_keeps_the_newest(house):
    overlapped(house, "queue_one")

    states = house.states("slow")
    assert states["2026-06-09T07:10"].startswith("coalesced: overlap: coalesced into slow/")
    assert states["2026-06-09T07:20"].startswith("ran")
    assert len(house.runs()) == 2


def test_queue_all_runs_each_in_its_turn(house):
    most = overlapped(house, "queue_all")

    assert most == 1
    assert acting.calls["most at once"] == 1
    assert sorted(run.due.strftime("%H:%M") for run in house.runs()) == ["07:00", "07:10", "07:20"]


def test_allow_runs_them_side_by_side(house):
    assert overlapped(house, "allow") == 3


def test_cancel_other_ends_the_one_before_and_starts(house):
    house.bench.write("slow", SLOW.format(overlap="cancel_other", length="200 s"))

    async def scene():
        daemon = house.daemon
        await daemon.take_lease()
        await daemon.one_pass()
        house.set_clock("2026-06-09T07:00:01-04:00")
        await daemon.one_pass()
        await asyncio.sleep(0.1)
        house.clock.move(timedelta(minutes=10))
        await daemon.take_lease()
        await daemon.one_pass()
        await daemon.wait_for_runs()
        await daemon.one_pass()
        await asyncio.sleep(0.05)
        busy = daemon.busy
        for task in list(daemon.going._tasks.values()):
            task.cancel()
        await asyncio.wait(list(daemon.going._tasks.values()))
        return busy

    assert asyncio.run(scene()) == 1
    first, second = sorted(house.runs(), key=lambda run: run.due)
    assert (first.state, first.reason) == (
        "cancelled",
        "its next occurrence was due (overlap: cancel other)",
    )
    assert second.due.strftime("%H:%M") == "07:10"
    assert house.states("slow")["2026-06-09T07:00"] == "ran: cancelled"


# Pauses -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["morning", ""])
def test_what_falls_due_in_a_pause_is_judged_when_it_ends(house, name):
    simple(house)
    house.look()
    until = house.now + timedelta(days=3)
    house.bench.app.store.write_ledger_now(
        lambda ledger: ledger.pause(Pause(name, house.now, until))
    )

    assert house.at("2026-06-10T09:00-04:00") == []
    assert house.at("2026-06-11T09:00-04:00") == []
    begun = house.at("2026-06-12T06:59:30-04:00")

    assert [f"{run.due:%d}" for run in begun] == ["11"]
    assert [house.past()[f"2026-06-{day:02}T07:00"] for day in (9, 10, 11)] == [
        "coalesced",
        "coalesced",
        "ran_late",
    ]


def test_a_pause_of_everything_leaves_a_pause_of_one_in_place(house):
    store = house.bench.app.store
    store.write_ledger_now(lambda ledger: ledger.pause(Pause("morning", house.now)))
    store.write_ledger_now(lambda ledger: ledger.pause(Pause("", house.now)))

    assert [pause.routine for pause in house.read(lambda ledger: ledger.pauses(house.now))] == [
        "",
        "morning",
    ]


# Edits --------------------------------------------------------------------------------------------


def test_a_good_edit_takes_effect_at_once(house):
    simple(house)
    house.look()
    simple(house, cron="5 7 * * *")
    house.look()

    assert house.at("2026-06-09T07:01-04:00") == []
    assert len(house.at("2026-06-09T07:05:01-04:00")) == 1
    assert house.states()["2026-06-09T07:00"] == "superseded: superseded by an edit of the routine"


def test_an_edit_taken_back_brings_back_the_row(house):
    simple(house, cron="0 7 * * *", more="")
    house.look()
    simple(house, cron="5 7 * * *")
    house.look()
    simple(house, cron="0 7 * * *")
    house.look()

    assert [f"{run.due:%H:%M}" for run in house.at("2026-06-09T07:06-04:00")] == ["07:00"]


@pytest.mark.parametrize("restart", [False, True])
def test_after_a_bad_edit_the_last_good_version_stays(house, restart):
    simple(house)
    house.look()
    path = house.bench.folder / "routines" / "morning.yaml"
    path.write_text("routine: morning\ntriggers: [{cron: 0 7 * *}]\nsteps: oops\n")
    if restart:
        house.restart()
    house.look()

    assert len([line for line in house.told if "the last good version stays" in line]) == 1
    assert len(house.at("2026-06-09T07:00:01-04:00")) == 1
    assert acting.calls["echo"] == 1


def test_a_routine_that_never_was_good_is_told_and_hurts_no_other(house):
    (house.bench.folder / "routines" / "bad.yaml").write_text("routine: bad\nsteps: [")
    simple(house)
    house.look()

    assert len(house.at("2026-06-09T07:00:01-04:00")) == 1
    assert any("routine 'bad'" in line for line in house.told)


@pytest.mark.parametrize("restart", [False, True])
def test_a_deleted_routine_is_superseded_with_the_reason(house, restart):
    path = simple(house)
    house.look()
    path.unlink()
    if restart:
        house.restart()
    house.look()
    house.look()

    assert house.at("2026-06-09T07:00:01-04:00") == []
    assert house.states()["2026-06-09T07:00"] == "superseded: its file is gone"


def test_a_file_that_is_missing_for_a_moment_is_not_gone(house):
    path = simple(house)
    house.look()
    text = path.read_text()
    path.unlink()
    asyncio.run(house.pass_once())
    path.write_text(text)

    assert len(house.at("2026-06-09T07:00:01-04:00")) == 1


def test_a_routine_put_back_begins_anew(house):
    path = simple(house)
    house.look()
    text = path.read_text()
    path.unlink()
    house.look()
    house.look()
    house.at("2026-06-09T12:00-04:00")
    path.write_text(text)

    assert house.look() == []
    assert len(house.at("2026-06-10T07:00:01-04:00")) == 1
    assert house.past()["2026-06-09T07:00"] == "superseded"


def test_a_routine_switched_off_and_on_does_not_catch_up(house):
    simple(house)
    house.look()
    simple(house, more="enabled: false\n")
    house.look()
    assert house.states()["2026-06-09T07:00"] == "superseded: it is switched off"
    house.at("2026-06-09T12:00-04:00")
    simple(house)

    assert house.look() == []
    assert len(house.at("2026-06-10T07:00:01-04:00")) == 1


def test_a_running_run_keeps_the_text_it_started_with(house):
    house.bench.write(
        "two",
        'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: person.approve\n    with: {title: go}\n  - uses: act.echo\n    with: {name: old}\n',
    )
    house.at("2026-06-09T07:00:01-04:00") or house.at("2026-06-09T07:00:02-04:00")
    house.set_clock("2026-06-10T07:00:01-04:00")
    house.look()
    house.bench.write(
        "two",
        'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.echo\n    with: {name: new}\n',
    )
    house.look()
    (question, *_) = house.bench.app.store.questions()
    house.bench.app.store.answer(
        question.id, answer={"approved": True, "note": ""}, by="me", now=house.now
    )
    house.look()

    assert acting.calls["old"] == 1
    assert acting.calls["new"] == 0


def test_a_routine_whose_plugin_is_gone_is_missed_with_the_reason(house):
    simple(house)
    house.look()
    house.bench.plugins.clear()
    house.restart()
    house.at("2026-06-09T07:00:01-04:00")

    assert house.states()["2026-06-09T07:00"].startswith("missed: it cannot run: ")


# Other triggers -----------------------------------------------------------------------------------


def test_the_end_of_another_routine_starts_once(house):
    simple(house)
    house.bench.write(
        "after",
        "triggers:\n  - routine: morning\nsteps:\n  - uses: act.echo\n    with: {name: after}\n",
    )
    house.look()
    house.at("2026-06-09T07:00:01-04:00")
    house.restart()
    house.look()

    assert acting.calls["after"] == 1


FILES = """
triggers:
  - file: "*.csv"
inputs:
  file: {{type: file}}
steps:
  - uses: {uses}
"""


def drop(house, name, text, *, old=False):
    path = house.bench.folder / "inbox" / name
    path.write_text(text)
    moment = (house.now - timedelta(hours=1 if old else 0)).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_a_file_half_written_waits_until_it_has_stopped_growing(house):
    house.bench.write(
        "take",
        FILES.format(uses='act.echo\n    with: {value: "${{ inputs.file }}"}').replace(
            "{{type", "{type"
        ),
    )
    path = drop(house, "a.csv", "1,")
    asyncio.run(house.pass_once())
    path.write_text("1,2,3\n")
    os.utime(path, (house.now.timestamp(), house.now.timestamp()))
    asyncio.run(house.pass_once())
    assert house.runs() == []
    house.look()
    house.look()

    (run,) = house.runs()
    assert run.inputs == {"file": "inbox/a.csv"}
    house.look()
    assert (house.bench.folder / "inbox/done/a.csv").read_text() == "1,2,3\n"


def test_the_same_content_is_handled_once(house):
    house.bench.write("take", FILES.format(uses="act.echo"))
    drop(house, "a.csv", "same", old=True)
    house.look()
    drop(house, "b.csv", "same", old=True)
    house.look()
    house.look()

    assert len(house.runs()) == 1
    assert sorted(p.name for p in (house.bench.folder / "inbox/done").iterdir()) == [
        "a.csv",
        "b.csv",
    ]


def test_a_file_whose_run_failed_is_moved_aside_with_the_reason_and_can_be_put_back(house):
    house.bench.write("take", FILES.format(uses="act.fail\n    with: {times: 1, retryable: false}"))
    drop(house, "a.csv", "x", old=True)
    house.look()
    house.look()
    failed = house.bench.folder / "inbox/failed"

    assert sorted(p.name for p in failed.iterdir()) == ["a.csv", "a.csv.reason.txt"]
    assert "no luck at try 1" in (failed / "a.csv.reason.txt").read_text()
    (failed / "a.csv").rename(house.bench.folder / "inbox/a.csv")
    house.look()
    house.look()
    assert sorted(run.state for run in house.runs()) == ["done", "failed"]
    assert (house.bench.folder / "inbox/done/a.csv").exists()


def test_several_files_at_once_are_all_handled(house):
    house.bench.write("take", FILES.format(uses="act.echo"))
    for number in range(5):
        drop(house, f"{number}.csv", str(number), old=True)
    house.look()

    assert len(house.runs()) == 5
    assert acting.calls["echo"] == 5


# Clocks -------------------------------------------------------------------------------------------


def test_a_clock_set_back_an_hour_repeats_nothing_and_waits(house):
    simple(house, cron="*/10 * * * *")
    house.look()
    house.awake_until("2026-06-09T09:00:01-04:00")
    count = len(house.runs())
    house.clock.move(-timedelta(hours=1))
    house.look()
    house.awake_until("2026-06-09T08:59-04:00")

    assert len(house.runs()) == count
    assert len([line for line in house.told if "behind" in line]) == 1
    house.awake_until("2026-06-09T09:10:01-04:00")
    assert len(house.runs()) == count + 1


def test_a_clock_set_back_five_hours_goes_on_and_repeats_nothing(house):
    simple(house, cron="*/10 * * * *")
    house.look()
    house.awake_until("2026-06-09T13:00:01-04:00")
    count = len(house.runs())
    house.clock.move(-timedelta(hours=5))
    simple(house, name="other", cron="30 8 * * *")
    house.look()
    house.awake_until("2026-06-09T12:59-04:00")

    assert len(house.runs("morning")) == count
    assert len(house.runs("other")) == 1


def test_a_clock_of_1970_starts_nothing(house):
    simple(house)
    house.look()
    house.set_clock("1970-01-01T00:00:10+00:00")
    house.restart()
    assert house.look() == []
    assert house.at("1970-01-05T12:00+00:00") == []
    assert any("1970" in line for line in house.told)

    assert len(house.at("2026-06-09T07:00:30-04:00")) == 1
    assert all(row.due.year == 2026 for row in house.rows())


def test_new_time_zone_data_plans_again_and_is_logged(house, caplog):
    caplog.set_level("INFO", logger="dayhand.daemon")
    simple(house)
    house.look()
    info = house.bench.app.info
    house.daemon._planner = Planner(info.timezone, {}, tzdata="2099z")
    house.look()

    assert {row.planned.tzdata for row in house.rows() if row.due > house.now} == {"2099z"}
    assert any("planned anew: time zone data 2099z now, was " in line for line in caplog.messages)
    assert len(house.at("2026-06-09T07:00:30-04:00")) == 1


def set_zone(house, name):
    path = house.bench.folder / "practice.yaml"
    path.write_text(path.read_text().replace("timezone: America/New_York", f"timezone: {name}"))


def test_a_zone_further_west_moves_what_is_to_come(house):
    simple(house)
    house.look()
    set_zone(house, "America/Los_Angeles")
    house.look()

    assert house.at("2026-06-09T07:00:30-04:00") == []
    assert len(house.at("2026-06-09T07:00:30-07:00")) == 1
    assert any("changed, and read again" in line for line in house.told)


def test_a_zone_further_east_makes_todays_row_late_and_not_lost(house):
    simple(house)
    house.look()
    set_zone(house, "Europe/London")
    begun = house.look()

    assert [f"{run.due.isoformat()}" for run in begun] == ["2026-06-09T07:00:00+01:00"]
    assert house.past()["2026-06-09T07:00"] == "ran_late"


def test_a_broken_practice_file_keeps_the_last_good_one(house):
    simple(house)
    house.look()
    (house.bench.folder / "practice.yaml").write_text("timezone: [")
    house.look()

    assert any("the last good one stays" in line for line in house.told)
    assert len(house.at("2026-06-09T07:00:30-04:00")) == 1


def test_after_a_sleep_late_routines_begin_one_a_pass(house):
    house.set_clock("2026-06-08T12:00-04:00")
    for name in ("a", "b", "c"):
        house.bench.write(name, 'triggers:\n  - cron: "0 7 * * *"\nsteps:\n  - uses: act.echo\n')
    house.look()
    house.set_clock("2026-06-09T09:10-04:00")
    begun = [asyncio.run(house.pass_once()).begun for _ in range(4)]

    assert [[run.routine for run in runs] for runs in begun] == [["a"], ["b"], ["c"], []]
    assert {row.reason for row in house.rows() if row.state == "ran_late"} == {
        "2 h 10 min late; done"
    }


def test_late_ones_of_one_routine_keep_their_order_beside_other_late_routines(house):
    house.set_clock("2026-06-05T12:00-04:00")
    for name in ("a", "b"):
        house.bench.write(
            name,
            'triggers:\n  - cron: "0 7 * * *"\n    if_missed: run_all\n    max: 2\nsteps:\n  - uses: act.echo\n',
        )
    house.look()
    house.set_clock("2026-06-09T09:10-04:00")
    begun = [run for _ in range(6) for run in asyncio.run(house.pass_once()).begun]

    assert [f"{run.due:%d}" for run in begun if run.routine == "a"] == ["08", "09"]
    assert [f"{run.due:%d}" for run in begun if run.routine == "b"] == ["08", "09"]


def test_what_is_on_time_does_not_wait_for_what_is_late(house):
    house.set_clock("2026-06-08T12:00-04:00")
    for name, hour in (("a", "7"), ("b", "8"), ("c", "9"), ("d", "9")):
        house.bench.write(
            name, f'triggers:\n  - cron: "0 {hour} * * *"\nsteps:\n  - uses: act.echo\n'
        )
    house.look()
    house.set_clock("2026-06-09T09:00:10-04:00")
    passed = asyncio.run(house.pass_once())

    assert sorted(run.routine for run in passed.begun) == ["a", "c", "d"]
