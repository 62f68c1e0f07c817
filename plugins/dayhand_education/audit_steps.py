"""The steps for certificates, the audit binder and the year's plan."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from dayhand import Effect, StepContext, step
from dayhand_education.models import (
    Binder,
    CertificateFacts,
    FiledCertificate,
    GapReport,
    Page,
    YearPlan,
    read_credit,
)

__all__ = ["ALL"]


@step(
    "education.certificate",
    effect=Effect.READ,
    summary="Look at a certificate's file",
)
def certificate(context: StepContext, *, file: str) -> CertificateFacts:
    """Its SHA-256, and the credit it is kept with already, if there is one. A date in the file's name
    is given as `completed_on`.

    Args:
        file: a PDF, JPEG or PNG file in the practice folder.
    """
    from dayhand_education.certificates import facts_of

    return facts_of(context, file)


@step(
    "education.file_certificate",
    effect=Effect.WRITE,
    summary="File a certificate under a name that tells what it is",
)
def file_certificate(
    context: StepContext,
    *,
    certificate: CertificateFacts,
    completed_on: date,
    title: str,
    provider: str,
    hours: Decimal,
    subjects: str = "",
) -> FiledCertificate:
    """Writes `out/ce/certificates/<date>_<provider>_<title>_<hours>.pdf`. The original stays where it
    is. One that is in the log already is refused.

    Args:
        certificate: what `education.certificate` gave.
        completed_on: the day on the certificate.
        title: the course's title.
        provider: who gave it.
        hours: the hours it states.
        subjects: tags with commas between them; given back as a list.
    """
    from dayhand_education.certificates import file_certificate as filed

    credit = read_credit(completed_on=completed_on, title=title, provider=provider, hours=hours)
    return filed(context, certificate, credit, subjects)


@step(
    "education.binder",
    effect=Effect.WRITE,
    summary="Pack what a board asks for in an audit",
)
def binder(context: StepContext, *, gap: GapReport) -> Binder:
    """Writes `out/ce/binder-<licence>-<end of the cycle>.zip`: the report, an index, the certificates,
    their checksums, and the list of what is missing, which also lies beside it.

    Args:
        gap: the output of `education.gap`.
    """
    from dayhand_education.binder import write

    return write(context, gap)


@step(
    "education.year_plan",
    effect=Effect.NONE,
    summary="Spread the missing hours over the months of the year",
)
def year_plan(
    context: StepContext,
    *,
    gaps: list[GapReport],
    skip_months: list[int] | None = None,
    price_per_hour: Decimal = Decimal(0),
    budget: Decimal = Decimal(0),
) -> YearPlan:
    """Of a cycle that ends later, this year's share by days. A subject that is asked once, or not in
    every cycle, is `rare`.

    Args:
        gaps: outputs of `education.gap`.
        skip_months: months without a course, such as `[8]`.
        price_per_hour: what an hour costs you, about.
        budget: what you want to spend; more is told.
    """
    from dayhand_education.year_plan import plan

    skip = skip_months or []
    return plan(gaps, context.today, skip=skip, price=price_per_hour, budget=budget)


@step("education.plan_page", effect=Effect.WRITE, summary="Write the year's plan")
def plan_page(context: StepContext, *, plan: YearPlan, gaps: list[GapReport]) -> Page:
    """Writes `out/ce/plan-<year>.md`, with the date and the sources of the rules.

    Args:
        plan: what `education.year_plan` gave.
        gaps: what it was made from.
    """
    from dayhand_education.year_plan import write

    return write(context, plan, gaps)


ALL = (certificate, file_certificate, binder, year_plan, plan_page)
