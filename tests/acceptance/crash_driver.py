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

    PYTHONPATH=tests/support python crash_driver.py '{"scenario": "morning-prep", "work": "work", "points": "all"}'

prints a line of JSON for the undisturbed run, one for the same run once more, and one for each point.
Also understood: `pairs`, so many runs that are killed a second time while they go on; `silent`, a run
whose mail server never says that it took a message; `mutant`, a name of `MUTANTS`.
"""

from __future__ import annotations

import gc
import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from crash_faults import KINDS, MUTANTS, Faults, wrap
from crash_practice import BEGAN, SCENARIOS, TODAY, Practice, Scenario, differences, doubles
from tests_support.post_office import PostOffice

CRASHED, LATE = -signal.SIGKILL, 3
NOWHERE = ("", 0)


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
        self, task: Callable[[], Any], *, deadly: tuple[str, int] = NOWHERE, name: str = "run"
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

    def _child(self, task: Callable[[], Any], deadly: tuple[str, int], answer: Path) -> None:
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
        self,
        number: int,
        expected: Mapping[str, Any],
        passed: list[str],
        *,
        again: int = 0,
        silent: bool = False,
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
            place = of_its_kind(deadly, passed)
            code, told = self.fork(practice.pursue, deadly=place, name=f"run {number}, {again}")
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
    from dayhand.plugin_host import PluginHost, plugin

    found = plugin.entry_points(group=plugin.GROUP)
    plugin.entry_points = lambda group: found  # type: ignore[assignment]
    host = PluginHost(cache=cache)
    for name, spec in host.catalogue.steps.items():
        if spec.plugin != "dayhand":
            step, _ = host.step(name)
            _ = (step.inputs, step.output, step.input_schema())
    gc.freeze()  # pages that no collection touches stay shared with the children
    same = host.catalogue.fingerprint
    PluginHost._fingerprint = lambda self: same  # type: ignore[method-assign]


def of_its_kind(number: int, passed: list[str]) -> tuple[str, int]:
    """A point's kind, and its number among those of its kind; 0 is nowhere."""
    if not 0 < number <= len(passed):
        return NOWHERE
    kind = passed[number - 1]
    return kind, passed[:number].count(kind)


def chosen(points: str, passed: list[str]) -> list[int]:
    """All points; those of a kind; `3,5`; a part of each kind such as `0/2`; or so many spread over the run, some of each kind."""
    every = list(range(1, len(passed) + 1))
    if points == "all":
        return every
    if points in KINDS:
        return [number for number in every if passed[number - 1] == points]
    if "," in points:
        return [int(number) for number in points.split(",")]
    if "/" in points:
        part, parts = map(int, points.split("/"))
        kinds = ([n for n in every if passed[n - 1] == kind] for kind in KINDS)
        return sorted(number for of_kind in kinds for number in of_kind[part::parts])
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
        yield driver.crash(0, expected, passed)
        for number in chosen(spec.get("points", "0"), passed):
            yield driver.crash(number, expected, passed)
        weather = random.Random(spec["scenario"])
        for _ in range(spec.get("pairs", 0)):
            first = weather.randint(1, len(passed))
            yield driver.crash(
                first, expected, passed, again=weather.randint(1, max(len(passed) - first, 6))
            )
        if spec.get("silent"):
            yield driver.crash(0, expected, passed, silent=True)


if __name__ == "__main__":
    for line in results(json.loads(sys.argv[1])):
        print(json.dumps(line), flush=True)
