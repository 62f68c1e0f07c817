"""The fault points that are wrapped around the product, and mutants of it; see `crash_driver`."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests_support.commits import tell_who_waits

KINDS = ("commit<", "commit>", "accepted", "file<", "file>")


@dataclass
class Faults:
    """Counts the fault points of this process, and ends it at one of them.

    `deadly` is the number of a point, and of which kind it is: `("file>", 2)` is the second time a
    file was put in its place. Commits are shared by steps that run side by side, so that the number
    of a point among all is another one from run to run; among its kind it stays.
    """

    deadly: tuple[str, int]
    grave: Path
    passed: list[str] = field(default_factory=list)

    def point(self, kind: str) -> None:
        self.passed.append(kind)
        if (kind, self.passed.count(kind)) == self.deadly:
            self.grave.write_text(kind)
            os.kill(os.getpid(), signal.SIGKILL)


def wrap(faults: Faults, clock: Callable[[], datetime], acts: Path) -> None:
    """Put the fault points into this process; make its time and its ids the same in every run."""
    import aiosmtplib

    from dayhand import clock as clocks
    from dayhand import files
    from dayhand.app import runs
    from dayhand.runner.interpreter import Interpreter
    from dayhand.store.database import OwnSession

    commit, data, replace, act = (
        OwnSession.commit,
        aiosmtplib.SMTP.data,
        files._replace,
        Interpreter._act,
    )

    def committed(self: Any) -> None:
        if self.waited_for:
            faults.point("commit<")
        commit(self)
        if self.waited_for:
            faults.point("commit>")

    async def accepted(self: Any, *arguments: Any, **named: Any) -> Any:
        reply = await data(self, *arguments, **named)
        faults.point("accepted")
        return reply

    def replaced(*arguments: Any) -> None:
        move = os.replace

        def moved(*names: Any, **folders: Any) -> None:
            faults.point("file<")
            move(*names, **folders)

        os.replace = moved
        try:
            replace(*arguments)
        finally:
            os.replace = move
        faults.point("file>")

    async def acted(self: Any, step: Any, arguments: Any, path: str) -> Any:
        with acts.open("a", encoding="utf-8") as file:
            file.write(f"{path}\n")
        return await act(self, step, arguments, path)

    tell_who_waits()
    OwnSession.commit = committed  # type: ignore[method-assign]
    aiosmtplib.SMTP.data = accepted  # type: ignore[method-assign]
    files._replace = replaced
    Interpreter._act = acted  # type: ignore[method-assign]
    clocks.SystemClock.now = lambda self: clock()  # type: ignore[method-assign]
    runs.secrets = SimpleNamespace(token_hex=lambda _: "000000")  # type: ignore[assignment]


# Mutants: the harness must see what they break -----------------------------------------------------


def _no_intent() -> None:
    """The intent is not committed before the act."""
    from dayhand.runner.session import Session

    async def intend(
        self: Session, uses: str, path: str, key: str, details: Mapping[str, Any]
    ) -> None:
        from dayhand.model.run import EffectRecord

        self._effects[path] = EffectRecord(
            key, self.run.id, path, uses, "intended", self.now(), dict(details)
        )

    Session.intend = intend  # type: ignore[method-assign]


def _sends_again() -> None:
    """What is in doubt is sent again without asking."""
    from dayhand.runner.sending import Sending

    async def settle(self: Sending, doubt: Any, number: int, begun: datetime, **_: Any) -> None:
        effect = self._session.effect_of(self._path)
        assert effect is not None
        await self._again(doubt, effect, "why not", number, begun)

    Sending.settle = settle  # type: ignore[method-assign, assignment]


def _two_transactions() -> None:
    """A `record` step's rows are committed before its checkpoint."""
    from dayhand.runner.session import Session

    async def record(self: Session, work: Callable[[Any], Any]) -> Any:
        output, step, attempt = await self.store.write(work)
        await self.store.checkpoint(self.run.id, self.run.epoch, step, attempt=attempt)
        return output

    Session.record = record  # type: ignore[method-assign]


def _forgets() -> None:
    """What is kept of a run is not looked at when it goes on."""
    from dayhand.runner.session import Session

    Session._look_back = lambda self: None  # type: ignore[method-assign]


def _sent_before() -> None:
    """A message is kept as sent before it is."""
    from dayhand.runner.session import Session

    honest = Session.intend

    async def intend(
        self: Session, uses: str, path: str, key: str, details: Mapping[str, Any]
    ) -> None:
        from dayhand.model.run import StepRecord

        await honest(self, uses, path, key, details)
        record = StepRecord(path, "done", uses, started_at=self.now(), ended_at=self.now())
        await self.checkpoint(record, effect=self.effect_done(key, None))

    Session.intend = intend  # type: ignore[method-assign]


def _numbers_apart() -> None:
    """Documents are numbered from a counter that no rollback takes back."""
    import json

    import sqlalchemy as sa

    from dayhand_billing import tables
    from dayhand_billing.books import Books

    honest = Books.count

    def count(self: Books, counter: str) -> int:
        place = Path(
            self.connection.exec_driver_sql("PRAGMA database_list").fetchone()[2] + ".counters"
        )
        known = json.loads(place.read_text()) if place.exists() else {}
        known[counter] = value = max(honest(self, counter), known.get(counter, 0) + 1)
        place.write_text(json.dumps(known))
        row = tables.series.c.name == counter
        self.connection.execute(sa.update(tables.series).where(row).values(last=value))
        return value

    Books.count = count  # type: ignore[method-assign]


def _identity_by_attempt() -> None:
    """A second attempt gives its message another identity."""
    from dayhand.runner.context import RunContext, key_of

    def key(self: RunContext) -> str:
        again = f"/{self.attempt}" if self.attempt > 1 else ""
        return key_of(self.run.id, self.step_id + again)

    RunContext.key = property(key)  # type: ignore[assignment]


MUTANTS: dict[str, Callable[[], None]] = {
    "no-intent": _no_intent,
    "sends-again": _sends_again,
    "two-transactions": _two_transactions,
    "forgets": _forgets,
    "sent-before": _sent_before,
    "numbers-apart": _numbers_apart,
    "identity-by-attempt": _identity_by_attempt,
}
