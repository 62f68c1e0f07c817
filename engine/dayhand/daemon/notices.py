"""What the owner is told, once each, without client data: a run that failed, waits or is in doubt, one that
is late, a routine that is broken; and again what still waits, as often as its question says.

A thing is noted as told, and by which ways it is still to be told, before it is told. A way that fails for
certain is tried again, a few times and ever less often, across restarts too; one that may have worked is not.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dayhand import cron
from dayhand.app import App, backups
from dayhand.app.notice import Notice, Told, Way
from dayhand.app.ways import ways_of
from dayhand.daemon.bugs import tell_of_a_bug
from dayhand.model.ledger import Due
from dayhand.model.routine import Routine
from dayhand.model.run import Question
from dayhand.store.ledger import Ledger

__all__ = ["Notices"]

_log = logging.getLogger("dayhand.notice")
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
"""How long a way that failed is left alone, each time; after the last it is given up."""
RECENT = timedelta(days=7)
"""Of runs that ended longer ago nothing is told any more."""
LOOK_BACK = timedelta(days=1)
BACKUPS = timedelta(minutes=10)
"""So often it is looked whether a backup failed."""
MOST = 10
"""More things than this at once are told as one."""
NOT_TOLD = ("hand", "as-of", "notice")
"""Runs somebody has before their eyes, and those that tell."""
_ENDED = {
    "failed": "{} failed",
    "done_with_failures": "{} is done, with failures on the way",
}


_PENDING = "pending/"


@dataclass(slots=True)
class _Delivery:
    """A notice on its way."""

    notice: Notice
    way: Way
    tries: int = 0
    due: datetime | None = None

    @property
    def key(self) -> str:
        """What it is noted as while it is still to be told, at the moment it is due."""
        return f"{_PENDING}{self.tries}/{self.way.name}/{self.notice.key}"

    @property
    def place(self) -> tuple[str, str]:
        return self.way.name, self.notice.key


class Notices:
    """Finds what is to be told and tells it once."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._told: set[str] = set()
        self._queue: list[_Delivery] = []
        self._work: asyncio.Task[None] | None = None
        self._is_first = True
        self._since: datetime | None = None
        self._looked_for_backups: datetime | None = None
        self._begun_by: dict[str, str] = {}
        self.reminds_at: datetime | None = None
        """When an open question is to be told of again, if any is."""

    @property
    def is_unsettled(self) -> bool:
        """True while somebody is still to be told something."""
        return bool(self._queue) or (self._work is not None and not self._work.done())

    @property
    def host(self) -> str:
        """A host that must be reachable for mail, to wait for after a sleep; empty without one."""
        section = self._app.checked_practice.sections.get("email", {})
        smtp = section.get("smtp", {}) if isinstance(section, dict) else {}
        return str(smtp.get("host", "")) if isinstance(smtp, dict) else ""

    async def look(
        self, now: datetime, broken: Mapping[str, str], routines: Mapping[str, Routine]
    ) -> None:
        """Note what is new, and begin to tell it; `delivered` waits for that."""
        found = [n for n in self._found(now, broken, routines) if n.key not in self._told]
        if found or self._is_first:
            await self._note(found, now)
        if self._queue and (self._work is None or self._work.done()):
            # beside the passes, and not in a TaskGroup: what is told must not hold up what is due
            self._work = asyncio.get_running_loop().create_task(
                self._tell_what_is_due(), name="telling what is due"
            )
            self._work.add_done_callback(tell_of_a_bug)

    def _found(
        self, now: datetime, broken: Mapping[str, str], routines: Mapping[str, Routine]
    ) -> Iterator[Notice]:
        yield from self._of_runs(now)
        yield from self._of_questions(now)
        yield from self._of_lateness(now, routines)
        yield from self._of_backups(now)
        for name, why in broken.items():
            see = f"See: dayhand check {name}".rstrip()
            yield Notice(f"broken/{name}/{why}", f"{name or 'routines/'} cannot be read", see)

    # What there is to tell ------------------------------------------------------------------------

    def _of_runs(self, now: datetime) -> Iterator[Notice]:
        for state, subject in _ENDED.items():
            for run in self._app.store.runs(state=state, limit=50):
                is_recent = run.ended_at is None or now - run.ended_at < RECENT
                if is_recent and run.trigger not in NOT_TOLD and run.parent is None:
                    body = f"Run {run.id}, for {run.due:%Y-%m-%d %H:%M}. See: dayhand show {run.id}"
                    yield Notice(f"{run.id}/{state}", subject.format(run.routine), body)

    def _of_questions(self, now: datetime) -> Iterator[Notice]:
        """Each question once, and again as often as it says."""
        questions = self._app.store.questions()
        known, self._begun_by = self._begun_by, {}
        self.reminds_at = None
        for question in questions:
            begun_by = known.get(question.run_id) or self._trigger_of(question.run_id)
            self._begun_by[question.run_id] = begun_by
            if begun_by not in NOT_TOLD:
                yield _of_question(question)
            if begun_by != "notice" and question.remind_every:
                number = (now - question.asked_at) // question.remind_every
                following = question.asked_at + (number + 1) * question.remind_every
                self.reminds_at = min(self.reminds_at or following, following)
                if number > 0:
                    yield _reminder(question, number)

    def _trigger_of(self, run_id: str) -> str:
        run = self._app.store.run(run_id)
        return run.trigger if run is not None else "notice"

    def _of_lateness(self, now: datetime, routines: Mapping[str, Routine]) -> Iterator[Notice]:
        since = self._since or now - LOOK_BACK
        self._since = now - timedelta(minutes=1)  # a row may be decided as this looks
        for row in self._app.store.read_ledger(lambda ledger: ledger.late(since)):
            routine = routines.get(row.planned.routine)
            if row.state == "asking" or not _follows_elapsed_time(routine, row.planned.trigger):
                yield _of_late(row)

    def _of_backups(self, now: datetime) -> Iterator[Notice]:
        """A backup that failed, once until one succeeds; looked for now and then, as it is made."""
        if self._app.checked_practice.backup.every is None:
            return
        if self._looked_for_backups is None or abs(now - self._looked_for_backups) >= BACKUPS:
            self._looked_for_backups = now
            if (failed := backups.failed(self._app)) is not None:
                body = f"{failed.subject}. It is tried again every hour. See: dayhand doctor"
                yield Notice(f"backup/{failed.n}", "No backup could be made", body)

    # Noting and telling ---------------------------------------------------------------------------

    async def _note(self, found: list[Notice], now: datetime) -> None:
        ways = ways_of(self._app)

        def note(ledger: Ledger) -> tuple[list[Notice], dict[str, datetime]]:
            fresh = _together([notice for notice in found if ledger.tell(notice.key, now)])
            left = ledger.told_with(_PENDING) if self._is_first else {}
            for delivery in _each(fresh, ways):
                ledger.tell(delivery.key, now)
            return fresh, left

        fresh, left = await self._app.store.write_ledger(note)
        self._told |= {notice.key for notice in found}
        self._queue += _each(fresh, ways)
        if self._is_first:
            self._is_first = False
            await self._take_up(left, _each(found, ways))

    async def _take_up(self, left: Mapping[str, datetime], known: list[_Delivery]) -> None:
        """What was still to be told when the last process ended, if it still is."""
        by_place = {delivery.place: delivery for delivery in known}
        for key, due in left.items():
            _, tries, way, notice = key.split("/", 3)
            delivery = by_place.get((way, notice))
            if delivery is None:
                await self._forget(key)  # what it was about is settled, or the way is gone
            else:
                delivery.tries, delivery.due = int(tries), due
                self._queue.append(delivery)

    async def _forget(self, key: str) -> None:
        await self._app.store.write_ledger(lambda ledger: ledger.untell(key))

    async def _tell_what_is_due(self) -> None:
        now = self._app.clock.now()
        for delivery in [one for one in self._queue if one.due is None or one.due <= now]:
            await self._forget(delivery.key)  # cut off here, it is not told again
            told = await _by(delivery)
            delivery.tries += 1
            if not await self._is_to_be_tried_again(delivery, told):
                self._queue.remove(delivery)

    async def _is_to_be_tried_again(self, delivery: _Delivery, told: Told) -> bool:
        if told.state == "told":
            return False
        way, subject = delivery.way.name, delivery.notice.subject
        if told.state == "unclear":
            text = "by %s, it is not known whether you were told '%s': %s"
            _log.warning(text, way, subject, told.reason)
            return False
        if not told.retry or delivery.tries > len(PAUSES):
            _log.error("by %s, you could not be told '%s': %s", way, subject, told.reason)
            return False
        pause = max(PAUSES[delivery.tries - 1], told.after or timedelta(0))
        due = delivery.due = self._app.clock.now() + pause
        await self._app.store.write_ledger(lambda ledger: ledger.tell(delivery.key, due))
        if delivery.tries == 1:
            _log.warning("by %s, you cannot be told '%s' yet: %s", way, subject, told.reason)
        return True

    async def delivered(self, *, within: timedelta | None = None) -> None:
        """Wait until all that can be told now has been told."""
        if self._work is not None and not self._work.done():
            await asyncio.wait([self._work], timeout=within.total_seconds() if within else None)


