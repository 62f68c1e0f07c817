"""Trouble beneath a daemon process that runs: it says what is wrong, and nothing is lost."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests_support.daemons import EVER
from tests_support.fleet import wait_for

EACH_SECOND = """\
routine: clockwork
triggers:
  - every: 1 second
    if_missed: run_all
    overlap: queue_all
steps:
  - uses: value.set
    with: {x: 1}
"""

HELD = "another process holds the database; waiting until it lets go"


def rows_of(bench, routine):
    rows = bench.app.store.read_ledger(lambda ledger: ledger.between(*EVER))
    return [row for row in rows if row.planned.routine == routine]


def states(bench, routine):
    return Counter(row.state for row in rows_of(bench, routine) if row.due < datetime.now(UTC))


def write(bench, name, text):
    (bench.folder / "routines" / f"{name}.yaml").write_text(text)


@pytest.fixture
def read_only():
    """Makes folders read-only, for root too."""
    made = []

    def protect(folder):
        if os.geteuid() != 0:
            folder.chmod(0o500)
            made.append(lambda: folder.chmod(0o700))
            return
        for options in (["--bind", folder, folder], ["-o", "remount,bind,ro", folder]):
            done = subprocess.run(["mount", *options], capture_output=True, text=True)
            if done.returncode != 0:
                pytest.skip(f"no read-only mount: {done.stderr.strip()}")
        made.append(lambda: subprocess.run(["umount", "-l", folder], check=True))

    def release():
        while made:
            made.pop()()

    protect.release = release
    yield protect
    release()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seconds", [3, pytest.param(30, marks=pytest.mark.soak)])
def test_a10_a_database_locked_for_seconds_is_told_and_no_occurrence_is_lost(bench, fleet, seconds):
    write(bench, "clockwork", EACH_SECOND)
    process = fleet.start()
    wait_for(lambda: states(bench, "clockwork")["ran"] > 1, 60, "the first runs")

    def hold(_):
        """The lock that all who write need: so long, and until it was noticed."""
        time.sleep(seconds)
        wait_for(lambda: HELD in fleet.logs(), 60, "a word about the lock")

    bench.app.store.write_now(hold)
    released = datetime.now(UTC)
    wait_for(
        lambda: any(r.due > released and r.run_id for r in rows_of(bench, "clockwork")), 60, "more"
    )
    wait_for(lambda: not states(bench, "clockwork")["planned"], 60, "what was late")
    assert process.poll() is None
    fleet.stop()

    assert process.returncode == 0
    ran = [row for row in rows_of(bench, "clockwork") if row.run_id]
    assert len({row.run_id for row in ran}) == len(ran)
    assert len(ran) == (ran[-1].due - ran[0].due) / timedelta(seconds=1) + 1
    assert HELD in fleet.logs()
    assert "Traceback" not in fleet.logs()


def test_a_file_half_written_into_the_inbox_is_handled_once_and_whole(bench, fleet):
    write(
        bench,
        "post",
        "routine: post\ntriggers:\n  - file: '*.csv'\ninputs:\n  file: {type: file}\n"
        "steps:\n  - uses: value.set\n    with:\n      x: ${{ inputs.file }}\n",
    )
    fleet.start()
    wait_for(lambda: "runs the practice now" in fleet.logs(), 60, "the start")
    lines = [f"{number},paid\n".encode() for number in range(2000)]
    inbox = bench.folder / "inbox"
    with (inbox / "bank.csv").open("wb") as file:
        for part in range(10):
            file.writelines(lines[part * 200 : part * 200 + 200])
            file.flush()
            time.sleep(0.15)
    wait_for((inbox / "done" / "bank.csv").exists, 60, "the file in done/")
    fleet.stop()

    (row,) = rows_of(bench, "post")
    assert (
        row.key
        == f"post/{row.planned.trigger}/sha256:{hashlib.sha256(b''.join(lines)).hexdigest()}"
    )
    assert (row.state, row.reason) == ("ran", "done")
    assert len(bench.app.store.runs(routine="post")) == 1
    assert (inbox / "done" / "bank.csv").read_bytes() == b"".join(lines)


def test_a_read_only_out_folder_fails_the_run_with_its_name_and_the_next_one_works(
    bench, fleet, read_only
):
    write(
        bench,
        "report",
        "routine: report\ntriggers:\n  - every: 1 second\n    if_missed: run_all\n"
        "    overlap: queue_all\nsteps:\n  - uses: file.write\n"
        "    with: {path: 'report.txt', text: 'hello'}\n",
    )
    read_only(bench.folder / "out")
    process = fleet.start()

    def runs(state):
        return bench.app.store.runs(routine="report", state=state)

    wait_for(lambda: len(runs("failed")) > 1, 60, "failed runs")
    read_only.release()
    wait_for(lambda: runs("done"), 60, "a run that is done")
    assert process.poll() is None
    fleet.stop()

    assert all(
        "report.txt" in run.reason and "read" in run.reason.lower() for run in runs("failed")
    )
    assert (bench.folder / "out" / "report.txt").read_text() == "hello"
    assert "Traceback" not in fleet.logs()


def test_a_practice_that_is_read_only_is_refused_with_its_reason_and_untouched(
    bench, fleet, read_only
):
    write(bench, "clockwork", EACH_SECOND)
    bench.app.close()
    database = bench.folder / ".dayhand" / "dayhand.db"
    before = database.read_bytes()
    read_only(bench.folder)
    process = fleet.start()
    ended = process.wait(60)
    read_only.release()

    told = fleet.logs()
    assert ended not in (0, 70), told
    assert "Traceback" not in told
    assert "read-only" in told.lower() or "cannot be written" in told, told
    assert database.read_bytes() == before


@pytest.mark.soak
@pytest.mark.skipif(
    sys.platform != "linux", reason="the limit of another process is Linux's to set"
)
def test_a06_a08_a_daemon_whose_disk_fails_says_so_and_ends_and_the_next_goes_on(bench, fleet):
    import resource  # not everywhere

    write(bench, "clockwork", EACH_SECOND)
    process = fleet.start()
    wait_for(lambda: states(bench, "clockwork")["ran"] > 1, 60, "the first runs")

    # to the system, a write beyond this is one that fails; the daemon's own log is shorter
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))
    assert process.wait(60) == 1
    log = fleet.logs()
    before = states(bench, "clockwork")["ran"]
    fleet.start()  # as the service does
    wait_for(lambda: states(bench, "clockwork")["ran"] > before + 1, 60, "runs go on")
    fleet.stop()

    assert "error: the disk failed" in log
    assert "begin dayhand anew" in log
    assert "Traceback" not in log
    ran = [row.run_id for row in rows_of(bench, "clockwork") if row.state in ("ran", "ran_late")]
    assert len(set(ran)) == len(ran)
    assert bench.app.store.check() == []
