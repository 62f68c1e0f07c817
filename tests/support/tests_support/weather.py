"""A month of a practice in random weather: the simulator for A20.

A daemon lives through a month of a clock that is moved. A seed decides what goes wrong: the process dies before,
amid or after a commit; a write or a sync of the database fails, or its disk is full; the server refuses
a message, drops the line before it was accepted or after; the machine sleeps, its clock is set back or forward.
A person answers what is asked, now and then, with the truth. Then three calm days follow.

The runs of a process go on one after the other, and only commits that somebody waits for are counted, so
that a seed has the same weather each time. The clock, the database's files and the server are in this process;
what is `killed` is all that had not reached the database.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from dayhand import NotSent, Retryable
from dayhand.app import runs
from dayhand.app.calendars import calendars_of
from dayhand.daemon.going import GoingRuns
from dayhand.errors import DayhandError
from dayhand.schedule.timetable import timetables
from dayhand.store.database import OwnSession
from dayhand.store.writer import Writer
from dayhand.testing import Workbench
from tests_support import acting, disk
from tests_support.daemons import House

BEGIN = datetime.fromisoformat("2026-10-15T00:30-04:00")  # a change of the clock lies in the month
_MAIL = """
      - uses: act.send
        with: {to: "${{ run.routine }} ${{ scheduled_for }} ${{ who }}", name: "${{ run.routine }} ${{ scheduled_for }} ${{ who }}"}
"""
ROUTINES = {
    "daily": f"""
triggers: [{{cron: 0 9 * * *, if_missed: run_all, max: 10}}]
steps:
  - uses: act.record
    with: {{text: "${{{{ run.routine }}}} ${{{{ scheduled_for }}}} first", name: row}}
  - for_each: "['ana', 'bo']"
    as: who
    on_error: continue
    steps:{_MAIL}
  - uses: act.write
    with: {{path: daily.txt, text: "${{{{ scheduled_for | text }}}}"}}
  - uses: act.record
    with: {{text: "${{{{ run.routine }}}} ${{{{ scheduled_for }}}} last", name: row}}
""",
    "evening": f"""
triggers: [{{cron: 30 18 * * mon-fri}}]
steps:
  - for_each: "['cy']"
    as: who
    steps:{_MAIL}
  - uses: act.record
    with: {{text: "${{{{ run.routine }}}} ${{{{ scheduled_for }}}} last", name: row}}
""",
    "often": """
triggers: [{every: 8 hours}]
steps:
  - uses: act.record
    with: {text: "${{ run.routine }} ${{ scheduled_for }} last", name: row}
