"""The steps of the writing plugin. SQLAlchemy is imported inside the steps."""

from __future__ import annotations

from dayhand import Effect, Month, StepContext, read_rows, step
from dayhand_practice.vocabulary import Client
from dayhand_writing.models import (
    SUBMISSION_COLUMNS,
    CheckedDrafts,
    DayCount,
    DeadlineList,
    DigestNote,
    EventIn,
    Page,
    ProjectProgress,
    Recorded,
    Submission,
    WritingSlot,
)

__all__ = ["ALL"]


@step(
    "writing.slots",
    effect=Effect.NONE,
    summary="Tell which calendar events were time for writing",
)
def slots(context: StepContext, *, events: list[EventIn]) -> list[WritingSlot]:
    """Goes by the categories and the pattern under `writing: calendar` in practice.yaml. An event
    that is not over yet is left out.

    Args:
        events: the events, as `calendar.agenda` gives them.
    """
    from dayhand_writing.desk import slots_in

    return slots_in(context, events)


@step(
    "writing.count",
    effect=Effect.READ,
    summary="Count the words of your drafts, from files or from git",
)
def count(
    context: StepContext,
    *,
    projects: list[str] | None = None,
    back: int = 14,
    slots: list[WritingSlot] | None = None,
) -> list[DayCount]:
    """One count for each project and day. Of files it is today's; of a git repository each day's
    on which there was a commit.

    Args:
        projects: names of projects in practice.yaml; all if left out.
        back: how many days of a git history are looked at.
        slots: what `writing.slots` gave; their length is noted on the day, on the only project, or
            on the one that changed.
    """
    from dayhand_writing.desk import counts_of

    return counts_of(context, projects or [], back, slots or [])


@step("writing.log", effect=Effect.RECORD, summary="Keep word counts")
def log(context: StepContext, *, counts: list[DayCount]) -> Recorded:
    """The last count of a project and day stands.

    Args:
        counts: what `writing.count` gave.
    """
    from dayhand_writing.tables import put_counts

    with context.connect() as connection:
        return put_counts(connection, counts)


@step(
    "writing.progress",
    effect=Effect.READ,
    summary="How each project has grown in the last days",
)
def progress(context: StepContext, *, back: int = 28) -> list[ProjectProgress]:
    """Words are added up from the differences between days; a day on which words were cut adds none.

    Args:
        back: how many days are looked at.
    """
    from dayhand_writing.desk import progress_of

    return progress_of(context, back)


@step("writing.page", effect=Effect.WRITE, summary="Write the word-count log")
def page(context: StepContext, *, progress: list[ProjectProgress]) -> Page:
    """Writes `out/writing/log.md`.

    Args:
        progress: what `writing.progress` gave.
    """
    from dayhand_writing.pages import write_log

    return write_log(context, progress)


@step(
    "writing.submissions",
    effect=Effect.READ,
    summary="What is on its way to journals, and what it needs",
)
def submissions(context: StepContext) -> list[Submission]:
    """The submissions that are not at their end, most urgent first, with `days_left`,
    `days_waiting` and `problem`.
    """
    from dayhand_writing.desk import open_submissions

    return open_submissions(context)


@step(
    "writing.import_submissions",
    effect=Effect.RECORD,
    summary="Keep all the submissions in a CSV file",
)
def import_submissions(context: StepContext, *, file: str) -> Recorded:
    """Takes in all rows or none; the same file again changes nothing.

    Args:
        file: a CSV file in the practice folder, such as `inbox/submissions.csv`.
    """
    from dayhand_writing.tables import put_submissions

    rows = read_rows(Submission, context.files.read(file), file, columns=SUBMISSION_COLUMNS)
    with context.connect() as connection:
        return put_submissions(connection, rows)


@step("writing.deadlines", effect=Effect.WRITE, summary="Write the list of deadlines")
def deadlines(context: StepContext, *, submissions: list[Submission]) -> DeadlineList:
    """Writes `out/writing/deadlines.md`.

    Args:
        submissions: what `writing.submissions` gave.
    """
    from dayhand_writing.pages import write_deadlines

    return write_deadlines(context, submissions)


@step(
    "writing.check",
    effect=Effect.READ,
    summary="Look in drafts for what could tell who a client is",
)
def check(
    context: StepContext, *, clients: list[Client], files: list[str] | None = None
) -> CheckedDrafts:
    """Looks for the details of your clients, and for the eighteen identifiers of 45 CFR
    164.514(b)(2)(i). No finding says what was found, only where.

    Args:
        clients: all clients, from `practice.clients` with `status: null`.
        files: paths in the practice folder; the drafts of all projects if left out.
    """
    from dayhand_writing.desk import checked

    return checked(context, files or [], clients)


@step("writing.findings", effect=Effect.WRITE, summary="Write what was found in drafts")
def findings(context: StepContext, *, checked: CheckedDrafts) -> Page:
    """Writes `out/writing/deidentify.md`: file, line, column and kind, and never the text itself.

    Args:
        checked: what `writing.check` gave.
    """
    from dayhand_writing.pages import write_findings

    return write_findings(context, checked)


@step("writing.digest", effect=Effect.WRITE, summary="Write a digest of reading notes")
def digest(context: StepContext, *, notes: list[DigestNote], month: Month) -> Page:
    """Writes `out/writing/literature-<month>.md`: the notes by topic, with their citations.

    Args:
        notes: reading notes, as `reading.notes` gives them.
        month: which month they are of.
    """
    from dayhand_writing.pages import write_digest

    return write_digest(context, notes, month)


ALL = (
    slots,
    count,
    log,
    progress,
    page,
    submissions,
    import_submissions,
    deadlines,
    check,
    findings,
    digest,
)
