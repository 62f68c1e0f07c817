"""The lateness vectors L1–L12 through the daemon: ledger, runs, checkpoints and all."""

from __future__ import annotations

import asyncio
import textwrap
from datetime import timedelta

import pytest
from tests_support import acting
from tests_support.daemons import House

from dayhand import containment
from dayhand.daemon.daemon import Daemon

LEASE_AND_MORE = timedelta(minutes=2)
MORNING = """
triggers:
  - cron: "0 7 * * 1-5"
    {policy}
steps:
  - uses: {uses}
"""


def routine(
    house, policy="if_missed: run_latest", uses="act.noop", cron="0 7 * * 1-5", name="morning"
):
    text = MORNING.format(policy=policy, uses=uses).replace("0 7 * * 1-5", cron)
    house.bench.write(name, text)


def asleep(house, start, end):
    """Awake up to a moment, then nothing until the other."""
    house.at(start)
    return house.at(end)


@pytest.fixture
def house(bench):
    made = House(bench)
    made.set_clock("2026-06-08T12:00-04:00")  # a Monday
    return made


def test_case_l1_one_run_marked_late_after_a_sleep(house):
    routine(house)
    begun = asleep(house, "2026-06-09T06:00-04:00", "2026-06-09T09:10-04:00")

    assert [run.due.isoformat() for run in begun] == ["2026-06-09T07:00:00-04:00"]
    assert house.states()["2026-06-09T07:00"] == "ran_late: 2 h 10 min late; done"


def test_case_l2_of_a_long_weekend_the_latest_runs_and_the_others_are_coalesced_into_it(house):
    routine(house)
    begun = asleep(house, "2026-06-12T06:00-04:00", "2026-06-16T12:00-04:00")

    assert [f"{run.due:%a %H:%M}" for run in begun] == ["Tue 07:00"]
    assert house.past() == {"2026-06-12T07:00": "coalesced", "2026-06-15T07:00": "coalesced",
                            "2026-06-16T07:00": "ran_late"} | before(house)  # fmt: skip


def before(house):
    return {nominal: state for nominal, state in house.past().items() if nominal < "2026-06-12"}


def test_case_l3_run_all_max_2_runs_the_latest_two_one_after_the_other(house):
    routine(house, "if_missed: run_all\n    max: 2")
    begun = asleep(house, "2026-06-12T06:00-04:00", "2026-06-16T12:00-04:00")

    assert [f"{run.due:%a}" for run in begun] == ["Mon", "Tue"]
    assert house.states()["2026-06-12T07:00"] == "missed: over max"
    ended = [house.bench.app.store.find_run(run.id) for run in begun]
    assert ended[0].ended_at <= ended[1].created_at


def test_case_l4_run_within_3_hours_misses_what_is_5_hours_late(house):
    routine(house, "if_missed: {run_within: 3 hours}")
    begun = asleep(house, "2026-06-09T06:00-04:00", "2026-06-09T12:00-04:00")

    assert begun == []
    assert house.states()["2026-06-09T07:00"] == "missed: 5 h late, limit 3 h"


@pytest.mark.parametrize("policy", ["run_latest", "run_all", "skip", "ask", "{run_within: 1 hour}"])
def test_case_l5_a_blip_of_40_seconds_is_no_absence(house, policy):
    routine(house, f"if_missed: {policy}")
    begun = asleep(house, "2026-06-09T06:59:40-04:00", "2026-06-09T07:00:20-04:00")

    assert len(begun) == 1
    assert house.states()["2026-06-09T07:00"] == "ran: done"


def test_case_l6_eight_hours_of_every_five_minutes_are_one_run(house):
    routine(house, cron="*/5 * * * *")
    begun = asleep(house, "2026-06-09T00:01-04:00", "2026-06-09T08:01-04:00")

    assert len(begun) == 1
    slept = {n: s for n, s in house.past().items() if "2026-06-09T00:05" <= n <= "2026-06-09T08:00"}
    assert len(slept) == 96
    assert list(slept.values()).count("coalesced") == 95
    assert slept["2026-06-09T08:00"] == "ran"


def test_case_l7_a_crash_before_the_first_step_is_resumed_as_the_same_occurrence(house):
    routine(house, uses="act.echo")
    house.at("2026-06-09T06:00-04:00")
    house.set_clock("2026-06-09T07:00:01-04:00")

    async def crash():
        await house.daemon.take_lease()
        house.daemon.going.begin = lambda run_ids: None  # the process dies here
        return await house.daemon.one_pass(recover=False)

    (begun,) = asyncio.run(crash()).begun
    house.restart()
    house.look()

    assert acting.calls["echo"] == 1
    assert [run.id for run in house.runs()] == [begun.id]
    assert house.states()["2026-06-09T07:00"] == "ran: done"