""",
}


class ProcessGone(BaseException):
    """Nothing of this process reaches the database any more."""


@dataclass
class Outcome:
    """What there was in the end; what a second life with the same seed must have too."""

    ledger: list[tuple[str, str]]
    runs: list[tuple[str, str]]
    rows: list[str]
    world: list[str]
    effects: list[tuple[str, str]]


@dataclass
class Weather:
    """What goes wrong, and when."""

    seed: int
    happened: Counter[str] = field(default_factory=Counter)
    calm: bool = False
    gone: bool = False
    failing: str = ""

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self._begin, self._commit = OwnSession.begin, OwnSession.commit

    def strikes(self, share: float) -> bool:
        return not self.calm and self.chance.random() < share

    def note(self, what: str) -> str:
        self.happened[what] += 1
        return what

    # The database -----------------------------------------------------------------------------------

    def begin(self, session: OwnSession) -> None:
        if self.gone:
            raise ProcessGone
        self._begin(session)

    def commit(self, session: OwnSession) -> None:
        if self.gone:
            raise ProcessGone
        if not getattr(session, "waited_for", True) or not self.strikes(0.012):
            self._commit(session)
            return
        what = self.chance.choice(
            [
                "killed before a commit",
                "killed after a commit",
                "disk full",
                "write fails",
                "sync fails",
            ]
        )
        self.note(what)
        if what == "killed before a commit":
            self.gone = True
            raise ProcessGone
        self.failing = "" if what.startswith("killed") else what
        try:
            self._commit(session)
        finally:
            self.failing = ""
        if what == "killed after a commit":
            self.gone = True
            raise ProcessGone

    def acted(self, act: disk.Act) -> int:
        kind, code = {
            "disk full": ("write", disk.FULL), "write fails": ("write", disk.WRITE_ERROR),
            "sync fails": ("sync", disk.SYNC_ERROR),
        }.get(self.failing, ("", 0))  # fmt: skip
        if act.kind != kind or not act.file.startswith("dayhand.db"):
            return 0
        self.failing = ""
        return code

    # The server -------------------------------------------------------------------------------------

    def play(self, name: str) -> None:
        if self.gone:
            raise ProcessGone
        acting.calls[name] += 1
        where = name.rpartition(" ")[2]
        if where not in ("before", "act", "after") or not self.strikes(0.08):
            return
        if self.chance.random() < 0.25:
            self.note(f"killed {where} sending" if where != "act" else "killed in sending")
            self.gone = True
            raise ProcessGone
        if where == "before":
            self.note("not reached")
            raise Retryable("no connection")
        if where == "act" and self.chance.random() < 0.5:
            self.note("refused")
            raise NotSent("451 later", retryable=True)
        self.note("line dropped before" if where == "act" else "line dropped after")
        raise RuntimeError("line dropped")

    def knows(self, name: str) -> bool | None:
        """What `confirm` finds in the Sent folder, which is the truth, or cannot be reached."""
        return (name in acting.world) if self.calm or self.chance.random() < 0.4 else None


class Life:
    """A practice that lives through the weather of a seed."""

    def __init__(self, folder: Path, seed: int, *, days: int = 30, calm: int = 3) -> None:
        self.days, self.calm = days, timedelta(days=calm)
        folder.mkdir()
        acting.reset()
        self.weather = Weather(seed)
        self.bench = Workbench(folder, {"act": acting}, now=BEGIN)
        for name, text in ROUTINES.items():
            self.bench.write(name, text)
        self.house = House(self.bench)
        self.one = asyncio.Lock()
        self.expected: Counter[str] = Counter()

    def lived(self) -> None:
        with self._in_place():
            asyncio.run(self._live())

    @contextmanager
    def _in_place(self) -> Iterator[None]:
        weather, batch, run = self.weather, Writer._batch, GoingRuns._run
        self.ids = iter(range(10**6))

        def told(writer: Any, waiting: list[Any], *more: Any) -> None:
            writer._session.waited_for = bool(waiting)
            batch(writer, waiting, *more)

        def began(session: OwnSession) -> None:
            weather.begin(session)

        def committed(session: OwnSession) -> None:
            weather.commit(session)

        async def one_by_one(going: Any, *run_of: Any) -> None:
            async with self.one:
                with suppress(ProcessGone):
                    await run(going, *run_of)

        class Knows(dict[str, bool | None]):
            def get(self, name: str, *_: Any) -> bool | None:  # type: ignore[override]
                return weather.knows(name)

        with ExitStack() as stack:
            for target, name, new in (
                (Writer, "_batch", told), (GoingRuns, "_run", one_by_one),
                (OwnSession, "begin", began),
                (OwnSession, "commit", committed),
                (acting, "_play", weather.play), (acting, "happened", Knows()),
                (runs, "is_dead", lambda owner: True),  # whoever is not of this process is gone
                (runs.secrets, "token_hex", lambda size: f"{next(self.ids):0{2 * size}x}"),
            ):  # fmt: skip
                stack.enter_context(mock.patch.object(target, name, new))
            stack.enter_context(disk.watching(weather.acted))
            yield

    async def _live(self) -> None:
        chance, house = self.weather.chance, self.house
        end, margin = BEGIN + timedelta(days=self.days), timedelta(days=2)
        while house.now < end:
            await self._until(min(end, house.now + timedelta(hours=chance.randint(2, 30))))
            if chance.random() < 0.5:
                await self._answer()
            if chance.random() < 0.3 and BEGIN + margin < house.now < end - margin:
                self._surprise()
        self.weather.calm = True
        for _ in range(20):
            await self._until(house.now + self.calm / 20)
            await self._answer()
        await self._until(house.now + timedelta(minutes=1))
        self._expect(BEGIN, house.now)

    async def _until(self, end: datetime) -> None:
        """Awake until then, begun again whenever the process ends."""
        house, tries = self.house, 0
        while True:
            trouble = False
            try:
                await house.settle()
                if house.now >= end:
                    return
                following = house.read(lambda ledger: ledger.next_at(house.now))
                step = min(following or end, house.now + timedelta(hours=3), end)
                house.clock.move(max(step - house.now, timedelta(seconds=1)))
            except (DayhandError, ProcessGone):
                trouble = True  # a service begins the daemon anew
            if trouble or self.weather.gone:
                tries += 1
                assert tries < 200, "it ends again and again"
                await self._begin_anew()

    async def _begin_anew(self) -> None:
        with suppress(ProcessGone, DayhandError):
            await self.house.daemon.going.wait()
        self.weather.gone = True  # what the process still held is lost
        with suppress(ProcessGone, DayhandError):
            self.bench.app.close()
        self.weather.gone = False
        self.weather.note("began anew")
        self.house.restart()

    def _surprise(self) -> None:
        chance, clock = self.weather.chance, self.house.clock
        what = self.weather.note(
            chance.choice(["slept", "slept", "clock back", "far back", "forward"])
        )
        if what == "slept":
            clock._now += timedelta(minutes=chance.randint(5, 2 * 24 * 60))
        elif what == "clock back":
            clock.move(-timedelta(minutes=chance.randint(2, 170)))
        elif what == "far back":
            clock.move(-timedelta(hours=chance.randint(4, 30)))
        else:
            clock._now += timedelta(hours=chance.randint(4, 20))

    async def _answer(self) -> None:
        app = self.bench.app
        for question in sorted(app.store.questions(), key=lambda one: (one.run_id, one.path)):
            (effect,) = [
                e for e in app.store.effects(run_id=question.run_id) if e.path == question.path
            ]
            sent = str(effect.details["to"]) in acting.world
            self.weather.note("answered")
            with suppress(DayhandError, ProcessGone):
                runs.answer(app, question.id, {"answer": "it_was" if sent else "send_again"})
            if self.weather.gone:
                await self._begin_anew()
                await self._answer()
                return

    def _expect(self, after: datetime, until: datetime) -> None:
        """Told by the timetables alone, without ledger or daemon."""
        app = self.bench.app
        for entry in app.book:
            for table in timetables(entry.routine, app.info.timezone, calendars_of(app)):
                due = table.between(after, until, skipped=True)
                self.expected.update(one.key for one in due if one.due <= until)

    # What there is ----------------------------------------------------------------------------------

    def outcome(self) -> Outcome:
        store = self.bench.app.store
        kept = [row for row in self.house.rows() if row.due <= self.house.now]
        zone = self.bench.app.zone
        names = {run.id: f"{run.routine} {run.scheduled_for.astimezone(zone):%Y-%m-%d %H:%M}"
                 for run in self.house.runs()}  # fmt: skip
        states = {run.id: run.state for run in self.house.runs()}
        with store.read() as connection:
            rows = (
                connection.exec_driver_sql("SELECT text FROM act_rows ORDER BY id").scalars().all()
            )
        return Outcome(
            sorted((row.key, row.state) for row in kept),
            sorted((names[run], state) for run, state in states.items()),
            list(rows), list(acting.world),
            sorted((str(e.details["to"]), e.state) for e in store.effects(limit=100_000)),
        )  # fmt: skip

    def violations(self, found: Outcome) -> list[str]:
        """What dayhand promises and did not keep."""
        wrong = [
            f"due, and not in the ledger: {key}"
            for key in self.expected
            if key not in dict(found.ledger)
        ]
        kept = Counter(key for key, state in found.ledger if state != "superseded")
        wrong += [f"{count} times in the ledger: {key}" for key, count in kept.items() if count > 1]
        wrong += [f"never due: {key}" for key in kept if key not in self.expected]
        wrong += [f"left open: {row.key}" for row in self.house.rows()
                  if row.due <= self.house.now and not row.is_closed]  # fmt: skip
        sent = Counter(found.world)
        wrong += [f"sent {count} times: {to}" for to, count in sent.items() if count > 1]
        effects = dict(found.effects)
        wrong += [f"sent, and not known to be: {to}" for to in sent if effects.get(to) != "done"]
        wrong += [f"{state}, and never sent: {to}" for to, state in found.effects
                  if state == "done" and to not in sent]  # fmt: skip
        wrong += [f"{state} in the end: {to}" for to, state in found.effects
                  if state not in ("done", "not_sent")]  # fmt: skip
        wrong += [
            f"{count} rows: {text}" for text, count in Counter(found.rows).items() if count > 1
        ]
        for name, state in found.runs:
            ended = state in ("done", "done_with_failures", "failed")
            wrong += [] if ended else [f"run {name} is {state}"]
            if state.startswith("done") and f"{name} last" not in found.rows:
                wrong.append(f"run {name} is {state}, and its row is not there")
        store = self.bench.app.store
        return wrong + store.check() + store.verify_audit()

    def close(self) -> None:
        self.bench.close()
