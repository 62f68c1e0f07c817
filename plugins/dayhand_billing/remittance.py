"""Reads an electronic remittance advice (X12 835, 005010X221A1) and holds its figures together.

pyx12 reads the envelope and tells wrong counts and control numbers; the sums are held here, since it
does not look at them. Three equations have to hold, else nothing of the file is taken:

| of | equation |
|---|---|
| a service line | charge (SVC02) less its adjustments (CAS) = paid (SVC03) |
| a claim | charge (CLP03) less all its adjustments = paid (CLP04) |
| the payment | the claims' payments less the provider's adjustments (PLB) = the amount paid (BPR02) |

Source: the 835's balancing rules as restated in the domain notes, tried on a public sample.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from dayhand import StepError, UserError
from dayhand_billing.posting_models import Adjustment, PaymentFile, PaymentRow

__all__ = ["read_remittance"]

_NOT_POSTED = {
    "4": "denied by the payer",
    "22": "a reversal of an earlier payment",
    "23": "not our claim, says the payer",
}
_LARGEST = 10 * 1024 * 1024
_AMOUNT = re.compile(r"-?(?:[0-9]{1,15}(?:\.[0-9]{0,4})?|\.[0-9]{1,4})")
"""X12's type R without its exponent; a Decimal would take NaN, infinities and 1e999999 too."""


@dataclass(slots=True)
class _Service:
    charge: Decimal
    paid: Decimal
    day: date | None = None
    taken: list[tuple[str, str, Decimal]] = field(default_factory=list)

    @property
    def adjusted(self) -> Decimal:
        """All its adjustments together."""
        return sum((amount for _, _, amount in self.taken), Decimal(0))

    @property
    def adjustments(self) -> list[Adjustment]:
        """Each, with whether they deny the service."""
        denied = self.paid <= 0 and not any(group == "PR" for group, _, _ in self.taken)
        return [
            Adjustment(
                group=group, reason=reason, amount=amount, service_date=self.day, denies=denied
            )
            for group, reason, amount in self.taken
        ]


@dataclass(slots=True)
class _Claim:
    place: int
    number: str
    status: str
    charge: Decimal
    paid: Decimal
    control: str
    day: date | None = None
    services: list[_Service] = field(default_factory=list)
    taken: list[tuple[str, str, Decimal]] = field(default_factory=list)

    @property
    def whole(self) -> _Service:
        """The claim as one service, with the adjustments that are of no service."""
        return _Service(self.charge, self.paid, None, self.taken)

    @property
    def adjustments(self) -> list[Adjustment]:
        """Those of the claim, then those of its services."""
        parts = [self.whole, *self.services]
        return [each for part in parts for each in part.adjustments]

    @property
    def adjusted(self) -> Decimal:
        """All adjustments together."""
        return sum((each.amount for each in self.adjustments), Decimal(0))


@dataclass(slots=True)
class _Payment:
    amount: Decimal = Decimal(0)
    day: date | None = None
    trace: str = ""
    provider: Decimal = Decimal(0)
    claims: list[_Claim] = field(default_factory=list)


def read_remittance(content: bytes, path: str) -> PaymentFile:
    """The claims' payments of a remittance.

    Raises:
        UserError: it is no 835, its envelope is damaged, or its figures do not add up; every fault
            is told with the claim's place, and no value of it is quoted.
    """
    payments = list(_payments(_segments(content, path), path))
    faults = [fault for payment in payments for fault in _faults(payment)]
    if faults:
        raise UserError(
            f"{path} does not balance; {'; '.join(faults[:8])}",
            hint="nothing was taken from it: ask the payer or the clearing house for the file again",
        )
    rows = [_row(payment, claim) for payment in payments for claim in payment.claims]
    total = sum((payment.amount for payment in payments), Decimal("0.00"))
    kept = sum((payment.provider for payment in payments), Decimal("0.00"))
    return PaymentFile(path=path, kind="835", rows=rows, total=total, kept_back=kept)


def _segments(content: bytes, path: str) -> list[Any]:
    try:
        import pyx12.errors  # type: ignore[import-untyped]  # an extra, without types
        import pyx12.x12file  # type: ignore[import-untyped]
    except ImportError as error:
        raise StepError(
            "a remittance cannot be read: pyx12 is not installed",
            hint="pip install --only-binary :all: 'dayhand[all]'",
        ) from error
    if len(content) > _LARGEST:
        raise UserError(
            f"{path} is larger than 10 MiB", hint="ask the clearing house for it in parts"
        )
    try:
        reader = pyx12.x12file.X12Reader(io.StringIO(content.decode("ascii")))
        found = list(reader)
        reader.cleanup()
    except (UnicodeDecodeError, pyx12.errors.X12Error, IndexError, ValueError) as error:
        raise UserError(f"{path} is no X12 file", hint="an 835 begins with 'ISA*'") from error
    wrong = reader.pop_errors()
    if wrong:
        told = "; ".join(str(one[2]) for one in wrong[:4])
        raise UserError(f"{path} is damaged: {told}", hint="fetch the file again")
    return found


