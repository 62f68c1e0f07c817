"""Cells of the matrix in which the database's disk or lock fails at one commit of a run."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ground import Ground, Locker
from tests_support import disk
from tests_support.commits import tell_who_waits
from tests_support.post_office import PostOffice, message_ids

from dayhand.app import App
from dayhand.runner.session import Session
from dayhand.store import sqlite, writer
from dayhand.store.database import OwnSession

SETTINGS = """
email:
  from: office@lakeside.example
  smtp: {host: 127.0.0.1, port: PORT, security: none}
"""
ROUTINE = """
steps:
  - id: first
    uses: act.echo
    with: {value: 1}
  - id: row
    uses: act.record
    with: {text: one}
  - id: file
    uses: act.write
    with: {path: a.txt, text: hello}
  - id: mail
    uses: email.send
    with: {to: ana@example.org, purpose: office, subject: Hello, body: Good day.}
  - id: fine
    uses: person.approve
    with: {title: Fine?}
  - id: last
    uses: act.record
    with: {text: two}
"""
FILE = "dayhand.db"

POINTS: dict[str, Callable[[App, Any, dict[str, Any]], bool]] = {
    "create the run": lambda app, run, steps: True,
    "claim it": lambda app, run, steps: run.epoch >= 1,
    "keep a step": lambda app, run, steps: _is_done(steps, "first"),
    "record rows": lambda app, run, steps: _is_done(steps, "row"),
    "keep a file": lambda app, run, steps: _is_done(steps, "file"),
    "intend to send": lambda app, run, steps: bool(app.store.effects()),
    "keep the receipt": lambda app, run, steps: app.store.effects()[0].state == "done",
    "ask": lambda app, run, steps: bool(app.store.questions(state=None)),
    "begin to wait": lambda app, run, steps: run.state != "running" or run.epoch >= 2,
    "answer": lambda app, run, steps: app.store.questions(state=None)[0].state == "answered",
    "claim it again": lambda app, run, steps: run.epoch >= 2,
    "keep the answer": lambda app, run, steps: _is_done(steps, "fine"),
    "record more rows": lambda app, run, steps: _is_done(steps, "last"),
    "end the run": lambda app, run, steps: run.is_final,
}
"""The commits of the run in their order, and how one sees that a commit is there."""


def _is_done(steps: dict[str, Any], path: str) -> bool:
    return path in steps and steps[path].state == "done"


class Disturbance:
    """What goes wrong at the commit of that number, in the process that it is put into."""

    def __init__(self, fault: str, number: int, hold: Callable[[float], None]) -> None:
        self.fault, self.number, self.hold = fault, number, hold
        self.commits = 0
        self.writes = 0
        self.open = False
        self.done = False

    def put(self) -> None:
        """Put it into this process."""
        tell_who_waits()
        begin, commit = OwnSession.begin, OwnSession.commit

        def begun(session: OwnSession) -> None:
            if self.commits + 1 == self.number and session.waited_for and not self.open:
                self.open = True
                if self.fault.startswith("locked"):
                    self.hold(0.3 if self.fault == "locked a while" else 0)
            begin(session)

        def committed(session: OwnSession) -> None:
            self._at("kill before")
            commit(session)
            self._at("kill after")
            self.commits += session.waited_for
            self.open = False

        OwnSession.begin, OwnSession.commit = begun, committed  # type: ignore[method-assign]
        if self.fault == "locked for good":  # two tries of a tenth of a second in place of a minute
            writer.PATIENCE = 2
            sqlite._SETTINGS = ("busy_timeout = 100", *sqlite._SETTINGS[1:])
        self.watch = disk.watching(self._acted)  # ended by the process
        self.watch.__enter__()

    def _at(self, moment: str) -> None:
        if self.open and self.fault == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    def _acted(self, act: disk.Act) -> int:
        if not (self.open or (self.done and self.fault.endswith("for good"))):
            return 0
        if act.kind == "write":
            self.writes += 1
        name = self.fault.removesuffix(" for good")
        if name == "kill amid writing" and self.writes == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == "kill before sync" and act.kind == "sync":
            os.kill(os.getpid(), signal.SIGKILL)
        return self._code(name, act)

    def _code(self, name: str, act: disk.Act) -> int:
        wanted = {"full": ("write", disk.FULL), "write fails": ("write", disk.WRITE_ERROR),
                  "sync fails": ("sync", disk.SYNC_ERROR)}  # fmt: skip
        kind, code = wanted.get(name, ("", 0))
        if act.kind != kind or (self.done and not self.fault.endswith("for good")):
            return 0
        self.done = True
        return code


def run_cells(work: Path, cells: list[dict[str, Any]]) -> Any:
    """The result of each cell."""
    locker = Locker()
    with PostOffice(work / "mail") as office:
        ground = Ground(work, office, SETTINGS, ROUTINE)
        ground.fresh()
        nothing = Disturbance("", 0, lambda _: None)
        yield ground.fork(
            lambda app: ground.pursue(app) | final(ground, app) | {"commits": nothing.commits},
            nothing.put,
        )
        for cell in cells:
            if "every" in cell:
                whole = killed(ground, 0)
                yield whole
                for number in range(cell["first"], whole["acts"] + 1, cell["every"]):
                    yield killed(ground, number)
            else:
                yield cell | one(ground, locker, cell["point"], cell["fault"])
    locker.close()


def one(ground: Ground, locker: Locker, point: str, fault: str) -> dict[str, Any]:
    ground.fresh()
    file, key = ground.folder / ".dayhand" / FILE, ground.key
    disturbance = Disturbance(
        fault, list(POINTS).index(point) + 1, lambda seconds: locker.hold(file, key, seconds)
    )
    ended = ground.fork(ground.pursue, disturbance.put)
    if fault.startswith("locked"):
        locker.let_go(told=fault == "locked for good")
    kept = ground.fork(lambda app: seen(app, point))
    found = ground.fork(lambda app: ground.pursue(app) | final(ground, app))
    asked = found["asked"] + (ended["asked"] if isinstance(ended, dict) else 0)
    return {
        "ended": ended if isinstance(ended, str) else "went on",
        "kept": kept,
        "asked": asked,
        **found,
    }


class DeadlyAct:
    """Kills the process just before the write, cut or sync of that number; notes what it was told is kept."""

    def __init__(self, number: int, told: Path) -> None:
        self.number, self.told = number, told
        self.acts = 0

    def put(self) -> None:
        """Put it into this process."""
        remember = Session.remember
        told = os.open(self.told, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

        def remembered(session: Session, record: Any) -> None:
            if record.state == "done":
                os.write(told, f"{record.path}\n".encode())
            remember(session, record)

        Session.remember = remembered  # type: ignore[method-assign]
        self.watch = disk.watching(self._acted)
        self.watch.__enter__()

    def _acted(self, act: disk.Act) -> int:
        self.acts += act.file.startswith(FILE)
        if self.acts == self.number and act.file.startswith(FILE):
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


def killed(ground: Ground, number: int) -> dict[str, Any]:
    """Kill at an act; 0 kills nobody and tells how many there are."""
    ground.fresh()
    told = ground.work / "told.txt"
    told.unlink(missing_ok=True)
    deadly = DeadlyAct(number, told)
    ended = ground.fork(lambda app: ground.pursue(app) | {"acts": deadly.acts}, deadly.put)

    def lost(app: App) -> list[str]:
        said = set(told.read_text().split()) if told.exists() else set()
        newest = app.store.runs(limit=1)
        kept = (
            {one.path for one in app.store.steps(newest[0].id) if one.state == "done"}
            if newest
            else set()
        )
        return sorted(said - kept)

    missing = ground.fork(lost)
    found = ground.fork(lambda app: ground.pursue(app) | final(ground, app))
    acts = ended["acts"] if isinstance(ended, dict) else 0
    whole = isinstance(ended, dict)
    return {**found, "killed": ended == "killed", "whole": whole, "acts": acts, "lost": missing}


def seen(app: App, point: str) -> bool:
    """Whether what a commit was to keep is there."""
    newest = app.store.runs(limit=1)
    if not newest:
        return False
    steps = {step.path: step for step in app.store.steps(newest[0].id)}
    return bool(POINTS[point](app, newest[0], steps))


def final(ground: Ground, app: App) -> dict[str, Any]:
    """What is there at the end, wherever one looks."""
    store = app.store
    with store.read() as connection:
        rows = [
            row[0] for row in connection.exec_driver_sql("SELECT text FROM act_rows ORDER BY id")
        ]
    out = ground.folder / "out"
    return {
        "runs": len(store.runs(limit=10)),
        "rows": rows,
        "files": {file.name: file.read_text() for file in out.rglob("*") if file.is_file()},
        "effects": [effect.state for effect in store.effects()],
        "mail": len(ground.office.messages),
        "twice": len(ground.office.messages) - len(set(message_ids(ground.office.messages))),
        "open": len(store.questions()),
        "damage": store.check() + store.verify_audit(),
    }
