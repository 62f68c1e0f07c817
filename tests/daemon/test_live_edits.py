"""Routines edited while a daemon process runs: what is scheduled is never anything but a good text."""

from __future__ import annotations

import random
import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests_support.daemons import EVER
from tests_support.fleet import wait_for

NAMES = ("alpha", "beta", "gamma", "delta")
BAD = (
    "routine: other\nsteps: []\n",
    "steps: [",
    "",
    "\x00",
    "- a\n- b\n",
    'routine: {name}\ntriggers:\n  - cron: "61 * * * *"\nsteps:\n  - uses: value.set\n    with: {{x: 1}}\n',
    "routine: {name}\nsteps:\n  - uses: no.such_step\n",
)
CLOCKWORK = """\
routine: clockwork
triggers:
  - every: 1 second
    if_missed: run_all
    overlap: queue_all
steps:
  - uses: value.set
    with: {x: 1}
"""


def text(name, minute):
    """A routine that is due each hour at a minute; cut anywhere before its last step it is not whole."""
    return (
        f'routine: {name}\ntriggers:\n  - cron: "{minute} * * * *"\n'
        "steps:\n  - uses: value.set\n    with: {x: 1}\n"
    )


class Author:
    """Edits files as people and editors do, and knows what may be scheduled meanwhile."""

    def __init__(self, bench, chance):
        self.bench = bench
        self.chance = chance
        self.folder = bench.folder / "routines"
        self.allowed = {}
        self.done = Counter()
        self.took = []
        for name in NAMES:
            self.allowed[name] = {None}
            self.good(name)

    def path(self, name):
        return self.folder / f"{name}.yaml"

    def allow(self, name, minute):
        self.allowed[name].add(minute)
        return text(name, minute)

    def good(self, name):
        self.path(name).write_text(self.allow(name, self.chance.randrange(60)))

    def replaced(self, name):
        beside = self.folder / f".{name}.yaml.swp"
        beside.write_text(self.allow(name, self.chance.randrange(60)))
        beside.replace(self.path(name))

    def half_written(self, name):
        whole = self.allow(name, self.chance.randrange(60))
        with self.path(name).open("w") as file:
            file.write(whole[: self.chance.randrange(5, whole.index("steps:"))])
            file.flush()
            time.sleep(self.chance.uniform(0, 0.3))
            file.seek(0)
            file.write(whole)

    def bad(self, name):
        self.path(name).write_text(self.chance.choice(BAD).format(name=name))

    def deleted(self, name):
        self.path(name).unlink(missing_ok=True)
        self.allowed[name].add(None)

    def renamed(self, name):
        if self.path(name).exists():
            self.path(name).rename(self.folder / f"{name}-old.yaml")
        self.allowed[name].add(None)
        time.sleep(self.chance.uniform(0, 0.4))
        (self.folder / f"{name}-old.yaml").unlink(missing_ok=True)

    def moved_into_a_folder(self, name):
        inner = self.folder / "inner"
        inner.mkdir(exist_ok=True)
        self.deleted(name)
        (inner / f"{name}.yaml").write_text(self.allow(name, self.chance.randrange(60)))
        time.sleep(self.chance.uniform(0, 0.3))
        (inner / f"{name}.yaml").replace(self.path(name))

    def edit(self):
        name = self.chance.choice(NAMES)
        kinds = (
            self.good, self.replaced, self.half_written, self.bad, self.bad, self.deleted,
            self.renamed, self.moved_into_a_folder,
        )  # fmt: skip
        kind = self.chance.choice(kinds)
        kind(name)
        self.done[kind.__name__.replace("_", " ")] += 1

    def planned(self):
        """The minutes at which each routine is planned."""
        now = datetime.now(UTC) + timedelta(seconds=2)
        until = now + timedelta(hours=20)
        return self.bench.app.store.read_ledger(
            lambda ledger: {
                name: {
                    row.due.minute
                    for row in ledger.between(now, until, routine=name)
                    if row.state == "planned"
                }
                for name in NAMES
            }
        )

    def check(self):
        for name, minutes in self.planned().items():
            assert len(minutes) <= 1, (name, minutes)
            assert next(iter(minutes), None) in self.allowed[name], (name, minutes)

    def agree(self):
        """Leave a good text in each file, and wait until just that is scheduled."""
        wanted = {}
        for name in NAMES:
            wanted[name] = {self.chance.randrange(60)}
            self.path(name).write_text(self.allow(name, *wanted[name]))
        begun = time.monotonic()
        wait_for(lambda: self.planned() == wanted, 60, wanted)
        self.took.append(time.monotonic() - begun)
        self.allowed = wanted


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_a_daemon_that_runs_takes_good_edits_and_no_others(bench, fleet, count, capsys):
    author = Author(bench, random.Random(count))
    (author.folder / "clockwork.yaml").write_text(CLOCKWORK)
    process = fleet.start()
    author.agree()
    for number in range(count):
        author.edit()
        if author.chance.random() < 0.5:
            time.sleep(author.chance.uniform(0, 0.3))
        author.check()
        if number % 10 == 9:
            author.agree()

    assert process.poll() is None
    fleet.stop()
    assert process.returncode == 0
    logs = fleet.logs()
    assert "Traceback" not in logs
    assert "bug" not in logs
    ran = check_clockwork(bench)
    with capsys.disabled():
        middle, most = statistics.median(author.took), max(author.took)
        print(
            f"\n  {count} edits ({dict(author.done)}), {logs.count('last good version stays')} told"
            f" as bad; good ones scheduled in {middle:.1f} s, {most:.1f} s at most; {ran} runs beside"
        )


def check_clockwork(bench):
    """The routine that nobody touched ran each second, once."""
    store = bench.app.store
    rows = [
        row
        for row in store.read_ledger(lambda ledger: ledger.between(EVER[0], datetime.now(UTC)))
        if row.planned.routine == "clockwork"
    ]
    ran = [row for row in rows if row.run_id]
    span = (ran[-1].due - ran[0].due) / timedelta(seconds=1)
    assert len(ran) == len({row.run_id for row in ran}) == span + 1
    return len(ran)