async def _by(delivery: _Delivery) -> Told:
    try:
        return await delivery.way.tell(delivery.notice)
    except Exception as error:  # noqa: BLE001 - a bug in one way must not keep the others from telling
        _log.exception("the way '%s' stopped on a bug", delivery.way.name)
        return Told.failed(type(error).__name__)


def _each(notices: Iterable[Notice], ways: Iterable[Way]) -> list[_Delivery]:
    named = list(ways)
    return [_Delivery(notice, way) for notice in notices for way in named]


def _together(notices: list[Notice]) -> list[Notice]:
    """Each by itself; very many as one."""
    if len(notices) <= MOST:
        return notices
    digest = hashlib.sha256("\n".join(notice.key for notice in notices).encode()).hexdigest()[:16]
    lines = [notice.subject for notice in notices[:MOST]]
    more = f"\nand {len(notices) - MOST} more. See: dayhand runs, dayhand inbox"
    return [
        Notice(f"together/{digest}", f"{len(notices)} things need you", "\n".join(lines) + more)
    ]


# The words ----------------------------------------------------------------------------------------


def _of_question(question: Question) -> Notice:
    if question.kind == "unknown_effect":
        subject = f"{question.routine}: it is not known whether something was sent"
    else:
        subject = f"{question.routine} waits for you"
    return Notice(f"question/{question.id}", subject, _answer(question))