def test_case_l8_a_crash_between_send_and_receipt_stops_in_doubt_and_sends_nothing_again(
    house, monkeypatch
):
    monkeypatch.setattr(containment, "_ENDING", ())  # it stands for a kill, which nothing contains
    routine(house, uses="act.send\n    with: {to: someone}")
    acting.script["send after"] = [KeyboardInterrupt()]
    house.at("2026-06-09T06:00-04:00")
    with pytest.raises((KeyboardInterrupt, BaseExceptionGroup)):
        house.at("2026-06-09T07:00-04:00")
    for _ in range(3):
        house.restart()
        house.set_clock(house.now + LEASE_AND_MORE)
        house.look()

    (run,) = house.runs()
    assert acting.world == ["someone"]
    assert run.state == "unknown"
    assert [q.kind for q in house.bench.app.store.questions()] == ["unknown_effect"]
    assert house.states()["2026-06-09T07:00"] == "started"


def test_case_l9_an_edit_of_the_description_while_asleep_changes_nothing(house):
    routine(house)
    house.at("2026-06-09T06:00-04:00")
    house.bench.write(
        "morning",
        "description: better\n"
        + textwrap.dedent(MORNING).format(policy="if_missed: run_latest", uses="act.noop"),
    )
    house.restart()
    begun = house.at("2026-06-09T09:10-04:00")

    assert [f"{run.due:%a %H:%M}" for run in begun] == ["Tue 07:00"]
    assert house.past()["2026-06-09T07:00"] == "ran_late"


@pytest.mark.parametrize("named", [False, True])
def test_case_l10_a_time_moved_after_todays_run_does_not_run_again_today(house, named):
    policy = "id: daily" if named else "if_missed: run_latest"
    routine(house, policy)
    assert len(asleep(house, "2026-06-09T06:00-04:00", "2026-06-09T07:00:01-04:00")) == 1
    house.set_clock("2026-06-09T07:30-04:00")
    routine(house, policy, cron="0 8 * * 1-5")
    house.look()

    assert house.at("2026-06-09T08:00:01-04:00") == []
    assert (
        house.states()["2026-06-09T08:00"] == "superseded: ran at Tue 9 Jun 07:00, before the edit"
    )
    house.bench.write(
        "morning",
        (house.bench.folder / "routines/morning.yaml").read_text().partition("\n")[2] + "# again\n",
    )
    house.restart()
    assert house.at("2026-06-09T08:00:20-04:00") == []
    assert [f"{run.due:%a %H:%M}" for run in house.at("2026-06-10T08:00:01-04:00")] == ["Wed 08:00"]
    assert "2026-06-10T07:00" not in {
        n for n, s in house.states().items() if not s.startswith("superseded")
    }


def test_case_l10_a_second_time_added_after_todays_run_does_run(house):
    routine(house)
    asleep(house, "2026-06-09T06:00-04:00", "2026-06-09T07:00:01-04:00")
    house.set_clock("2026-06-09T07:30-04:00")
    routine(house, "if_missed: run_latest\n  - cron: 0 8 * * 1-5")
    house.look()

    assert [f"{run.due:%H:%M}" for run in house.at("2026-06-09T08:00:01-04:00")] == ["08:00"]


def test_case_l11_of_two_daemons_one_runs_and_the_other_tells_who_does(house):
    routine(house)
    told = []
    first, second = house.daemon, Daemon(house.bench.app, owner="elsewhere:1:2", tell=told.append)
    house.at("2026-06-09T06:59-04:00")
    house.set_clock("2026-06-09T07:00:01-04:00")

    async def both():
        one, other = await first.take_lease(), await second.take_lease()
        second._stand_by()
        await first.one_pass()
        await second.one_pass()  # even if it worked without the lease
        await first.wait_for_runs()
        await second.wait_for_runs()
        return one, other

    assert asyncio.run(both()) == (True, False)
    assert told == [f"standing by: {first.owner} runs this practice"]
    assert len(house.runs()) == 1


def test_case_l12_a_time_in_the_gap_runs_late_and_once(house):
    house.set_clock("2026-03-07T12:00-05:00")
    routine(house, cron="30 2 * * *")
    begun = asleep(house, "2026-03-08T00:00-05:00", "2026-03-08T09:00-04:00")

    assert [run.due.isoformat() for run in begun] == ["2026-03-08T03:00:00-04:00"]
    assert house.states()["2026-03-08T02:30"] == "ran_late: 6 h late; done"
