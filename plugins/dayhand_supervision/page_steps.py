"""The steps that write pages: progress, weekly logs, agenda, memo."""

from __future__ import annotations

from datetime import date

from dayhand import Duration, Effect, Sensitive, StepContext, step
from dayhand_practice.vocabulary import Client
from dayhand_supervision.models import (
    Agenda,
    LogFile,
    Meeting,
    Memo,
    PageFiles,
    Progress,
    Question,
    Week,
)

__all__ = ["ALL"]


@step(
    "supervision.report",
    effect=Effect.WRITE,
    summary="Write the progress of a track as Markdown and PDF",
)
def report(context: StepContext, *, progress: Progress) -> PageFiles:
    """Writes `out/supervision/progress-<track>.md` and, unless the settings want none, a PDF.

    Args:
        progress: what `supervision.progress` gave.
    """
    from dayhand_supervision.progress_page import write

    return write(context, progress)


@step(
    "supervision.weekly_log",
    effect=Effect.WRITE,
    summary="Write the weekly logs as PDF for signature",
)
def weekly_log(context: StepContext, *, week: Week) -> list[LogFile]:
    """Writes `out/supervision/log-<track>-<first day>-<setting>-<supervisor>.pdf`, one for each
    setting and supervisor, with the hash of its hours and lines for both signatures.

    Args:
        week: what `supervision.week` gave.
    """
    from dayhand_supervision.log_page import write

    return write(context, week)


@step(
    "supervision.agenda",
    effect=Effect.WRITE,
    summary="Write the de-identified agenda for supervision",
)
def agenda(
    context: StepContext,
    *,
    meeting: Meeting | None = None,
    questions: list[Question] | None = None,
    clients: list[Client] | None = None,
    progress: Progress | None = None,
) -> Agenda:
    """Writes `out/supervision/agenda-<date>.md` and, unless the settings want none, a PDF. Names,
    dates, numbers and addresses in the questions are replaced by their kind, and told in `removed`.

    Args:
        meeting: one of `supervision.meetings`.
        questions: what `supervision.questions` gave.
        clients: all clients, from `practice.clients`, whose details are looked for.
        progress: what `supervision.progress` gave, for a few lines on hours.
    """
    from dayhand_supervision.agenda_page import write

    return write(context, meeting, questions or [], clients or [], progress)


@step(
    "supervision.memo",
    effect=Effect.WRITE,
    summary="Write the memo of a consultation",
)
def memo(
    context: StepContext,
    *,
    consultant: str,
    asked: Sensitive[str],
    advice: Sensitive[str],
    decision: Sensitive[str],
    held_on: date | None = None,
    length: Duration | None = None,
    case: str = "",
    release: str = "",
    clients: list[Client] | None = None,
) -> Memo:
    """Writes `out/consultations/<date>-<key>.md` and, unless the settings want none, a PDF. A memo
    that could tell who the client is fails, unless it names the release that permits it.

    Args:
        consultant: who was consulted, and as what.
        asked: what was asked.
        advice: what was advised.
        decision: what was decided, and why.
        held_on: the day; the run's own day if left out.
        length: how long it took.
        case: the case's letter or the client's id.
        release: the id of a release of information that covers the consultation.
        clients: all clients, from `practice.clients`, whose details are looked for.
    """
    from dayhand_supervision.memo_page import write

    return write(
        context,
        consultant=consultant,
        held_on=held_on or context.today,
        minutes=round(length.total_seconds() / 60) if length else 0,
        case=case,
        texts={"asked": asked, "advice": advice, "decision": decision},
        release=release,
        clients=clients or [],
    )


ALL = (report, weekly_log, agenda, memo)
