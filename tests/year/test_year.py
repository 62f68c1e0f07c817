"""A year of the sample practice through every shipped routine, on schedule, and its books held together."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests_support.practice_year import PracticeYear

from dayhand.resources import shipped
from dayhand.testing import CalendarServer, MailServer

CROSS_CHECK = Path(__file__).with_name("cross_check.py")
FIRST = date(2026, 1, 1)
WEEKS = int(os.environ.get("DAYHAND_YEAR_WEEKS", "0"))
LAST = FIRST + timedelta(weeks=WEEKS) if WEEKS else date(2027, 1, 5)
"""Ten minutes of a core; `DAYHAND_YEAR_WEEKS` makes it shorter for whoever looks for a mistake. Six weeks
are the least in which every routine runs."""
BILLED = LAST.replace(day=1) - timedelta(days=1)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A new folder; to look at the year afterwards, name one in `DAYHAND_YEAR`."""
    chosen = os.environ.get("DAYHAND_YEAR")
    return Path(chosen) if chosen else tmp_path_factory.mktemp("year")


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_year_of_the_sample_practice_through_every_shipped_routine(place, capsys):
    begun, worked = time.perf_counter(), sum(os.times()[:4])
    with MailServer(place / "mail") as mail, CalendarServer(place / "server") as calendar:
        year = PracticeYear(place, FIRST, LAST, mail.port, calendar)
        year.live()
        year.export()
        messages = list(mail.messages)

    rows = [row for row in year.house.rows() if row.due <= year.house.now]
    runs = year.house.runs()
    checked = subprocess.run(
        [sys.executable, CROSS_CHECK, year.folder, str(FIRST), str(BILLED)],
        capture_output=True,
        text=True,
    )
    with capsys.disabled():
        print(
            f"\n  {len(runs)} runs of {len({run.routine for run in runs})} routines in"
            f" {time.perf_counter() - begun:.0f} s, {sum(os.times()[:4]) - worked:.0f} s of a core"
        )
        print(
            f"  {dict(Counter(run.state for run in runs))}; occurrences {dict(Counter(row.state for row in rows))}"
        )
        print(
            f"  {len(messages)} mails, {dict(year.answered)} answers; {sum(1 for _ in (year.folder / 'out').rglob('*.pdf'))} PDFs"
        )
        print(checked.stdout or checked.stderr)
    ids = [
        line
        for message in messages
        for line in message.splitlines()
        if line.lower().startswith(b"message-id:")
    ]
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert len(ids) == len(set(ids)) == len(messages)
    assert [row for row in rows if not row.is_closed] == []
    assert [row for row in rows if row.state not in ("ran", "skipped")] == []  # nobody slept
    assert [
        f"{run.routine}: {run.state}: {run.reason}" for run in runs if run.state != "done"
    ] == []
    assert {run.routine for run in runs} == {
        file.stem for file in shipped("routines").rglob("*.yaml")
    }
