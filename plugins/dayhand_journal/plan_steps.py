"""The steps about treatment plans and measures. SQL is imported inside the steps."""

from __future__ import annotations

from datetime import timedelta

from dayhand import Duration, Effect, StepContext, read_rows, step
from dayhand_journal.page_models import MeasuresPage, PlanPage
from dayhand_journal.plan_models import (
    MeasureDue,
    PlanDue,
    ScoreRow,
    Taken,
    ThreadFinding,
    TreatmentPlan,
)
from dayhand_practice.vocabulary import Client, Session

__all__ = ["ALL"]


@step(
    "journal.treatment_plans",
    effect=Effect.READ,
    summary="Read the treatment plans that hold today",
)
def treatment_plans(
    context: StepContext, *, client_ids: list[str] | None = None
) -> list[TreatmentPlan]:
    """Of each client the plan in force, with its goals.

    Args:
        client_ids: the clients, such as `C-0017`; all of them if left out.
    """
    from dayhand_journal import plan_store

    with context.connect() as connection:
        found = plan_store.all_plans(connection, client_ids)
    held = (plan_store.in_force(found, plan.client_id, context.today) for plan in found)
    return list({plan.client_id: plan for plan in held if plan is not None}.values())


@step(
    "journal.plans_due",
    effect=Effect.READ,
    summary="Find treatment plans that are missing or to be reviewed",
)
def plans_due(
    context: StepContext,
    *,
    clients: list[Client],
    sessions: list[Session] | None = None,
    within: Duration = timedelta(days=14),
) -> list[PlanDue]:
    """The most pressing first. A plan is due so long after it was made or reviewed as the settings
    say, after so many sessions, or on the day set for it. It is missing where there were sessions.

    Args:
        clients: whose plans, from `practice.clients`.
        sessions: their attended sessions, from `practice.sessions`, as far back as plans last.
        within: how far to look ahead.
    """
    from dayhand_journal import plan_store

    with context.connect() as connection:
        found = plan_store.all_plans(connection, [client.id for client in clients])
    return plan_store.due(
        found, clients, sessions or [], context.settings.plan_review, context.today, within
    )


@step(
    "journal.thread_lint",
    effect=Effect.READ,
    summary="Check that notes, goals, plan and diagnosis hang together",
)
def thread_lint(context: StepContext, *, sessions: list[Session]) -> list[ThreadFinding]:
    """The golden thread: each note with anything in it names an active goal of a plan that was not
    too old, says what was done, and the plan's diagnoses are those billed. Nothing of a note is
    quoted.

    Args:
        sessions: whose notes are looked at, from `practice.sessions`.
    """
    from dayhand_journal import note_store, plan_store, thread

    with context.connect() as connection:
        notes = note_store.of_sessions(connection, [one.id for one in sessions], context.now.tzinfo)
        plans = plan_store.all_plans(connection)
    return thread.findings(notes, plans, sessions, context.settings.plan_review)


@step(
    "journal.plan_reviews",
    effect=Effect.WRITE,
    summary="Write the reviews of treatment plans that are due, with room for progress",
)
def plan_reviews(
    context: StepContext,
    *,
    due: list[PlanDue],
    findings: list[ThreadFinding] | None = None,
    measures: list[MeasureDue] | None = None,
) -> PlanPage:
    """Writes `out/plans/reviews-<date>.md` and, unless the settings want none, a PDF beside it: what
    is due, where the thread is broken, and for each plan its goals with room to write.

    Args:
        due: from `journal.plans_due`.
        findings: from `journal.thread_lint`.
        measures: from `journal.measures_due`, whose last scores stand beside the goals.
    """
    from dayhand_journal.plan_page import write_page

    return write_page(context, due, findings or [], measures or [])


@step(
    "journal.measures_due",
    effect=Effect.READ,
    summary="Which measures are due, and how the scores went",
)
def measures_due(
    context: StepContext,
    *,
    client_ids: list[str] | None = None,
    within: Duration = timedelta(0),
) -> list[MeasureDue]:
    """Every measure that the clients are given, by the day it is due, with its last scores.

    Args:
        client_ids: the clients; all of them if left out.
        within: how far ahead a measure counts as due.
    """
    from dayhand_journal import measure_store

    with context.connect() as connection:
        return measure_store.due(
            connection,
            context.settings.measures,
            context.today,
            client_ids=client_ids,
            within=within,
        )


@step(
    "journal.import_scores",
    effect=Effect.RECORD,
    summary="Keep the scores of a CSV file",
)
def import_scores(context: StepContext, *, path: str) -> Taken:
    """All rows, or none if one is wrong. The same file again changes nothing.

    Args:
        path: the file in the practice folder, with `client_id`, `measure`, `on` and `score`.
    """
    from dayhand_journal import measure_store

    rows = read_rows(ScoreRow, context.files.read(path), path)
    with context.connect() as connection:
        return measure_store.put_scores(connection, rows, context.settings.measures, context.today)


@step(
    "journal.measures_page",
    effect=Effect.WRITE,
    summary="Write which measures are due, with a chart of each that has scores",
)
def measures_page(context: StepContext, *, measures: list[MeasureDue]) -> MeasuresPage:
    """Writes `out/measures/due-<date>.md` and, unless the settings want none, a PDF beside it.

    Args:
        measures: from `journal.measures_due`.
    """
    from dayhand_journal.measures_page import write_page

    return write_page(context, measures)


ALL = (
    treatment_plans,
    plans_due,
    thread_lint,
    plan_reviews,
    measures_due,
    import_scores,
    measures_page,
)
"""All of them."""
