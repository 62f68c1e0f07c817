"""Contacts, touches and referrals in the database.

A row is known by its id, else by what makes it the same one: of a contact the name and organisation;
of a touch the contact, the day and the note; of a referral the direction, the day, the contact, the
source and the client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from dayhand import Records, Taken
from dayhand_network import tables
from dayhand_network.models import Contact, Referral, Touch

__all__ = ["CONTACTS", "KINDS", "REFERRALS", "logged_between", "put", "take_in"]

CONTACTS = Records(
    tables.contacts,
    Contact,
    prefix="K",
    known_by=("name", "organisation"),
    order=("name",),
    title="contact",
    shown_by="dayhand contacts list",
)
_TOUCHES = Records(
    tables.touches,
    Touch,
    prefix="U",
    known_by=("contact_id", "on", "note"),
    order=("on", "id"),
    title="touch",
    shown_by="dayhand contacts list",
)
REFERRALS = Records(
    tables.referrals,
    Referral,
    prefix="F",
    known_by=("direction", "on", "contact_id", "source", "client_id"),
    order=("on", "id"),
    title="referral",
    shown_by="dayhand referrals list",
)
KINDS: Mapping[str, Records[Any]] = {
    "contacts": CONTACTS,
    "touches": _TOUCHES,
    "referrals": REFERRALS,
}


def logged_between(connection: sa.Connection, start: datetime, end: datetime) -> list[Referral]:
    """The referrals logged between two moments."""
    at = tables.referrals.c.logged_at
    begin, finish = (one.astimezone(UTC).isoformat(timespec="seconds") for one in (start, end))
    found = REFERRALS.all(connection, at >= begin, at <= finish)
    return sorted(found, key=lambda one: (one.logged_at or start, one.id))


def put(connection: sa.Connection, name: str, value: Any) -> Any:
    """Keep one; if it is there already it is changed in place.

    Raises:
        UserError: it names a contact that is not there.
    """
    _find_contacts(connection, [value])
    return KINDS[name].put(connection, value)[0]


def take_in(connection: sa.Connection, name: str, values: Sequence[Any]) -> Taken:
    """Keep many.

    Raises:
        UserError: one names a contact that is not there.
    """
    _find_contacts(connection, values)
    return KINDS[name].take_in(connection, values)


def _find_contacts(connection: sa.Connection, values: Sequence[Any]) -> None:
    for contact in {getattr(one, "contact_id", "") for one in values} - {""}:
        CONTACTS.find(connection, contact)
