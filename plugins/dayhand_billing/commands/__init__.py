"""The commands of billing. Screens show ids and initials, no names."""

from __future__ import annotations

from dayhand_billing.commands.estimates import estimates
from dayhand_billing.commands.invoices import invoices
from dayhand_billing.commands.payments import payments
from dayhand_billing.commands.reports import ageing, ledger

__all__ = ["COMMANDS"]

COMMANDS = (invoices, payments, estimates, ageing, ledger)
