"""Clocks that jump beneath a daemon process that runs: rows S04 to S07 of the reliability matrix.

The same under a simulated clock, for a year: `test_simulated`; case by case: `test_policies`.
"""

from __future__ import annotations

import signal
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests_support.daemons import EVER
from tests_support.fleet import wait_for

QUARTERS = """\
routine: quarters
timezone: UTC
triggers:
  - cron: "*/15 * * * *"
steps:
  - uses: value.set
    with: {x: 1}
"""
SECONDS = """\
routine: seconds
triggers:
  - every: 1 second
    if_missed: run_all
    overlap: queue_all
steps:
  - uses: value.set
    with: {x: 1}
"""
HOUR = 3600


class Machine:
    """A machine whose wall clock can be set; the daemon's process lives by it."""

    def __init__(self, bench, fleet):
        self.bench = bench
        self.fleet = fleet
        self.file = bench.home / "clock"
        self.set(0)

    def set(self, seconds):
        beside = self.file.with_suffix(".new")
        beside.write_text(str(seconds))
        beside.replace(self.file)
        self.off = seconds

    def set_to(self, moment):
        self.set((datetime.fromisoformat(moment) - datetime.now(UTC)).total_seconds())

    @property
    def now(self):
        return datetime.now(UTC) + timedelta(seconds=self.off)

    def begin(self, name, text):
        (self.bench.folder / "routines" / f"{name}.yaml").write_text(text)
        return self.fleet.start(TEST_CLOCK=str(self.file))

    def rows(self):
        return self.bench.app.store.read_ledger(lambda ledger: ledger.between(*EVER))

    def ran(self):
        """The moments that have a run."""
        return [row.due for row in self.rows() if row.run_id]

    def end(self):
        self.fleet.stop()
        logs = self.fleet.logs()
        assert "Traceback" not in logs
        runs = [row.run_id for row in self.rows() if row.run_id]
        assert len(set(runs)) == len(runs) == len(set(self.ran()))
        assert {run.id for run in self.bench.app.store.runs(limit=10_000)} == set(runs)
        return logs


@pytest.fixture
def machine(bench, fleet):
    return Machine(bench, fleet)


def test_s04_a_clock_set_forward_two_hours_is_judged_by_if_missed(machine):
    machine.set_to("2027-03-02T12:05:00+00:00")
    machine.begin("quarters", QUARTERS)
    wait_for(lambda: len(machine.rows()) > 10, 60, "a plan")
    machine.set(machine.off + 2 * HOUR)
    wait_for(machine.ran, 60, "a run after the jump")
    wait_for(lambda: not overdue(machine), 60, "every row to be judged")
    logs = machine.end()

    past = [row for row in machine.rows() if row.due <= machine.now]
    assert Counter(row.state for row in past) == {"coalesced": 7, "ran_late": 1}
    assert machine.ran() == [datetime(2027, 3, 2, 14, tzinfo=UTC)]
    assert "its clock was set" in logs


def overdue(machine):
    return [row for row in machine.rows() if row.due <= machine.now and not row.is_closed]


@pytest.mark.soak
def test_s05_a_clock_set_back_three_hours_repeats_nothing(machine):
    machine.begin("seconds", SECONDS)
    wait_for(lambda: len(machine.ran()) > 2, 60, "the first runs")
    machine.set(-3 * HOUR)
    wait_for(lambda: "until it has caught up" in machine.fleet.logs(), 60, "a word about the clock")
    before = machine.ran()
    time.sleep(2)  # two more would have been due
    during = machine.ran()
    machine.set(0)
    wait_for(lambda: len(machine.ran()) > len(during) + 1, 60, "runs once the clock is right")
    machine.end()

    assert during == before
    moments = machine.ran()
    assert len(moments) == (moments[-1] - moments[0]) / timedelta(seconds=1) + 1


@pytest.mark.soak
def test_s06_a_clock_of_1970_starts_nothing_until_it_is_right(machine):
    machine.set_to("1970-01-01T00:00:20+00:00")
    machine.begin("seconds", SECONDS)
    wait_for(lambda: "the clock says 1970-01-01" in machine.fleet.logs(), 60, "a warning")
    time.sleep(2)
    nothing = machine.ran()
    machine.set(0)
    wait_for(lambda: len(machine.ran()) > 1, 60, "runs once the clock is right")
    machine.end()

    assert nothing == []
    assert all(moment.year > 2000 for moment in machine.ran())


def test_s07_after_eight_hours_of_sleep_what_was_due_starts_soon(machine, capsys):
    machine.set_to("2027-03-02T23:01:00+00:00")
    process = machine.begin("quarters", QUARTERS.replace("*/15 *", "0 7"))
    wait_for(machine.rows, 60, "a plan")
    process.send_signal(signal.SIGSTOP)
    machine.set(machine.off + 8 * HOUR + 60)
    process.send_signal(signal.SIGCONT)
    woke = time.monotonic()
    wait_for(machine.ran, 60, "the run of 07:00")
    took = time.monotonic() - woke
    machine.end()

    assert machine.ran() == [datetime(2027, 3, 3, 7, tzinfo=UTC)]
    with capsys.disabled():
        print(f"\n  awake after 8 hours: what was due began in {took:.1f} s")
