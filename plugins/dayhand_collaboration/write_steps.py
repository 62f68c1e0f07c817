"""The steps that write: lists, letters, accountings, packages."""

from __future__ import annotations

from datetime import date

from dayhand import Effect, Sensitive, StepContext, step
from dayhand_collaboration.models import (
    Accounting,
    ClientIn,
    Information,
    Letter,
    NoteIn,
    PackageFiles,
    PageFiles,
    PlanIn,
    ReleaseCheck,
    RequestClock,
    SessionIn,
)

__all__ = ["ALL"]


@step(
    "collaboration.check_page",
    effect=Effect.WRITE,
    summary="Write the list of releases to look at",
)
def check_page(context: StepContext, *, check: ReleaseCheck) -> PageFiles:
    """Writes `out/collaboration/releases-<date>.md` and, unless the settings want none, a PDF. Clients
    stand there by initials and id.

    Args:
        check: what `collaboration.check` gave.
    """
    from dayhand_collaboration.release_page import write

    return write(context, check)


@step(
    "collaboration.letter",
    effect=Effect.WRITE,
    summary="Write a coordination letter, if a release permits it",
)
def letter(
    context: StepContext,
    *,
    client: ClientIn,
    recipient: Sensitive[str],
    information: list[Information],
    sessions: list[SessionIn] | None = None,
    plan: PlanIn | None = None,
    texts: dict[Information, Sensitive[str]] | None = None,
    question: Sensitive[str] = "",
    on: date | None = None,
    draft: bool = True,
) -> Letter:
    """Writes `out/letters/drafts/…pdf`, or with `draft: false` the letter itself under
    `out/letters/`. Says only what `information` names, and fails unless a release to the recipient
    holds that day and covers all of it.

    Args:
        client: whom it is about; of it only name, day of birth and diagnoses are taken.
        recipient: to whom, as on the release.
        information: what it says, such as `attendance`, `diagnosis`, `treatment_plan`, `progress`.
        sessions: for `attendance`.
        plan: for `treatment_plan`, `measures` and `risk`: one of `journal.last_plans`.
        texts: in your words, by kind of information; they go before what is made from the rest.
        question: what you ask of the recipient.
        on: the day it goes out, on which the release has to hold; the run's own day if left out.
        draft: whether it is marked as a draft.
    """
    from dayhand_collaboration.letter import Content, write

    content = Content(client, sessions, plan, texts or {}, question)
    day = on or context.today
    return write(
        context, content, recipient=recipient, information=information, on=day, draft=draft
    )


@step(
    "collaboration.accounting",
    effect=Effect.WRITE,
    summary="Write the accounting of a client's disclosures",
)
def accounting(
    context: StepContext,
    *,
    client_id: str,
    since: date | None = None,
    everything: bool = True,
) -> Accounting:
    """Writes `out/collaboration/accounting-<client>-<date>.md` and, unless the settings want none, a
    PDF, over the years that the rule asks.

    Args:
        client_id: whose.
        since: from a later day on.
        everything: also those that an accounting may leave out; their number is told if not.
    """
    from dayhand_collaboration.accounting import write

    return write(context, client_id, since=since, everything=everything)


@step(
    "collaboration.request_page",
    effect=Effect.WRITE,
    summary="Write the list of requests for records with their clocks",
)
def request_page(context: StepContext, *, requests: list[RequestClock]) -> PageFiles:
    """Writes `out/collaboration/requests-<date>.md` and, unless the settings want none, a PDF.

    Args:
        requests: what `collaboration.requests` gave.
    """
    from dayhand_collaboration.package import write_clocks

    return write_clocks(context, requests)


@step(
    "collaboration.request_package",
    effect=Effect.WRITE,
    summary="Put together the records for a request",
)
def request_package(
    context: StepContext,
    *,
    request: RequestClock,
    client: ClientIn,
    sessions: list[SessionIn] | None = None,
    notes: list[NoteIn] | None = None,
    documents: list[str] | None = None,
    draft: bool = True,
) -> PackageFiles:
    """Writes `out/requests/<id>/`: a cover letter, the progress notes, the sessions, a checklist for
    you, and `package.md`, the list of files with their hashes. Psychotherapy notes are never in it.

    Args:
        request: one of `collaboration.requests`.
        client: whose records.
        sessions: the sessions asked for.
        notes: the progress notes asked for, from `journal.signed_notes`.
        documents: other files of the practice that belong to it, such as invoices.
        draft: whether the cover is marked as a draft.
    """
    from dayhand_collaboration.package import write_package

    return write_package(
        context,
        request,
        client,
        sessions=sessions or [],
        notes=notes or [],
        documents=documents or [],
        draft=draft,
    )


ALL = (check_page, letter, accounting, request_page, request_package)
