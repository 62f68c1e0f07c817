"""One run being worked on: its records, its lease, and what is told about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from dayhand.clock import Clock
from dayhand.model.events import Event
from dayhand.model.run import Attempt, EffectRecord, Question, Run, StepRecord
from dayhand.runner import private
from dayhand.runner.care import Care
from dayhand.runner.context import RunContext, Workplace
from dayhand.steps.context import RunInfo
from dayhand.steps.sending import Preview
from dayhand.steps.step import Step

if TYPE_CHECKING:
    from dayhand.store import Store

__all__ = ["SUSPENDING", "Session"]

SUSPENDING = frozenset({"person.approve", "person.ask", "wait.until"})
"""Steps that wait for a person or a moment."""

T = TypeVar("T", StepRecord, Question)
_ALL = 1_000_000
"""Of a run's effects none may be overlooked, or it would be done twice."""


class Session:
    """What the parts of the runner share while they work on one run."""

    def __init__(
        self,
        run: Run,
        place: Workplace,
        *,
        info: RunInfo,
        clock: Clock,
        observe: Callable[[Event], None] | None,
        answers: Mapping[str, Any] | None = None,
    ) -> None:
        self.run = run
        self.place = place
        self.info = info
        self.records: dict[str, StepRecord] = {}
        self.failures: list[str] = []
        self.previews: list[tuple[str, Preview]] = []
        self.answers = dict(answers or {})
        self.questions: dict[str, Question] = {}
        self._effects: dict[str, EffectRecord] = {}
        self.now = clock.now
        self.care: Care | None = None
        self._observe = observe
        if run.epoch > 1 or run.retry_of is not None:
            self._look_back()

    def _look_back(self) -> None:
        """Find what is kept of the run; one that begins, and takes nothing over, has nothing."""
        run_id = self.run.id
        kept = (self._opened(record, "output") for record in self.store.steps(run_id))
        self.records = {record.path: record for record in kept}
        asked = self.store.questions(state=None, run_id=run_id)
        self.questions = {q.id: self._opened(q, "answer") for q in asked}
        effects = self.store.effects(run_id=run_id, limit=_ALL)
        self._effects = {effect.path: effect for effect in effects}

    def _opened(self, kept: T, field: str) -> T:
        value = getattr(kept, field)
        open_ = private.opened(value, self.store)
        return kept if open_ is value else replace(kept, **{field: open_})

    @property
    def store(self) -> Store:
        """The database the run is kept in."""
        return self.place.store

    @property
    def is_watched(self) -> bool:
        """True if anybody is told what happens."""
        return self._observe is not None

    @property
    def dry_run(self) -> bool:
        """True if nothing is to be acted on."""
        return self.info.dry_run

    def tell(self, kind: Any, path: str = "", **fields: Any) -> None:
        """Tell whoever watches, if anybody does, what happens."""
        if self._observe is not None:
            self._observe(Event(kind, self.run.id, path, **fields))

    def context(self, step: Step, plugin: str, *, path: str, attempt: int) -> RunContext:
        """What one attempt of a step is handed."""
        return RunContext(
            self.place, step, plugin, run=self.info, path=path, attempt=attempt,
            tell=self.tell, intend=self.intend,
        )  # fmt: skip

    # Records --------------------------------------------------------------------------------------

    def attempts_of(self, path: str) -> int:
        """How many attempts of a step there were."""
        record = self.records.get(path)
        return record.attempts if record else 0

    def remember(self, record: StepRecord) -> None:
        """Take note of a record that is kept."""
        self.records[record.path] = record

    async def checkpoint(
        self,
        record: StepRecord,
        *,
        attempt: Attempt | None = None,
        effect: EffectRecord | None = None,
        question: Question | None = None,
    ) -> None:
        """Keep how a step stands; returns once it is on disk."""
        await self.store.checkpoint(
            self.run.id, self.run.epoch, record, attempt=attempt, effect=effect, question=question
        )
        self.remember(record)
        if effect is not None:
            self._effects[effect.path] = effect
        if question is not None:
            self.questions[question.id] = question

    def done_at_once(self, record: StepRecord, inputs: Any) -> Awaitable[None]:
        """Keep a step that was done at the first try; once it is on disk, `remember` it."""
        return self.place.store.done_at_once(self.run.id, self.run.epoch, record, inputs)

    def close_questions(self, path: str | None, state: Literal["expired", "withdrawn"]) -> None:
        """Close what a step, or the whole run, still asks."""
        still = [q for q in self.questions.values() if q.state == "open" and path in (None, q.path)]
        if still:
            self.store.close_questions(self.run.id, path, state, self.now())
            self.questions |= {q.id: replace(q, state=state) for q in still}

    async def record(self, work: Callable[[Any], tuple[Any, StepRecord, Attempt | None]]) -> Any:
        """Do a `record` step's work in one transaction with its checkpoint."""
        return await self.store.record(self.run.id, self.run.epoch, work)

    def worked(self) -> timedelta:
        """How long the run was worked on so far, the waiting for people and moments left out."""
        spans = [
            record.ended_at - record.started_at
            for record in self.records.values()
            if record.started_at and record.ended_at and record.uses not in SUSPENDING
        ]
        return sum(spans, timedelta(0))

    # Effects --------------------------------------------------------------------------------------

    def effect_of(self, path: str) -> EffectRecord | None:
        """The effect of a step, as far as it is kept."""
        return self._effects.get(path)

    async def intend(self, uses: str, path: str, key: str, details: Mapping[str, Any]) -> None:
        """Commit that an act is about to begin."""
        from dayhand.values import mark_sensitive, plain

        now, told = self.now(), plain(dict(details))
        if "to" in told:  # to whom: client data, whatever the plugin made of it
            told["to"] = mark_sensitive(told["to"])
        effect = EffectRecord(key, self.run.id, path, uses, "intended", now, told)
        record = self.records.get(path) or StepRecord(path, "running", uses, started_at=now)
        record = replace(record, state="running")
        await self.store.intend(
            self.run.id, self.run.epoch, effect, record,
            allowed=lambda connection: self._within_limits(connection, path, told),
        )  # fmt: skip
        self._effects[path] = effect
        self.remember(record)

    def _within_limits(self, connection: Any, path: str, details: Mapping[str, Any]) -> None:
        from dayhand.runner import limits  # it knows this module

        limits.check(self, connection, path, details)

    def effect_done(self, key: str, receipt: Any) -> EffectRecord | None:
        """The effect with its receipt, if it was intended at all."""
        return self._ended(key, "done", receipt=receipt)

    def effect_not_sent(self, key: str, reason: str) -> EffectRecord | None:
        """The effect as one that certainly did not happen."""
        return self._ended(key, "not_sent", reason=reason)

    def effect_unknown(self, key: str, reason: str) -> EffectRecord | None:
        """The effect as one nobody can tell the end of."""
        return self._ended(key, "unknown", reason=reason)

    def _ended(self, key: str, state: Any, **fields: Any) -> EffectRecord | None:
        for effect in self._effects.values():
            if effect.key == key:
                return replace(effect, state=state, ended_at=self.now(), **fields)
        return None
