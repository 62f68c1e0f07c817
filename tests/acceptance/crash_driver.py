"""Runs a routine with the real command line and kills the process after each fault point in turn.

    fault point   the process dies                                    and what is lost
    commit<       just before the database is told to commit          what was done since the last one
    commit>       just after a commit                                 nothing that was kept
    accepted      just after the mail server took a message           that it was sent
    file<         a file is written beside its place, not yet renamed the file
    file>         just after a file is in its place                   that it is

Nothing in the product knows of it: the points are wrapped around it here. The parent imports
everything once and forks for each point, so that a point costs a fraction of a command. After the
kill another process does what a person would: `dayhand resume`, answers, or the run once more.

    python crash_driver.py '{"scenario": "morning-prep", "work": "work", "points": "all"}'

prints a line of JSON for the undisturbed run, one for the same run once more, and one for each point.
Also understood: `pairs`, so many runs that are killed a second time while they go on; `silent`, a run
whose mail server never says that it took a message; `mutant`, a name of `MUTANTS`.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import random
import re
import shutil
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from tests_support.post_office import PostOffice

TODAY = "2026-11-24"
BEGAN = datetime(2026, 11, 24, 12, tzinfo=UTC)
KINDS = ("commit<", "commit>", "accepted", "file<", "file>")
CRASHED, LATE = -signal.SIGKILL, 3
MOST_ROUNDS = 30


@dataclass(frozen=True)
class Scenario:
    """A command, and what has to be done before it."""

    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()


CLIENTS = ("C-0001", "C-0002", "C-0004", "C-0009")
_INVOICES = ("run", "monthly-billing", "--as-of", "2026-11-02")
SCENARIOS = {
    "morning-prep": Scenario(("run", "morning-prep", "--as-of", TODAY)),
    "end-of-day-notes": Scenario(("run", "end-of-day-notes", "--as-of", "2026-11-17")),
    "ce-renewal-check": Scenario(("run", "ce-renewal-check", "--as-of", "2026-12-01")),
    "invoices": Scenario(_INVOICES),
    "superbills": Scenario(("run", "monthly-billing", "--as-of", "2026-11-10"), (_INVOICES,)),
}


# What is wrapped around the product ---------------------------------------------------------------


@dataclass
class Faults:
    """Counts the fault points of this process, and ends it at one of them."""

    deadly: int
    grave: Path
    passed: list[str] = field(default_factory=list)

    def point(self, kind: str) -> None:
        self.passed.append(kind)
        if len(self.passed) == self.deadly:
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

    def committed(self: OwnSession) -> None:
        faults.point("commit<")
        commit(self)
        faults.point("commit>")

    async def accepted(self: Any, *arguments: Any, **named: Any) -> Any:
        reply = await data(self, *arguments, **named)
        faults.point("accepted")
        return reply

    def replaced(place: Path, content: bytes) -> None:
        move = Path.replace

        def moved(self: Path, target: Path) -> Path:
            faults.point("file<")
            return move(self, target)

        Path.replace = moved  # type: ignore[method-assign, assignment]
        try:
            replace(place, content)
        finally:
            Path.replace = move  # type: ignore[method-assign]
        faults.point("file>")

    async def acted(self: Any, step: Any, arguments: Any, path: str) -> Any:
        with acts.open("a", encoding="utf-8") as file:
            file.write(f"{path}\n")
        return await act(self, step, arguments, path)

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

    async def settle(self: Sending, doubt: Any, number: int, begun: datetime) -> None:
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


MUTANTS: dict[str, Callable[[], None]] = {
    "no-intent": _no_intent,
    "sends-again": _sends_again,
    "two-transactions": _two_transactions,
    "forgets": _forgets,
}


# What a person does -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Practice:
    """One copy of the sample practice, at its commands."""

    folder: Path
    mail: Path
    scenario: Scenario

    def dayhand(self, *arguments: str) -> int:
        from dayhand.cli import main

        print(f"$ dayhand {' '.join(arguments)}", flush=True)
        try:
            main(["--practice", str(self.folder), *arguments])
        except SystemExit as end:
            print(f"  ended with {end.code}", flush=True)
            return int(end.code or 0)
        raise RuntimeError("the command line did not exit")

    def shrink(self) -> None:
        """Leave the sessions of a few clients, who do not all have e-mail: a point costs less."""
        calendar = self.folder / "calendars/practice.ics"
        events = re.findall(
            r"BEGIN:VEVENT\r?\n.*?END:VEVENT\r?\n", text := calendar.read_text(), re.DOTALL
        )
        for event in events:
            whose = re.search(r"UID:(c-\d{4})", event)
            if whose and whose[1].upper() not in CLIENTS:
                text = text.replace(event, "", 1)
        calendar.write_text(text)
        kept = ", ".join(f"'{client}'" for client in CLIENTS)
        with self.opened() as database, database.writing.begin() as connection:
            connection.exec_driver_sql(
                f"DELETE FROM practice_sessions WHERE client_id NOT IN ({kept})"
            )

    def look(self) -> tuple[Any, list[Any], dict[str, str]]:
        """The run of the scenario, its open questions, and the message of each effect."""
        from dayhand.store import questions, runs

        with self.reading() as connection:
            found = runs.listed(connection, routine=None, state=None, limit=1, before=None)
            run = found[0] if found and found[0].created_at >= BEGAN else None
            kept = runs.effects(connection, run_id=None, state=None, limit=1000)
            effects = {effect.path: str(effect.details.get("message_id", "")) for effect in kept}
            return run, questions.listed(connection, state="open", run_id=None), effects

    @contextmanager
    def opened(self) -> Iterator[Any]:
        """The database, beneath the product's own store, which would look at the whole file first."""
        from dayhand.keys import find_key
        from dayhand.store import sqlite

        key = find_key(self.folder, None, environment=os.environ)
        file = self.folder / ".dayhand/dayhand.db"
        database = sqlite.open_file(file, key=key, create=False, check=False)
        try:
            yield database
        finally:
            database.dispose()

    @contextmanager
    def reading(self) -> Iterator[Any]:
        with self.opened() as database, database.read() as connection:
            yield connection

    def pursue(self) -> int:
        """Go on until the run has ended; how many times it was not known whether a message left."""
        doubts = 0
        for _ in range(MOST_ROUNDS):
            run, questions, effects = self.look()
            if run is None:
                self.dayhand(*self.scenario.command)
            elif run.is_final:
                return doubts
            elif not questions:
                self.dayhand("resume")
            else:
                doubts += questions[0].kind == "unknown_effect"
                self.dayhand("answer", questions[0].id, self.answer_to(questions[0], effects))
        raise RuntimeError(f"after {MOST_ROUNDS} commands the run had not ended")

    def answer_to(self, question: Any, effects: Mapping[str, str]) -> str:
        """The truth: what the mail server has."""
        if question.kind != "unknown_effect":
            return "--approve"
        arrived = {identity(file.read_bytes()) for file in self.mail.glob("*.eml")}
        return "--it-was" if effects[question.path] in arrived else "--send-again"

    def ended_steps(self) -> list[str]:
        """Paths of the steps whose end is kept."""
        run, _, _ = self.look()
        if run is None:
            return []
        from dayhand.store import runs

        with self.reading() as connection:
            found = runs.steps(connection, run.id)
        return [step.path for step in found if step.state in ("done", "skipped", "failed")]

    def unforeseen(self) -> list[str]:
        """Messages that arrived though no effect is kept that tells of them (promise E01)."""
        _, _, effects = self.look()
        arrived = {identity(file.read_bytes()) for file in self.mail.glob("*.eml")}
        return sorted(arrived - set(effects.values()))

    # What is there at the end ---------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        return {"rows": self.rows(), "files": self.made(), "mail": self.received()}

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        with self.reading() as connection:
            names = connection.exec_driver_sql(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
            ).scalars().all()  # fmt: skip
            return {
                name: [
                    dict(row)
                    for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"').mappings()
                ]
                for name in names
            }

    def made(self) -> dict[str, str]:
        out = self.folder / "out"
        return {
            str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(out.rglob("*"))
            if file.is_file()
        }

    def received(self) -> list[list[str]]:
        found = [file.read_bytes() for file in sorted(self.mail.glob("*.eml"))]
        return [[identity(message), hashlib.sha256(message).hexdigest()] for message in found]


