"""What a person does with runs: start one, go on with one, try again, cancel, rehearse."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayhand.app.application import App
from dayhand.errors import UserError
from dayhand.model.events import Event
from dayhand.model.routine import Routine
from dayhand.model.run import Question, Run
from dayhand.runner.context import child_of
from dayhand.runner.owner import is_dead, this_process

if TYPE_CHECKING:
    from dayhand.model.ledger import Due
    from dayhand.runner.runner import Ended

__all__ = [
    "Rehearsed",
    "answer",
    "cancel",
    "create",
    "go_on",
    "left_over",
    "of_occurrence",
    "rehearse",
    "retry",
    "top_of",
    "withdraw",
]

Observer = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a dry run found: how it ended, what it would send, write, ask and record."""

    ended: Ended
    steps: tuple[Any, ...]
    questions: tuple[Question, ...]
    files: tuple[str, ...]
    folder: Path


def new_id(now: datetime) -> str:
    """An id for a run: the second, its microseconds in hex, and six digits by chance. Ids sort as
    their runs were made, which is the order they are listed in."""
    return f"{now:%Y%m%d-%H%M%S}-{now.microsecond:05x}{secrets.token_hex(3)}"


def new_run(
    app: App,
    routine: Routine,
    *,
    inputs: Mapping[str, Any],
    as_of: datetime | None = None,
    trigger: str = "hand",
    run_id: str | None = None,
) -> Run:
    """A run of a routine, not yet kept; its inputs are checked."""
    now = app.clock.now()
    zone = ZoneInfo(routine.timezone or app.info.timezone)
    scheduled = (as_of or now).astimezone(zone)
    _check_inputs(app, routine, inputs, scheduled)
    return Run(
        id=run_id or new_id(now),
        routine=routine.name,
        digest=routine.digest,
        scheduled_for=scheduled,
        timezone=zone.key,
        created_at=now,
        title=routine.title,
        trigger="as-of" if as_of else trigger,
        inputs=dict(inputs),
    )


def _check_inputs(
    app: App, routine: Routine, inputs: Mapping[str, Any], scheduled: datetime
) -> None:
    from dayhand.planning import plan

    shown = {
        "id": "",
        "routine": routine.name,
        "trigger": "hand",
        "started_at": scheduled,
        "dry_run": False,
    }
    plan(
        routine, run=shown, given=inputs, practice=app.info, scheduled_for=scheduled, now=scheduled
    )


def create(
    app: App,
    name: str,
    *,
    inputs: Mapping[str, Any],
    as_of: datetime | None = None,
    trigger: str = "hand",
) -> Run:
    """Keep a new run of a routine of the practice.

    Raises:
        UserError: no such routine, it has problems, or an input is wrong.
    """
    routine = app.book.ready(name)
    run = new_run(app, routine, inputs=inputs, as_of=as_of, trigger=trigger)
    app.store.create_run(run, routine.text)
    return run


def go_on(app: App, run_id: str, *, observe: Observer | None = None) -> Run:
    """Go on with a run, and with those that called it, until they end or wait."""
    top = top_of(app, run_id)
    asyncio.run(app.runner(observe=observe).run(top.id))
    return app.store.find_run(top.id)


def top_of(app: App, run_id: str) -> Run:
    """The run itself, or the run that called it, and so on upwards."""
    run = app.store.find_run(run_id)
    while run.parent is not None:
        parent = app.store.run(run.parent)
        if parent is None or parent.is_final:
            break
        run = parent
    return run


def rehearse(
    app: App,
    name: str,
    *,
    inputs: Mapping[str, Any],
    as_of: datetime | None = None,
    answers: Mapping[str, Any] | None = None,
    observe: Observer | None = None,
) -> Rehearsed:
    """A dry run: acts on nothing, and tells everything it would have done."""
    routine = app.book.ready(name)
    run = new_run(app, routine, inputs=inputs, as_of=as_of)
    with app.rehearsal() as (place, folder):
        place.store.create_run(run, routine.text)
        runner = app.runner(place, observe=observe, dry_run=True, answers=answers)
        ended = asyncio.run(runner.run(run.id))
        return Rehearsed(
            ended,
            tuple(place.store.steps(run.id)),
            tuple(place.store.questions(state=None, run_id=run.id)),
            tuple(file.path for file in place.files.written),
            folder,
        )


def answer(app: App, question_id: str, given: Mapping[str, Any]) -> Question:
    """Answer a question. Raises `UserError` if it is not open or the answer is not one of its."""
    from dayhand.runner import private  # as above

    form = app.store.question(question_id).form
    given = private.answered(form, given, app.store)
    return app.store.answer(question_id, answer=given, by=app.settings.user, now=app.clock.now())


def cancel(app: App, run_id: str, *, reason: str = "") -> Run:
    """End a run that waits, is in doubt, is queued, or whose process is gone.

    Raises:
        UserError: it has ended.
        StoreBusy: a living process works on it.
    """
    app.note("cancel", f"run {run_id}")
    told = f"cancelled by {app.settings.user}" + (f": {reason}" if reason else "")
    return withdraw(app, run_id, told)


def withdraw(app: App, run_id: str, reason: str) -> Run:
    """End a run as cancelled, for a reason. Raises as `cancel` does."""
    run = app.store.find_run(run_id)
    now = app.clock.now()
    claimed = app.store.claim(
        run.id, owner=this_process(), lease=timedelta(seconds=30), now=now, stale=is_dead
    )
    app.store.close_questions(run.id, None, "withdrawn", now)

    async def finish() -> None:
        await app.store.finish(run.id, claimed.epoch, state="cancelled", reason=reason, now=now)

    asyncio.run(finish())
    for called in _called_by(app, run):
        if not called.is_final:
            cancel(app, called.id, reason=reason)
    return app.store.find_run(run.id)


