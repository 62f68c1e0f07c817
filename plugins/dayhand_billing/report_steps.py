"""The steps that tell what is owed, and write the ageing report and the ledger."""

from __future__ import annotations

from datetime import date
from typing import Literal

from dayhand import Effect, Month, StepContext, step
from dayhand_billing.models import Ageing, Balance, Exported, WrittenAgeing
from dayhand_billing.settings import AgeingBasis

__all__ = ["STEPS"]

# SQLAlchemy is imported inside the steps, so that describing these costs little.


@step("billing.balances", effect=Effect.READ, summary="What clients owe")
def list_balances(
    context: StepContext, *, client_ids: list[str] | None = None, as_of: date | None = None
) -> list[Balance]:
    """What each client owes after credit, what of it is overdue, and the age of the oldest.

    Args:
        client_ids: these clients, in this order; all with a balance where none are given.
        as_of: a past day, whose balances are worked out anew; now where it is not given.
    """
    from dayhand_billing.ageing import balances
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return balances(Books.of(context, connection), clients=client_ids, as_of=as_of)


@step("billing.ageing", effect=Effect.READ, summary="Accounts receivable by age")
def age(
    context: StepContext, *, as_of: date | None = None, basis: AgeingBasis | None = None
) -> Ageing:
    """Open invoices in buckets of 0-30, 31-60, 61-90, 91-120 and more than 120 days.

    Unused credit has its own column; gross and net are both told. A past day is worked out anew
    from what had been issued, paid, credited and voided by then.

    Args:
        as_of: the day; today where it is not given.
        basis: what the age counts from; the setting ageing_basis where it is not given.
    """
    from dayhand_billing.ageing import ageing
    from dayhand_billing.books import Books

    with context.connect() as connection:
        return ageing(Books.of(context, connection), as_of=as_of, basis=basis)


@step("billing.ageing_report", effect=Effect.WRITE, summary="Write the ageing report")
def ageing_report(
    context: StepContext, *, as_of: date | None = None, basis: AgeingBasis | None = None
) -> WrittenAgeing:
    """Write accounts receivable by age as Markdown and CSV, with client ids and initials only.

    Args:
        as_of: the day; today where it is not given.
        basis: what the age counts from; the setting ageing_basis where it is not given.
    """
    from dayhand_billing.ageing import ageing
    from dayhand_billing.ageing_text import write_ageing
    from dayhand_billing.books import Books

    with context.connect() as connection:
        report = ageing(Books.of(context, connection), as_of=as_of, basis=basis)
    return write_ageing(context, report)


@step("billing.export", effect=Effect.WRITE, summary="Write the ledger as plain text")
def export_ledger(
    context: StepContext,
    *,
    format: Literal["beancount", "hledger", "csv"] = "beancount",  # noqa: A002 - the input's name
    month: Month | None = None,
) -> Exported:
    """Write the books for an accountant: client ids only, no names, no diagnoses.

    Args:
        format: for beancount, for hledger, or a table.
        month: only this month, with the balances brought forward; everything where it is not given.
    """
    from dayhand_billing.ledger_text import export

    return export(context, format, month)


STEPS = (list_balances, age, ageing_report, export_ledger)
