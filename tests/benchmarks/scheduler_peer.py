"""APScheduler in a process of its own, for `scheduling`: prints what it measured as JSON.

    python scheduler_peer.py start|tick|late STORE COUNT

STORE is a SQLite file, or `memory`. `start` declares COUNT cron jobs and starts, as a program does each
time it begins, and stays until its input ends. The others find them in the file: `tick` also measures what it costs to look and find
nothing due; `late` has a tenth as many more fall due in one second and measures how late each begins.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import UTC, datetime, timedelta

from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

began: list[float] = []


def job(name: str) -> None:
    """What each of the crowd does."""
    began.append(time.time())


def scheduler(store: str) -> BackgroundScheduler:
    if store == "memory":
        return BackgroundScheduler(timezone="UTC")
    return BackgroundScheduler(
        timezone="UTC", jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{store}")}
    )


def declare(made: BackgroundScheduler, count: int) -> None:
    """Cron jobs that are due in six to nine hours, a minute apart."""
    first = datetime.now(UTC) + timedelta(hours=6)
    for number in range(count):
        due = first + timedelta(minutes=number % 180)
        trigger = CronTrigger(hour=due.hour, minute=due.minute, timezone="UTC")
        made.add_job(job, trigger, args=[number], id=f"far-{number}", replace_existing=True)


def ticks(made: BackgroundScheduler) -> dict[str, float]:
    taken = []
    for _ in range(200):
        begin = time.process_time()
        made._process_jobs()
        taken.append(time.process_time() - begin)
    return {"tick": statistics.median(taken)}


def lateness(made: BackgroundScheduler, crowd: int) -> dict[str, float]:
    due = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=4 + crowd * 0.02)
    for number in range(crowd):
        trigger = CronTrigger(hour=due.hour, minute=due.minute, second=due.second, timezone="UTC")
        made.add_job(job, trigger, args=[number], id=f"crowd-{number}", misfire_grace_time=60)
    if datetime.now(UTC) >= due:
        raise RuntimeError("declaring the crowd took too long")
    while len(began) < crowd:
        time.sleep(0.05)
    late = sorted(moment - due.timestamp() for moment in began)
    return {"p50": late[crowd // 2], "p99": late[crowd * 99 // 100]}


def main() -> None:
    what, store, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    made = scheduler(store)
    if what == "start" or store == "memory":
        declare(made, count)
    made.start()
    if len(made.get_jobs()) < count:
        raise RuntimeError("the jobs are not there")
    found = {}
    if what == "tick":
        found = ticks(made)
    elif what == "late":
        found = lateness(made, count // 10)
    print(json.dumps(found), flush=True)
    sys.stdin.read()
    made.shutdown(wait=False)


if __name__ == "__main__":
    main()
