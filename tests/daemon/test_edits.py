"""Random good and bad edits while a daemon runs: never a wrong schedule, never a crash."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

BAD = (
    "routine: other\nsteps: []\n",
    "steps: [",
    "",
    "\x00",
    "routine: r\ntriggers: [{cron: 61 * * * *}]\n",
    "- a\n- b\n",
)


def good(minute):
    return f'triggers:\n  - cron: "{minute} * * * *"\nsteps:\n  - uses: act.noop\n'


@pytest.mark.parametrize("count", [40, pytest.param(200, marks=pytest.mark.soak)])
def test_after_any_edit_the_last_good_text_is_what_is_scheduled(house, count):
    chance = random.Random(count)
    house.set_clock("2026-06-09T06:00-04:00")
    folder = house.bench.folder / "routines"
    names = ["a", "b", "c"]
    minutes = {name: chance.randrange(60) for name in names}
    for name in names:
        house.bench.write(name, good(minutes[name]))
    house.look()
    for _ in range(count):
        name = chance.choice(names)
        path = folder / f"{name}.yaml"
        what = chance.choice(["good", "bad", "replace", "gone and back", "restart"])
        if what == "bad":
            path.write_text(chance.choice(BAD))
        elif what == "restart":
            house.restart()
        else:
            minutes[name] = chance.randrange(60)
            text = f"routine: {name}\n{good(minutes[name])}"
            if what == "gone and back":
                path.unlink()
                house.look()
                house.look()
            if what == "replace":
                (folder / f".{name}.swp").write_text(text)
                (folder / f".{name}.swp").replace(path)
            else:
                path.write_text(text)
        house.look()
        house.clock.move(timedelta(minutes=chance.randrange(1, 50)))
        house.look()
        ahead = [row for row in house.rows() if row.due > house.now and row.state == "planned"]
        for one in names:
            planned = {row.due.minute for row in ahead if row.planned.routine == one}
            assert planned == {minutes[one]}, (what, one)
    assert all(row.is_closed for row in house.rows() if row.due <= house.now)
