"""The daemon beside APScheduler 3.11: to start with very many, to idle, and a crowd in one second.

Both keep what is due in SQLite; APScheduler's store in memory, which forgets all when it ends, is shown
for reference. dayhand's file is encrypted, each of its routines is a YAML file, and each
run leaves its steps on the disk; APScheduler's jobs are declared by its program each time it begins.
Memory is the process's share (Pss), as the kernel reckons it; when dayhand's daemon is idle, that of the lookout
it leaves. What it takes to come back is printed beside it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

from measuring import Line
from practice import BenchPractice, dayhand

__all__ = ["lines"]

HERE = Path(__file__).parent
_ROUTINE = (
    'routine: {name}\ntriggers:\n  - cron: "{minute} {hour} * * *"\nsteps:\n  - uses: idle.noop\n'
)


def lines(practice: BenchPractice, place: Path, rounds: int, many: int) -> Iterator[Line]:
    """Start, idle, memory, lateness; a tenth of the `many` is due in one second."""
    due = (datetime.now(UTC) + timedelta(hours=5)).replace(minute=0, second=0, microsecond=0)
    made = [_crowded(place / f"many-{n}", due, many) for n in range(rounds)]
    files = [place / f"jobs-{n}.db" for n in range(rounds)]
    time.sleep(3)  # a file just written is read once more
    yield from _starts("for the first time", made, files, many)
    yield from _starts("again", made, files, many)
    ours = _measured([sys.executable, HERE / "scheduler_ours.py", "tick", made[0].folder], made[0])
    peer, light = (_peer("tick", store, many) for store in (files[0], "memory"))
    yield Line("an idle tick, beside APScheduler's", ours["tick"] * 1e3, peer["tick"] * 1e3, 1.0)
    yield Line("   beside its store in memory", ours["tick"] * 1e3, light["tick"] * 1e3, None)
    yield Line("   a minute of them, on a processor", ours["minute"] * 1e3, None, 30)
    yield from _memory(practice, made[0], files[0], many)
    command = [sys.executable, HERE / "scheduler_ours.py", "late", made[0].folder, due.isoformat()]
    ours = _measured(command, made[0])
    if ours["count"] != many // 10:
        raise RuntimeError(f"{ours['count']} of {many // 10} began")
    peer, light = (_peer("late", store, many) for store in (files[0], "memory"))
    what = f"{many // 10:,} due in one second: how late the last of 99 % begins"
    yield Line(what, ours["p99"] * 1e3, peer["p99"] * 1e3, 1.0)
    yield Line("   half of them", ours["p50"] * 1e3, peer["p50"] * 1e3, 1.0)
    yield Line("   99 %, beside its store in memory", ours["p99"] * 1e3, light["p99"] * 1e3, None)


def _crowded(place: Path, due: datetime, many: int) -> BenchPractice:
    """A practice of so many routines, a tenth of them due at one moment in hours."""
    place.mkdir()
    made = BenchPractice.make(place)
    folder = made.folder / "routines"
    shutil.rmtree(folder)
    folder.mkdir()
    for number in range(many):
        at = due if number < many // 10 else due + timedelta(minutes=60 + number % 180)
        name = f"r{number:05}"
        text = _ROUTINE.format(name=name, minute=at.minute, hour=at.hour)
        (folder / f"{name}.yaml").write_text(text)
    return made


def _starts(which: str, made: list[BenchPractice], files: list[Path], many: int) -> Iterator[Line]:
    ours, peers, light = [], [], []
    for practice, file in zip(made, files, strict=True):
        with _daemon(practice) as started:
            ours.append(started[0])
        with _apscheduler("start", str(file), many) as started:
            peers.append(started[0])
        with _apscheduler("start", "memory", many) as started:
            light.append(started[0])
    mine = median(ours) * 1e3
    yield Line(f"to start with {many:,} routines {which}", mine, median(peers) * 1e3, 1.0)
    yield Line("   beside its store in memory", mine, median(light) * 1e3, None)


def _memory(practice: BenchPractice, crowd: BenchPractice, file: Path, many: int) -> Iterator[Line]:
    for name in ("one", "twenty", "thousand"):
        (practice.folder / "routines" / f"{name}.yaml").unlink(missing_ok=True)
    with _daemon(practice):  # notes what it read: the next is as on any other day
        time.sleep(20)
    shipped = _idle(practice)
    with _apscheduler("start", str(file.with_name("four.db")), 4) as (_, process):
        four = _share(process)
    crowded = _idle(crowd)
    with _apscheduler("tick", str(file), many) as (_, process):
        peer = _share(process)
    yield Line("memory, idle, with the shipped routines", shipped.small, None, 60, "MB")
    yield Line("   beside APScheduler with four jobs", shipped.small, four, 1.0, "MB")
    yield Line(f"   with {many:,}, beside APScheduler with as many", crowded.small, peer, 1.0, "MB")
    yield Line("   before it leaves a lookout", shipped.large, four, None, "MB")
    yield Line(f"   the same with {many:,}", crowded.large, peer, None, "MB")
    yield Line("to come back and leave again, on a processor", shipped.back * 1e3, None, None)
    yield Line(f"   with {many:,}", crowded.back * 1e3, None, None)


class Idle(NamedTuple):
    """Of a daemon that has nothing to do: MB before it leaves a lookout and then, and seconds on a
    processor to come back for a file and to leave again."""

    large: float
    small: float
    back: float


def _idle(practice: BenchPractice) -> Idle:
    with _daemon(practice) as (_, process):
        time.sleep(20)  # until it has nothing left to do, and tidied up
        large = _share(process)
        _until(process, is_lookout=True)
        small, begun = _share(process), _processor(process)
        (practice.folder / "inbox" / "of-no-routine.txt").write_text("")
        _until(process, is_lookout=False)
        _until(process, is_lookout=True)
        return Idle(large, small, _processor(process) - begun)


def _until(process: int, *, is_lookout: bool) -> None:
    end = time.monotonic() + 300
    while time.monotonic() < end:
        if (b"dayhand.lookout" in Path(f"/proc/{process}/cmdline").read_bytes()) == is_lookout:
            time.sleep(1)
            return
        time.sleep(0.1)
    raise RuntimeError("the daemon leaves no lookout" if is_lookout else "it does not come back")


def _processor(process: int) -> float:
    """Seconds that the process was on a processor."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _daemon(practice: BenchPractice) -> Iterator[tuple[float, int]]:
    """A real daemon: seconds from the start of its process until it is ready, and its number."""
    address = practice.folder / ".dayhand" / "bench.socket"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(str(address))
        channel.settimeout(300)
        begin = time.perf_counter()
        process = subprocess.Popen(
            [*dayhand(), "daemon"], cwd=practice.folder, stderr=subprocess.DEVNULL,
            env={**practice.environment, "NOTIFY_SOCKET": str(address)},
        )  # fmt: skip
        try:
            if not channel.recv(4096).startswith(b"READY=1"):
                raise RuntimeError("the daemon did not say that it is ready")
            yield time.perf_counter() - begin, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@contextmanager
def _apscheduler(what: str, store: str, count: int) -> Iterator[tuple[float, int]]:
    begin = time.perf_counter()
    command = [sys.executable, str(HERE / "scheduler_peer.py"), what, store, str(count)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("APScheduler did not start")
        yield time.perf_counter() - begin, process.pid
        assert process.stdin is not None
        process.stdin.close()


def _peer(what: str, store: Path | str, many: int) -> dict[str, float]:
    command = [sys.executable, HERE / "scheduler_peer.py", what, store, str(many)]
    return _measured(command, None)


def _measured(command: list[str | Path], practice: BenchPractice | None) -> dict[str, float]:
    environment = os.environ if practice is None else practice.environment
    told = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True
    )
    found: dict[str, float] = json.loads(told.stdout)
    return found


def _share(process: int) -> float:
    """The process's share of memory, in MB."""
    for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the kernel does not say")
