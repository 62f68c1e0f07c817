"""Which service a session is, and what it costs on its day: the time rule and the sliding scale."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from dayhand_practice.models import FeeAgreement
from dayhand_practice.settings import PracticeRecords
from dayhand_practice.vocabulary import Service, to_money

__all__ = ["Price", "PriceList", "in_force"]


class _Dated(Protocol):
    @property
    def effective_from(self) -> date: ...

    @property
    def effective_to(self) -> date | None: ...


D = TypeVar("D", bound=_Dated)


def in_force(dated: Iterable[D], day: date) -> D | None:
    """The one that holds on the day; of several, the one that began last."""
    holding = [
        one
        for one in dated
        if one.effective_from <= day and (one.effective_to is None or day <= one.effective_to)
    ]
    return max(holding, key=lambda one: one.effective_from, default=None)


@dataclass(frozen=True, slots=True)
class Price:
    """What a session is and costs. `problem` says why there is no fee."""

    service: str = ""
    service_name: str = ""
    fee: Decimal = Decimal("0.00")
    adjustment: Decimal = Decimal("0.00")
    adjustment_reason: str = ""
    problem: str = ""


class PriceList:
    """The practice's services and fee agreements, asked for one session at a time."""

    def __init__(
        self,
        services: Sequence[Service],
        agreements: Sequence[FeeAgreement],
        settings: PracticeRecords,
    ) -> None:
        self._services = services
        self._settings = settings
        self._codes = {service.code for service in services}
        self._agreements: dict[str, list[FeeAgreement]] = {}
        for agreement in agreements:
            self._agreements.setdefault(agreement.client_id, []).append(agreement)

    def service_for(self, minutes: int, day: date, categories: Iterable[str] = ()) -> str:
        """The code of the service: named by a category, else by the minutes, else the default."""
        for category in categories:
            if category.strip().upper() in self._codes:
                return category.strip().upper()
        for rule in self._settings.service_by_minutes:
            if rule.holds_for(minutes):
                return rule.service
        if not self._settings.service_by_minutes:
            exact = {
                code
                for code in self._codes
                if (service := self.service_on(code, day)) and service.minutes == minutes
            }
            if len(exact) == 1:
                return exact.pop()
        return self._settings.default_service

    def service_on(self, code: str, day: date) -> Service | None:
        """The service as it is on the day."""
        return in_force((one for one in self._services if one.code == code), day)

    def price(self, client_id: str, service: str, minutes: int, day: date) -> Price:
        """The fee of the day and the client's adjustment to it."""
        if not service:
            return Price(problem=f"no service is set for {minutes} minutes")
        listed = self.service_on(service, day)
        if listed is None:
            known = "has no fee on that day" if service in self._codes else "is not a known service"
            return Price(service=service, problem=f"{service} {known}")
        adjustment, reason = self._adjustment(client_id, listed, day)
        return Price(service, listed.name, listed.fee, adjustment, reason)

    def _adjustment(self, client_id: str, listed: Service, day: date) -> tuple[Decimal, str]:
        agreements = self._agreements.get(client_id, [])
        own = in_force((one for one in agreements if one.service == listed.code), day)
        agreement = own or in_force((one for one in agreements if not one.service), day)
        if agreement is None:
            return Decimal("0.00"), ""
        if agreement.agreed_fee is not None:
            owed = agreement.agreed_fee
        else:
            owed = to_money(listed.fee * (agreement.percent or Decimal(0)) / 100)
        adjustment = min(owed - listed.fee, Decimal("0.00"))
        return adjustment, (agreement.reason or "sliding scale") if adjustment else ""
