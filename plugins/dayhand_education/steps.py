"""The steps of the education plugin. Libraries beyond pydantic are imported inside the steps."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dayhand import Effect, StepContext, step
from dayhand_education.models import (
    Deadlines,
    GapReport,
    ImportedCredits,
    LicenceStatus,
    Met,
    RecordedCredit,
    ReportFiles,
)

__all__ = ["ALL"]


@step(
    "education.licences",
    effect=Effect.READ,
    summary="List the licences of practice.yaml, each with its rule set",
)
def licences(context: StepContext) -> list[LicenceStatus]:
    """The clinician's licences in their order.

    Where no rule set fits, or more than one does, `rule_set` is empty, `problem` says why and
    `choices` lists those that fit.
    """
    from dayhand_education.licences import licence_statuses

    return licence_statuses(context)


@step(
    "education.gap",
    effect=Effect.READ,
    summary="Compute what continuing education a licence still needs",
)
def gap(context: StepContext, *, licence: str, on: date | None = None) -> GapReport:
    """Compares the credits kept with the rules of the licence's board.

    Tells what is earned, counted, not counted and why, and missing, with the date and the sources
    of the rules.

    Args:
        licence: the licence's key, such as `NY-LCSW`.
        on: the day to compute for; the run's own day if left out.
    """
    from dayhand_education.licences import gap_of

    return gap_of(context, licence, on)


@step(
    "education.report",
    effect=Effect.WRITE,
    summary="Write a gap report as Markdown and PDF",
)
def report(context: StepContext, *, gap: GapReport) -> ReportFiles:
    """Writes `out/ce/gap-<licence>.md` and, unless the settings say otherwise, a PDF beside it.

    Args:
        gap: the output of `education.gap`.
    """
    from dayhand_education.report import write

    return write(context, gap)


@step(
    "education.deadlines",
    effect=Effect.WRITE,
    summary="List the next renewal deadlines and write them as a calendar file",
)
def deadlines(context: StepContext, *, gaps: list[GapReport]) -> Deadlines:
    """Writes `out/ce/deadlines.ics` and returns the deadlines, soonest first.

    The calendar has one entry a licence, with reminders 180, 90, 30 and 14 days ahead.

    Args:
        gaps: outputs of `education.gap`.
    """
    from dayhand_education.deadlines import write

    return write(context, gaps)


@step(
    "education.record_credit",
    effect=Effect.RECORD,
    summary="Keep a course in the log of credits",
)
def record_credit(
    context: StepContext,
    *,
    completed_on: date,
    title: str,
    provider: str = "",
    hours: Decimal | None = None,
    minutes: int | None = None,
    subjects: list[str] | None = None,
    format: str = "live",  # noqa: A002 - the word of the rule sets and of the CSV column
    category: str = "",
    approved_by: list[str] | None = None,
    certificate: str = "",
    licences: list[str] | None = None,
) -> RecordedCredit:
    """The same day, title and provider again change the credit that is there.

    Args:
        completed_on: the day on the certificate.
        title: the course's title as on the certificate.
        provider: who gave it.
        hours: the hours the certificate states; give either these or minutes.
        minutes: the minutes, which become the board's hours of 50 or 60.
        subjects: tags, such as `ethics`; those the board's rule set does not name are kept too.
        format: `live`, `webinar` (live, with interaction) or `self_study`.
        category: the board's category of activity, such as `peer_consultation`.
        approved_by: who approved the course, such as `NBCC`.
        certificate: the certificate's file, in the practice folder.
        licences: keys of the licences it counts for; all if left out.
    """
    from dayhand_education.intake import take_in
    from dayhand_education.models import read_credit

    credit = read_credit(
        completed_on=completed_on,
        title=title,
        provider=provider,
        hours=hours,
        minutes=minutes,
        subjects=subjects or [],
        format=format,
        category=category,
        approved_by=approved_by or [],
        certificate=certificate,
        licences=licences or [],
    )
    with context.connect() as connection:
        recorded, _ = take_in(connection, context.files, [credit])
    return recorded[0]


@step(
    "education.import_credits",
    effect=Effect.RECORD,
    summary="Keep all the courses in a CSV file",
)
def import_credits(context: StepContext, *, file: str) -> ImportedCredits:
    """Takes in all rows or none; the same file again changes nothing.

    Args:
        file: a CSV file in the practice folder, such as `inbox/credits.csv`.
    """
    from dayhand_education.intake import take_in_file

    with context.connect() as connection:
        return take_in_file(connection, context.files, file)


@step(
    "education.record_met",
    effect=Effect.RECORD,
    summary="Keep that a requirement was met outside the credits",
)
def record_met(
    context: StepContext,
    *,
    tag: str,
    met_on: date,
    licence: str = "",
    hours: Decimal | None = None,
    note: str = "",
) -> Met:
    """For a one-time course taken before the log begins, or an artefact such as a learning plan.

    Args:
        tag: the subject or artefact as the rule set names it.
        met_on: the day.
        licence: the licence's key; all if left out.
        hours: the hours; all that are asked if left out.
        note: where the proof is.
    """
    from dayhand_education import tables

    met = Met(tag=tag, met_on=met_on, licence=licence, hours=hours, note=note)
    with context.connect() as connection:
        tables.record_met(connection, met)
    return met


ALL = (licences, gap, report, deadlines, record_credit, import_credits, record_met)
