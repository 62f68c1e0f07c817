"""Walks a run that has ended once more, by what is kept of it, and finds what would be different now.

Nothing is called: each step gives what it gave then. Its condition and its inputs are worked out anew,
by the engine and under the declarations of today, and held against what is kept.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from dayhand.errors import StepError
from dayhand.expressions import EvaluationError
from dayhand.model.run import Attempt
from dayhand.planning import Plan, PlanStep
from dayhand.runner.attempts import shown
from dayhand.runner.built_in import HANDLERS
from dayhand.runner.interpreter import Interpreter, failure_value
from dayhand.runner.results import Outcome, Result
from dayhand.runner.session import Session

__all__ = ["replay"]

_OUTCOMES = {"done": Outcome.DONE, "failed": Outcome.FAILED, "declined": Outcome.DECLINED}


async def replay(session: Session, plan: Plan) -> list[str]:
    """What would be different today, each in a sentence with the step's path; no client data."""
    walk = _Replay(session, plan)
    result = await walk.run()
    failure = failure_value(result.path, result.error)
    if result.outcome is Outcome.FAILED:
        await walk.handle(plan.on_failure, "on_failure.", failure)
    if result.goes_on or result.outcome is Outcome.FAILED:
        await walk.handle(plan.finally_steps, "finally.", failure)
    walk.look_for_what_is_gone()
    return walk.found


class _Replay(Interpreter):
    """An interpreter whose steps do nothing but give what they gave."""

    def __init__(self, session: Session, plan: Plan) -> None:
        super().__init__(session, plan, self._called)
        self.found: list[str] = []
        self._reached: set[str] = set()
        run_id = session.run.id
        self._attempts = {one.path: one for one in session.store.attempts(run_id)}

    def look_for_what_is_gone(self) -> None:
        """Note the steps that were run then, and would not be now."""
        for path, record in self._session.records.items():
            if path not in self._reached and record.state in _OUTCOMES:
                self.found.append(f"{path} was run, and would not be run now")

    def _kept(self, path: str) -> Result | None:  # noqa: ARG002 - nothing is taken for done
        return None

    async def _skip(self, step: PlanStep, path: str) -> Result:  # noqa: ARG002 - as it is asked for
        record = self._session.records.get(path)
        self._reached.add(path)
        if record is not None and record.state != "skipped":
            self.found.append(f"{path} was run, and would be skipped now")
        return Result(Outcome.SKIPPED, path=path)

    async def _not_evaluated(self, step: PlanStep, path: str, error: EvaluationError) -> Result:  # noqa: ARG002 - as it is asked for
        record = self._session.records.get(path)
        self._reached.add(path)
        if record is None or record.state != "failed":
            self.found.append(f"{path} cannot be worked out any more: {error.message}")
        return self._as_kept(path)

    def _act(self, step: PlanStep, arguments: Mapping[str, Any], path: str) -> Awaitable[Result]:
        return self._compared(step, arguments, path)

    async def _compared(self, step: PlanStep, arguments: Mapping[str, Any], path: str) -> Result:
        self._reached.add(path)
        record = self._session.records.get(path)
        if record is not None and record.state == "skipped":
            self.found.append(f"{path} was skipped, and would be run now")
        elif record is not None and step.uses not in HANDLERS:
            self._compare(step, arguments, path)
        return self._as_kept(path)

    def _compare(self, step: PlanStep, arguments: Mapping[str, Any], path: str) -> None:
        declared, _ = self._session.place.bound(step.uses or "")
        attempt: Attempt | None = self._attempts.get(path)
        if attempt is not None and isinstance(attempt.inputs, dict):
            now = shown(declared, arguments)
            names = sorted({*now, *attempt.inputs})
            others = [name for name in names if now.get(name) != attempt.inputs.get(name)]
            if others:
                self.found.append(f"{path} would be given another {', '.join(others)}")
        if _refused(lambda: declared.inputs_of(arguments)):
            self.found.append(f"{path} would be refused what it is given by {declared.name}")
        record = self._session.records[path]
        if record.state == "done" and _refused(lambda: declared.output_of(record.output, "")):
            self.found.append(f"{path} gave what {declared.name} does not declare any more")

    async def _called(self, name: str, inputs: Mapping[str, Any], path: str) -> Result:  # noqa: ARG002 - a run of its own
        self._reached.add(path)
        return self._as_kept(path)

    def _as_kept(self, path: str) -> Result:
        record = self._session.records.get(path)
        outcome = _OUTCOMES.get(record.state) if record else None
        if record is None or outcome is None:
            return Result(
                Outcome.WAITING, path=path
            )  # here it ended: further it cannot be followed
        return Result(outcome, record.output, record.error, path)


def _refused(validate: Any) -> bool:
    try:
        validate()
    except StepError:
        return True
    return False
