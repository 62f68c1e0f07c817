"""Checks one plugin in this process: its subject comes by standard input, its verdicts go to a file."""

from __future__ import annotations

import importlib
import io
import os
import pickle
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from dayhand.conformance import declared, surveillance
from dayhand.conformance.examples import Example, examples_of
from dayhand.conformance.import_cost import import_cost
from dayhand.conformance.subject import Subject
from dayhand.conformance.trial import Setting, tried
from dayhand.conformance.verdict import FAILED, NOT_TRIED, OK, Verdict
from dayhand.errors import UserError
from dayhand.steps.step import Effect, Step

__all__ = ["main"]

_SEEN_BY_RUNNING = ("example", "redaction", "dry run", "time limit")


def main(results: Path, workshop: Path, home: Path) -> None:
    """Check the plugin that standard input tells of."""
    subject: Subject = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - of the process that began this one
    if subject.path:
        sys.path.insert(0, subject.path)
    said = io.StringIO()
    with results.open("a", encoding="utf-8") as file:
        for verdict in _verdicts(subject, workshop, home, said):
            file.write(verdict.as_line() + "\n")
            file.flush()


def _verdicts(subject: Subject, workshop: Path, home: Path, said: io.StringIO) -> Iterator[Verdict]:
    yield import_cost(subject.module)
    surveillance.begin()
    sys.stdout = sys.stderr = said  # what a plugin prints is looked at, and shown to nobody
    loaded, module, steps = _loads(subject)
    yield loaded
    if module is None:
        return
    settings, tables, examples = _asked(module)
    yield from declared.schema(steps)
    yield from declared.docs(subject, steps, settings)
    yield from declared.declaration(subject, steps, settings, keeps_tables=bool(tables))
    yield from declared.sends(steps)
    try:
        found = examples_of(examples, steps)
    except UserError as error:
        yield Verdict("example", "", FAILED, error.message, error.hint)
        return
    declared_by_it = subject.declaration
    hosts = None if declared_by_it is None else declared_by_it.network
    folders = _folders(declared_by_it.writes if declared_by_it is not None else ())
    setting = Setting(
        subject.name, module, {step.name: step for step in steps}, tables, hosts, workshop, home,
        folders, said.getvalue,
    )  # fmt: skip
    yield from _tried(setting, found)


def _folders(declared_by_it: Sequence[str]) -> tuple[Path, ...]:
    """The folders it may write in, made in the home folder of this process, which is not the person's."""
    found = tuple(Path(one).expanduser() for one in declared_by_it if one.startswith("~/"))
    for folder in found:
        folder.mkdir(parents=True, exist_ok=True)
    return found


def _tried(setting: Setting, examples: Iterable[Example]) -> Iterator[Verdict]:
    seen: set[tuple[str, str]] = set()
    for example in examples:
        try:
            for verdict in tried(setting, example):
                seen.add((verdict.check, verdict.step))
                yield verdict
        except UserError as error:  # its servers or its prepare.py: the practice could not be made
            yield Verdict("example", "", FAILED, error.message, error.hint)
    for name, step in setting.steps.items():
        for check in _expected(step):
            if (check, name) not in seen:
                yield Verdict(check, name, NOT_TRIED, _why_not(step, check, seen))


def _expected(step: Step) -> Iterator[str]:
    yield from _SEEN_BY_RUNNING
    if step.effect is Effect.RECORD:
        yield "once"
    if step.effect is Effect.SEND:
        yield "at most once"
    if step.is_async:
        yield from ("cancellation", "event loop")


def _why_not(step: Step, check: str, seen: set[tuple[str, str]]) -> str:
    if ("example", step.name) not in seen:
        return "no example uses it"
    if check == "at most once":
        return "its example names no server, so nothing was sent"
    return "it never waits in its example"


def _loads(subject: Subject) -> tuple[Verdict, ModuleType | None, list[Step]]:
    """Load it as the plugin host would, by itself."""
    from dayhand.plugin_host import PluginHost

    try:
        module = importlib.import_module(subject.module)
    except BaseException as error:  # noqa: BLE001 - whatever it raises is what is told
        told = f"it cannot be imported: {type(error).__name__}: {error}"
        return (
            Verdict("loads", "", FAILED, told, "repair the import; is all it needs installed?"),
            None,
            [],
        )
    host = PluginHost(modules={subject.name: module}, installed=False)
    (spec,) = host.catalogue.plugins
    if spec.state != "loaded":
        return Verdict("loads", "", FAILED, spec.reason, spec.hint), None, []
    steps = [
        host.step(name)[0]
        for name in host.catalogue.steps
        if host.catalogue.steps[name].plugin != "dayhand"
    ]
    return Verdict("loads", "", OK, figure=f"{len(steps)} steps"), module, steps


def _asked(module: ModuleType) -> tuple[Any, list[str], Path | None]:
    """The model of its settings, the names of its tables, the folder of its examples."""

    def ask(hook: str) -> Any:
        function = getattr(module, hook, None)
        return function() if function is not None else None

    settings, tables, shipped = (
        ask(hook) for hook in ("dayhand_settings", "dayhand_tables", "dayhand_shipped")
    )
    return (
        settings.model() if settings else None,
        sorted(tables.metadata().tables) if tables else [],
        shipped.examples if shipped else None,
    )


if __name__ == "__main__":
    try:
        main(*(Path(one) for one in sys.argv[1:4]))
    finally:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__  # a bug of ours is told
    os._exit(0)  # a thread that a plugin left behind is no reason to wait