def of_occurrence(app: App, routine: Routine, row: Due, inputs: Mapping[str, Any]) -> Run:
    """The run of an occurrence, not yet kept. Its inputs are checked when it begins."""
    now = app.clock.now()
    zone = ZoneInfo(routine.timezone or app.info.timezone)
    return Run(
        id=new_id(now),
        routine=routine.name,
        digest=routine.digest,
        scheduled_for=row.planned.at.astimezone(zone),
        timezone=zone.key,
        created_at=now,
        title=routine.title,
        trigger=row.planned.trigger,
        inputs=dict(inputs),
    )


def retry(
    app: App,
    run_id: str,
    *,
    from_step: str | None = None,
    edited: bool = False,
    send_again: bool = False,
) -> Run:
    """A new run that takes over what an ended one had done, and does the rest again.

    Args:
        app: the application.
        run_id: a run that has ended.
        from_step: the step to begin with; by default everything that did not succeed.
        edited: use the routine as it is now, not as it was then.
        send_again: let steps from there on that have sent something send it once more.

    Raises:
        UserError: the run has not ended or there is nothing to do again, there is no such step, or
            something would be sent twice.
    """
    old = app.store.find_run(run_id)
    if not old.is_final:
        raise UserError(
            f"run {old.id} has not ended", hint=f"go on with it: dayhand resume {old.id}"
        )
    if old.state == "done" and from_step is None:
        raise UserError(
            f"run {old.id} is done, so there is nothing to try again",
            hint="do part of it again with --from STEP",
        )
    routine = app.book.ready(old.routine) if edited else app.pinned_to(old.routine, old.digest)
    done = [r for r in app.store.steps(old.id) if r.state in ("done", "skipped")]
    again: set[str] = set()
    if from_step is not None:
        again = _steps_from(routine, from_step)
    kept = [r.path for r in done if _root(r.path) not in again and not _is_handler(r.path)]
    _refuse_twice(app, old, kept, send_again=send_again)
    run = new_run(app, routine, inputs=old.inputs, as_of=old.scheduled_for, trigger=old.trigger)
    run = _as_retry(run, old)
    app.note("retry", f"run {old.id} as {run.id}")
    app.store.create_run(run, routine.text)
    app.store.copy_checkpoints(old.id, run.id, kept)
    return run


def _as_retry(run: Run, old: Run) -> Run:
    from dataclasses import replace

    return replace(run, retry_of=old.id, trigger=old.trigger, parent=None)


def _steps_from(routine: Routine, from_step: str) -> set[str]:
    keys = [step.key for step in routine.steps]
    ids = [step.id for step in routine.steps]
    wanted = (
        from_step if from_step in keys else keys[ids.index(from_step)] if from_step in ids else ""
    )
    if not wanted:
        named = ", ".join(step.id or step.key for step in routine.steps)
        raise UserError(
            f"there is no step '{from_step}' at the top of the routine", hint=f"there are: {named}"
        )
    return set(keys[keys.index(wanted) :])


def _root(path: str) -> str:
    """The key of the top-level step that a path is in."""
    return path.partition(".")[0].partition("[")[0]


def _is_handler(path: str) -> bool:
    return path.startswith(("on_failure.", "finally.")) or ".on_error." in path


def _refuse_twice(app: App, old: Run, kept: list[str], *, send_again: bool) -> None:
    twice = list(dict.fromkeys(_would_leave_again(app, old, kept)))
    if twice and not send_again:
        raise UserError(
            f"was sent or may have been sent, and would be sent again: {', '.join(twice[:5])}"
            + (f" and {len(twice) - 5} more" if len(twice) > 5 else ""),
            hint="leave out --from to do only what failed, or say --send-again",
        )


def _would_leave_again(app: App, run: Run, kept: list[str]) -> Iterator[str]:
    """What left the machine in a run, in those it called and in those it is a retry of, or may
    have, and is not among the steps that are taken over.
    """
    for effect in app.store.effects(run_id=run.id, limit=10_000):
        if effect.state != "not_sent" and not _is_handler(effect.path) and effect.path not in kept:
            yield effect.path
    taken_over = {child_of(run.id, path) for path in kept}
    for called in _called_by(app, run):
        if called.id not in taken_over:
            yield from (f"{called.routine}: {path}" for path in _would_leave_again(app, called, []))
    before = app.store.run(run.retry_of) if run.retry_of else None
    if before is not None:
        yield from _would_leave_again(app, before, kept)


def _called_by(app: App, run: Run) -> list[Run]:
    later = f"{run.id}/"  # "/" comes after the "." in the ids of runs that were called
    return [one for one in app.store.runs(before=later, limit=1000) if one.parent == run.id]


def left_over(app: App, *, known: Container[str] = ()) -> list[Run]:
    """Runs to go on with: cut off, answered or due, each once and by the run that called it.

    Those whose id is `known` are gone on with already.
    """
    store, now = app.store, app.clock.now()
    left = [run for run in store.resumable(now) if run.id not in known]
    going = (run for run in store.runs(state="running", limit=1000) if run.id not in known)
    left += [run for run in going if is_dead(run.owner)]
    tops = [run if run.parent is None else top_of(app, run.id) for run in left]
    found = {top.id: top for top in tops if top.id not in known}
    return sorted(found.values(), key=lambda run: run.id)
