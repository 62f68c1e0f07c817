r"""Walks a plan: blocks, conditions, loops, branches, calls, handlers.

A step whose end is kept is not run again: its kept output takes its place, so that walking the
plan once more after a crash comes to the first step that had not ended, with the same values.

| block       | ids inside are seen          | fails when               | waits when                    |
|-------------|------------------------------|--------------------------|-------------------------------|
| group       | inside and after             | a step in it fails       | a step in it waits            |
| parallel    | in its branch, and after     | any branch fails         | no branch fails, any waits    |
| for_each    | inside; after, as a list     | an iteration fails *     | no iteration fails, any waits |

\\* With `on_error: continue` on the loop a failed iteration is noted and the next goes on.
An iteration in which it is not known whether something was sent keeps no other waiting; the third does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from dayhand.expressions import EvaluationError
from dayhand.model.run import ErrorRecord, StepRecord
from dayhand.planning import Plan, PlanStep, evaluate
from dayhand.runner.attempts import StepRunner
from dayhand.runner.built_in import HANDLERS, BuiltIn
from dayhand.runner.results import DONE, Outcome, Result, as_record
from dayhand.runner.session import Session

__all__ = ["Caller", "Interpreter"]

Scope = dict[str, Any]
Caller = Callable[[str, Mapping[str, Any], str], Awaitable[Result]]
"""Runs another routine: its name, its inputs, the path of the step that calls it."""

_LARGEST_LOOP = 10_000
_MOST_IN_DOUBT = 3
"""Of a loop's iterations; a server that answers none leaves a person three questions, not hundreds."""