def _payments(segments: list[Any], path: str) -> Iterator[_Payment]:
    kinds = [one.get_value("ST01") for one in segments if one.get_seg_id() == "ST"]
    if not kinds or set(kinds) != {"835"}:
        raise UserError(f"{path} is no remittance (835)", hint=f"it holds {kinds or 'nothing'}")
    payment: _Payment | None = None
    for segment in segments:
        name = segment.get_seg_id()
        if name == "ST":
            payment = _Payment()
        elif name == "SE" and payment is not None:
            yield payment
            payment = None
        elif payment is not None:
            try:
                _take(payment, name, segment)
            except (ValueError, IndexError) as error:
                place = len(payment.claims)
                raise UserError(
                    f"{path}: {name} of claim {place} is not well-formed",
                    hint="ask the clearing house for the file once more",
                ) from error


def _take(payment: _Payment, name: str, segment: Any) -> None:
    def text(place: int) -> str:
        return segment.get_value(f"{name}{place:02}") or ""

    if name == "BPR":
        payment.amount, payment.day = _amount(text(2)), _day(text(16))
    elif name == "TRN":
        payment.trace = payment.trace or text(2)
    elif name == "CLP":
        place = len(payment.claims) + 1
        payment.claims.append(
            _Claim(place, text(1), text(2), _amount(text(3)), _amount(text(4)), text(7))
        )
    elif name == "PLB":
        payment.provider += _sum(text, range(4, 15, 2))
    elif payment.claims:
        _take_of_claim(payment.claims[-1], name, text)


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text):
        raise ValueError("it is no amount")
    return Decimal(text)


def _sum(text: Callable[[int], str], places: Iterable[int]) -> Decimal:
    return sum((_amount(text(at)) for at in places if text(at)), Decimal(0))


def _take_of_claim(claim: _Claim, name: str, text: Callable[[int], str]) -> None:
    if name == "SVC":
        claim.services.append(_Service(_amount(text(2)), _amount(text(3))))
    elif name == "CAS":
        taken = [(text(1), text(at - 1), _amount(text(at))) for at in range(3, 20, 3) if text(at)]
        (claim.services[-1] if claim.services else claim).taken.extend(taken)
    elif name == "DTM" and text(1) in {"472", "150", "232"}:
        if claim.services:
            claim.services[-1].day = _day(text(2))
        claim.day = claim.day or _day(text(2))


def _day(text: str) -> date | None:
    return datetime.strptime(text, "%Y%m%d").date() if text else None  # noqa: DTZ007 - a day


def _faults(payment: _Payment) -> Iterator[str]:
    for claim in payment.claims:
        for place, service in enumerate(claim.services, 1):
            if service.charge - service.adjusted != service.paid:
                yield f"claim {claim.place}, service {place}: charge less adjustments is not what was paid"
        if claim.services and sum(one.charge for one in claim.services) != claim.charge:
            yield f"claim {claim.place}: the services' charges are not the claim's"
        if claim.charge - claim.adjusted != claim.paid:
            yield f"claim {claim.place}: charge less adjustments is not what was paid"
    if sum(claim.paid for claim in payment.claims) - payment.provider != payment.amount:
        yield "the claims' payments less the provider's adjustments are not the amount paid"
    if payment.day is None:
        yield "the payment has no date"


def _row(payment: _Payment, claim: _Claim) -> PaymentRow:
    note = _NOT_POSTED.get(claim.status, "")
    adjustments = claim.adjustments
    owed = claim.paid == 0 and any(each.group == "PR" for each in adjustments)
    if not note and claim.paid <= 0 and not owed:
        note = "the payer paid nothing"
    return PaymentRow(
        line=claim.place,
        received_on=payment.day or date.min,
        amount=claim.paid,
        method="insurer",
        # one trace pays many claims: the payer's control number tells them apart
        reference=f"{payment.trace}/{claim.control or claim.number}",
        number=claim.number,
        service_date=claim.day,
        charge=claim.charge,
        note=note,
        claim_status=claim.status,
        adjustments=adjustments,
    )
