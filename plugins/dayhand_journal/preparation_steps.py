"""The steps that write what a session or a file still needs. Babel is imported inside the steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dayhand import Duration, Effect, StepContext, step
from dayhand_journal.models import LastPlan
from dayhand_journal.page_models import (
    IntakePack,
    MatchIn,
    PaperworkIn,
    PaperworkPage,
    PrepCard,
    ReleaseIn,
)
from dayhand_journal.plan_models import MeasureDue, TreatmentPlan
from dayhand_practice.vocabulary import Client

__all__ = ["ALL"]


@step(
    "journal.paperwork_page",
    effect=Effect.WRITE,
    summary="Write the list of paperwork that is missing, by the day it is due",
)
def paperwork_page(
    context: StepContext,
    *,
    paperwork: list[PaperworkIn],
    releases: list[ReleaseIn] | None = None,
) -> PaperworkPage:
    """Writes `out/paperwork/gaps-<date>.md` and, unless the settings want none, a PDF beside it.

    Args:
        paperwork: from `practice.paperwork_due`.
        releases: `items` of `collaboration.check`; they take the place of the releases in
            `paperwork`.
    """
    from dayhand_journal.paperwork_page import write_page

    return write_page(context, paperwork, releases)


@step(
    "journal.prep_cards",
    effect=Effect.WRITE,
    summary="Write the prep card of a session, with initials only",
)
def prep_cards(
    context: StepContext,
    *,
    matches: list[MatchIn],
    before: datetime | None = None,
    ahead: Duration = timedelta(0),
    notes: list[LastPlan] | None = None,
    plans: list[TreatmentPlan] | None = None,
    measures: list[MeasureDue] | None = None,
    paperwork: list[PaperworkIn] | None = None,
) -> list[PrepCard]:
    """Writes `out/prep/<date>-<time>-<client>.md` and, unless the settings want none, a PDF beside it,
    for each session that is still to come. With `day_sheet: {plans: false}` no clinical text is on it.

    Args:
        matches: the sessions with their clients, `matched` of `calendar.match`.
        before: only those that begin `ahead` after this moment; all of them if left out.
        ahead: the offset of the routine's trigger, such as `12 hours`.
        notes: from `journal.last_plans`.
        plans: from `journal.treatment_plans`.
        measures: from `journal.measures_due`.
        paperwork: from `practice.paperwork_due`.
    """
    from dayhand_journal.prep_card import Known, write_cards

    known = Known(notes or (), plans or (), measures or (), paperwork or ())
    at = None if before is None else before.astimezone(UTC) + ahead
    return write_cards(context, matches, at, known)


@step(
    "journal.intake_pack",
    effect=Effect.WRITE,
    summary="Write the checklist and the forms of a new client",
)
def intake_pack(
    context: StepContext, *, client: Client, paperwork: list[PaperworkIn]
) -> IntakePack:
    """Writes `out/intake/<client>/checklist.md` and `.pdf`, and a form as PDF for each paper that is
    missing and has a template. The forms name the client; the checklist has initials only.

    Args:
        client: the new client, from `practice.new_clients` or `practice.client`.
        paperwork: what is missing, from `practice.paperwork_due`.
    """
    from dayhand_journal.intake_pack import write_pack

    return write_pack(context, client, paperwork)


ALL = (paperwork_page, prep_cards, intake_pack)
"""All of them."""
