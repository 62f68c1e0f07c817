"""A year of the shipped routines under the daemon's own code: no hole in the ledger, and no double."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dayhand.app.calendars import calendars_of
from dayhand.resources import shipped
from dayhand.schedule.timetable import timetables

NEW_YORK = ZoneInfo("America/New_York")
NAMES = ("morning-prep", "end-of-day-notes", "monthly-billing", "ce-renewal-check")


def schedule_of(name):
    """A shipped routine's triggers, with a step that does nothing."""
    (file,) = shipped("routines").rglob(f"{name}.yaml")
    text = file.read_text(encoding="utf-8")
    triggers = text[text.index("\ntriggers:") + 1 :]
    ends = [triggers.index(f"\n{key}:") for key in ("inputs", "steps") if f"\n{key}:" in triggers]
    return f"routine: {name}\n{triggers[: min(ends)]}\nsteps:\n  - uses: act.noop\n"


def local(text, zone=NEW_YORK):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


class Year:
    """What happens in the year, and what should have been due in it."""

    def __init__(self, house, seed):
        self.house = house
        self.chance = random.Random(seed)
        self.happened = Counter()
        self.expected = Counter()
        self.slept = timedelta(0)
        self.folder = house.bench.folder
        for name in NAMES:
            (self.folder / "routines" / f"{name}.yaml").write_text(schedule_of(name))

    async def live(self, changes):
        """Through the changes, each at a moment at which nothing is due."""
        await self.house.settle()
        since = self.house.now
        for moment, change in changes:
            await self.until(local(moment))
            self.expect(since, self.house.now)
            since = self.house.now
            change(self)
            await self.house.settle()

    def expect(self, after, until):
        """Told by the timetables alone, without ledger or daemon."""
        app = self.house.bench.app
        app.forget_routines()
        for entry in app.book:
            for table in timetables(entry.routine, app.info.timezone, calendars_of(app)):
                self.expected.update(
                    o.key for o in table.between(after, until, skipped=True) if o.due <= until
                )

    async def until(self, end):
        while self.house.now < end:
            ahead = min(end, self.house.now + timedelta(hours=self.chance.randint(3, 120)))
            await self.house.live_until(ahead)
            if self.house.now < end - timedelta(days=6):
                await self.surprise()

    def sleep(self):
        length = timedelta(minutes=self.chance.randint(5, 5 * 24 * 60))
        self.slept += length
        self.house.clock._now += length  # the monotonic clock stands still meanwhile

    async def surprise(self):
        what = self.chance.choice(
            [
                "sleep",
                "sleep",
                "restart",
                "back",
                "far back",
                "forward",
                "touch",
                "kill",
                "doze",
                "doze",
            ]
        )
        self.happened[what] += 1
        house = self.house
        if what == "sleep":
            self.sleep()
        elif what == "restart":
            await house.daemon.leave()
            house.restart()
        elif what == "kill":
            house.restart()
        elif what == "doze":
            house.doze(self.chance.choice([lambda: None, self.sleep]), woken_by="slept")
        elif what == "back":
            house.clock.move(-timedelta(minutes=self.chance.randint(2, 170)))
        elif what == "far back":
            house.clock.move(-timedelta(hours=self.chance.randint(4, 48)))
        elif what == "forward":
            house.clock._now += timedelta(hours=self.chance.randint(4, 30))
        else:
            name = self.chance.choice(NAMES)
            path = self.folder / "routines" / f"{name}.yaml"
            path.write_text(path.read_text() + f"# {house.now}\n")
        await house.settle()


def zone(name):
    def change(year):
        path = year.folder / "practice.yaml"
        lines = [
            f"timezone: {name}" if line.startswith("timezone:") else line
            for line in path.read_text().splitlines()
        ]
        path.write_text("\n".join(lines) + "\n")
        if year.chance.random() < 0.5:
            year.house.restart()
        else:
            year.house.bench.app.reread_practice()

    return change


def edit(name, old, new):
    def change(year):
        path = year.folder / "routines" / f"{name}.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


CHANGES = [
    ("2026-04-12T12:00", edit("end-of-day-notes", "0 18 * * mon-fri", "30 17 * * mon-fri")),
    ("2026-06-07T12:00", zone("America/Los_Angeles")),
    ("2026-08-02T12:00", zone("America/New_York")),
    ("2026-09-13T12:00", edit("end-of-day-notes", "30 17 * * mon-fri", "0 18 * * mon-fri")),
    ("2027-01-03T12:00", lambda year: None),
]


@pytest.mark.parametrize(
    "seed", [1, pytest.param(2, marks=pytest.mark.soak), pytest.param(3, marks=pytest.mark.soak)]
)
def test_a_year_of_the_shipped_routines_has_no_hole_and_no_double(house, seed, capsys):
    house.set_clock(local("2026-01-01T00:30"))
    year = Year(house, seed)
    begun = time.perf_counter()

    asyncio.run(year.live(CHANGES))

    rows = [row for row in house.rows() if row.due <= house.now]
    kept = [row for row in rows if row.state != "superseded"]
    states = Counter(row.state for row in rows)
    taken = time.perf_counter() - begun
    with capsys.disabled():
        print(
            f"\n  seed {seed}: {len(rows)} occurrences in {taken:.1f} s; {dict(states)};"
            f" {dict(year.happened)}, asleep {year.slept.days} days"
        )
    found = Counter(row.key for row in kept)
    assert sorted(set(year.expected) - set(found)) == []
    assert sorted(set(found) - set(year.expected)) == []
    assert all(count == 1 for count in found.values())
    assert [row for row in rows if not row.is_closed] == []
    assert [row for row in rows if not row.reason and row.state != "ran"] == []
    ran = [row.run_id for row in rows if row.state in ("ran", "ran_late")]
    assert None not in ran
    assert len(set(ran)) == len(ran)
    assert {run.id for run in house.runs()} == set(ran)
    assert sum(year.happened.values()) > 40
