"""What becomes of times that passed: the machine slept, was off, or the routine was paused.

On each wake all occurrences of one trigger that are due and not final are judged together. One that
is no more than `ON_TIME` late is on time: a tick, or a short sleep, is no absence.

| `if_missed`     | runs                                      | the others                         |
|-----------------|-------------------------------------------|------------------------------------|
| `run_latest`    | the latest                                | coalesced into it                  |
| `run_all`       | the latest `max` of them, oldest first    | missed: over max                   |
| `run_within: D` | the latest, if no more than D late        | within D: coalesced; later: missed |
| `ask`           | those on time; of the late ones, a person | coalesced into that one            |
|                 | is asked about the latest                 |                                    |
| `skip`          | those on time                             | missed                             |

Each gets one decision, with its reason; the decisions are in the order in which they were due.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Literal, Protocol, TypeVar

from dayhand import durations
from dayhand.model.routine import Trigger
from dayhand.schedule.occurrence import Occurrence, short_time, short_when

__all__ = ["ON_TIME", "Decision", "Overdue", "decide", "late_by", "replaced"]

ON_TIME = timedelta(seconds=90)
"""As much as a wall clock may run ahead of a monotonic one before a suspend is declared."""

Verdict = Literal["run", "coalesced", "missed", "ask", "superseded"]


class Overdue(Protocol):
    """What is judged: an occurrence, or a row of the ledger."""

    @property
    def key(self) -> str: ...

    @property
    def due(self) -> datetime: ...


T = TypeVar("T", bound=Overdue)


@dataclass(frozen=True, slots=True)
class Decision(Generic[T]):
    """What is done about one occurrence, and how `late` it is.

    `into` is the key of the occurrence it is coalesced into, or that stands in its way; `reason` is
    for the ledger and for people.
    """

    occurrence: T
    verdict: Verdict
    late: timedelta
    reason: str = ""
    into: str | None = None

    @property
    def is_late(self) -> bool:
        """True if it is to be told as late."""
        return self.late > ON_TIME


def decide(overdue: Iterable[T], now: datetime, trigger: Trigger) -> tuple[Decision[T], ...]:
    """One decision for each occurrence of a trigger that is due by now and not final."""
    late = sorted((one for one in overdue if one.due <= now), key=lambda one: one.due)
    if not late:
        return ()
    match trigger.if_missed:
        case "run_all":
            return _all(late, now, trigger.max_missed)
        case "run_within":
            return _within(late, now, trigger.run_within or ON_TIME)
        case "skip" | "ask":
            return _only_on_time(late, now, asks=trigger.if_missed == "ask")
        case _:
            return _latest(late, now, "run")


def late_by(late: timedelta) -> str:
    """`2 h 10 min late`, or nothing where it is on time."""
    return f"{durations.as_text(late)} late" if late > ON_TIME else ""


def _all(late: Sequence[T], now: datetime, most: int | None) -> tuple[Decision[T], ...]:
    first = 0 if most is None else max(len(late) - most, 0)
    missed = tuple(Decision(one, "missed", now - one.due, "over max") for one in late[:first])
    return missed + tuple(_run(one, now) for one in late[first:])


def _within(late: Sequence[T], now: datetime, limit: timedelta) -> tuple[Decision[T], ...]:
    inside = [one for one in late if now - one.due <= max(limit, ON_TIME)]
    shown = durations.as_text(limit)
    missed = tuple(
        Decision(one, "missed", now - one.due, f"{late_by(now - one.due)}, limit {shown}")
        for one in late[: len(late) - len(inside)]
    )
    return missed + _latest(inside, now, "run")


def _only_on_time(late: Sequence[T], now: datetime, *, asks: bool) -> tuple[Decision[T], ...]:
    passed = [one for one in late if now - one.due > ON_TIME]
    on_time = tuple(_run(one, now) for one in late[len(passed) :])
    if asks:
        return _latest(passed, now, "ask") + on_time
    reasons = [f"{late_by(now - one.due)}, if_missed is skip" for one in passed]
    missed = zip(passed, reasons, strict=True)
    return tuple(Decision(one, "missed", now - one.due, why) for one, why in missed) + on_time


def _latest(
    late: Sequence[T], now: datetime, verdict: Literal["run", "ask"]
) -> tuple[Decision[T], ...]:
    if not late:
        return ()
    *others, latest = late
    reason = f"coalesced into {latest.key}"
    coalesced = (Decision(one, "coalesced", now - one.due, reason, latest.key) for one in others)
    return (*coalesced, Decision(latest, verdict, now - latest.due, late_by(now - latest.due)))


def _run(one: T, now: datetime) -> Decision[T]:
    return Decision(one, "run", now - one.due, late_by(now - one.due))


# An edit of the times -----------------------------------------------------------------------------


def replaced(
    ran: Iterable[Occurrence], planned: Iterable[Occurrence], now: datetime
) -> tuple[Decision[Occurrence], ...]:
    """Occurrences of an edited fixed-time trigger that are not to run, because their place ran.

    `ran` are those of the trigger as it was that were started, `planned` those of the trigger as it
    is, from the beginning of its day on. The n-th time of a day takes the place of the n-th time of
    that day: `0 7` edited at 07:30 into `0 8` does not run again today, `0 8,17` does at 17:00. An
    interval trigger has no places; who wants the new time all the same says so at the edit.
    """
    places: dict[object, list[Occurrence]] = {}
    for one in sorted(ran, key=lambda one: one.at):
        places.setdefault(one.nominal.date(), []).append(one)
    found: list[Decision[Occurrence]] = []
    for one in sorted(planned, key=lambda one: one.at):
        before = places.get(one.nominal.date())
        if not before:
            continue
        old = before.pop(0)
        if one.due > now and one.key != old.key:
            when = f"{short_when(old.nominal)} {short_time(old.nominal)}"
            reason = f"ran at {when}, before the edit"
            found.append(Decision(one, "superseded", timedelta(0), reason, old.key))
    return tuple(found)
