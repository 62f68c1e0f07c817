"""What `dayhand doctor` says of billing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dayhand import Finding, HealthCheck, Practice, first_of
from dayhand_billing.drafting import practice_problems
from dayhand_billing.identifiers import is_social_security_number

__all__ = ["CHECKS"]


def _provider(practice: Practice) -> Iterable[Finding]:
    info = practice.info
    problems = practice_problems(info)
    for problem in problems:
        yield Finding("warning", problem.message, "superbills are blocked until it is right")
    if info.tax_id and is_social_security_number(info.tax_id):
        yield Finding(
            "warning",
            "the tax id is a social security number, which superbills print",
            "an EIN is free and keeps it private",
        )
    if not info.address.lines:
        yield Finding("warning", "the practice has no address", "invoices show it")
    if not problems:
        yield Finding("ok", "NPI and tax id are in order")


def _licences(practice: Practice) -> Iterable[Finding]:
    licences = practice.info.clinician.licences
    if not licences:
        yield Finding(
            "warning",
            "no licence is given, so that no session can be billed",
            "give yours in practice.yaml under clinician.licences",
        )
    elif not any(licence.is_valid_on(practice.today) for licence in licences):
        yield Finding("failure", "no licence is valid today", "sessions of today cannot be billed")
    elif not any(licence.is_valid_on(practice.today + timedelta(days=60)) for licence in licences):
        yield Finding("warning", "every licence expires within 60 days")
    else:
        yield Finding("ok", "a licence is valid")


def _estimates(practice: Practice) -> Iterable[Finding]:
    from dayhand_billing.books import Books  # SQLAlchemy: only where the check runs
    from dayhand_billing.estimate_requests import requests

    with practice.connect() as connection:
        found = requests(Books.of(practice, connection))
    late = [one.client_id for one in found if one.state == "overdue"]
    if late:
        yield Finding(
            "failure",
            f"estimates that should have been given: {first_of(late)}",
            "'dayhand estimates requests' lists them; 'dayhand run gfe-check' drafts them",
        )
    else:
        yield Finding("ok", "nobody waits too long for an estimate")


CHECKS = (
    HealthCheck("the provider's numbers", _provider),
    HealthCheck("licences", _licences),
    HealthCheck("estimates asked for are given in time", _estimates),
)
