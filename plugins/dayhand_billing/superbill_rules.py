"""What a superbill needs, and why there is none. The rules R-SB1 to R-SB4 of the manual page.

Pure: a client's sessions with the figures of their invoice lines go in, the content or the reasons
come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from dayhand import Licence, PracticeInfo
from dayhand_billing.drafting import codes_on
from dayhand_billing.identifiers import diagnosis_problem, npi_problem, tax_id_problem
from dayhand_practice.vocabulary import Client

__all__ = ["Rendered", "content", "refusals"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A service as its invoice bills it; amounts in whole cents, `credited` is off the charge."""

    session_id: str
    invoice: str
    day: date
    service: str
    name: str
    modifiers: tuple[str, ...]
    place_of_service: str
    units: int
    charge: int
    adjustment: int
    credited: int
    tax: int
    paid: int

    @property
    def balance(self) -> int:
        """What is open of it: paid + balance = charge + adjustment (R-SB3)."""
        return self.charge + self.adjustment + self.tax - self.credited - self.paid


def refusals(
    info: PracticeInfo, signature: str, client: Client, services: Sequence[Rendered]
) -> list[str]:
    """Every reason why these services cannot stand on a superbill; none if they can."""
    reasons = [*_of_provider(info, signature), *_of_supervisor(info), *_of_client(client)]
    for service in services:
        reasons += _of_service(info, client, service)
    return list(dict.fromkeys(reasons))


def _of_provider(info: PracticeInfo, signature: str) -> list[str]:
    clinician = info.clinician
    needed = {
        "the provider's name is missing": clinician.name,
        "the provider's credentials are missing": clinician.credentials,
        "the practice's name is missing": info.name,
        "the practice's address is missing": info.address.lines,
        "the practice's phone is missing": info.phone,
        "the name to sign with is missing": signature,
    }
    reasons = [reason for reason, value in needed.items() if not value]
    reasons += filter(None, (npi_problem(clinician.npi), tax_id_problem(info.tax_id)))
    if info.npi and npi_problem(info.npi):
        reasons.append("the practice's own NPI has a wrong check digit")
    return reasons


def _of_supervisor(info: PracticeInfo) -> list[str]:
    supervisor = info.clinician.supervisor
    if not supervisor:
        return []
    reasons = [
        f"the supervisor's {name} is missing"
        for name in ("name", "licence")
        if not supervisor.get(name)
    ]
    problem = npi_problem(supervisor.get("npi", ""))
    return [*reasons, f"supervisor: {problem}"] if problem else reasons


def _of_client(client: Client) -> list[str]:
    reasons = [] if client.name.strip() else ["the client's name is missing"]
    return reasons if client.date_of_birth else [*reasons, "the client's date of birth is missing"]


def _of_service(info: PracticeInfo, client: Client, service: Rendered) -> list[str]:
    day = service.day
    codes = codes_on(client, day)
    reasons = [f"{day}: {problem}" for code in codes if (problem := diagnosis_problem(code))]
    if not codes:
        reasons.append(f"{day}: no diagnosis is in force on that day")
    if not any(licence.number and licence.is_valid_on(day) for licence in _licences(info, client)):
        reasons.append(f"{day}: no licence with a number is valid on that day")
    if not service.service:
        reasons.append(f"{day}: the service code is missing")
    if not service.place_of_service:
        reasons.append(f"{day}: the place of service is missing")
    if service.charge <= 0 or service.units <= 0:
        reasons.append(f"{day}: the charge or the units are missing")
    return reasons


def _licences(info: PracticeInfo, client: Client) -> list[Licence]:
    """The licences for where the client is; all of them where none names that region."""
    own = [each for each in info.clinician.licences if each.region == client.region]
    return own or list(info.clinician.licences)


def content(
    info: PracticeInfo, signature: str, client: Client, services: Sequence[Rendered]
) -> dict[str, Any]:
    """All that the superbill says, as it will be kept; amounts in whole cents."""
    days = {service.day for service in services}
    licences = [
        f"{each.type} {each.region} {each.number}"
        for each in _licences(info, client)
        if each.number and any(each.is_valid_on(day) for day in days)
    ]
    clinician = info.clinician
    return {
        "provider": {
            "name": clinician.name,
            "credentials": clinician.credentials,
            "npi": clinician.npi,
            "taxonomy": clinician.taxonomy,
            "licences": licences,
            "tax_id": info.tax_id,
            "group_npi": info.npi,
            "signature": signature,
        },
        "supervisor": {name: str(value) for name, value in clinician.supervisor.items()},
        "practice": {
            "name": info.name,
            "address": list(info.address.lines),
            "contact": [line for line in (info.phone, info.email, info.website) if line],
        },
        "client": _client(client),
        "currency": info.currency,
        "lines": [_line(client, service) for service in services],
        "totals": _totals(services),
    }


def _client(client: Client) -> dict[str, Any]:
    born = client.date_of_birth
    return {
        "initials": client.initials,
        "name": str(client.name),
        "date_of_birth": born.isoformat() if born else "",
        "address": [str(line) for line in client.address],
        "payer": str(client.payer),
        "member_id": str(client.member_id),
        "email": str(client.email),
        "email_scopes": list(client.email_scopes),
    }


def _line(client: Client, service: Rendered) -> dict[str, Any]:
    return {
        "session_id": service.session_id,
        "invoice": service.invoice,
        "day": service.day.isoformat(),
        "service": service.service,
        "name": service.name,
        "modifiers": list(service.modifiers[:4]),
        "place_of_service": service.place_of_service,
        "units": service.units,
        "diagnoses": codes_on(client, service.day),
        "charge": service.charge,
        "adjustment": service.adjustment - service.credited,
        "tax": service.tax,
        "paid": service.paid,
        "balance": service.balance,
    }


def _totals(services: Sequence[Rendered]) -> Mapping[str, int]:
    return {
        "charge": sum(each.charge for each in services),
        "adjustment": sum(each.adjustment - each.credited for each in services),
        "tax": sum(each.tax for each in services),
        "paid": sum(each.paid for each in services),
        "balance": sum(each.balance for each in services),
    }
