"""dayhand_billing: drafts, invoices, superbills, payments, ageing and a plain-text ledger."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from dayhand import hookimpl

if TYPE_CHECKING:
    import click
    import sqlalchemy
    from pydantic import BaseModel

    from dayhand import HealthCheck, Practice, Settings, Shipped, Step, Tables

_HERE = Path(__file__).parent
# Each hook imports what it needs when it is called, so that loading the plugin costs nothing.


@hookimpl
def dayhand_steps() -> Iterable[Step]:
    """The steps `billing.*`."""
    from dayhand_billing.closing_steps import STEPS as AT_THE_CLOSE
    from dayhand_billing.estimate_steps import STEPS as ON_ESTIMATES
    from dayhand_billing.invoice_steps import STEPS as ON_INVOICES
    from dayhand_billing.payment_steps import STEPS as ON_PAYMENTS
    from dayhand_billing.posting_steps import STEPS as ON_POSTING
    from dayhand_billing.reminder_steps import STEPS as ON_REMINDERS
    from dayhand_billing.report_steps import STEPS as ON_REPORTS
    from dayhand_billing.superbill_steps import STEPS as ON_SUPERBILLS

    return (
        *ON_INVOICES,
        *ON_PAYMENTS,
        *ON_POSTING,
        *ON_SUPERBILLS,
        *ON_REPORTS,
        *ON_REMINDERS,
        *ON_ESTIMATES,
        *AT_THE_CLOSE,
    )


@hookimpl
def dayhand_settings() -> Settings:
    """The section `billing`."""
    from dayhand import Settings

    def model() -> type[BaseModel]:
        from dayhand_billing.settings import BillingSettings

        return BillingSettings

    return Settings("billing", model)


@hookimpl
def dayhand_tables() -> Tables:
    """The tables `billing_*`."""
    from dayhand import Tables

    def metadata() -> sqlalchemy.MetaData:
        from dayhand_billing import tables

        return tables.metadata

    return Tables("billing", metadata, _HERE / "migrations", "0004")


@hookimpl
def dayhand_shipped() -> Shipped:
    """The templates of documents and of letters about money, and examples."""
    from dayhand import Shipped

    return Shipped(templates=_HERE / "templates", examples=_HERE / "examples")


@hookimpl
def dayhand_commands() -> Iterable[click.Command]:
    """`dayhand invoices`, `payments`, `estimates`, `ageing` and `ledger`."""
    from dayhand_billing.commands import COMMANDS

    return COMMANDS


@hookimpl
def dayhand_health() -> Iterable[HealthCheck]:
    """What an invoice or a superbill needs of the practice."""
    from dayhand_billing.health import CHECKS

    return CHECKS


@hookimpl
def dayhand_sample_load(practice: Practice) -> Iterable[str]:
    """The sample's opening balances and payments."""
    from dayhand_billing.sample import load

    return load(practice)