def _reminder(question: Question, number: int) -> Notice:
    subject = f"{question.routine} still waits for you"
    return Notice(f"question/{question.id}/{number}", subject, _answer(question))


def _answer(question: Question) -> str:
    return (
        f"Question {question.id}, asked {question.asked_at:%Y-%m-%d %H:%M} UTC. See: dayhand inbox"
    )


def _of_late(row: Due) -> Notice:
    name = row.planned.routine
    due = row.due.astimezone(ZoneInfo(row.planned.zone or "UTC"))
    see = f"It was due {due:%Y-%m-%d %H:%M %Z}. See: dayhand why {name} {due:%Y-%m-%d}"
    if row.state == "asking":
        return Notice(f"late/{row.key}", f"{name} is late: start it now?", "See: dayhand inbox")
    if row.state == "missed":
        return Notice(
            f"late/{row.key}", f"{name} did not run: it was missed", f"{row.reason}. {see}"
        )
    return Notice(f"late/{row.key}", f"{name} is late", f"{_late_part(row.reason)}. {see}")


def _late_part(reason: str) -> str:
    return reason.partition(";")[0]


def _follows_elapsed_time(routine: Routine | None, trigger_id: str) -> bool:
    """True of a trigger whose next time is never far: being late is nothing to be told of."""
    triggers = routine.triggers if routine else ()
    trigger = next((one for one in triggers if one.id == trigger_id), None)
    if trigger is None or trigger.kind != "cron":
        return trigger is not None and trigger.kind == "every"
    return cron.parse(trigger.value, trigger.day_match).is_interval
