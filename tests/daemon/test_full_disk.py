"""A full disk: the daemon says so, keeps what it has, and goes on when there is room."""

from __future__ import annotations

import asyncio
import os
import subprocess
from datetime import timedelta

import pytest
from tests.conftest import Bench
from tests_support import acting
from tests_support.daemons import House

pytestmark = pytest.mark.soak
STEP = timedelta(minutes=5)


@pytest.fixture
def small(tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(place)],
        capture_output=True,
        text=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no small disk: {mounted.stderr.strip()}")
    acting.reset()
    bench = Bench(place, {"act": acting})
    yield bench
    bench.close()
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a07_a_full_disk_is_told_and_nothing_is_lost(small, caplog):
    house = House(small)
    house.set_clock("2026-06-09T06:59-04:00")
    small.write(
        "often",
        'triggers:\n  - cron: "*/5 * * * *"\n    if_missed: run_all\nsteps:\n  - uses: act.echo\n',
    )
    house.look()
    house.awake_until("2026-06-09T07:30:01-04:00")
    ballast = small.folder / "out" / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(b"x" * 65536)
                file.flush()
        except OSError:
            pass
    said = set()

    async def turns():
        for _ in range(200):
            house.clock.move(STEP)
            said.add((await house.daemon._turn()).partition(":")[0])
            await house.daemon.wait_for_runs()

    asyncio.run(turns())
    ballast.unlink()
    house.restart()
    for _ in range(10):  # what is late runs one by one
        house.look()

    rows = [row for row in house.rows() if row.due <= house.now]
    assert "in trouble" in said
    assert [row.state for row in rows if not row.is_closed] == []
    skipped = {row.reason for row in rows if row.state == "skipped"}
    assert skipped <= {
        "overlap: its last run is still going"
    }  # one that could not end for want of room
    ran = [row.run_id for row in rows if row.state in ("ran", "ran_late")]
    assert len(ran) > 50
    assert len(set(ran)) == len(ran)
    assert {row.state for row in rows} <= {"ran", "ran_late", "skipped"}
