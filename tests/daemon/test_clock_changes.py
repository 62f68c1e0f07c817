"""`schedule.clock_changes`: what a routine can tell of changes of the clock ahead (rule 16)."""

from __future__ import annotations

from datetime import datetime

import pytest

from dayhand.testing import PracticeKit
from dayhand_journal.evening_page import Evening, as_markdown, page

LOOK = """
steps:
  - id: clock
    uses: schedule.clock_changes
"""


def told(bench, as_of, more=""):
    run = bench.run(LOOK + more, as_of=datetime.fromisoformat(as_of))
    assert run.state == "done"
    return bench.output(run, "clock")["items"]


@pytest.fixture
def night(bench):
    bench.write(
        "night",
        'triggers:\n  - id: early\n    cron: "30 2 * * *"\nsteps:\n  - uses: act.echo\n',
    )
    return bench


def test_it_tells_what_becomes_of_a_time_that_the_clock_skips(night):
    (text,) = told(night, "2026-03-01T18:00-05:00")

    when, _, what = text.partition(" (America/New_York). ")
    assert when == "Sun 8 Mar: the clock goes forward 1 h, from 02:00 to 03:00"
    assert what == "night (every day at 02:30): the clock skips 02:30 on Sun 8 Mar: runs at 03:00."


def test_what_is_further_away_or_touches_nothing_is_not_told(night):
    assert told(night, "2026-02-20T18:00-05:00") == []
    assert len(told(night, "2026-02-20T18:00-05:00", "    with: {days: 30}\n")) == 1
    assert told(night, "2026-10-25T18:00-04:00") == []  # 02:30 comes once on that day


def test_too_many_days_are_a_problem_of_the_routine(night):
    night.write("r", f"{LOOK}    with: {{days: 61}}\n")
    entry = night.app.book.find("r")

    assert [problem.code for problem in entry.problems] == ["wrong-value"]


def test_the_evening_page_shows_it(tmp_path):
    kit = PracticeKit(tmp_path, plugins=["dayhand_journal"])
    evening = Evening(kit.context("journal").today, clock_changes=["Sun 8 Mar: the clock goes"])

    assert "## The clock changes\n\n- Sun 8 Mar: the clock goes\n" in as_markdown(
        page(kit.context("journal"), evening)
    )
    done = kit.run("journal.evening_page", clock_changes=["Sun 8 Mar: #the clock"])
    assert kit.files.read(done["pdf"]).startswith(b"%PDF")
    assert (
        "The clock changes" not in kit.files.read(kit.run("journal.evening_page")["path"]).decode()
    )