def identity(message: bytes) -> str:
    found = re.search(rb"(?im)^message-id:\s*(\S+)", message)
    return found[1].decode() if found else ""


# What may differ ----------------------------------------------------------------------------------

# How often a run was taken up, and how often a step was begun, is what a crash changes.
_HISTORY = {
    "runs": {"epoch", "owner"},
    "run_steps": {"n", "attempts"},
    "questions": set(),
    "audit": {"n"},
}
# Of a step that ended in doubt, a person gave the end: there is no receipt.
_IN_DOUBT = {
    "run_steps": {"output", "reason", "inputs"},
    "effects": {"receipt", "reason"},
}


def comparable(snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The snapshot without what a crash rightly changes, each part in an order of its own."""
    tables = snapshot["rows"]
    asked = [q for q in tables["questions"] if q["kind"] == "unknown_effect"]
    doubtful = {(q["run_id"], q["path"]) for q in asked}
    numbers = {run["n"]: run["id"] for run in tables["runs"]}
    kept: dict[str, Any] = {}
    for name, rows in tables.items():
        if name == "attempts":
            continue
        found = []
        for row in rows:
            place = (row.get("run_id") or numbers.get(row.get("run_n", 0)), row.get("path"))
            if name == "questions" and row["kind"] == "unknown_effect":
                continue
            left_out = _HISTORY.get(name, set()) | (
                _IN_DOUBT.get(name, set()) if place in doubtful else set()
            )
            found.append({key: value for key, value in row.items() if key not in left_out})
        kept[name] = sorted(found, key=lambda row: json.dumps(row, sort_keys=True, default=str))
    return {"rows": kept, "files": snapshot["files"], "mail": sorted(snapshot["mail"])}


def differences(expected: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """What is otherwise than in the undisturbed run, a line each."""
    told = []
    one, other = comparable(expected), comparable(found)
    doubtful = {q["path"] for q in found["rows"]["questions"] if q["kind"] == "unknown_effect"}
    for name in sorted(set(one["rows"]) | set(other["rows"])):
        was, now = one["rows"].get(name, []), other["rows"].get(name, [])
        if name in _IN_DOUBT and doubtful:
            fields = _IN_DOUBT[name]
            was = [
                {k: v for k, v in row.items() if k not in fields}
                if row["path"] in doubtful
                else row
                for row in was
            ]
        lost, more = _only_in(was, now), _only_in(now, was)
        told += [f"{name}: lost {row}"[:900] for row in lost] + [
            f"{name}: new {row}"[:900] for row in more
        ]
    for path in sorted(set(one["files"]) | set(other["files"])):
        if one["files"].get(path) != other["files"].get(path):
            told.append(
                f"file {path}: {one['files'].get(path, 'none')[:8]} became {other['files'].get(path, 'none')[:8]}"
            )
    for message in _only_in(one["mail"], other["mail"]):
        told.append(f"mail {message}: lost")
    for message in _only_in(other["mail"], one["mail"]):
        told.append(f"mail {message}: new")
    return told + doubles(found)


def _only_in(these: list[Any], those: list[Any]) -> list[Any]:
    left = list(those)
    found = []
    for one in these:
        if one in left:
            left.remove(one)
        else:
            found.append(one)
    return found


def doubles(found: Mapping[str, Any]) -> list[str]:
    """Messages that came twice, by their identity or by what they say."""
    told = []
    for which, name in enumerate(("identity", "content")):
        times = Counter(message[which] for message in found["mail"])
        told += [
            f"twice, by its {name}: {what} ({many} times)"
            for what, many in times.items()
            if many > 1
        ]
    return told


# The parent ---------------------------------------------------------------------------------------


class Driver:
    """Forks a process for each thing that is done, and waits for it."""

    def __init__(self, work: Path, scenario: Scenario, office: PostOffice, mutant: str) -> None:
        self.work = work
        self.scenario = scenario
        self.office = office
        self.mutant = mutant
        self.template = work / "template"
        self.log = work / "log.txt"

    def fork(
        self, task: Callable[[], Any], *, deadly: int = 0, name: str = "run"
    ) -> tuple[int, dict[str, Any]]:
        """Do the task in a new process; how it ended, and what it gave back."""
        answer = self.work / "answer.json"
        answer.unlink(missing_ok=True)
        pid = os.fork()
        if pid == 0:
            self._child(task, deadly, answer)
        _, status = os.waitpid(pid, 0)
        code = os.waitstatus_to_exitcode(status)
        told = json.loads(answer.read_text()) if answer.exists() else {}
        if code not in (0, CRASHED):
            raise RuntimeError(f"{name} ended with {code}:\n{self.log.read_text()[-6000:]}")
        return code, told

    def _child(self, task: Callable[[], Any], deadly: int, answer: Path) -> None:
        code = LATE
        try:
            out = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            os.dup2(out, 1)
            os.dup2(out, 2)
            faults = Faults(deadly, self.work / "grave.txt")
            wrap(faults, lambda: self.moment, self.work / "acts.txt")
            if self.mutant:
                MUTANTS[self.mutant]()
            value = task()
            modules = [
                name for name, module in sys.modules.items() if getattr(module, "__file__", None)
            ]
            answer.write_text(
                json.dumps(
                    {"value": value, "passed": faults.passed, "modules": modules}, default=str
                )
            )
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            os._exit(code)

    moment = BEGAN

    def practice(self, folder: Path) -> Practice:
        return Practice(folder, self.office.folder, self.scenario)

    def prepare(self) -> None:
        """The practice that every run begins with."""
        self.moment = BEGAN - timedelta(days=1)
        mutant, self.mutant = self.mutant, ""

        def found() -> None:
            from dayhand.cli import main

            try:
                main(["init", "--sample", str(self.template), "--today", TODAY])
            except SystemExit as end:
                if end.code:
                    raise
            practice = self.practice(self.template)
            practice.shrink()
            settings = self.template / "practice.yaml"
            settings.write_text(
                settings.read_text().replace("port: 2525", f"port: {self.office.port}")
            )
            for command in self.scenario.before:
                code = practice.dayhand(*command)
                while code == 3:
                    _, questions, _ = practice.look()
                    code = practice.dayhand("answer", questions[0].id, "--approve")

        _, told = self.fork(found, name="preparing")
        self.office.forget()
        self.moment, self.mutant = BEGAN, mutant
        import_all(told["modules"])

    def copy(self) -> Path:
        """A fresh copy. What is only read is the same file."""
        folder = self.work / "practice"
        if folder.exists():
            shutil.rmtree(folder)
        for path in self.template.rglob("*"):
            target = folder / path.relative_to(self.template)
            if path.is_dir():
                target.mkdir(parents=True, mode=0o700)
            elif path.suffix in (".csv", ".ics", ".ballast", ".txt") or path.name.endswith(
                ".schema.json"
            ):
                os.link(path, target)
            else:
                shutil.copy(path, target)
        self.office.forget()
        for name in ("acts.txt", "grave.txt", "log.txt"):
            (self.work / name).unlink(missing_ok=True)
        return folder

    def undisturbed(self) -> dict[str, Any]:
        practice = self.practice(self.copy())

        def whole() -> dict[str, Any]:
            doubts = practice.pursue()
            return {"doubts": doubts, **practice.snapshot()}

        _, told = self.fork(whole, name="the undisturbed run")
        import_all(told["modules"])
        warm(Path(os.environ["HOME"], ".cache/dayhand"))
        return told

    def crash(
        self, number: int, expected: Mapping[str, Any], *, again: int = 0, silent: bool = False
    ) -> dict[str, Any]:
        """Kill at a point, go on as a person would, and compare.

        `again` kills once more while going on; with `silent` the mail server takes each message and
        hangs up. Point 0 kills nobody: the run is only done again.
        """
        begin = time.monotonic()
        practice = self.practice(self.copy())
        self.office.falls_silent(after_accepting=silent)
        killed, doubts = [], 0
        for deadly in (number, again) if again else (number,):
            code, told = self.fork(practice.pursue, deadly=deadly, name=f"run {number}, {again}")
            killed.append(code == CRASHED)
            doubts += told.get("value", 0)
        acts = self.work / "acts.txt"

        def after() -> dict[str, Any]:
            ended, unforeseen = practice.ended_steps(), practice.unforeseen()
            acts.unlink(missing_ok=True)
            doubts = practice.pursue()
            done = acts.read_text().splitlines() if acts.exists() else []
            repeated = sorted(set(ended) & set(done))
            return {
                "doubts": doubts,
                "unforeseen": unforeseen,
                "repeated": repeated,
                **practice.snapshot(),
            }

        _, told = self.fork(after, name=f"going on after {number}")
        found = told["value"]
        wrong = differences(expected, found)
        wrong += [
            f"mail {one} arrived before anything was kept of it" for one in found["unforeseen"]
        ]
        wrong += [f"step {path} had ended and was begun again" for path in found["repeated"]]
        grave = self.work / "grave.txt"
        return {
            "point": number, "again": again, "kind": grave.read_text() if grave.exists() else "",
            "killed": all(killed), "doubts": doubts + found["doubts"],
            "wrong": wrong, "seconds": round(time.monotonic() - begin, 3),
        }  # fmt: skip


def import_all(names: list[str]) -> None:
    """What a child had to import, the next finds imported."""
    import importlib

    for name in names:
        if name not in sys.modules and not name.startswith(("__mp", "tests_support")):
            try:
                importlib.import_module(name)
            except BaseException:
                continue


def warm(cache: Path) -> None:
    """Do once what every command would do again: find the plugins, make their steps' models."""
    from dayhand import plugin_host

    found = plugin_host.entry_points(group=plugin_host.GROUP)
    plugin_host.entry_points = lambda group: found  # type: ignore[assignment]
    host = plugin_host.PluginHost(cache=cache)
    for name, spec in host.catalogue.steps.items():
        if spec.plugin != "dayhand":
            step, _ = host.step(name)
            _ = (step.inputs, step.output, step.input_schema())
    gc.freeze()  # pages that no collection touches stay shared with the children
    same = host.catalogue.fingerprint
    plugin_host.PluginHost._fingerprint = lambda self: same  # type: ignore[method-assign]


def chosen(points: str, passed: list[str]) -> list[int]:
    """All points; those of a kind; `3,5`; a part such as `0/2`; or so many spread over the run, some of each kind."""
    every = list(range(1, len(passed) + 1))
    if points == "all":
        return every
    if points in KINDS:
        return [number for number in every if passed[number - 1] == points]
    if "," in points:
        return [int(number) for number in points.split(",")]
    if "/" in points:
        part, parts = map(int, points.split("/"))
        return every[part::parts]
    many = int(points)
    found = (
        {every[round(i * (len(every) - 1) / max(many - 1, 1))] for i in range(many)}
        if many
        else set()
    )
    for kind in KINDS if many else ():
        of_kind = [number for number in every if passed[number - 1] == kind]
        found |= set(of_kind[len(of_kind) // 2 : len(of_kind) // 2 + 1])
    return sorted(found)


def results(spec: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    work = Path(spec["work"])
    work.mkdir(parents=True, exist_ok=True)
    os.environ["HOME"] = str(work / "home")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    os.environ.pop("DAYHAND_CACHE_DIR", None)
    os.environ.pop("XDG_CACHE_HOME", None)
    (work / "home").mkdir(exist_ok=True)
    with PostOffice(work / "mail") as office:
        driver = Driver(work, SCENARIOS[spec["scenario"]], office, spec.get("mutant", ""))
        begin = time.monotonic()
        driver.prepare()
        told = driver.undisturbed()
        expected, passed = told["value"], told["passed"]
        yield {
            "undisturbed": True, "passed": passed, "mail": len(expected["mail"]), "files": len(expected["files"]),
            "rows": sum(map(len, expected["rows"].values())), "doubts": expected["doubts"],
            "wrong": doubles(expected), "seconds": round(time.monotonic() - begin, 3),
        }  # fmt: skip
        yield driver.crash(0, expected)
        for number in chosen(spec.get("points", "0"), passed):
            yield driver.crash(number, expected)
        weather = random.Random(spec["scenario"])
        for _ in range(spec.get("pairs", 0)):
            first = weather.randint(1, len(passed))
            yield driver.crash(
                first, expected, again=weather.randint(1, max(len(passed) - first, 6))
            )
        if spec.get("silent"):
            yield driver.crash(0, expected, silent=True)


if __name__ == "__main__":
    for line in results(json.loads(sys.argv[1])):
        print(json.dumps(line), flush=True)
