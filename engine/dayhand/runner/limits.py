"""A runaway stops: how much a run may send, and a client be sent on one day, before the owner is asked.

| more than                     | approved                   | declined                            |
|-------------------------------|----------------------------|-------------------------------------|
| `sends_a_run` by a run        | it may send as many again  | the run ends as *declined*          |
| `sends_a_client_a_day` to one | this one is sent           | this step fails; `on_error` decides |

It is asked where the intent would be committed, so that nothing has been sent of what is asked about, and
in the same transaction, so that no two take the last place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dayhand.model.run import ErrorRecord, Question, StepRecord
from dayhand.runner.context import question_id
from dayhand.runner.results import Outcome, Result

if TYPE_CHECKING:
    from dayhand.runner.session import Session

__all__ = ["HeldBackError", "check", "settle"]


class HeldBackError(Exception):
    """More would be sent than the owner allowed. Raised before the act begins."""

    def __init__(self, question: Question, *, of_run: bool) -> None:
        super().__init__("a limit is reached")
        self.question = question
        self.of_run = of_run


def check(session: Session, connection: Any, path: str, details: Mapping[str, Any]) -> None:
    """Raise `HeldBackError` if to send this would be more than is allowed.

    It is called in the transaction that keeps the intent: what runs side by side, here or in routines
    that were called, is counted one after the other.
    """
    from dayhand.store import sends

    limits, run_id = session.place.limits, session.run.id
    _check_run(session, path, sends.of_family(connection, run_id, path), limits.sends_a_run)
    if client := str(details.get("client", "")):
        today = sends.to_client(connection, client, _midnight(session)) - {(run_id, path)}
        if len(today) >= limits.sends_a_client_a_day:
            _check_client(session, path, len(today))


def _check_run(session: Session, path: str, sent: int, limit: int) -> None:
    allowed, number = limit, 1
    while sent >= allowed:
        asked = question_id(session.run.id, "", f"limit-run-{number}")
        if not _approved(session.questions.get(asked)):
            raise HeldBackError(_of_run(session, path, asked, sent, limit), of_run=True)
        allowed, number = allowed + limit, number + 1


def _check_client(session: Session, path: str, today: int) -> None:
    asked = question_id(session.run.id, path, "limit-client")
    if not _approved(session.questions.get(asked)):
        raise HeldBackError(_of_client(session, path, asked, today), of_run=False)


def _approved(question: Question | None) -> bool:
    return bool(
        question and question.state == "answered" and (question.answer or {}).get("approved")
    )


def _midnight(session: Session) -> datetime:
    """When today began in the practice's zone."""
    zone = ZoneInfo(session.place.info.timezone)
    return datetime.combine(session.now().astimezone(zone).date(), time(0), zone)


def _of_run(session: Session, path: str, asked: str, sent: int, limit: int) -> Question:
    return Question(
        id=asked, run_id=session.run.id, path=path, kind="approval", asked_at=session.now(),
        routine=session.run.routine,
        title=f"Send more than {sent} in one run? ({session.run.routine})",
        body=(
            f"It has sent {sent}, or may have; limits.sends_a_run allows {limit} before it asks.\n"
            f"'dayhand effects --run {session.run.id}' lists them.\n"
            f"- approve: it may send {limit} more\n"
            "- decline: the run ends here; what was sent stays sent"
        ),
    )  # fmt: skip


def _of_client(session: Session, path: str, asked: str, today: int) -> Question:
    limit = session.place.limits.sends_a_client_a_day
    return Question(
        id=asked, run_id=session.run.id, path=path, kind="approval", asked_at=session.now(),
        routine=session.run.routine,
        title=f"Send one client a message more today? ({path})",
        body=(
            f"{today} went to the same client today, or may have; limits.sends_a_client_a_day allows"
            f" {limit}.\n'dayhand effects --since {_midnight(session):%Y-%m-%d}' lists them.\n"
            "- approve: this one is sent\n"
            "- decline: it is not; the step fails"
        ),
    )  # fmt: skip


async def settle(
    session: Session, held: HeldBackError, path: str, uses: str, place: str, number: int
) -> Result:
    """Ask, wait for the answer, or end as the owner declined; the step keeps that it waits."""
    question = session.questions.get(held.question.id)
    now = session.now()
    if question is None or (question.state == "open" and question.path != path):
        # of steps side by side the first asks; the others wait for the same answer
        asks = held.question if question is None else None
        await session.checkpoint(
            StepRecord(path, "waiting", uses, started_at=now, attempts=number - 1), question=asks
        )
        if asks is not None:
            session.tell("asked", path, title=asks.title, text=asks.id)
        return Result(Outcome.WAITING, path=path)
    if question.state == "open":
        return Result(Outcome.WAITING, path=path)
    by = question.answered_by or "nobody in time"
    told = ErrorRecord(
        "limit",
        f"{by} declined to send more than the limit",
        "see 'limits' in practice.yaml",
        place,
    )
    record = StepRecord(
        path, "declined" if held.of_run else "failed", uses, error=told, reason=told.message,
        started_at=now, ended_at=now, attempts=number,
    )  # fmt: skip
    await session.checkpoint(record)
    return Result(Outcome.DECLINED if held.of_run else Outcome.FAILED, error=told, path=path)
