"""Runs an example several times over: dry, whole, cut off, cancelled; and tells what was seen."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from dayhand.conformance import showing
from dayhand.conformance.examples import Example, Ground, ground
from dayhand.conformance.stage import Call, Cut, Stage
from dayhand.conformance.verdict import FAILED, OK, Verdict
from dayhand.errors import CheckFailed, DayhandError
from dayhand.steps.step import Effect, Step

if TYPE_CHECKING:
    from dayhand.model.run import Run, StepRecord

__all__ = ["Setting", "tried"]

LONGEST_HOLD = 0.25
"""Seconds for which an async step may hold up the event loop."""
LONGEST_PLAIN = 5.0
"""Seconds that a plain step of an example may take, since no time limit can cut it off."""
_MOST_QUESTIONS = 100
_MORE_TRIES = 2


@dataclass(slots=True)
class Setting:
    """What the examples of a plugin are tried with.

    Attributes:
        name: the plugin's name.
        module: its module.
        steps: its steps, by name.
        tables: the names of its tables.
        hosts: the hosts it declares; None if it comes with dayhand.
        workshop: a folder for the practices.
        home: the folder of the person whose machine this is.
        folders: folders outside the practice in which it may write.
        said: what was printed so far.
    """

    name: str
    module: ModuleType
    steps: dict[str, Step]
    tables: Sequence[str]
    hosts: tuple[str, ...] | None
    workshop: Path
    home: Path | None
    folders: tuple[Path, ...] = ()
    said: Callable[[], str] = str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def prepared(self, example: Example) -> tuple[Any, Stage]:
        """A new practice for an example, to be entered, and the stage its steps report to."""
        folder = self.workshop / f"{next(self.numbers)}"
        stage = Stage((folder.resolve(), *self.folders), self.home, self.hosts)
        return ground(example, folder, self.name, self.module, stage), stage


def tried(setting: Setting, example: Example) -> list[Verdict]:
    """What one example showed."""
    return list(_Trial(setting, example).verdicts())


@dataclass(slots=True)
class _Whole:
    """What a run that nothing disturbed came to."""

    records: list[StepRecord] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    arrived: int = 0
    has_server: bool = False


class _Trial:
    """One example, run several times over."""

    def __init__(self, setting: Setting, example: Example) -> None:
        self._setting = setting
        self._example = example
        self._whole = _Whole()
        self._longest: dict[str, list[float]] = {}

    def verdicts(self) -> Iterator[Verdict]:
        """Every verdict; no more than the first few if the example does not run."""
        failed = list(self._run_whole())
        yield from failed
        if any(one.result == FAILED and one.check == "example" for one in failed):
            return
        if not self._whole.records:
            return
        yield from self._cut_off("once", Effect.RECORD, before=True)
        if self._whole.has_server:
            yield from self._cut_off("at most once", Effect.SEND, before=True)
            yield from self._cut_off("at most once", Effect.SEND, begun=True)
        yield from self._cancelled()
        yield from self._held_up()

    # Dry and whole --------------------------------------------------------------------------------

    def _run_whole(self) -> Iterator[Verdict]:
        place, stage = self._setting.prepared(self._example)
        with place as here:
            stage.dry = True
            try:
                found = here.bench.rehearse(here.text, name=self._example.name)
            except DayhandError as error:
                yield self._does_not_run(_why(error))
                return
            shown = showing.shown_of_rehearsal(found)
            dry, stage.dry = list(stage.calls), False
            stage.calls.clear()
            run = here.bench.run(here.text, name=self._example.name)
            records = here.bench.app.store.steps(run.id)
            self._remember(here, stage, records)
            yield from self._said_to_connect(dry + stage.calls)
            if run.state != "done":
                if not self._example.is_made:
                    told = [
                        a.error.message for a in here.bench.app.store.attempts(run.id) if a.error
                    ]
                    yield self._does_not_run("; ".join([_reason(run, records), *told[-1:]]))
                return
            shown += showing.shown_of_run(here.bench, run) + self._setting.said()
            yield from self._seen(shown, dry)

    def _remember(self, here: Ground, stage: Stage, records: Sequence[StepRecord]) -> None:
        own = [one for one in records if one.uses in self._setting.steps and one.state == "done"]
        self._whole = _Whole(
            own, list(stage.calls), here.rows(self._setting.tables), here.files(),
            here.arrived, here.has_server,
        )  # fmt: skip
        self._note(stage)

    def _does_not_run(self, why: str) -> Verdict:
        return Verdict(
            "example", "", FAILED, f"the example '{self._example.name}' does not run: {why}",
            "try it: dayhand run it in a practice, or test it with a Workbench",
        )  # fmt: skip

    def _seen(self, shown: str, dry: Sequence[Call]) -> Iterator[Verdict]:
        """What the two runs showed of each step."""
        for name, records in _by_step(self._whole.records).items():
            yield Verdict("example", name, OK)
            calls = [call for call in self._whole.calls if call.step == name]
            yield self._hidden(name, records, calls, shown)
            yield self._pure(name, [call for call in dry if call.step == name], calls)

    def _hidden(
        self, name: str, records: Sequence[StepRecord], calls: Sequence[Call], shown: str
    ) -> Verdict:
        hidden = {one for call in calls for one in showing.sensitive_texts(call.inputs)}
        hidden |= {one for record in records for one in showing.sensitive_texts(record.output)}
        shown = "\n".join([shown, *(line for call in calls for line in call.watch.logged)])
        seen = showing.leaks(shown, hidden)
        by_path = {record.path: record.output for record in records}
        lost = {one for call in calls for one in showing.lost_marks(call, by_path.get(call.path))}
        if lost:
            places = ", ".join(sorted(lost))
            told = f"what it was given as sensitive is in its output without the mark, at {places}"
            hint = "declare that part of the output as Sensitive[…]"
            return Verdict("redaction", name, FAILED, told, hint)
        if seen:
            told = (
                f"{len(seen)} sensitive text{'s' * (len(seen) != 1)} can be read where it is shown"
            )
            hint = (
                "keep it out of logs, previews' details, progress, file names and what is printed"
            )
            return Verdict("redaction", name, FAILED, told, hint)
        return Verdict("redaction", name, OK, figure=f"{len(hidden)} texts")

    def _pure(self, name: str, dry: Sequence[Call], calls: Sequence[Call]) -> Verdict:
        noted = {told for call in dry for told in call.watch.noted}
        if noted:
            hint = "a dry run may read; leave acts to a step with effect SEND, and files to context.files"
            return Verdict("dry run", name, FAILED, f"in a dry run it {_joined(noted)}", hint)
        noted = {told for call in calls for told in call.watch.noted}
        if noted:
            effect = self._setting.steps[name].effect
            hint = f"its effect is {effect}: see the table of effects in plugins/README.md"
            return Verdict("dry run", name, FAILED, f"it {_joined(noted)}", hint)
        return Verdict("dry run", name, OK)

    def _said_to_connect(self, calls: Sequence[Call]) -> Iterator[Verdict]:
        for name in {call.step for call in calls if call.watch.undeclared}:
            hosts = {one for c in calls if c.step == name for one in c.watch.undeclared}
            told = f"it connects to {_joined(hosts)}, which its dayhand-plugin.toml does not name"
            hint = "write the host into 'network' there"
            yield Verdict("declaration", name, FAILED, told, hint)

    # Cut off --------------------------------------------------------------------------------------

    def _cut_off(self, check: str, effect: Effect, **how: bool) -> Iterator[Verdict]:
        """Die at each step of an effect in turn, and compare with the run that was not disturbed."""
        paths = [one.path for one in self._whole.records if self._effect(one.uses) is effect]
        if not paths:
            return
        place, stage = self._setting.prepared(self._example)
        with place as here:
            asked: dict[str, str] = {}
            try:
                run = self._through(here, paths, how, asked)
                told = self._differs(here, run, check)
            except AssertionError as error:  # the bench's: it did not get as far as it did before
                told = f"once cut off, it did otherwise: {error}"
            self._note(stage)
        for name in dict.fromkeys(one.uses for one in self._whole.records if one.path in paths):
            if told:
                hint = "do everything in the step's own transaction, from context.connect()"
                if effect is Effect.SEND:
                    hint = "give context.key to the other side, and let confirm ask for intent.key"
                yield Verdict(check, name, FAILED, told, hint)
            else:
                figure = f"a person was asked: {asked[name]}" if name in asked else ""
                yield Verdict(check, name, OK, figure=figure)

    def _through(
        self, here: Ground, paths: Sequence[str], how: dict[str, bool], asked: dict[str, str]
    ) -> Run:
        """Run, and die at each path in turn; the run at its end. Which steps had to ask is `asked`."""
        run: Run | None = None
        for path in paths:
            with here.bench.dies(path, **how):
                run = self._go_on(here, run, asked, was_sent=how.get("before", False))
            run = here.bench.app.store.runs(limit=1)[0]
        here.bench.fresh()
        return self._go_on(here, run, asked, was_sent=how.get("before", False))

    def _go_on(
        self, here: Ground, run: Run | None, asked: dict[str, str], *, was_sent: bool
    ) -> Run:
        """Begin, or go on, and answer as a person would who looked on the other side."""
        from dayhand.app import runs

        bench = here.bench
        now = bench.run(here.text, name=self._example.name) if run is None else bench.go_on(run.id)
        for _ in range(_MOST_QUESTIONS):
            if now.state != "unknown":
                break
            for question in bench.app.store.questions(state="open", run_id=now.id):
                record = bench.steps(now)[question.path]
                asked[record.uses] = record.reason
                answer = {"answer": "it_was" if was_sent else "send_again"}
                runs.answer(bench.app, question.id, answer)
            now = bench.go_on(now.id)
        return now

    def _differs(self, here: Ground, run: Run, check: str) -> str:
        """How the end differs from that of a run that was not disturbed."""
        rows, files = here.rows(self._setting.tables), here.files()
        if check == "at most once" and here.arrived != self._whole.arrived:
            return f"{here.arrived} arrived, where {self._whole.arrived} were to be sent"
        if run.state != "done":
            return (
                f"the run ended as {run.state}: {_reason(run, here.bench.app.store.steps(run.id))}"
            )
        for name, count in self._whole.rows.items():
            if rows[name] != count:
                return f"there are {rows[name]} rows in {name}, where there would be {count}"
        if len(files) != len(self._whole.files):
            would = len(self._whole.files)
            return f"there are {len(files)} files under out/, where there would be {would}"
        return ""

    # Cancelled ------------------------------------------------------------------------------------

    def _cancelled(self) -> Iterator[Verdict]:
        for check, way in (("cancellation", "cancel"), ("time limit", "timeout")):
            yield from self._cut_each(check, way)
        for call in self._whole.calls:
            step = self._setting.steps[call.step]
            if not step.is_async:
                yield self._in_time(call)

    def _in_time(self, call: Call) -> Verdict:
        figure = f"{call.took * 1000:.0f} ms"
        if call.took <= LONGEST_PLAIN:
            return Verdict("time limit", call.step, OK, figure=figure)
        told = f"it took {call.took:.1f} s, and a plain function cannot be cut off"
        hint = "make it an async function, or let it do less at a time"
        return Verdict("time limit", call.step, FAILED, told, hint, figure)

    def _cut_each(self, check: str, way: Any) -> Iterator[Verdict]:
        """Cut each async step off at its first wait, and at one in the middle."""
        waiting = [
            call for call in _main_calls(self._whole)
            if self._setting.steps[call.step].is_async and call.waits
        ]  # fmt: skip
        if not waiting:
            return
        place, stage = self._setting.prepared(self._example)
        with place as here:
            run: Run | None = None
            for call in waiting:
                ends = []
                for at in dict.fromkeys((1, (call.waits + 1) // 2)):
                    cut = Cut(way, at)
                    stage.cuts[call.path] = cut
                    run = self._until_cut(here, run)
                    stage.cuts.clear()
                    ends.append(cut.ended)
                yield _taken(check, call.step, ends)

    def _until_cut(self, here: Ground, run: Run | None) -> Run:
        from dayhand.testing import ProcessDied

        try:
            self._go_on(here, run, {}, was_sent=False)
        except* ProcessDied:
            here.bench.fresh()
        return here.bench.app.store.runs(limit=1)[0]

    # The event loop -------------------------------------------------------------------------------

    def _note(self, stage: Stage) -> None:
        for call in stage.calls:
            self._longest.setdefault(f"{call.step} {call.path}", []).append(call.longest)

    def _held_up(self) -> Iterator[Verdict]:
        """The shortest of several tries: the first imports what the step needs."""
        for call in _main_calls(self._whole):
            if not self._setting.steps[call.step].is_async:
                continue
            longest = self._shortest_hold(call)
            figure = f"{longest * 1000:.0f} ms at most"
            if longest <= LONGEST_HOLD:
                yield Verdict("event loop", call.step, OK, figure=figure)
            else:
                most = f"{LONGEST_HOLD * 1000:.0f} are allowed"
                told = f"it held up the event loop for {longest * 1000:.0f} ms, where {most}"
                hint = (
                    "await asyncio.to_thread(…) for what blocks, or make the step a plain function"
                )
                yield Verdict("event loop", call.step, FAILED, told, hint, figure)

    def _shortest_hold(self, call: Call) -> float:
        """Tried again where it was long: something else may have held the machine up."""
        name = f"{call.step} {call.path}"
        for _ in range(_MORE_TRIES):
            if min(self._longest[name]) <= LONGEST_HOLD:
                break
            place, stage = self._setting.prepared(self._example)
            with place as here:
                here.bench.run(here.text, name=self._example.name)
                self._note(stage)
        return min(self._longest[name])

    def _effect(self, uses: str) -> Effect:
        return self._setting.steps[uses].effect


def _main_calls(whole: _Whole) -> list[Call]:
    """The first call of each step at each place."""
    return list({call.path: call for call in reversed(whole.calls)}.values())[::-1]


def _taken(check: str, step: str, ends: Sequence[str]) -> Verdict:
    for told in ends:
        if told.startswith("went on"):
            hint = "let asyncio.CancelledError pass: no bare except, no except BaseException without raise"
            what = "was cancelled" if check == "cancellation" else "came to its time limit"
            return Verdict(check, step, FAILED, f"it {told} when it {what}", hint)
    return Verdict(check, step, OK, figure=f"cut off at {len(ends)} places")


def _by_step(records: Sequence[StepRecord]) -> dict[str, list[StepRecord]]:
    found: dict[str, list[StepRecord]] = {}
    for record in records:
        found.setdefault(record.uses, []).append(record)
    return found


def _why(error: DayhandError) -> str:
    if isinstance(error, CheckFailed) and error.problems:
        first = next((one for one in error.problems if one.severity == "error"), error.problems[0])
        return f"line {first.mark.line}: {first.message}"
    return error.message


def _reason(run: Run, records: Sequence[StepRecord]) -> str:
    for record in records:
        if record.error is not None:
            return f"{record.path}: {record.error.message}"
    return run.reason or run.state


def _joined(told: Any) -> str:
    return " and ".join(sorted(told))
