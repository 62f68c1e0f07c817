"""What `dayhand doctor` looks at in the practice's records."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from dayhand import Finding, HealthCheck, Practice, first_of

__all__ = ["CHECKS"]

# SQLAlchemy is imported by the modules that each check imports when it runs.


def _fees(practice: Practice) -> Iterable[Finding]:
    from dayhand_practice import clients
    from dayhand_practice.pricing import in_force

    with practice.connect() as connection:
        services = clients.services(connection)
    codes = sorted({service.code for service in services})
    if not codes:
        yield Finding(
            "warning",
            "there are no services, so sessions are recorded without a fee",
            "'dayhand services add CODE --name NAME --minutes 45 --fee 120.00 --from DAY'",
        )
        return
    lacking = [
        code
        for code in codes
        if in_force((one for one in services if one.code == code), practice.today) is None
    ]
    if lacking:
        hint = "'dayhand services add' with a new first day, or leave it if it is no longer offered"
        yield Finding("warning", f"services without a current fee: {first_of(lacking)}", hint)
    else:
        yield Finding("ok", f"services with a current fee: {len(codes)}")


def _paperwork(practice: Practice) -> Iterable[Finding]:
    from dayhand_practice import clients, paperwork

    with practice.connect() as connection:
        people = clients.with_status(connection, "active", practice.today)
        items = paperwork.due(
            connection,
            people,
            settings=practice.settings,
            today=practice.today,
            within=timedelta(0),
        )
    lacking = sorted({item.client_id for item in items if item.state in ("missing", "expired")})
    if lacking:
        message = f"active clients who lack paperwork: {first_of(lacking)}"
        yield Finding("warning", message, "'dayhand paperwork due' lists what is missing")
    else:
        yield Finding("ok", f"active clients with their paperwork: {len(people)}")


def _consents(practice: Practice) -> Iterable[Finding]:
    from dayhand_practice import clients

    with practice.connect() as connection:
        people = clients.with_status(connection, "active", practice.today)
    lacking = [one.id for one in people if one.email and not one.email_scopes]
    if lacking:
        yield Finding(
            "warning",
            f"clients with an e-mail address but no consent: {first_of(lacking)}",
            "they are sent nothing; record a consent with 'dayhand paperwork add ID email_consent'",
        )
    else:
        yield Finding("ok", "every client with an e-mail address has consented to its use")


def _discharges(practice: Practice) -> Iterable[Finding]:
    from dayhand_practice import clients

    with practice.connect() as connection:
        people = clients.with_status(connection, "discharged", practice.today)
    lacking = [one.id for one in people if one.discharged_on is None]
    if lacking:
        yield Finding(
            "warning",
            f"no day of discharge is kept of {first_of(lacking)}, so until when to keep the record is"
            " not known",
            "'dayhand clients edit ID --discharged-on DAY'; see 'dayhand clients retention'",
        )
    else:
        yield Finding("ok", f"discharged clients with the day of it: {len(people)}")


CHECKS = (
    HealthCheck("services have a current fee", _fees),
    HealthCheck("active clients have their paperwork", _paperwork),
    HealthCheck("e-mail addresses have a consent", _consents),
    HealthCheck("discharged clients have the day of their discharge", _discharges),
)
