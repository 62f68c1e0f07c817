"""The section `billing` of `practice.yaml`."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from dayhand_billing.numbering import DEFAULT_PATTERN, pattern_problem

__all__ = [
    "Accounts",
    "BillingSettings",
    "Estimates",
    "MissedSessions",
    "Numbering",
    "Remittance",
    "Sender",
    "Tax",
]

AgeingBasis = Literal["invoice_date", "due_date", "service_date"]

_ACCOUNT = re.compile(
    r"(Assets|Liabilities|Equity|Income|Expenses)(:[A-Z0-9][A-Za-z0-9-]*)+"  # as beancount has it
)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Numbering(_Section):
    """How documents are numbered."""

    pattern: str = DEFAULT_PATTERN
    reset: Literal["never", "yearly"] = "never"
    invoices: str = Field(default="INV", pattern=r"^[A-Za-z0-9]{1,12}$")
    credit_notes: str = Field(default="CN", pattern=r"^[A-Za-z0-9]{1,12}$")
    payments: str = Field(default="PMT", pattern=r"^[A-Za-z0-9]{1,12}$")
    superbills: str = Field(default="SB", pattern=r"^[A-Za-z0-9]{1,12}$")
    write_offs: str = Field(default="WO", pattern=r"^[A-Za-z0-9]{1,12}$")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problem = pattern_problem(self.pattern, yearly=self.reset == "yearly")
        if problem:
            raise ValueError(problem)
        own = (self.invoices, self.credit_notes, self.payments, self.superbills, self.write_offs)
        if len({*own, "OB", "D"}) < 7:
            raise ValueError("each series has a name of its own; OB and D are taken")
        return self


class Tax(_Section):
    """Tax on each line; psychotherapy is normally untaxed, so there is none unless you say so."""

    code: str = Field(default="", max_length=16)
    name: str = "Tax"
    rate: Decimal = Field(default=Decimal(0), ge=0, le=100, description="In per cent.")


class MissedSessions(_Section):
    """The fee for a missed session or a late cancellation. It never appears on a superbill."""

    window_h: int = Field(default=24, ge=0, description="Hours' notice the policy asks for.")
    fee: Literal["none", "fixed", "percent", "full"] = "none"
    amount: Decimal = Field(
        default=Decimal(0), ge=0, description="Of a fixed fee, or the percentage."
    )
    first_waived: bool = True
    waivers: int = Field(
        default=1, ge=0, le=50, description="How many are let off, where first_waived is on."
    )
    require_agreement: bool = Field(
        default=True, description="Charge only clients who signed the policy before the session."
    )
    not_for_payers: list[str] = Field(
        default_factory=list, description="Payers whose contract bars the fee."
    )

    @model_validator(mode="after")
    def _an_amount(self) -> Self:
        if self.fee in ("fixed", "percent") and not self.amount:
            raise ValueError(f"a {self.fee} fee needs an amount")
        if self.fee == "percent" and self.amount > 100:
            raise ValueError("a percentage is at most 100")
        return self


class Remittance(_Section):
    """What becomes of an insurer's adjustments."""

    write_off: list[Literal["CO", "OA", "PI"]] = Field(
        default=["CO"], description="The group codes that are written off. PR is the client's."
    )


class Estimates(_Section):
    """Good-faith estimates for clients who pay themselves."""

    rule_set: str = Field(default="us-gfe", description="Shipped, or in rules/billing/.")


class Sender(_Section):
    """Who the invoice comes from, where that differs from the practice."""

    name: str = ""
    address: list[str] = Field(default_factory=list)
    phone: str = ""
    email: str = ""
    website: str = ""


class Accounts(_Section):
    """The ledger's accounts."""

    receivable: str = "Assets:Receivable"
    bank: str = "Assets:Bank:Checking"
    by_method: dict[str, str] = Field(
        default_factory=dict, description="Another account for payments of a method, such as cash."
    )
    fees: str = "Expenses:CardFees"
    income: str = "Income:Therapy"
    sliding_scale: str = "Income:SlidingScale"
    missed: str = "Income:MissedSessions"
    written_off: str = "Income:WrittenOff"
    tax: str = "Liabilities:SalesTax"
    opening: str = "Equity:Opening-Balances"

    @field_validator("*")
    @classmethod
    def _an_account(cls, value: str | dict[str, str]) -> str | dict[str, str]:
        for name in value.values() if isinstance(value, dict) else (value,):
            if not _ACCOUNT.fullmatch(name):
                raise ValueError(
                    f"'{name}' is no account; write it as Assets:Bank:Checking, each part beginning"
                    " with a capital letter or a digit"
                )
        return value


class BillingSettings(_Section):
    """Invoices, superbills, payments and the ledger."""

    terms_days: int = Field(default=14, ge=0, le=365, description="Days until an invoice is due.")
    numbering: Numbering = Field(default_factory=Numbering)
    ageing_basis: AgeingBasis = "invoice_date"
    payment_instructions: str = ""
    tax: Tax = Field(default_factory=Tax)
    no_show: MissedSessions = Field(default_factory=MissedSessions)
    estimates: Estimates = Field(default_factory=Estimates)
    remittance: Remittance = Field(default_factory=Remittance)
    require_signed_note: bool = False
    sender: Sender = Field(default_factory=Sender)
    logo: str = Field(default="", description="A PNG, JPEG or SVG in the practice folder.")
    paper: Literal["letter", "us-letter", "a4"] = "letter"
    show_diagnosis_on_invoice: bool = False
    superbill_signature: str = Field(default="", description="The name under the line to sign on.")
    accounts: Accounts = Field(default_factory=Accounts)
    books_began_on: date | None = Field(
        default=None, description="No session before this day is drafted; another system billed it."
    )
