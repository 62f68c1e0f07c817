"""`dayhand contacts`, `dayhand referrals`."""

from __future__ import annotations

from dayhand_network.commands.contacts import contacts
from dayhand_network.commands.referrals import referrals

__all__ = ["GROUPS"]

GROUPS = (contacts, referrals)
