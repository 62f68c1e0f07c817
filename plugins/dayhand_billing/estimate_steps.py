"""The steps of good-faith estimates."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from dayhand import Effect, StepContext, step
from dayhand_billing.closing_models import MatchIn
from dayhand_billing.estimate_models import (
    Drift,
    Drifts,
    DueEstimate,
    DueEstimates,
    Estimate,
    EstimateItem,
    EstimateList,
    PaperIn,
)
from dayhand_billing.models import RenderedFile
from dayhand_billing.posting_models import WrittenList
from dayhand_practice.vocabulary import Client, Service, Session

__all__ = ["STEPS"]

# SQLAlchemy, holidays and Typst are imported inside the steps, so that describing these costs little.


@step("billing.estimates_due", effect=Effect.RECORD, summary="Who is due a good-faith estimate")
def estimates_due(
    context: StepContext,
    *,
    clients: list[Client],
    matches: list[MatchIn],
    paperwork: list[PaperIn] = [],  # noqa: B006 - copied by pydantic, and part of the schema
    weeks: Annotated[int, Field(ge=1, le=52)] = 4,
) -> DueEstimates:
    """Self-pay clients whose next appointment no estimate covers, with the last day to give it.

    Also who asked for one, and whose charges change, as noted by `dayhand estimates`; an estimate on
    paper since then ends that. Notes each appointment on the day it is first seen: that day counts as
    the day of scheduling.

    Args:
        clients: as practice.clients returns them; those with a payer are left out unless they asked.
        matches: appointments ahead, as calendar.match returns them in matched.
        paperwork: estimates on file, from practice.paperwork with kind gfe.
        weeks: how many weeks ahead the appointments are of.
    """
    from dayhand_billing import estimate_due
    from dayhand_billing.books import Books
    from dayhand_billing.estimate_rules import rules_of

    with context.connect() as connection:
        books = Books.of(context, connection)
        return estimate_due.due(books, rules_of(context), clients, matches, paperwork, weeks=weeks)


@step("billing.draft_estimates", effect=Effect.RECORD, summary="Draft good-faith estimates")
def draft_estimates(
    context: StepContext,
    *,
    due: list[DueEstimate],
    clients: list[Client],
    services: list[Service],
    sessions: list[Session] = [],  # noqa: B006 - copied by pydantic, and part of the schema
    service: str = "",
) -> EstimateItem:
    """Draft an estimate for each client: the fee of the last session, as often as ahead, for a year.

    The service, fee and visits that were noted when the client asked go before. A client's earlier
    draft stays where nothing has changed, else the new one replaces it. Nothing is given until you
    say so.

    Args:
        due: as billing.estimates_due returns them in items.
        clients: as practice.clients returns them.
        services: the price list, as practice.services returns it.
        sessions: recent sessions, as practice.sessions returns them in items; a client's last
            service and fee are taken from them.
        service: the code of the service of clients without a session yet; the one of the
            appointment's minutes where it is not given.
    """
    from dayhand_billing import estimates
    from dayhand_billing.books import Books
    from dayhand_billing.estimate_rules import rules_of

    with context.connect() as connection:
        books = Books.of(context, connection)
        return estimates.draft(
            books, rules_of(context), due, clients, services, sessions, service=service
        )


@step("billing.render_estimate", effect=Effect.WRITE, summary="Typeset a good-faith estimate")
def render_estimate(
    context: StepContext, *, estimate: str, for_client: bool = False
) -> RenderedFile:
    """Typeset an estimate as PDF/A-3a and PDF/UA-1; a draft is marked as one.

    Args:
        estimate: its id, such as E-00001.
        for_client: a draft without the mark, as it is mailed or handed over.
    """
    from dayhand_billing.estimate_page import write_estimate

    return write_estimate(context, estimate, for_client=for_client)


@step("billing.estimates", effect=Effect.READ, summary="Good-faith estimates, by state or by id")
def read_estimates(
    context: StepContext,
    *,
    ids: list[str] | None = None,
    state: Literal["draft", "delivered", "replaced"] | None = None,
    client_ids: list[str] | None = None,
    current: bool = False,
) -> EstimateList:
    """The estimates that meet every condition given, in order of id.

    Args:
        ids: only these.
        state: only those in this state; delivered are those noted as given.
        client_ids: only those of these clients.
        current: only those whose time is not over.
    """
    from dayhand_billing import estimates
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return estimates.listed(
            Books.of(context, connection),
            ids=ids,
            state=state,
            client_ids=client_ids,
            current=current,
        )


@step("billing.deliver_estimates", effect=Effect.RECORD, summary="Note estimates as given")
def deliver_estimates(
    context: StepContext,
    *,
    estimates: list[str],
    by: Literal["email", "mail", "paper", "portal"] = "paper",
    on: date | None = None,
) -> list[Estimate]:
    """Note estimates as given to the client, after they were; others for the same time are replaced.

    Args:
        estimates: their ids.
        by: how they were given; mail is by post.
        on: the day; today where it is not given.
    """
    from dayhand_billing import estimates as kept
    from dayhand_billing.books import Books

    with context.connect() as connection:
        books = Books.of(context, connection)
        return kept.deliver(books, estimates, by=by, on=on or context.today)


@step("billing.estimate_drift", effect=Effect.READ, summary="What was billed against estimates")
def estimate_drift(context: StepContext) -> Drifts:
    """For each estimate given: what was billed in its time, and whether it can be disputed."""
    from dayhand_billing import estimate_drift as kept
    from dayhand_billing.books import Books
    from dayhand_billing.estimate_rules import rules_of

    with context.connect() as connection:
        return kept.drift(Books.of(context, connection), rules_of(context))


@step("billing.estimate_list", effect=Effect.WRITE, summary="List the estimates that are due")
def estimate_list(
    context: StepContext,
    *,
    due: DueEstimates,
    drift: list[Drift] = [],  # noqa: B006 - copied by pydantic, and part of the schema
) -> WrittenList:
    """Write who is due an estimate, and what was billed against the others, under out/estimates/.

    Args:
        due: as billing.estimates_due returns it.
        drift: as billing.estimate_drift returns it.
    """
    from dayhand_billing.estimate_page import write_list

    return write_list(context, due, drift)


STEPS = (
    estimates_due,
    draft_estimates,
    render_estimate,
    read_estimates,
    deliver_estimates,
    estimate_drift,
    estimate_list,
)