class Interpreter:
    """Walks one run's plan."""

    def __init__(self, session: Session, plan: Plan, call: Caller) -> None:
        self._session = session
        self._plan = plan
        self._call_routine = call

    async def run(self) -> Result:
        """Walk the routine's steps."""
        return await self._block(self._plan.steps, self._scope({}), "")

    async def handle(self, steps: tuple[PlanStep, ...], prefix: str, failure: Any) -> Result:
        """Walk `on_failure` or `finally`, where `failure` can be seen."""
        if not steps:
            return DONE
        return await self._block(steps, self._scope({"failure": failure}), prefix)

    def _scope(self, more: Mapping[str, Any]) -> Scope:
        known = self._known() if self._session.records else {}
        return {**self._plan.scope, "steps": known, **more}

    def _known(self) -> dict[str, Any]:
        """What ended steps gave, by id: for handlers, which run when others have ended."""
        known: dict[str, Any] = {}
        self._collect(self._plan.steps, "", known)
        return known

    def _collect(self, steps: tuple[PlanStep, ...], prefix: str, known: dict[str, Any]) -> None:
        for step in steps:
            path = f"{prefix}{step.key}"
            inner = step.steps or step.parallel
            record = self._session.records.get(path)
            if step.loop is not None:
                if step.id:
                    known[step.id] = self._iterations(step, path)
            elif inner is not None:
                self._collect(inner, f"{path}.", known)
                if step.id:
                    known[step.id] = {s.id: known[s.id] for s in inner if s.id and s.id in known}
            elif step.id and record is not None and record.state == "done":
                known[step.id] = record.output

    def _iterations(self, step: PlanStep, path: str) -> list[Any]:
        """The values of a loop's iterations that ended, as far as they follow each other."""
        inner = step.steps or step.parallel
        found: list[Any] = []
        while True:
            place = f"{path}[{len(found)}]"
            if inner is not None:
                value: dict[str, Any] = {}
                self._collect(inner, f"{place}.", value)
                if not any(p.startswith(f"{place}.") for p in self._session.records):
                    return found
                found.append(value)
                continue
            record = self._session.records.get(place)
            if record is None or record.state != "done":
                return found
            found.append(record.output)

    async def _block(self, steps: tuple[PlanStep, ...], scope: Scope, prefix: str) -> Result:
        for step in steps:
            result = await self._step(step, scope, f"{prefix}{step.key}")
            if not result.goes_on:
                return result
        return DONE

    # One step, whatever its kind ------------------------------------------------------------------

    async def _step(self, step: PlanStep, scope: Scope, path: str) -> Result:
        kept = self._kept(path) if path in self._session.records else None
        try:
            if kept is not None:
                result = kept
            elif step.when is not None and not step.when.evaluate(scope):
                result = await self._skip(step, path)
            elif step.loop is not None:
                result = await self._loop(step, scope, path)
            else:
                result = await self._body(step, scope, path)
        except EvaluationError as error:
            result = await self._not_evaluated(step, path, error)
        if result.outcome is Outcome.FAILED:
            result = await self._failed(step, scope, path, result)
        if result.outcome is Outcome.DONE and step.id:
            scope["steps"][step.id] = result.value
        return result

    def _kept(self, path: str) -> Result | None:
        record = self._session.records.get(path)
        if record is None:
            return None
        if record.state == "done":
            return Result(Outcome.DONE, record.output, path=path)
        if record.state == "skipped":
            return Result(Outcome.SKIPPED, path=path)
        if record.state == "failed":
            return Result(Outcome.FAILED, error=record.error, path=path)
        if record.state == "declined":
            return Result(Outcome.DECLINED, error=record.error, path=path)
        return None

    async def _skip(self, step: PlanStep, path: str) -> Result:
        now = self._session.now()
        reason = f"when: {step.when.source}" if step.when else ""
        await self._session.checkpoint(
            StepRecord(
                path, "skipped", step.uses or "", reason=reason, started_at=now, ended_at=now
            )
        )
        self._session.tell("step_ended", path, title=step.title, state="skipped", text=reason)
        return Result(Outcome.SKIPPED, path=path)

    async def _not_evaluated(self, step: PlanStep, path: str, error: EvaluationError) -> Result:
        told = as_record(error, place=step.place)
        now = self._session.now()
        await self._session.checkpoint(
            StepRecord(path, "failed", step.uses or "", error=told, started_at=now, ended_at=now)
        )
        self._session.tell("step_ended", path, title=step.title, state="failed", text=told.message)
        return Result(Outcome.FAILED, error=told, path=path)

    async def _failed(self, step: PlanStep, scope: Scope, path: str, result: Result) -> Result:
        if step.on_error == "fail":
            return result
        failed_at = result.path or path
        if failed_at not in self._session.failures:
            self._session.failures.append(failed_at)
        if step.on_error == "continue":
            return Result(Outcome.SKIPPED, path=path)
        inner = {**scope, "failure": failure_value(failed_at, result.error)}
        handled = await self._block(step.on_error, inner, f"{path}.on_error.")
        return Result(Outcome.SKIPPED, path=path) if handled.goes_on else handled

    def _body(self, step: PlanStep, scope: Scope, path: str) -> Awaitable[Result]:
        """Begin what the step itself is; raises `EvaluationError` at once if it cannot."""
        if step.steps is not None:
            return self._limited(step, self._group(step.steps, scope, path), path)
        if step.parallel is not None:
            return self._limited(step, self._parallel(step.parallel, scope, path), path)
        arguments = evaluate(step.arguments, scope) if step.arguments else step.arguments
        if step.call is not None:
            return self._call_routine(step.call, arguments, path)
        if self._session.is_watched:
            return self._watched(step, arguments, path)
        return self._act(step, arguments, path)

    async def _watched(self, step: PlanStep, arguments: Any, path: str) -> Result:
        begun = asyncio.get_running_loop().time()
        self._session.tell("step_started", path, title=step.title)
        result = await self._act(step, arguments, path)
        self._session.tell(
            "step_ended", path, title=step.title, state=result.outcome.name.lower(),
            text=result.error.message if result.error else "",
            seconds=asyncio.get_running_loop().time() - begun,
        )  # fmt: skip
        return result

    def _act(self, step: PlanStep, arguments: Mapping[str, Any], path: str) -> Awaitable[Result]:
        handler = HANDLERS.get(step.uses or "")
        if handler is not None:
            return self._built_in(handler, BuiltIn(self._session, step, path, arguments))
        return StepRunner(self._session, step, path).run(arguments)

    async def _built_in(
        self, handler: Callable[[BuiltIn], Awaitable[Result]], step: BuiltIn
    ) -> Result:
        from dayhand.errors import DayhandError, StoreError

        try:
            return await handler(step)
        except StoreError:
            raise
        except (DayhandError, ValueError, KeyError, TypeError, OSError) as error:
            told = as_record(error, place=step.plan.place, known=dict(step.arguments))
            return await step.ended("failed", Outcome.FAILED, told.message)

    # Blocks ---------------------------------------------------------------------------------------

    async def _limited(self, step: PlanStep, work: Awaitable[Result], path: str) -> Result:
        if step.timeout is None:
            return await work
        try:
            async with asyncio.timeout(step.timeout.total_seconds()):
                return await work
        except TimeoutError:
            told = ErrorRecord(
                "timeout", "the block took longer than its time limit", "", step.place
            )
            return Result(Outcome.FAILED, error=told, path=path)

    async def _group(self, steps: tuple[PlanStep, ...], scope: Scope, path: str) -> Result:
        result = await self._block(steps, scope, f"{path}.")
        if result.goes_on:
            return Result(Outcome.DONE, self._values(steps, scope), path=path)
        return result

    async def _parallel(self, branches: tuple[PlanStep, ...], scope: Scope, path: str) -> Result:
        scopes = [{**scope, "steps": dict(scope["steps"])} for _ in branches]
        async with asyncio.TaskGroup() as tasks:
            running = [
                tasks.create_task(self._step(branch, inner, f"{path}.{branch.key}"))
                for branch, inner in zip(branches, scopes, strict=True)
            ]
        worst = max((task.result() for task in running), key=lambda r: r.outcome, default=DONE)
        for branch, inner in zip(branches, scopes, strict=True):
            for name in _ids(branch):
                if name in inner["steps"]:
                    scope["steps"][name] = inner["steps"][name]
        if worst.goes_on:
            return Result(Outcome.DONE, self._values(branches, scope), path=path)
        return worst

    @staticmethod
    def _values(steps: tuple[PlanStep, ...], scope: Scope) -> dict[str, Any]:
        return {s.id: scope["steps"][s.id] for s in steps if s.id and s.id in scope["steps"]}

    # Loops ----------------------------------------------------------------------------------------

    async def _loop(self, step: PlanStep, scope: Scope, path: str) -> Result:
        loop = step.loop
        if loop is None:
            return DONE
        items = loop.items.evaluate(scope)
        problem = _not_a_list(items)
        if problem:
            return await self._not_evaluated(step, path, EvaluationError(problem))
        if loop.max_parallel > 1:
            results = await self._side_by_side(step, items, scope, path, loop.max_parallel)
        else:
            results = await self._one_by_one(step, items, scope, path)
        worst = max(results, key=lambda r: r.outcome, default=DONE)
        if worst.goes_on:
            return Result(Outcome.DONE, [r.value for r in results], path=path)
        return worst

    async def _one_by_one(
        self, step: PlanStep, items: list[Any], scope: Scope, path: str
    ) -> list[Result]:
        results: list[Result] = []
        in_doubt = 0
        for index, item in enumerate(items):
            result = await self._iteration(step, item, scope, f"{path}[{index}]")
            results.append(result)
            in_doubt += result.outcome is Outcome.UNKNOWN
            if not (
                result.goes_on or (result.outcome is Outcome.UNKNOWN and in_doubt < _MOST_IN_DOUBT)
            ):
                break
        return results

    async def _side_by_side(
        self, step: PlanStep, items: list[Any], scope: Scope, path: str, at_once: int
    ) -> list[Result]:
        places = asyncio.Semaphore(at_once)
        stop = asyncio.Event()

        async def one(index: int, item: Any) -> Result | None:
            async with places:
                if stop.is_set():
                    return None
                result = await self._iteration(step, item, scope, f"{path}[{index}]")
                if result.outcome in (Outcome.FAILED, Outcome.DECLINED):
                    stop.set()  # those that run go on to their end; no other begins
                return result

        async with asyncio.TaskGroup() as tasks:
            running = [tasks.create_task(one(index, item)) for index, item in enumerate(items)]
        return [result for task in running if (result := task.result()) is not None]

    async def _iteration(self, step: PlanStep, item: Any, scope: Scope, path: str) -> Result:
        loop = step.loop
        if loop is None:
            return DONE
        inner = {**scope, "steps": dict(scope["steps"]), loop.name: item}
        kept = self._kept(path)
        try:
            result = kept or await self._body(step, inner, path)
        except EvaluationError as error:
            result = await self._not_evaluated(step, path, error)
        if result.outcome is Outcome.FAILED and step.on_error != "fail":
            return await self._failed(step, inner, path, result)
        return result


def failure_value(path: str, error: ErrorRecord | None) -> dict[str, Any]:
    """What expressions see as `failure`."""
    return {
        "step": path,
        "kind": error.kind if error else "",
        "message": error.message if error else "",
        "hint": error.hint if error else "",
    }


def _ids(step: PlanStep) -> list[str]:
    """Ids that can be seen after the step: its own, and those of the steps of a block in it."""
    found = [step.id] if step.id else []
    if step.loop is None:
        for inner in step.steps or step.parallel or ():
            found.extend(_ids(inner))
    return found


def _not_a_list(items: Any) -> str:
    if not isinstance(items, list):
        return f"for_each needs a list, and got {type(items).__name__}"
    if len(items) > _LARGEST_LOOP:
        return f"for_each has {len(items)} items; the most is {_LARGEST_LOOP}"
    return ""
